import { type ResolvedAgent, resolveAgent } from '../consent/agent.ts';
import { readAiTxt } from '../consent/ai-txt.ts';
import { decide } from '../consent/decide.ts';
import type { Crawl, DecisionPart, NotChecked } from '../consent/decision.ts';
import type { Evidence, Usage } from '../consent/evidence.ts';
import { readImageMetadata } from '../consent/image-metadata.ts';
import { type Policy, policyDigest, shippedPolicy } from '../consent/policy.ts';
import { robotsEvidence } from '../consent/robots/evidence.ts';
import type { ParsedRobots } from '../consent/robots/file.ts';
import { parseRobots } from '../consent/robots/parse.ts';
import { robotsSignalWarnings } from '../consent/robots/signal-warnings.ts';
import type { SignalContext, SignalWarning } from '../consent/signal.ts';
import { readTrustTxt } from '../consent/trust-txt.ts';
import { AppError } from '../errors.ts';
import { type NamedReading, readLicences, readPage, readReservation, readResponse } from './inspect-page.ts';

/** Everything that may be looked at; what is left out is not looked for anywhere else. */
export interface InspectInput {
  url?: string | undefined;
  /** Product token or a whole User-Agent. */
  agent?: string | undefined;
  usages: readonly Usage[];
  robotsTxt?: string | undefined;
  /** Response headers in order. */
  headers?: readonly (readonly [name: string, value: string])[] | undefined;
  html?: string | undefined;
  tdmrep?: string | undefined;
  aiTxt?: string | undefined;
  trustTxt?: string | undefined;
  /** RSL documents. */
  rsl?: readonly string[] | undefined;
  image?: Uint8Array | undefined;
}

/** The parts that hold signals. */
export const inspectParts = [
  'robotsTxt',
  'headers',
  'html',
  'tdmrep',
  'aiTxt',
  'trustTxt',
  'rsl',
  'image',
] as const;

export interface InspectedSignal {
  signal: Evidence['source'];
  evidence: Evidence[];
  warnings: SignalWarning[];
}

export interface Inspection {
  url: string | null;
  agent: ResolvedAgent | null;
  crawl: Crawl;
  decisions: Pick<DecisionPart, 'usage' | 'verdict' | 'act' | 'reasons'>[];
  /** What each signal says, in the order they are listed; those that say nothing and need no mending are left out. */
  signals: InspectedSignal[];
  /** What is no matter of one signal: an agent that sends no requests, lines of robots.txt that cannot be read. */
  warnings: string[];
  notChecked: NotChecked[];
  policy: string;
}

/** Judges what was sent and nothing else, so no source is required. */
const policy: Policy = { ...shippedPolicy, name: 'withhold-inspect', required: [] };
const digest = policyDigest(policy);

/** Where a URL is needed and none was sent: the front page of a site that cannot exist (RFC 6761). */
const placeholder = 'https://site.invalid/';

/**
 * What somebody's signals say, by the parsers and the policy that answer checks. Fetches nothing, stores nothing; the
 * same input gives the same answer but for `observedAt`.
 *
 * @param now RFC 3339 UTC, stated as the time of observation.
 * @throws AppError `invalid` when the URL or the agent is not one.
 */
