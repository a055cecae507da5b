import type { ResolvedAgent } from '../consent/agent.ts';
import type { Crawl, NotChecked } from '../consent/decision.ts';
import type { Evidence, Source } from '../consent/evidence.ts';
import { robotsEvidence } from '../consent/robots/evidence.ts';
import type { SignalReading } from '../consent/signal.ts';
import { warningSentence } from '../consent/statement.ts';
import type { DocumentEntry, DocumentWarning } from '../net/document-outcome.ts';
import type { SiteEntry } from '../net/gather-site.ts';
import type { RobotsEntry } from '../net/robots-outcome.ts';
import { parsedRobots } from '../net/robots-rules.ts';
import { documentNames, siteDocuments } from '../net/site-documents.ts';
import { type DocumentReader, readerOf } from './document-readers.ts';
import { isoTime, observedAtOf } from './document-times.ts';
import { askRsl, type Missing, missingDocument } from './rsl-reader.ts';

/** The files of a site that are looked for wherever it is asked about; others are found through them. */
export const sourcesOfSites: readonly Source[] = ['robots.txt', ...documentNames];

/** What the cache knows of one origin when a question comes. */
export interface KnownSite {
  site: SiteEntry | null;
  /** When to ask again for what is missing. */
  retryAfterS: number;
  /** RSL documents its robots.txt names, by address. */
  documents: ReadonlyMap<string, { entry: DocumentEntry | null; retryAfterS: number }>;
  /** Where it comes from a snapshot: how long after it was gathered it counts, in place of each file's own end. */
  gathered?: { maxAgeMs: number } | undefined;
}

/** One file of a site as it was gathered. */
export interface GatheredDocument {
  source: Source;
  /** Where it was found, or looked for. */
  url: string;
  state: DocumentEntry['state'];
  status: number | null;
  /** The file; null where nothing is said or known. While unreachable the last good copy. */
  text: string | null;
  /** RFC 3339 UTC, when the text was read, or when its absence was seen. */
  observedAt: string;
  /** RFC 3339 UTC, until when this holds. */
  until: string;
  warnings: DocumentWarning[];
}

/** What one origin says of itself, ready to be asked. */
export interface SignalsView {
  ask(url: string, agent: ResolvedAgent | null): SignalsAnswer;
  /** The files themselves, those that are missing left out. */
  gathered(): GatheredDocument[];
}

export interface SignalsAnswer {
  crawl: Crawl;
  evidence: Evidence[];
  notChecked: NotChecked[];
  warnings: string[];
  /** RFC 3339 times until which this holds; empty when nothing was read. */
  until: string[];
}

/** Warnings passed on for one file and one answer; the site check gives all of them. */
export const documentWarningsMax = 5;

interface Part {
  source: Source;
  /** Null where it is not known, or no longer. */
  entry: DocumentEntry | null;
  /** Where it was found, or else looked for. */
  url: string;
  missing: Missing;
  read: DocumentReader | null;
}

/** @param now Unix ms; what has ended by then is not used. */
export function viewOf(origin: string, known: KnownSite, now: number): SignalsView {
  const { gathered, retryAfterS } = known;
  const endOf = (entry: DocumentEntry) =>
    gathered === undefined ? entry.expiresAt : entry.checkedAt + gathered.maxAgeMs;
  const current = <T extends DocumentEntry>(entry: T | null | undefined) =>
    entry != null && now < endOf(entry) ? entry : null;
  const missing = (entry: DocumentEntry | null | undefined, retryAfterS: number): Missing => {
    if (gathered === undefined) return { why: 'not-fetched-yet', retryAfterS };
    return { why: entry == null ? 'not-gathered' : 'signals-too-old' };
  };
  const robots = current(known.site?.robots);
  const robotsMissing = missing(known.site?.robots, retryAfterS);
  const documents = new Map(
    [...known.documents].map(([url, one]) => [
      url,
      { entry: current(one.entry), missing: missing(one.entry, one.retryAfterS) },
    ]),
  );
  const robotsUrl = robots?.url ?? `${origin}/robots.txt`;
  const parts: Part[] = [
    { source: 'robots.txt', entry: robots, url: robotsUrl, missing: robotsMissing, read: null },
  ];
  for (const name of documentNames) {
    const held = known.site?.documents[name];
    const entry = current(held);
    const url = entry?.url ?? origin + siteDocuments[name].paths[0];
    const read = entry && readerOf(name, entry, url);
    parts.push({ source: name, entry, url, missing: missing(held, retryAfterS), read });
  }
  const notChecked = parts.flatMap((part) => notCheckedOf(part) ?? []);
  const general = [...webPageWarnings(origin, parts), ...cutWarnings(parts)];
  const held = [
    ...parts,
    ...[...documents].map(([url, { entry }]) => ({ source: 'rsl' as const, url, entry })),
  ];
  const until = held.flatMap(({ entry }) => (entry === null ? [] : [isoTime(endOf(entry))]));
  return {
    gathered: () =>
      held.flatMap(({ source, url, entry }) => (entry === null ? [] : [gatheredOf(source, url, entry)])),
    ask(url, agent) {
      const { crawl, evidence, warnings } =
        robots === null ? unknownCrawl(robotsMissing) : askRobots(robots, robotsUrl, url, agent);
      const rsl = robots === null ? null : askRsl(robots, robotsUrl, documents, { url, agent });
      const all: SignalsAnswer = {
        crawl,
        evidence: [...evidence, ...(rsl?.evidence ?? [])],
        warnings: [...warnings, ...general, ...sentences(rsl)],
        notChecked:
          rsl === null || rsl.notChecked.length === 0 ? notChecked : [...notChecked, ...rsl.notChecked],
        until,
      };
      for (const { entry, read, url: where } of parts) {
        if (entry === null || read === null) continue;
        const said = read({ url, agent, where, observedAt: observedAtOf(entry) });
        all.evidence.push(...said.evidence);
        all.warnings.push(...sentences(said));
      }
      return all;
    },
  };
}

