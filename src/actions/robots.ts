import type { Database } from '../../db/database.ts';
import { readRobotsEntries, writeRobotsEntry } from '../../db/robots.ts';
import type { ResolvedAgent } from '../consent/agent.ts';
import type { Crawl, NotChecked } from '../consent/decision.ts';
import type { Evidence } from '../consent/evidence.ts';
import { robotsEvidence, unreadSignals } from '../consent/robots-evidence.ts';
import type { ParsedRobots } from '../consent/robots-file.ts';
import { parseRobots } from '../consent/robots-parse.ts';
import type { Clock, Deps, Log } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { Fetcher } from '../net/fetching.ts';
import { createRobotsCache, type RobotsCache, type RobotsStore } from '../net/robots-cache.ts';
import type { RobotsEntry } from '../net/robots-outcome.ts';
import type { UrlKey } from '../opt-outs/url-key.ts';

/** What the robots.txt of one origin says, ready to be asked. */
export interface RobotsView {
  ask(url: string, agent: ResolvedAgent | null): RobotsAnswer;
}

export interface RobotsAnswer {
  crawl: Crawl;
  evidence: Evidence[];
  notChecked: NotChecked[];
  warnings: string[];
  /** RFC 3339 times until which this holds; empty when nothing was read. */
  until: string[];
}

/** New origins one request may wait for, and for how long in all. */
export const originsWaitedMax = 100;
export const waitMs = 10_000;

/**
 * What one turn reads from the store: enough for 10,000 ordinary files. The rest is answered as not fetched yet, and
 * finds the first part in memory when it is asked again.
 */
export const storedBytesMax = 32 * 1024 * 1024;
const retryAfterSWhenTooMuch = 2;

/** The cache of the service: in memory, with the database behind it. */
export function robotsCacheOf(database: Database, fetcher: Fetcher, clock: Clock, log: Log): RobotsCache {
  return createRobotsCache({
    fetcher,
    now: clock,
    // The origin is what somebody asked about, so it stays out of the log.
    onError: (error) => log.error({ error: String(error) }, 'robots.txt cache'),
    store: {
      read: readsTogether(database),
      async write(origin, entry) {
        const at = new Date(clock()).toISOString();
        await database.atomically([writeRobotsEntry(database, origin, JSON.stringify(entry), at)]);
      },
    },
  });
}

/** Origins asked for in one turn are read with one query, however many a bulk check names. */
function readsTogether(database: Database): RobotsStore['read'] {
  let waiting = new Map<string, PromiseWithResolvers<RobotsEntry | null>>();
  const readAll = async () => {
    const asked = waiting;
    waiting = new Map();
    try {
      const found = await readRobotsEntries(database, [...asked.keys()], storedBytesMax);
      for (const [origin, { resolve, reject }] of asked) {
        const entry = found.get(origin);
        if (entry === null) reject(new AppError('unavailable', 'Too much of robots.txt at once.'));
        else resolve(entry === undefined ? null : (JSON.parse(entry) as RobotsEntry));
      }
    } catch (error) {
      for (const { reject } of asked.values()) reject(error);
    }
  };
  return (origin) => {
    if (waiting.size === 0) queueMicrotask(readAll);
    const read = waiting.get(origin) ?? Promise.withResolvers<RobotsEntry | null>();
    waiting.set(origin, read);
    return read.promise;
  };
}

/**
 * Gathers the robots.txt of every origin among some URLs: from the cache, or fetched where the caller may wait.
 * @returns a function that gives the view of the origin of one of these URLs.
 */
