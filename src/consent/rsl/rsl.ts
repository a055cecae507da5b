import type { Evidence, Usage } from '../evidence.ts';
import type { SignalContext, SignalReading, SignalWarning } from '../signal.ts';
import { evidenceOf, signalWarningsMax, warningOf } from '../statement.ts';
import type { RslDocument, RslParse } from './document.ts';
import {
  type RslConditions,
  type RslFinding,
  type RslOutcome,
  rslFindings,
  stricterOutcome,
} from './outcome.ts';
import { type RslUsage, rslUsages } from './terms.ts';

/** One licence document that was pointed to, or stands in the page itself. */
export interface RslSource {
  /** Address of the document, or the page and the line where it begins. */
  where: string;
  /** Address to show as the licence; null when it stands in the page. */
  licence: string | null;
  /** What `parseRsl` made of its text; null when nothing could be fetched. */
  parsed: RslParse | null;
  /** The words that point to it: `License: https://example.com/license.xml`. */
  quote: string;
}

export interface RslReading extends SignalReading {
  /** By RSL's own words; `unlicensed` for all when there is no valid document (§4.4.3). */
  outcomes: Record<RslUsage, RslOutcome>;
}

/** RSL usages and ours. `ai-index` has none: it counts for `ai-use` where `ai-input` is left open, as possible. */
export const rslUsageMap = {
  'ai-train': 'train-ai',
  'ai-input': 'ai-use',
  search: 'search',
} as const satisfies Partial<Record<RslUsage, Usage>>;

interface Read {
  source: RslSource;
  document: RslDocument;
  findings: RslFinding[];
}

/**
 * Really Simple Licensing 1.0 (RSL-SPEC-1.0, errata to 2026-08-07) for one URL. Documents are read each by itself;
 * the most restrictive wins (§4.9). One that cannot be read says nothing, but takes away what the others grant.
 *
 * @param sources all documents found for this URL and agent.
 * @param incomplete true when there may be more of them than were looked at.
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function readRsl(
  sources: readonly RslSource[],
  context: Omit<SignalContext, 'where'>,
  incomplete = false,
): RslReading {
  const warnings: SignalWarning[] = [];
  const read: Read[] = [];
  for (const source of sources) {
    if (source.parsed === null) {
      warnings.push(warningOf(source.where, source.quote, nothingReadable));
      continue;
    }
    const { document, slips } = source.parsed;
    for (const { quote, line, ...slip } of slips) {
      warnings.push(warningOf(`${source.where}, line ${line}`, quote, slip));
    }
    if (document !== null) read.push({ source, document, findings: rslFindings(document, context.url) });
  }
  const whole =
    !incomplete && read.length === sources.length && !read.some(({ document }) => document.broken);
  const evidence = read.flatMap((one) => evidenceFrom(one, whole, context));
  return { outcomes: outcomesOf(read), evidence, warnings: warnings.slice(0, signalWarningsMax) };
}

const nothingReadable = {
  message: 'this points to nothing that can be read, so it says nothing',
  fix: 'publish the document there, as application/rsl+xml',
};

function outcomesOf(read: readonly Read[]): Record<RslUsage, RslOutcome> {
  const outcome = (usage: RslUsage): RslOutcome =>
    read.length === 0
      ? 'unlicensed'
      : read
          .map(({ findings }) => findings.find((one) => one.usage === usage)?.outcome ?? 'unaddressed')
          .reduce(stricterOutcome);
  return Object.fromEntries(rslUsages.map((usage) => [usage, outcome(usage)])) as Record<
    RslUsage,
    RslOutcome
  >;
}

function evidenceFrom(
  { source, findings }: Read,
  whole: boolean,
  context: Omit<SignalContext, 'where'>,
): Evidence[] {
  return findings.flatMap((finding) => {
    const usage = usageOf(finding, findings);
    const said = usage === null ? null : preferenceOf(finding, whole);
    if (usage === null || said === null) return [];
    const line = finding.lists[0]?.line ?? finding.line;
    const possible = said.possible || finding.usage === 'ai-index';
    // An index is only part of that use, so a permission for it grants nothing more.
    if (said.preference === 'allow' && possible) return [];
    return [
      evidenceOf(
        {
          where: line === null ? source.where : `${source.where}, line ${line}`,
          observedAt: context.observedAt,
        },
        {
          source: 'rsl',
          usage,
          preference: said.preference,
          quote: quoteOf(finding),
          ...(possible ? { weight: 'possible' as const } : {}),
          ...(source.licence === null ? {} : { licence: source.licence }),
        },
      ),
    ];
  });
}

function usageOf({ usage }: RslFinding, all: readonly RslFinding[]): Usage | null {
  if (usage !== 'ai-index') return rslUsageMap[usage];
  const input = all.find((finding) => finding.usage === 'ai-input');
  return input?.outcome === 'unaddressed' && input.conditions === null ? 'ai-use' : null;
}

/**
 * A permission that must be bought, or fetched from a server, is none for who has not: it is a refusal that names
 * the licence. Where it only asks to be named, or is for some people or places, that may be met: possible.
 */
function preferenceOf(
  { outcome, conditions, unclear }: RslFinding,
  whole: boolean,
): { preference: 'allow' | 'disallow'; possible: boolean } | null {
  if (outcome === 'prohibited' || outcome === 'unlicensed')
    return { preference: 'disallow', possible: false };
  if (conditions !== null) {
    return { preference: 'disallow', possible: outcome === 'unaddressed' || !mustBeObtained(conditions) };
  }
  return outcome === 'permitted' && whole && !unclear ? { preference: 'allow', possible: false } : null;
}

function mustBeObtained({ server, payments }: RslConditions): boolean {
  return server !== null || payments.some((type) => type.toLowerCase() !== 'attribution');
}

function quoteOf({ usage, outcome, lists, conditions }: RslFinding): string {
  const words = lists.slice(0, 4).map(({ quote }) => quote);
  if (outcome === 'unlicensed') {
    const both = lists.some(({ kind }) => kind === 'prohibits');
    words.push(both ? `(${usage} is both permitted and prohibited)` : `(${usage} is not among them)`);
  }
  if (conditions !== null) {
    if (conditions.server !== null) words.push(`<content server="${conditions.server}">`);
    for (const type of conditions.payments.slice(0, 4)) words.push(`<payment type="${type}">`);
    words.push(...conditions.limits.slice(0, 4));
  }
  return words.join(' ');
}
