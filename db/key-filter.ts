import { eq, gt, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import type { Lookup } from './lookup.ts';
import { recordEvents, records } from './schema.ts';

// Most questions are about places nobody spoke for, and of the keys of a URL all but one or two have no record.

const eventsPerPage = 5_000;
const keysPerPage = 20_000;
/** Four to eight bytes each; from here on every key is asked of the database again. */
export const keysInMemoryMax = 20_000_000;

/**
 * Numbers for keys, kept in an open-addressed table. It may say yes to a key it was never given (one in 40,000 at
 * 100,000 keys), and never says no to one it was.
 */
export interface KeySet {
  add(key: string): void;
  has(key: string): boolean;
  size(): number;
}

/** @param seed 32 random bits, so that nobody can choose keys that fall on one place of the table. */
export function createKeySet(seed: number): KeySet {
  let table = new Uint32Array(1_024);
  let size = 0;
  const place = (into: Uint32Array, hash: number): number => {
    const mask = into.length - 1;
    let at = hash & mask;
    while (into[at] !== 0 && into[at] !== hash) at = (at + 1) & mask;
    return at;
  };
  return {
    add(key) {
      const hash = hashOf(key, seed);
      const at = place(table, hash);
      if (table[at] === hash) return;
      table[at] = hash;
      size += 1;
      if (size * 2 <= table.length) return;
      const larger = new Uint32Array(table.length * 2);
      for (const each of table) if (each !== 0) larger[place(larger, each)] = each;
      table = larger;
    },
    has(key) {
      const hash = hashOf(key, seed);
      return table[place(table, hash)] === hash;
    },
    size: () => size,
  };
}

/** FNV-1a over UTF-16 units with the finish of MurmurHash3, never 0, which marks an empty place. */
function hashOf(key: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0 || 1;
}

/**
 * A lookup that asks the database only about keys that some record has or had. It reads every key in force once and
 * then follows the outbox, so a record counts from the first question after it was written, whoever wrote it. For
 * hosts whose processes live long.
 */
export async function filterKeys(
  database: Database,
  lookup: Lookup,
  keysMax = keysInMemoryMax,
): Promise<Lookup> {
  const known = createKeySet(crypto.getRandomValues(new Uint32Array(1))[0] ?? 1);
  let cursor = await lookup.size();
  const follow = async (size: number) => {
    // Positions only grow, so what was read up to a later size holds for an earlier one too.
    while (known.size() < keysMax && cursor < size) {
      const from = cursor;
      const page = await keysSince(database, from, eventsPerPage);
      // Another question has read on meanwhile; what this one read is not newer.
      if (cursor !== from) continue;
      if (page.cursor === from) return;
      for (const key of page.keys) known.add(key);
      cursor = page.cursor;
    }
  };
  for await (const key of activeKeys(database)) {
    known.add(key);
    if (known.size() >= keysMax) return lookup;
  }
  return {
    ...lookup,
    async byKeys(keys) {
      await follow(await lookup.size());
      return lookup.byKeys(known.size() < keysMax ? keys.filter(known.has) : keys);
    },
  };
}

/** The keys of all records in force, read from their index alone. */
async function* activeKeys({ db }: Database): AsyncGenerator<string> {
  let after = '';
  for (;;) {
    const page = await db
      .selectDistinct({ key: records.key })
      .from(records)
      .where(sql`${records.state} = 'active' AND ${records.key} > ${after}`)
      .orderBy(records.key)
      .limit(keysPerPage);
    for (const { key } of page) yield key;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.key;
  }
}

/**
 * Keys of the records that changed after `cursor` (an outbox position, 0 for all), whatever their state.
 * @returns at most `limit` events' worth of keys and the cursor to continue from; done when it equals the given one.
 */
async function keysSince(
  { db }: Database,
  cursor: number,
  limit: number,
): Promise<{ cursor: number; keys: string[] }> {
  const rows = await db
    .select({ position: sql<number>`record_events.rowid`, key: records.key })
    .from(recordEvents)
    .leftJoin(records, eq(records.rid, recordEvents.rid))
    .where(gt(sql`record_events.rowid`, cursor))
    .orderBy(sql`record_events.rowid`)
    .limit(limit);
  return {
    cursor: Number(rows.at(-1)?.position ?? cursor),
    keys: rows.flatMap(({ key }) => (key === null ? [] : [key])),
  };
}