export async function robotsFor(
  deps: Deps,
  places: readonly { url: string; key: UrlKey }[],
  mode: 'cached' | 'fetch',
): Promise<(key: UrlKey) => RobotsView> {
  const origins = new Set(places.map(({ key }) => originOf(key)));
  const views = new Map<string, RobotsView>();
  await Promise.all(
    [...origins].map(async (origin, index) => {
      const wait = mode === 'fetch' && index < originsWaitedMax;
      const known = deps.robots.get(origin, { wait }).catch(laterIfBusy);
      const entry = await (wait ? within(waitMs, known) : known);
      views.set(origin, viewOf(origin, entry));
    }),
  );
  return (key) => views.get(originOf(key)) ?? notFetched(60);
}

interface Queued {
  state: 'queued';
  retryAfterS: number;
}

function laterIfBusy(error: unknown): Queued {
  if (error instanceof AppError && error.code === 'unavailable') {
    return { state: 'queued', retryAfterS: retryAfterSWhenTooMuch };
  }
  throw error;
}

/** A caller is answered in time; the fetch goes on and serves the next one. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | Queued> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Queued>((resolve) => {
    timer = setTimeout(() => resolve({ state: 'queued', retryAfterS: Math.ceil(ms / 1000) }), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function originOf(key: UrlKey): string {
  return `${key.scheme}://${key.host}${key.port === '' ? '' : `:${key.port}`}`;
}

function viewOf(origin: string, entry: RobotsEntry | Queued): RobotsView {
  if (entry.state === 'queued') return notFetched(entry.retryAfterS);
  const until = [new Date(entry.expiresAt).toISOString()];
  const robotsUrl = entry.url ?? `${origin}/robots.txt`;
  return {
    ask(url, agent) {
      const parsed = entry.body === null ? null : parsedOf(entry, entry.body);
      const said =
        parsed === null
          ? { evidence: [], warnings: [] }
          : robotsEvidence(parsed, {
              url,
              agent,
              robotsUrl,
              observedAt: new Date(entry.bodyAt ?? entry.checkedAt).toISOString(),
            });
      const unread = parsed === null ? [] : unreadSignals(parsed);
      return {
        crawl: 'crawl' in said && entry.crawl === 'by-rules' ? said.crawl : wholeSite(entry, robotsUrl),
        evidence: said.evidence,
        warnings: said.warnings,
        notChecked: [
          ...unread.map((name) => ({
            source: 'robots.txt',
            why: `${robotsUrl} holds ${name} lines, not read yet`,
          })),
          ...(entry.state === 'unreachable' ? [unreachable(entry)] : []),
        ],
        until,
      };
    },
  };
}

/** The same answer for every path: nothing is said, or nobody knows (RFC 9309 §2.3.1.3 and §2.3.1.4). */
function wholeSite(entry: RobotsEntry, robotsUrl: string): Crawl {
  const verdict = entry.crawl === 'disallow' ? 'disallow' : 'allow';
  const reason = entry.state === 'unreachable' ? 'unreachable' : 'no-robots-txt';
  const quote = entry.status === null ? {} : { quote: `HTTP ${entry.status}` };
  return { verdict, reason, where: robotsUrl, ...quote };
}

function unreachable(entry: RobotsEntry): NotChecked {
  const seconds = Math.max(1, Math.ceil((entry.expiresAt - entry.checkedAt) / 1000));
  return { source: 'robots.txt', why: 'unreachable', retryAfterS: seconds };
}

function notFetched(retryAfterS: number): RobotsView {
  return {
    ask: () => ({
      crawl: { verdict: 'unknown', reason: 'not-fetched-yet' },
      evidence: [],
      warnings: [],
      notChecked: [{ source: 'robots.txt', why: 'not-fetched-yet', retryAfterS }],
      until: [],
    }),
  };
}

// Parsing is linear but not free, and one entry answers many questions while it is in memory.
const parsedEntries = new WeakMap<RobotsEntry, ParsedRobots>();

function parsedOf(entry: RobotsEntry, body: string): ParsedRobots {
  const known = parsedEntries.get(entry);
  if (known !== undefined) return known;
  const parsed = parseRobots(body);
  parsedEntries.set(entry, parsed);
  return parsed;
}
