import { lt, sql } from 'drizzle-orm';
import { type Database, jsonParameters, type Statement } from './database.ts';
import { signalsCache } from './schema.ts';

/**
 * What is stored under these origins and addresses of documents, with as few queries as their list takes.
 * @param bytesMax how much is read in all. The sizes are looked at first, so nothing beyond it leaves the database.
 * @returns entries by key, null for what is stored and did not fit; keys that are not stored are left out.
 */
export async function readSignalsEntries(
  { db }: Database,
  keys: readonly string[],
  bytesMax: number,
): Promise<Map<string, string | null>> {
  const found = new Map<string, string | null>();
  let left = bytesMax;
  for (const json of jsonParameters(keys)) {
    const rows = await db.all<{ key: string; bytes: number; entry: string | null }>(sql`
      WITH sizes AS (
        SELECT key, octet_length(entry) AS bytes, sum(octet_length(entry)) OVER (ORDER BY key) AS total
        FROM signals_cache WHERE key IN (SELECT value FROM json_each(${json}))
      )
      SELECT key, bytes, CASE WHEN total <= ${left} THEN
        (SELECT entry FROM signals_cache WHERE signals_cache.key = sizes.key) END AS entry
      FROM sizes`);
    for (const { key, bytes, entry } of rows) {
      found.set(key, entry);
      if (entry !== null) left -= Number(bytes);
    }
  }
  return found;
}

export const writeSignalsEntry = ({ db }: Database, key: string, entry: string, at: string): Statement =>
  db
    .insert(signalsCache)
    .values({ key, entry, storedAt: at })
    .onConflictDoUpdate({ target: signalsCache.key, set: { entry, storedAt: at } });

export const deleteOldSignals = ({ db }: Database, before: string): Statement =>
  db.delete(signalsCache).where(lt(signalsCache.storedAt, before));
