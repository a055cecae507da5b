import { bareHost } from '../net/address.ts';
import type { Fetcher, Resolver } from '../net/fetching.ts';
import { createGatherQueue, type GatherQueue } from '../net/gather-queue.ts';
import { fetchRobots, type GatherDeps, gatherDocument, gatherSite } from '../net/gather-site.ts';
import { createLru } from '../net/lru.ts';
import { addressKey, perAddressMax, politeFetcher } from '../net/polite-fetcher.ts';
import type { RobotsEntry } from '../net/robots-outcome.ts';
import { siteOf } from '../net/signals-cache.ts';
import { rslDocument } from '../net/site-documents.ts';
import type { GatherJournal } from './gather-journal.ts';

/** Origins known to the queue beyond those that are gathered from, so that one slow site holds nobody up. */
const waitingMax = 10_000;
/** The files of a site wait for one another and for those of other hosts they lead to. */
const siteTimeoutMs = 10 * 60_000;
/** robots.txt of origins that files lead to, so that each is fetched once. */
const robotsMax = 10_000;
const robotsBytesMax = 24 * 1024 * 1024;

export interface GatherSignalsDeps {
  /** Guarded; closed by the caller, who stops a run with it and with `signal`. */
  fetcher: Pick<Fetcher, 'fetch'>;
  /** The fetcher's own, caching. */
  resolver: Pick<Resolver, 'resolve'>;
  /** Unix ms. */
  now(): number;
  signal: AbortSignal;
  /** Told after each site or document. */
  onDone(unreachable: boolean): void;
}

/**
 * Fetches what every pending origin of a journal says of itself, by the service's own rules, and writes it there.
 * @param limits `token` is the name looked for in robots.txt.
 * @returns whether everything is gathered; false when it was stopped.
 */
export async function gatherSignals(
  deps: GatherSignalsDeps,
  journal: GatherJournal,
  limits: { runsMax: number; token: string },
): Promise<boolean> {
  const fetcher = politeFetcher(deps);
  const shared: Omit<GatherDeps, 'knownRobots'> = {
    ...{ fetcher, now: deps.now, siteTimeoutMs },
    token: limits.token,
  };
  const robotsOnce = onceEach((origin) => fetchRobots(shared, origin, null));
  const gatherDeps = { ...shared, knownRobots: robotsOnce };
  const work = async (key: string) => {
    if (new URL(key).origin === key) {
      const previous = { robots: await robotsOnce(key), documents: {} };
      const entry = await gatherSite(gatherDeps, key, previous, () => {});
      // What a stop has cut short is no answer of the site.
      if (deps.signal.aborted) return;
      journal.recordSite(key, entry);
      deps.onDone(entry.robots.state === 'unreachable');
    } else {
      const entry = await gatherDocument(gatherDeps, key, rslDocument, null);
      if (deps.signal.aborted) return;
      journal.recordDocument(key, entry);
      deps.onDone(false);
    }
  };
  const queue = createGatherQueue(work, { runsMax: limits.runsMax, waitingMax, perAddressMax });
  const stop = () => queue.drop();
  deps.signal.addEventListener('abort', stop);
  try {
    await feed(deps, queue, journal.pendingSites());
    await queue.idle();
    await feed(deps, queue, journal.pendingDocuments());
    await queue.idle();
  } finally {
    deps.signal.removeEventListener('abort', stop);
  }
  return !deps.signal.aborted;
}

async function feed(deps: GatherSignalsDeps, queue: GatherQueue, keys: Iterable<string>): Promise<void> {
  const looking = new Set<Promise<void>>();
  for (const key of keys) {
    await queue.room();
    if (deps.signal.aborted) return;
    const looked = addressKey(deps.resolver, bareHost(new URL(key))).then((address) => {
      queue.add({ key, site: siteOf(key), address });
      looking.delete(looked);
    });
    looking.add(looked);
    if (looking.size >= lookingMax) await Promise.race(looking);
  }
  await Promise.all(looking);
}

/** Names looked up ahead of the queue. */
const lookingMax = 500;

function onceEach(fetch: (origin: string) => Promise<RobotsEntry>): (origin: string) => Promise<RobotsEntry> {
  const running = new Map<string, Promise<RobotsEntry>>();
  const known = createLru<RobotsEntry>(
    { entriesMax: robotsMax, bytesMax: robotsBytesMax },
    ({ body }) => 1_024 + 2 * (body?.length ?? 0),
  );
  return async (origin) => {
    const found = known.get(origin) ?? running.get(origin);
    if (found !== undefined) return found;
    const fetched = fetch(origin).finally(() => running.delete(origin));
    running.set(origin, fetched);
    const entry = await fetched;
    known.set(origin, entry);
    return entry;
  };
}
