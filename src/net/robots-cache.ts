import { getDomain } from 'tldts';
import { AppError } from '../errors.ts';
import type { Fetcher } from './fetching.ts';
import { createLru } from './lru.ts';
import { createPoliteQueue, type QueueLimits } from './polite-queue.ts';
import { type RobotsEntry, robotsBytesMax, robotsOutcome } from './robots-outcome.ts';

export const robotsRedirectsMax = 5;
export const robotsTimeoutMs = 10_000;

/** What is kept in memory in front of the store. */
export const robotsMemoryEntriesMax = 20_000;
export const robotsMemoryBytesMax = 64 * 1024 * 1024;

/**
 * Fetches at once, and fetches that wait. One site (a registrable domain with all its hosts) is never fetched from
 * twice at once: a list of made-up subdomains must not make us an attack on whoever owns the domain.
 */
export const robotsQueueLimits: QueueLimits = { runsMax: 16, waitingMax: 10_000, waitingPerSiteMax: 1_000 };

/** Rough time of one fetch, for saying when to ask again. */
const fetchTimeS = 1;
const retryAfterSMin = 2;
const retryAfterSWhenFull = 60;

/** Where entries outlive the process. Origins are as `URL.origin` spells them. */
export interface RobotsStore {
  read(origin: string): Promise<RobotsEntry | null>;
  write(origin: string, entry: RobotsEntry): Promise<void>;
}

export interface RobotsCacheDeps {
  fetcher: Pick<Fetcher, 'fetch'>;
  store: RobotsStore;
  /** Unix ms. */
  now(): number;
  /** Told of what went wrong in the background: a store that does not write, a fault of ours. */
  onError(error: unknown, origin: string): void;
}

export interface RobotsCacheLimits extends QueueLimits {
  entriesMax: number;
  bytesMax: number;
}

/** Nothing usable is known yet; the fetch waits in the queue, or had no room there. */
export interface RobotsQueued {
  state: 'queued';
  retryAfterS: number;
  /** An entry that has expired, for those who would rather know what was said last. */
  stale: RobotsEntry | null;
}

export interface RobotsCache {
  /**
   * What is known about the robots.txt of an origin. An entry near its end is fetched again in the background.
   * @param origin `https://example.com`; a path in it is ignored.
   * @param ask `wait: true` fetches what is not known, ahead of the queue, within `robotsTimeoutMs` once it runs;
   * `wait: false` puts the fetch in the queue and answers at once.
   * @throws AppError `invalid` when it is not an http or https origin; what the store throws on reading.
   */
  get(origin: string, ask: { wait: boolean }): Promise<RobotsEntry | RobotsQueued>;
  /** Resolves once no fetch waits or runs. */
  idle(): Promise<void>;
  /** Drops what waits and resolves once what runs has been written. */
  close(): Promise<void>;
}

/**
 * The robots.txt of every origin the service is asked about: memory in front of a store in front of the fetcher.
 * It knows bytes, times and politeness; what the file says is read elsewhere.
 */
export function createRobotsCache(
  deps: RobotsCacheDeps,
  limits: Partial<RobotsCacheLimits> = {},
): RobotsCache {
  const memory = createLru<RobotsEntry>(
    {
      entriesMax: limits.entriesMax ?? robotsMemoryEntriesMax,
      bytesMax: limits.bytesMax ?? robotsMemoryBytesMax,
    },
    weigh,
  );
  const reads = new Map<string, Promise<RobotsEntry | null>>();
  const lookUp = async (origin: string): Promise<RobotsEntry | null> => {
    const known = memory.get(origin);
    if (known !== undefined) return known;
    const reading = reads.get(origin) ?? deps.store.read(origin).finally(() => reads.delete(origin));
    reads.set(origin, reading);
    const entry = await reading;
    // A fetch may have ended meanwhile; what it found is newer than what was read.
    if (entry !== null && memory.get(origin) === undefined) memory.set(origin, entry);
    return memory.get(origin) ?? entry;
  };
  const queue = createPoliteQueue((origin) => refresh(deps, origin, lookUp, memory.set), {
    ...robotsQueueLimits,
    ...limits,
  });

  return {
    async get(text, { wait }) {
      const origin = originOf(text);
      const entry = await lookUp(origin);
      const now = deps.now();
      if (entry !== null && now < entry.refreshAt && now < entry.expiresAt) return entry;
      const site = siteOf(origin);
      if (entry !== null && now < entry.expiresAt) {
        queue.push(origin, site, false);
        return entry;
      }
      const flight = queue.push(origin, site, wait);
      const fetched = wait ? await flight : undefined;
      if (fetched !== undefined) return fetched;
      const retryAfterS = flight === undefined ? retryAfterSWhenFull : waitS(queue.waiting(site), limits);
      return { state: 'queued', retryAfterS, stale: entry };
    },
    idle: queue.idle,
    close: () => queue.close(),
  };
}

async function refresh(
  deps: RobotsCacheDeps,
  origin: string,
  lookUp: (origin: string) => Promise<RobotsEntry | null>,
  remember: (origin: string, entry: RobotsEntry) => void,
): Promise<RobotsEntry> {
  try {
    const result = await deps.fetcher.fetch(`${origin}/robots.txt`, {
      maxBytes: robotsBytesMax,
      maxRedirects: robotsRedirectsMax,
      timeoutMs: robotsTimeoutMs,
      accept: 'text/plain, */*;q=0.5',
    });
    const entry = robotsOutcome(result, await lookUp(origin), deps.now());
    remember(origin, entry);
    // An answer in hand is not lost over a store that fails: it is only asked for again sooner.
    await deps.store.write(origin, entry).catch((error) => deps.onError(error, origin));
    return entry;
  } catch (error) {
    deps.onError(error, origin);
    throw error;
  }
}

function originOf(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new AppError('invalid', 'This is not the origin of a site.', {
      fix: 'Give an origin such as https://example.com.',
    });
  }
  return url.origin;
}

function siteOf(origin: string): string {
  const host = new URL(origin).hostname;
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}

function waitS(waiting: { all: number; site: number }, limits: Partial<QueueLimits>): number {
  const turns = Math.max(waiting.all / (limits.runsMax ?? robotsQueueLimits.runsMax), waiting.site);
  return Math.max(retryAfterSMin, Math.ceil(turns * fetchTimeS));
}

/** Two bytes a character at worst, and the entry around the body. */
function weigh(entry: RobotsEntry): number {
  return (entry.body?.length ?? 0) * 2 + 1_024;
}
