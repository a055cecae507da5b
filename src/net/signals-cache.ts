import { getDomain } from 'tldts';
import { AppError } from '../errors.ts';
import type { DocumentEntry } from './document-outcome.ts';
import type { Fetcher } from './fetching.ts';
import { type GatherDeps, gatherDocument, gatherSite, type SiteEntry } from './gather-site.ts';
import { createLru, type Lru } from './lru.ts';
import { createPoliteQueue, type PoliteQueue, type QueueLimits } from './polite-queue.ts';
import { rslUrls } from './robots-rules.ts';
import { documentNames, rslDocument } from './site-documents.ts';

/** What is kept in memory in front of the store, of sites and of the documents they name elsewhere. */
export const signalsMemoryEntriesMax = 20_000;
export const signalsMemoryBytesMax = 64 * 1024 * 1024;
export const documentsMemoryBytesMax = 16 * 1024 * 1024;

/**
 * Fetches at once, and fetches that wait. One site (a registrable domain with all its hosts) is never gathered from
 * twice at once: a list of made-up subdomains must not make us an attack on whoever owns the domain. The few small
 * files of one origin share its turn.
 */
export const signalsQueueLimits: QueueLimits = { runsMax: 16, waitingMax: 10_000, waitingPerSiteMax: 1_000 };

/** Rough time of one turn, for saying when to ask again. */
const turnTimeS = 1;
const retryAfterSMin = 2;
const retryAfterSWhenFull = 60;

/** Where entries outlive the process: by origin as `URL.origin` spells it, documents by their URL. */
export interface SignalsStore {
  read(key: string): Promise<SiteEntry | DocumentEntry | null>;
  write(key: string, entry: SiteEntry | DocumentEntry): Promise<void>;
}

export interface SignalsCacheDeps {
  fetcher: Pick<Fetcher, 'fetch'>;
  store: SignalsStore;
  /** Unix ms. */
  now(): number;
  /** Told of what went wrong in the background: a store that does not write, a fault of ours. */
  onError(error: unknown, key: string): void;
}

export interface SignalsCacheLimits extends QueueLimits {
  entriesMax: number;
  bytesMax: number;
}

/** Something is missing or has expired; the fetch waits in the queue, or had no room there. */
export interface Queued<T> {
  state: 'queued';
  retryAfterS: number;
  /** What was known last. Parts of it may still count: each has its own end. */
  stale: T | null;
}

export interface SignalsCache {
  /**
   * What is known about the signals of an origin. What is near its end is fetched again in the background.
   * @param origin `https://example.com`; a path in it is ignored.
   * @param ask `wait: true` fetches what is not known, ahead of the queue, within `siteTimeoutMs` once it runs;
   * `wait: false` puts the fetch in the queue and answers at once.
   * @throws AppError `invalid` when it is not an http or https origin; what the store throws on reading.
   */
  get(origin: string, ask: { wait: boolean }): Promise<SiteEntry | Queued<SiteEntry>>;
  /** The same for one RSL document at its absolute URL, as `rslUrls` gives it. */
  document(url: string, ask: { wait: boolean }): Promise<DocumentEntry | Queued<DocumentEntry>>;
  /**
   * Present where everything was gathered before and nothing is fetched any more: an entry counts for so long after
   * it was gathered, whatever its own end.
   */
  readonly gathered?: { maxAgeMs: number };
  /** Resolves once no fetch waits or runs. */
  idle(): Promise<void>;
  /** Drops what waits and resolves once what runs has been written. */
  close(): Promise<void>;
}

/**
 * What every site that is asked about says of itself: memory in front of a store in front of the fetcher. It knows
 * bytes, times and politeness; what the files say is read elsewhere.
 */
export function createSignalsCache(
  deps: SignalsCacheDeps,
  limits: Partial<SignalsCacheLimits> = {},
): SignalsCache {
  const entriesMax = limits.entriesMax ?? signalsMemoryEntriesMax;
  const siteBytesMax = limits.bytesMax ?? signalsMemoryBytesMax;
  const documentBytesMax = limits.bytesMax ?? documentsMemoryBytesMax;
  const sites = createTier<SiteEntry>(deps, createLru({ entriesMax, bytesMax: siteBytesMax }, weighSite));
  const documents = createTier<DocumentEntry>(
    deps,
    createLru({ entriesMax, bytesMax: documentBytesMax }, weigh),
  );
  const gatherDeps: GatherDeps = {
    fetcher: deps.fetcher,
    now: deps.now,
    async knownRobots(origin) {
      const known = await sites.lookUp(origin);
      return known !== null && deps.now() < known.robots.expiresAt ? known.robots : null;
    },
  };

  /** Keys that wait and that nothing was stored under, so that their jobs need not look again. */
  const unstored = new Set<string>();

  const refreshSite = async (origin: string): Promise<SiteEntry> => {
    const previous = unstored.delete(origin) ? sites.inMemory(origin) : await sites.lookUp(origin);
    const entry = await gatherSite(gatherDeps, origin, previous, (early) => sites.remember(origin, early));
    await sites.keep(origin, entry);
    // Named documents are looked for behind the answer, so that the next one has them.
    await Promise.all(rslUrls(entry.robots).map((url) => ask(documents, url, false, (known) => known)));
    return entry;
  };
  const refreshDocument = async (url: string): Promise<DocumentEntry> => {
    const previous = unstored.delete(url) ? documents.inMemory(url) : await documents.lookUp(url);
    const entry = await gatherDocument(gatherDeps, url, rslDocument, previous);
    await documents.keep(url, entry);
    return entry;
  };
  const work = async (key: string): Promise<SiteEntry | DocumentEntry> => {
    try {
      return await (new URL(key).origin === key ? refreshSite(key) : refreshDocument(key));
    } catch (error) {
      deps.onError(error, key);
      throw error;
    } finally {
      // Those who joined while it ran have named it again.
      unstored.delete(key);
    }
  };
  const queue = createPoliteQueue(work, { ...signalsQueueLimits, ...limits });

  const ask = asker({ now: deps.now, queue, unstored, limits });

  return {
    get: async (text, { wait }) => ask(sites, originOf(text), wait, endsOfSite),
    document: (url, { wait }) => ask(documents, url, wait, (known) => known),
    idle: queue.idle,
    close: () => queue.close(),
  };
}

