import { lt, sql } from 'drizzle-orm';
import { type Database, jsonParameters, type Statement } from './database.ts';
import { robotsCache } from './schema.ts';

/**
 * What is stored about these origins, with as few queries as their list takes.
 * @param bytesMax how much is read in all. The sizes are looked at first, so nothing beyond it leaves the database.
 * @returns entries by origin, null for what is stored and did not fit; origins that are not stored are left out.
 */
export async function readRobotsEntries(
  { db }: Database,
  origins: readonly string[],
  bytesMax: number,
): Promise<Map<string, string | null>> {
  const found = new Map<string, string | null>();
  let left = bytesMax;
  for (const json of jsonParameters(origins)) {
    const rows = await db.all<{ origin: string; bytes: number; entry: string | null }>(sql`
      WITH sizes AS (
        SELECT origin, octet_length(entry) AS bytes, sum(octet_length(entry)) OVER (ORDER BY origin) AS total
        FROM robots_cache WHERE origin IN (SELECT value FROM json_each(${json}))
      )
      SELECT origin, bytes, CASE WHEN total <= ${left} THEN
        (SELECT entry FROM robots_cache WHERE robots_cache.origin = sizes.origin) END AS entry
      FROM sizes`);
    for (const { origin, bytes, entry } of rows) {
      found.set(origin, entry);
      if (entry !== null) left -= Number(bytes);
    }
  }
  return found;
}

export const writeRobotsEntry = ({ db }: Database, origin: string, entry: string, at: string): Statement =>
  db
    .insert(robotsCache)
    .values({ origin, entry, storedAt: at })
    .onConflictDoUpdate({ target: robotsCache.origin, set: { entry, storedAt: at } });

export const deleteOldRobots = ({ db }: Database, before: string): Statement =>
  db.delete(robotsCache).where(lt(robotsCache.storedAt, before));
