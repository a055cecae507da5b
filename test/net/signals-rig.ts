import type { FetchRequest, FetchResult, FetchSuccess } from '../../src/net/fetching.ts';
import type { SiteEntry } from '../../src/net/gather-site.ts';
import {
  createSignalsCache,
  type Queued,
  type SignalsCacheLimits,
  type SignalsStore,
} from '../../src/net/signals-cache.ts';

export const start = Date.UTC(2026, 8, 1);

type Stored = NonNullable<Awaited<ReturnType<SignalsStore['read']>>>;

/** A store in memory that survives the cache in front of it. */
export function memoryStore() {
  const rows = new Map<string, Stored>();
  const calls: string[] = [];
  const store: SignalsStore = {
    async read(key) {
      calls.push(`read ${key}`);
      return rows.get(key) ?? null;
    },
    async write(key, entry) {
      calls.push(`write ${key}`);
      rows.set(key, entry);
    },
  };
  return { ...store, rows, calls };
}

export function success(
  url: string,
  status: number,
  body = '',
  over: Partial<FetchSuccess> = {},
): FetchSuccess {
  return {
    ...{ ok: true, status, headers: {}, body: new TextEncoder().encode(body), truncated: false },
    ...{ url, redirects: [], address: '93.184.216.34' },
    ...over,
  };
}

/**
 * A cache whose fetches of robots.txt end when the test answers them. Every other file is not there, unless `files`
 * holds it by its URL.
 */
export function rig(limits: Partial<SignalsCacheLimits> = {}, store = memoryStore()) {
  const asked: string[] = [];
  const askedElse: string[] = [];
  const requests: FetchRequest[] = [];
  const open = new Map<string, (result: FetchResult) => void>();
  const files = new Map<string, FetchResult>();
  const clock = { now: start };
  const errors: unknown[] = [];
  const cache = createSignalsCache(
    {
      fetcher: {
        async fetch(url, request = {}) {
          if (!url.endsWith('/robots.txt')) {
            askedElse.push(url);
            return files.get(url) ?? success(url, 404);
          }
          asked.push(url);
          requests.push(request);
          const { promise, resolve } = Promise.withResolvers<FetchResult>();
          open.set(url, resolve);
          for (const tell of started.splice(0)) tell();
          return promise;
        },
      },
      store,
      now: () => clock.now,
      onError: (error) => errors.push(error),
    },
    limits,
  );
  const started: (() => void)[] = [];
  /** Answers the fetch of an origin's robots.txt, once it has begun. */
  const answer = async (origin: string, body: string, status = 200) => {
    const url = `${origin}/robots.txt`;
    while (!open.has(url)) await new Promise<void>((resolve) => started.push(resolve));
    const resolve = open.get(url);
    open.delete(url);
    resolve?.(success(url, status, body));
  };
  return {
    cache,
    /** What is known of robots.txt alone. */
    robots: async (origin: string, ask: { wait: boolean }) => robotsOf(await cache.get(origin, ask)),
    ...{ asked, askedElse, files, requests, answer, clock, errors, store },
  };
}

function robotsOf(found: SiteEntry | Queued<SiteEntry>) {
  return 'robots' in found ? found.robots : { ...found, stale: found.stale?.robots ?? null };
}