type RobotsAnswer = Pick<SignalsAnswer, 'crawl' | 'evidence' | 'warnings'>;

function unknownCrawl({ why }: Missing): RobotsAnswer {
  return { crawl: { verdict: 'unknown', reason: why }, evidence: [], warnings: [] };
}

function askRobots(
  robots: RobotsEntry,
  robotsUrl: string,
  url: string,
  agent: ResolvedAgent | null,
): RobotsAnswer {
  const parsed = parsedRobots(robots);
  if (parsed === null) return { crawl: wholeSite(robots, robotsUrl), evidence: [], warnings: [] };
  const said = robotsEvidence(parsed, { url, agent, robotsUrl, observedAt: observedAtOf(robots) });
  const evidence = robots.warnings.includes('truncated')
    ? said.evidence.filter(({ preference }) => preference === 'disallow')
    : said.evidence;
  const crawl = robots.crawl === 'by-rules' ? said.crawl : wholeSite(robots, robotsUrl);
  return { crawl, evidence, warnings: said.warnings };
}

/** The same answer for every path: nothing is said, or nobody knows (RFC 9309 §2.3.1.3 and §2.3.1.4). */
function wholeSite(entry: RobotsEntry, robotsUrl: string): Crawl {
  const verdict = entry.crawl === 'disallow' ? 'disallow' : 'allow';
  const reason = entry.state === 'unreachable' ? 'unreachable' : 'no-robots-txt';
  const quote = entry.status === null ? {} : { quote: `HTTP ${entry.status}` };
  return { verdict, reason, where: robotsUrl, ...quote };
}

function notCheckedOf({ source, entry, missing }: Part): NotChecked | null {
  return entry === null ? { source, ...missing } : missingDocument(source, entry);
}

/** Many sites answer every address with their front page; said once for all files it stands in for. */
function webPageWarnings(origin: string, parts: readonly Part[]): string[] {
  const pages = parts.filter(
    ({ source, entry }) => source !== 'robots.txt' && entry?.warnings.includes('html'),
  );
  if (pages.length === 0) return [];
  const names = pages.map(({ url }) => (url.startsWith(`${origin}/`) ? url.slice(origin.length) : url));
  const list = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return [`${origin} answers ${list} with a web page, which says nothing.`];
}

function cutWarnings(parts: readonly Part[]): string[] {
  return parts
    .filter(({ entry }) => entry?.warnings.includes('truncated'))
    .map(({ url }) => `${url} is longer than is read; its end is not, and so nothing in it is a permission.`);
}

function sentences(said: SignalReading | null): string[] {
  return (said?.warnings ?? []).slice(0, documentWarningsMax).map(warningSentence);
}

/** @returns what was gathered at one address. */
export function gatheredOf(source: Source, url: string, entry: DocumentEntry): GatheredDocument {
  return {
    ...{ source, url, state: entry.state, status: entry.status, text: entry.body },
    ...{ observedAt: observedAtOf(entry), until: isoTime(entry.expiresAt) },
    warnings: entry.warnings,
  };
}
