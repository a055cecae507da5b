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
import { askRsl, type KnownDocument, missingDocument } from './rsl-reader.ts';

/** The files of a site that are looked for wherever it is asked about; others are found through them. */
export const sourcesOfSites: readonly Source[] = ['robots.txt', ...documentNames];

/** What the cache knows of one origin when a question comes. */
export interface KnownSite {
  site: SiteEntry | null;
  /** When to ask again for what is missing. */
  retryAfterS: number;
  /** RSL documents its robots.txt names, by address. */
  documents: ReadonlyMap<string, KnownDocument>;
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
  retryAfterS: number;
  read: DocumentReader | null;
}

/** @param now Unix ms; what has ended by then is not used. */
export function viewOf(origin: string, known: KnownSite, now: number): SignalsView {
  const current = <T extends DocumentEntry>(entry: T | null | undefined) =>
    entry != null && now < entry.expiresAt ? entry : null;
  const robots = current(known.site?.robots);
  const documents = new Map(
    [...known.documents].map(([url, one]) => [url, { ...one, entry: current(one.entry) }]),
  );
  const robotsUrl = robots?.url ?? `${origin}/robots.txt`;
  const { retryAfterS } = known;
  const parts: Part[] = [{ source: 'robots.txt', entry: robots, url: robotsUrl, retryAfterS, read: null }];
  for (const name of documentNames) {
    const entry = current(known.site?.documents[name]);
    const url = entry?.url ?? origin + siteDocuments[name].paths[0];
    parts.push({ source: name, entry, url, retryAfterS, read: entry && readerOf(name, entry, url) });
  }
  const notChecked = parts.flatMap((part) => notCheckedOf(part) ?? []);
  const general = [...webPageWarnings(origin, parts), ...cutWarnings(parts)];
  const held = [
    ...parts,
    ...[...documents].map(([url, { entry }]) => ({ source: 'rsl' as const, url, entry })),
  ];
  const until = held.flatMap(({ entry }) => (entry === null ? [] : [isoTime(entry.expiresAt)]));
  return {
    gathered: () =>
      held.flatMap(({ source, url, entry }) => (entry === null ? [] : [gatheredOf(source, url, entry)])),
    ask(url, agent) {
      const { crawl, evidence, warnings } = askRobots(robots, robotsUrl, url, agent);
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

function askRobots(
  robots: RobotsEntry | null,
  robotsUrl: string,
  url: string,
  agent: ResolvedAgent | null,
): Pick<SignalsAnswer, 'crawl' | 'evidence' | 'warnings'> {
  if (robots === null) {
    return { crawl: { verdict: 'unknown', reason: 'not-fetched-yet' }, evidence: [], warnings: [] };
  }
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

function notCheckedOf({ source, entry, retryAfterS }: Part): NotChecked | null {
  return entry === null ? { source, why: 'not-fetched-yet', retryAfterS } : missingDocument(source, entry);
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