interface AskerDeps {
  /** Unix ms. */
  now(): number;
  queue: PoliteQueue<SiteEntry | DocumentEntry>;
  unstored: Set<string>;
  limits: Partial<QueueLimits>;
}

/** The one rule of what is used as it is, fetched again behind the answer, or waited for. */
function asker({ now: clock, queue, unstored, limits }: AskerDeps) {
  return async function ask<T extends SiteEntry | DocumentEntry>(
    tier: Tier<T>,
    key: string,
    wait: boolean,
    endsOf: (entry: T) => Ends,
  ): Promise<T | Queued<T>> {
    const entry = await tier.lookUp(key);
    const now = clock();
    const ends = entry === null ? null : endsOf(entry);
    if (entry !== null && ends !== null && now < ends.expiresAt) {
      if (now >= ends.refreshAt) queue.push(key, siteOf(key), false);
      return entry;
    }
    const site = siteOf(key);
    if (entry === null) unstored.add(key);
    const flight = queue.push(key, site, wait);
    if (flight === undefined) unstored.delete(key);
    const fetched = wait ? await flight : undefined;
    // A key is an origin or the address of a document, so its jobs give what its tier holds.
    if (fetched !== undefined) return fetched as T;
    const retryAfterS = flight === undefined ? retryAfterSWhenFull : waitS(queue.waiting(site), limits);
    return { state: 'queued', retryAfterS, stale: entry };
  };
}

type Ends = Pick<DocumentEntry, 'refreshAt' | 'expiresAt'>;

/** A site ends with the first of its files; one that was not asked for yet has no time at all. */
function endsOfSite({ robots, documents }: SiteEntry): Ends {
  const all = [robots, ...documentNames.map((name) => documents[name] ?? { refreshAt: 0, expiresAt: 0 })];
  return {
    refreshAt: Math.min(...all.map(({ refreshAt }) => refreshAt)),
    expiresAt: Math.min(...all.map(({ expiresAt }) => expiresAt)),
  };
}

interface Tier<T> {
  lookUp(key: string): Promise<T | null>;
  inMemory(key: string): T | null;
  remember(key: string, entry: T): void;
  /** In memory, and in the store as far as it takes it. */
  keep(key: string, entry: T): Promise<void>;
}

function createTier<T extends SiteEntry | DocumentEntry>(deps: SignalsCacheDeps, memory: Lru<T>): Tier<T> {
  const reads = new Map<string, Promise<T | null>>();
  return {
    async lookUp(key) {
      const known = memory.get(key);
      if (known !== undefined) return known;
      const reading = reads.get(key) ?? readOnce(key);
      const entry = await reading;
      // A fetch may have ended meanwhile; what it found is newer than what was read.
      if (entry !== null && memory.get(key) === undefined) memory.set(key, entry);
      return memory.get(key) ?? entry;
    },
    inMemory: (key) => memory.get(key) ?? null,
    remember: memory.set,
    async keep(key, entry) {
      memory.set(key, entry);
      // An answer in hand is not lost over a store that fails: it is only asked for again sooner.
      await deps.store.write(key, entry).catch((error) => deps.onError(error, key));
    },
  };

  function readOnce(key: string): Promise<T | null> {
    const reading = (deps.store.read(key) as Promise<T | null>).finally(() => reads.delete(key));
    reads.set(key, reading);
    return reading;
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

/** @returns the registrable domain of an origin or URL, which is polite to ask one thing at a time; else its host. */
export function siteOf(key: string): string {
  const host = new URL(key).hostname;
  return getDomain(host, { allowPrivateDomains: true }) ?? host;
}

function waitS(waiting: { all: number; site: number }, limits: Partial<QueueLimits>): number {
  const turns = Math.max(waiting.all / (limits.runsMax ?? signalsQueueLimits.runsMax), waiting.site);
  return Math.max(retryAfterSMin, Math.ceil(turns * turnTimeS));
}

/** Two bytes a character at worst, and the entry around the body. */
function weigh(entry: DocumentEntry): number {
  return (entry.body?.length ?? 0) * 2 + 1_024;
}

function weighSite({ robots, documents }: SiteEntry): number {
  return [robots, ...Object.values(documents)].reduce((sum, entry) => sum + weigh(entry), 0);
}
