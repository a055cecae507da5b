import { type Octets, robotsPath, rulePattern, textToOctets } from '../robots/octets.ts';
import { patternMatches, robotsStepsMax, type Work } from '../robots/pattern.ts';
import type { RslContent, RslDocument } from './document.ts';
import { type RslLicence, type RslList, type RslUsage, rslUsages } from './terms.ts';

/**
 * `prohibited`: a prohibits names it. `unlicensed`: outside the list of a permits, or permitted and prohibited at
 * once (RSL 1.0 §3.5, §3.6). `unaddressed`: nothing that applies speaks of it.
 */
export const rslOutcomes = ['unaddressed', 'permitted', 'unlicensed', 'prohibited'] as const;
export type RslOutcome = (typeof rslOutcomes)[number];

/** What must be met before a permission holds. */
export interface RslConditions {
  server: string | null;
  payments: string[];
  limits: string[];
}

export interface RslFinding {
  usage: RslUsage;
  outcome: RslOutcome;
  /** The lists that decided; empty when nothing did. */
  lists: RslList[];
  /** For `permitted`; for `unaddressed` the terms of a licence that names no usage at all. */
  conditions: RslConditions | null;
  /** Line of the content element that decided. */
  line: number | null;
  /** True when words that cannot be read may have meant this usage, so that it is not granted. */
  unclear: boolean;
}

interface Scoped {
  content: RslContent;
  /** Octets of its pattern: the longer, the narrower. */
  length: number;
}

/**
 * What one document says about one URL, for every usage: among the contents whose url matches, the narrowest that
 * speaks of a usage decides it (RSL 1.0 §3.1.1); their order has no meaning.
 *
 * @param url in question; paths in the document are read as paths of its host.
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function rslFindings(document: RslDocument, url: string): RslFinding[] {
  const { scoped, complete } = contentsFor(document, url);
  const levels = Map.groupBy(scoped, ({ length }) => length);
  const narrowestFirst = [...levels]
    .sort(([a], [b]) => b - a)
    .map(([, level]) => level.map(({ content }) => content));
  return rslUsages.map((usage) => {
    const finding = findingFor(usage, narrowestFirst);
    return complete ? finding : { ...finding, unclear: true };
  });
}

function contentsFor(document: RslDocument, url: string): { scoped: Scoped[]; complete: boolean } {
  const path = robotsPath(url);
  const host = URL.canParse(url) ? new URL(url).host : null;
  const work: Work = { steps: 0 };
  const scoped: Scoped[] = [];
  for (const content of document.contents) {
    const pattern = patternFor(content.url, host);
    if (pattern !== null && patternMatches(pattern.path, path, work)) {
      scoped.push({ content, length: pattern.length });
    }
    if (work.steps > robotsStepsMax) return { scoped, complete: false };
  }
  return { scoped, complete: true };
}

/** §3.3: a whole URL speaks of its own host only. The scheme plays no part: http and https are one site. */
function patternFor(written: string, host: string | null): { path: Octets; length: number } | null {
  const absolute = /^https?:\/\/([^/?#*$]*)(.*)$/is.exec(written);
  if (absolute === null) return rulePattern(textToOctets(written));
  const [, authority = '', rest = ''] = absolute;
  if (host === null || !URL.canParse(`https://${authority}`)) return null;
  const named = new URL(`https://${authority}`).host;
  if (named !== host.replace(/:(?:80|443)$/, '') && authority.toLowerCase() !== host) return null;
  return rulePattern(textToOctets(/^[/*]/.test(rest) ? rest : `/${rest}`));
}

function findingFor(usage: RslUsage, levels: readonly RslContent[][]): RslFinding {
  let unclear = false;
  let terms: RslFinding | null = null;
  for (const level of levels) {
    const said = level.flatMap((content) => content.licences.flatMap((licence) => listsIn(content, licence)));
    unclear ||= said.some(({ list }) => list.unclear.has(usage));
    const finding = decided(usage, said);
    if (finding !== null) return { ...finding, unclear };
    terms ??= termsOnly(usage, level);
  }
  return terms ?? { usage, outcome: 'unaddressed', lists: [], conditions: null, line: null, unclear };
}

interface Said {
  list: RslList;
  licence: RslLicence;
  content: RslContent;
}

function listsIn(content: RslContent, licence: RslLicence): Said[] {
  return licence.lists.map((list) => ({ list, licence, content }));
}

function decided(usage: RslUsage, said: readonly Said[]): RslFinding | null {
  const of = (kind: RslList['kind']) => said.filter(({ list }) => list.kind === kind);
  const permits = of('permits').filter(({ list }) => list.values.has(usage));
  const prohibits = of('prohibits').filter(({ list }) => list.values.has(usage));
  const found = (outcome: RslOutcome, by: readonly Said[], conditions: RslConditions | null = null) => ({
    usage,
    outcome,
    lists: by.map(({ list }) => list),
    conditions,
    line: by[0]?.content.line ?? null,
    unclear: false,
  });
  if (permits.length > 0 && prohibits.length > 0) return found('unlicensed', [...permits, ...prohibits]);
  if (prohibits.length > 0) return found('prohibited', prohibits);
  if (permits.length > 0) {
    // Licences are offers side by side: one without conditions is enough.
    const offers = permits.map((one) => ({ one, conditions: conditionsOf(one.content, one.licence) }));
    const free = offers.find(({ conditions }) => conditions === null);
    return free ? found('permitted', [free.one]) : found('permitted', permits, offers[0]?.conditions ?? null);
  }
  const lists = of('permits').filter(({ list }) => !list.unclear.has(usage));
  if (lists.length > 0 && lists.length === of('permits').length) return found('unlicensed', lists);
  return null;
}

function conditionsOf(content: RslContent, licence: RslLicence): RslConditions | null {
  const { payments, limits } = licence;
  if (content.server === null && payments.length === 0 && limits.length === 0) return null;
  return { server: content.server, payments, limits };
}

/** A licence that names no usage, but a server, a price or a group of people, has something to say before any use. */
function termsOnly(usage: RslUsage, level: readonly RslContent[]): RslFinding | null {
  for (const content of level) {
    for (const licence of content.licences) {
      const conditions = licence.lists.length === 0 ? conditionsOf(content, licence) : null;
      if (conditions !== null) {
        return { usage, outcome: 'unaddressed', lists: [], conditions, line: content.line, unclear: false };
      }
    }
  }
  return null;
}

/** @returns the more restrictive of two outcomes. */
export function stricterOutcome(a: RslOutcome, b: RslOutcome): RslOutcome {
  return rslOutcomes.indexOf(a) > rslOutcomes.indexOf(b) ? a : b;
}