export async function inspect(input: InspectInput, now: string): Promise<Inspection> {
  const url = input.url === undefined ? placeholder : webAddress(input.url);
  const origin = input.url === undefined ? '' : new URL(url).origin;
  const agent = input.agent === undefined ? null : resolveAgent(input.agent);
  const context = { url, agent, observedAt: now };
  const robots =
    input.robotsTxt === undefined
      ? null
      : { parsed: parseRobots(input.robotsTxt), url: `${origin}/robots.txt` };
  const spoken = robots && robotsEvidence(robots.parsed, { ...context, robotsUrl: robots.url });
  const pageUrl = input.url === undefined ? 'page' : url;
  const page = readPage(input, url);
  const licences = readLicences(input, page, robots, context, pageUrl);
  const files = { file: `${origin}/.well-known/tdmrep.json`, page: pageUrl };
  const readings: NamedReading[] = [
    ...readResponse(page, context, pageUrl),
    { signal: 'tdmrep', reading: readReservation(input, page, context, files) },
    ...readTextFiles(input, origin, context),
    { signal: 'rsl', reading: licences },
    ...(robots === null ? [] : [robotsReading(robots)]),
    ...(input.image === undefined ? [] : readPicture(input.image, context)),
  ];
  const evidence = [...(spoken?.evidence ?? []), ...readings.flatMap(({ reading }) => reading.evidence)];
  const crawl: Crawl = spoken?.crawl ?? { verdict: 'unknown', reason: 'not-checked' };
  return {
    url: input.url === undefined ? null : url,
    agent,
    crawl,
    decisions: [...new Set(input.usages)].map((usage) => {
      const { verdict, act, reasons } = decide(evidence, { usage, agent, policy, crawl });
      return { usage, verdict, act, reasons };
    }),
    signals: bySignal(evidence, readings),
    // Those about a line stand with their signal.
    warnings: spoken?.warnings.filter((warning) => !warning.startsWith(`${robots?.url}, line `)) ?? [],
    notChecked: [...notSent(input), ...licences.notChecked],
    policy: await digest,
  };
}

function readTextFiles(
  { aiTxt, trustTxt }: InspectInput,
  origin: string,
  context: Omit<SignalContext, 'where'>,
): NamedReading[] {
  const readings: NamedReading[] = [];
  if (aiTxt !== undefined) {
    const reading = readAiTxt({ body: aiTxt }, { ...context, where: `${origin}/ai.txt` });
    readings.push({ signal: 'ai.txt', reading });
  }
  if (trustTxt !== undefined) {
    const reading = readTrustTxt([{ body: trustTxt, where: `${origin}/trust.txt` }], context);
    readings.push({ signal: 'trust.txt', reading });
  }
  return readings;
}

/** XMP and C2PA are two signals with one reader. */
function readPicture(bytes: Uint8Array, context: Omit<SignalContext, 'where'>): NamedReading[] {
  const { recognised, ...reading } = readImageMetadata(bytes, { ...context, where: 'image' });
  if (recognised) return [{ signal: 'image-metadata', reading }];
  const warning: SignalWarning = {
    ...{ where: 'image', quote: '', message: 'this is no picture file whose metadata is read' },
    fix: 'send a PNG, JPEG, WebP, GIF, TIFF, AVIF or HEIF file',
  };
  return [{ signal: 'image-metadata', reading: { evidence: [], warnings: [warning] } }];
}

/** Every line of robots.txt that should be mended, whomever it speaks to: the owner of the file is asking. */
function robotsReading({ parsed, url }: { parsed: ParsedRobots; url: string }): NamedReading {
  const slips = parsed.diagnostics.map(({ line, ...slip }): SignalWarning => {
    return { where: `${url}, line ${line}`, quote: '', ...slip };
  });
  const statements = robotsSignalWarnings(parsed, url).map(({ warning }) => warning);
  return { signal: 'robots.txt', reading: { evidence: [], warnings: [...slips, ...statements] } };
}

function webAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new AppError('invalid', 'The url is not an http or https URL.', {
      field: 'url',
      fix: 'Send the address of the page or file, such as https://example.com/art/1.jpg.',
    });
  }
  return url.href;
}

function bySignal(evidence: readonly Evidence[], readings: readonly NamedReading[]): InspectedSignal[] {
  const warnings = Map.groupBy(
    readings.flatMap(({ signal, reading }) => reading.warnings.map((warning) => ({ signal, warning }))),
    ({ signal }) => signal,
  );
  const said = Map.groupBy(evidence, ({ source }) => source);
  return [...new Set([...said.keys(), ...warnings.keys()])].sort().map((signal) => ({
    signal,
    evidence: said.get(signal) ?? [],
    warnings: (warnings.get(signal) ?? []).map(({ warning }) => warning),
  }));
}

function notSent(input: InspectInput): NotChecked[] {
  return [
    { source: 'registry', why: 'only what you send is looked at' },
    ...inspectParts
      .filter((part) => input[part] === undefined)
      .map((source) => ({ source, why: 'not sent' })),
  ];
}
