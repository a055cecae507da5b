import { addHits, type Hit } from '../../db/consumers.ts';
import type { Database } from '../../db/database.ts';
import type { Clock, Hits } from '../deps.ts';

/**
 * Counts, per record, consumer, verdict and day, how often an answer rested on a record. Adding touches memory only;
 * a flush that fails keeps its counts for the next.
 */
export function createHits(database: Database, clock: Clock): Hits {
  let counts = new Map<string, Hit>();
  return {
    add(rid, consumer, verdict) {
      const day = new Date(clock()).toISOString().slice(0, 10);
      const key = `${rid} ${consumer} ${verdict} ${day}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { rid, consumer, verdict, day, hits: 1 });
      else known.hits += 1;
    },
    async flush() {
      if (counts.size === 0) return;
      const taken = counts;
      counts = new Map();
      try {
        await database.atomically(addHits(database, [...taken.values()]));
      } catch (error) {
        for (const [key, hit] of taken) {
          const newer = counts.get(key);
          counts.set(key, newer === undefined ? hit : { ...hit, hits: hit.hits + newer.hits });
        }
        throw error;
      }
    },
  };
}
