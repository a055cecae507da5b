import { type DocumentEntry, documentOutcome, notAsked } from './document-outcome.ts';
import { type Fetcher, type FetchResult, failure, type Redirect, redirectTarget } from './fetching.ts';
import { type RobotsEntry, robotsBytesMax, robotsOutcome } from './robots-outcome.ts';
import { mayFetch, ownToken } from './robots-rules.ts';
import { type DocumentKind, type DocumentName, documentNames, siteDocuments } from './site-documents.ts';

/** Redirects followed for one file, over all origins on the way. */
export const redirectsFollowedMax = 5;
/** Origins beyond the first that redirects may lead to: each costs its own robots.txt. */
export const originsFollowedMax = 2;
export const robotsTimeoutMs = 10_000;
export const documentTimeoutMs = 5_000;
/** For all files of one site together; what is not there by then is unreachable. */
export const siteTimeoutMs = 25_000;

/** What is known about one origin. `documents` lacks what has not been asked for yet. */
export interface SiteEntry {
  robots: RobotsEntry;
  documents: Partial<Record<DocumentName, DocumentEntry>>;
}

export interface GatherDeps {
  fetcher: Pick<Fetcher, 'fetch'>;
  /** Unix ms. */
  now(): number;
  /** The robots.txt of an origin as far as it is known and still counts, else null. */
  knownRobots(origin: string): Promise<RobotsEntry | null>;
  /** Name to look for in robots.txt before anything else is fetched. Default `ownToken`. */
  token?: string;
  /** Default `siteTimeoutMs`; longer where fetches wait for one another. */
  siteTimeoutMs?: number;
}

/**
 * Brings what is known about an origin up to date: robots.txt first, then beside each other the files it lets us
 * fetch. What is not due yet is kept as it is.
 * @param onRobots told of the entry as soon as robots.txt is there, so that nobody waits for the rest in vain.
 */
export async function gatherSite(
  deps: GatherDeps,
  origin: string,
  previous: SiteEntry | null,
  onRobots: (entry: SiteEntry) => void,
): Promise<SiteEntry> {
  const deadline = deps.now() + (deps.siteTimeoutMs ?? siteTimeoutMs);
  const token = deps.token ?? ownToken;
  const due = previous === null || deps.now() >= previous.robots.refreshAt;
  const robots = due ? await fetchRobots(deps, origin, previous?.robots ?? null) : previous.robots;
  const known = previous?.documents ?? {};
  onRobots({ robots, documents: allowedOf(robots, origin, known, token) });
  const rules = rulesFrom(deps, new Map([[origin, Promise.resolve(robots)]]));
  const documents = await Promise.all(
    documentNames.map(async (name) => {
      const before = known[name] ?? null;
      const fresh = before !== null && deps.now() < before.refreshAt;
      const kept = fresh && !blocked(robots, origin, name, token) && !(due && waitsForRobots(before));
      const kind = siteDocuments[name];
      const entry = kept
        ? before
        : await fetchFirst({ ...deps, token, rules, deadline }, origin, kind, before);
      return [name, entry] as const;
    }),
  );
  return { robots, documents: Object.fromEntries(documents) };
}

/** One file at a known address, such as an RSL document, under the robots.txt of its own origin. */
export async function gatherDocument(
  deps: GatherDeps,
  url: string,
  kind: Omit<DocumentKind, 'paths'>,
  previous: DocumentEntry | null,
): Promise<DocumentEntry> {
  const deadline = deps.now() + (deps.siteTimeoutMs ?? siteTimeoutMs);
  const token = deps.token ?? ownToken;
  return fetchOne({ ...deps, token, rules: rulesFrom(deps, new Map()), deadline }, url, kind, previous);
}

/** The robots.txt of an origin, asked for now. */
export async function fetchRobots(
  deps: Pick<GatherDeps, 'fetcher' | 'now'>,
  origin: string,
  previous: RobotsEntry | null,
): Promise<RobotsEntry> {
  const result = await deps.fetcher.fetch(`${origin}/robots.txt`, {
    maxBytes: robotsBytesMax,
    maxRedirects: redirectsFollowedMax,
    timeoutMs: robotsTimeoutMs,
    accept: 'text/plain, */*;q=0.5',
  });
  return robotsOutcome(result, previous, deps.now());
}

/** Was not asked for because of robots.txt, so it is decided anew with a new one. */
function waitsForRobots(entry: DocumentEntry): boolean {
  return entry.state === 'disallowed' || (entry.status === null && entry.failure === null);
}

function blocked(robots: RobotsEntry, origin: string, name: DocumentName, token: string): boolean {
  return siteDocuments[name].paths.every((path) => !mayFetch(robots, origin + path, token));
}

/** What a new robots.txt forbids is no longer used, before anything else is known. */
function allowedOf(
  robots: RobotsEntry,
  origin: string,
  documents: SiteEntry['documents'],
  token: string,
): SiteEntry['documents'] {
  if (robots.crawl === 'disallow') return documents;
  return Object.fromEntries(
    Object.entries(documents).filter(([name]) => !blocked(robots, origin, name as DocumentName, token)),
  );
}

