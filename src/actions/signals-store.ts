import type { Database } from '../../db/database.ts';
import { readSignalsEntries, writeSignalsEntry } from '../../db/signals.ts';
import type { Clock, Log } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { Fetcher } from '../net/fetching.ts';
import { createSignalsCache, type SignalsCache, type SignalsStore } from '../net/signals-cache.ts';

/**
 * What one turn reads from the store: enough for 10,000 ordinary sites. The rest is answered as not fetched yet, and
 * finds the first part in memory when it is asked again.
 */
export const storedBytesMax = 32 * 1024 * 1024;

/** The cache of the service: in memory, with the database behind it. */
export function signalsCacheOf(database: Database, fetcher: Fetcher, clock: Clock, log: Log): SignalsCache {
  return createSignalsCache({
    fetcher,
    now: clock,
    // The key is what somebody asked about, so it stays out of the log.
    onError: (error) => log.error({ error: String(error) }, 'signals cache'),
    store: {
      read: readsTogether(database),
      async write(key, entry) {
        const at = new Date(clock()).toISOString();
        await database.atomically([writeSignalsEntry(database, key, JSON.stringify(entry), at)]);
      },
    },
  });
}

type Stored = Awaited<ReturnType<SignalsStore['read']>>;

/** Keys asked for in one turn are read with one query, however many a bulk check names. */
function readsTogether(database: Database): SignalsStore['read'] {
  let waiting = new Map<string, PromiseWithResolvers<Stored>>();
  const readAll = async () => {
    const asked = waiting;
    waiting = new Map();
    try {
      const found = await readSignalsEntries(database, [...asked.keys()], storedBytesMax);
      for (const [key, { resolve, reject }] of asked) {
        const entry = found.get(key);
        if (entry === null) reject(new AppError('unavailable', 'Too much of what sites say at once.'));
        else resolve(entry === undefined ? null : (JSON.parse(entry) as Stored));
      }
    } catch (error) {
      for (const { reject } of asked.values()) reject(error);
    }
  };
  return (key) => {
    if (waiting.size === 0) queueMicrotask(readAll);
    const read = waiting.get(key) ?? Promise.withResolvers<Stored>();
    waiting.set(key, read);
    return read.promise;
  };
}
