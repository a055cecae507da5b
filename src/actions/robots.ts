import type { Database } from '../../db/database.ts';
import { readRobotsEntry, writeRobotsEntry } from '../../db/robots.ts';
import type { ResolvedAgent } from '../consent/agent.ts';
import type { Crawl, NotChecked } from '../consent/decision.ts';
import type { Evidence } from '../consent/evidence.ts';
import { robotsEvidence, unreadSignals } from '../consent/robots-evidence.ts';
import type { ParsedRobots } from '../consent/robots-file.ts';
import { parseRobots } from '../consent/robots-parse.ts';
import type { Clock, Deps, Log } from '../deps.ts';
import type { Fetcher } from '../net/fetching.ts';
import { createRobotsCache, type RobotsCache } from '../net/robots-cache.ts';
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

/** The cache of the service: in memory, with the database behind it. */
export function robotsCacheOf(database: Database, fetcher: Fetcher, clock: Clock, log: Log): RobotsCache {
  return createRobotsCache({
    fetcher,
    now: clock,
    // The origin is what somebody asked about, so it stays out of the log.
    onError: (error) => log.error({ error: String(error) }, 'robots.txt cache'),
    store: {
      async read(origin) {
        const entry = await readRobotsEntry(database, origin);
        return entry === undefined ? null : (JSON.parse(entry) as RobotsEntry);
      },
      async write(origin, entry) {
        const at = new Date(clock()).toISOString();
        await database.atomically([writeRobotsEntry(database, origin, JSON.stringify(entry), at)]);
      },
    },
  });
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
      const entry = await (wait
        ? within(waitMs, deps.robots.get(origin, { wait }))
        : deps.robots.get(origin, { wait }));
      views.set(origin, viewOf(origin, entry));
    }),
  );
  return (key) => views.get(originOf(key)) ?? notFetched(60);
}

/** A caller is answered in time; the fetch goes on and serves the next one. */
async function within<T>(
  ms: number,
  work: Promise<T>,
): Promise<T | { state: 'queued'; retryAfterS: number }> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<{ state: 'queued'; retryAfterS: number }>((resolve) => {
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

function viewOf(origin: string, entry: RobotsEntry | { state: 'queued'; retryAfterS: number }): RobotsView {
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
      const unread = parsed === null ? [] : unreadSignals(parsed, agent?.token ?? null);
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