type RulesOf = (origin: string) => Promise<RobotsEntry>;

/** The robots.txt of the origins one job meets, each looked up or fetched at most once. */
function rulesFrom(deps: GatherDeps, met: Map<string, Promise<RobotsEntry>>): RulesOf {
  return (origin) => {
    const known = met.get(origin);
    if (known !== undefined) return known;
    const found = deps.knownRobots(origin).then((entry) => entry ?? fetchRobots(deps, origin, null));
    met.set(origin, found);
    return found;
  };
}

interface DocumentDeps extends Pick<GatherDeps, 'fetcher' | 'now'> {
  rules: RulesOf;
  token: string;
  /** Unix ms. */
  deadline: number;
}

/** The first of a file's places that has it; a place that is silent or forbidden leads on to the next. */
async function fetchFirst(
  deps: DocumentDeps,
  origin: string,
  kind: DocumentKind,
  previous: DocumentEntry | null,
): Promise<DocumentEntry> {
  let best: DocumentEntry | null = null;
  for (const path of kind.paths) {
    const entry = await fetchOne(deps, origin + path, kind, previous);
    if (entry.state === 'read' || entry.state === 'unreachable') return entry;
    // Forbidden at one place and absent at the other: one of them was not looked at.
    if (best === null || entry.state === 'disallowed') best = mergedWarnings(best, entry);
    else best = mergedWarnings(entry, best);
  }
  return best ?? notAsked('disallowed', previous, deps.now(), { refreshAt: 0, expiresAt: 0 });
}

function mergedWarnings(other: DocumentEntry | null, chosen: DocumentEntry): DocumentEntry {
  if (other === null) return chosen;
  return {
    ...chosen,
    warnings: [...new Set([...other.warnings, ...chosen.warnings])],
    refreshAt: Math.min(other.refreshAt, chosen.refreshAt),
    expiresAt: Math.min(other.expiresAt, chosen.expiresAt),
  };
}

/** Fetches one file; each origin on the way is asked only for what its own robots.txt allows. */
async function fetchOne(
  deps: DocumentDeps,
  address: string,
  kind: Omit<DocumentKind, 'paths'>,
  previous: DocumentEntry | null,
): Promise<DocumentEntry> {
  const redirects: Redirect[] = [];
  const origins = new Set<string>();
  let next = address;
  for (;;) {
    const { origin } = new URL(next);
    origins.add(origin);
    const robots = await deps.rules(origin);
    if (robots.crawl === 'disallow') return notAsked('unreachable', previous, deps.now(), robots);
    if (!mayFetch(robots, next, deps.token)) return notAsked('disallowed', previous, deps.now(), robots);
    const result = await fetchWithin(deps, next, kind, {
      maxRedirects: redirectsFollowedMax - redirects.length,
      stopBefore: (target) => target.origin !== origin || !mayFetch(robots, target.href, deps.token),
    });
    const step = result.ok ? stepOf(result) : null;
    if (!result.ok || step === null)
      return documentOutcome(withAll(result, redirects), previous, deps.now(), kind.form);
    redirects.push(...result.redirects, step);
    const isFar = origins.size > originsFollowedMax && !origins.has(new URL(step.to).origin);
    if (redirects.length > redirectsFollowedMax || isFar) {
      const tooMany = failure('too-many-redirects', 'The redirects lead too far.');
      return documentOutcome(tooMany, previous, deps.now(), kind.form);
    }
    if (!/^https?:/.test(step.to)) {
      const refused = failure('refused', 'A redirect leads away from the web.');
      return documentOutcome(refused, previous, deps.now(), kind.form);
    }
    next = step.to;
  }
}

async function fetchWithin(
  deps: DocumentDeps,
  url: string,
  kind: Omit<DocumentKind, 'paths'>,
  rest: { maxRedirects: number; stopBefore: (target: URL) => boolean },
): Promise<FetchResult> {
  const timeoutMs = Math.min(documentTimeoutMs, deps.deadline - deps.now());
  if (timeoutMs <= 0) return failure('timeout', 'The site took too long as a whole.');
  return deps.fetcher.fetch(url, { ...rest, timeoutMs, maxBytes: kind.bytesMax, accept: kind.accept });
}

/** The redirect at which the fetcher stopped, or null when its answer is none. */
function stepOf(result: Extract<FetchResult, { ok: true }>): Redirect | null {
  const location = redirectTarget(result.status, result.headers);
  const target = location === undefined ? null : URL.parse(location, result.url);
  if (target === null) return null;
  return { status: result.status, from: result.url, to: target.href };
}

function withAll(result: FetchResult, before: readonly Redirect[]): FetchResult {
  return result.ok ? { ...result, redirects: [...before, ...result.redirects] } : result;
}
