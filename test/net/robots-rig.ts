import type { FetchRequest, FetchResult } from '../../src/net/fetching.ts';
import { createRobotsCache, type RobotsCacheLimits, type RobotsStore } from '../../src/net/robots-cache.ts';
import type { RobotsEntry } from '../../src/net/robots-outcome.ts';

export const start = Date.UTC(2026, 8, 1);

/** A store in memory that survives the cache in front of it. */
export function memoryStore() {
  const rows = new Map<string, RobotsEntry>();
  const calls: string[] = [];
  const store: RobotsStore = {
    async read(origin) {
      calls.push(`read ${origin}`);
      return rows.get(origin) ?? null;
    },
    async write(origin, entry) {
      calls.push(`write ${origin}`);
      rows.set(origin, entry);
    },
  };
  return { ...store, rows, calls };
}

/** A cache whose fetches end when the test answers them. */
export function rig(limits: Partial<RobotsCacheLimits> = {}, store = memoryStore()) {
  const asked: string[] = [];
  const requests: FetchRequest[] = [];
  const open = new Map<string, (result: FetchResult) => void>();
  const clock = { now: start };
  const errors: unknown[] = [];
  const cache = createRobotsCache(
    {
      fetcher: {
        fetch: (url, request = {}) => {
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
    resolve?.({
      ok: true,
      status,
      headers: {},
      body: new TextEncoder().encode(body),
      truncated: false,
      url,
      redirects: [],
      address: '93.184.216.34',
    });
  };
  return { cache, asked, requests, answer, clock, errors, store };
}
