import { eq, gt, sql } from 'drizzle-orm';
import { type Database, jsonParameters } from './database.ts';
import { fingerprints, optOuts, recordEvents, records } from './schema.ts';

/** What an answer needs of a record; the creator's identity is not among it. */
const answerColumns = {
  rid: records.rid,
  kind: records.kind,
  key: records.key,
  usages: records.usages,
  except: records.except,
  licence: records.licence,
  contact: records.contact,
  trust: records.trust,
  contested: records.contested,
  state: records.state,
  since: records.since,
} as const;

export type AnswerRow = Pick<typeof records.$inferSelect, keyof typeof answerColumns>;

/** A work found by a digest of its file, with that digest. */
export type DigestRow = AnswerRow & { digest: string };

/** Finds active records by what a question names: in a database, or in a snapshot. */
export interface RecordLookup {
  /** Active records whose key is one of these, of any kind that is found by its key. */
  byKeys(keys: readonly string[]): Promise<AnswerRow[]>;
  /** Active works whose file has one of these SHA-256 digests, with the digest. */
  bySha256(digests: readonly string[]): Promise<DigestRow[]>;
  byMd5(digests: readonly string[]): Promise<DigestRow[]>;
  /** Active works with one of these blockhashes; those too plain to be found by likeness are left out. */
  byBlockhash(hashes: readonly string[]): Promise<DigestRow[]>;
  byRids(rids: readonly string[]): Promise<AnswerRow[]>;
}

/** What only a registry can say, that knows whose its records are. */
export interface Lookup extends RecordLookup {
  /** Which active works these files are, and whose. */
  ownersBySha256(digests: readonly string[]): Promise<{ digest: string; rid: string; creator: string }[]>;
  /** How many record events there are: the size of the registry an answer speaks of. */
  size(): Promise<number>;
}

/** Prepares the queries of the check once; each takes one JSON parameter per 1.5 MB of keys. */
export function prepareLookup({ db, revision }: Database): Lookup {
  const list = sql`(SELECT value FROM json_each(${sql.placeholder('json')}))`;
  const active = sql`${records.state} = 'active'`;
  const byKeys = db
    .select(answerColumns)
    .from(records)
    .where(sql`${active} AND ${records.key} IN ${list}`)
    .prepare();
  const byRids = db
    .select(answerColumns)
    .from(records)
    .where(sql`${active} AND ${records.rid} IN ${list}`)
    .prepare();
  const byDigest = (
    column: typeof fingerprints.sha256 | typeof fingerprints.md5 | typeof fingerprints.blockhash,
    also = sql`${fingerprints.variant} = 'full'`,
  ) =>
    db
      .select({ ...answerColumns, digest: column })
      .from(fingerprints)
      .innerJoin(records, eq(records.rid, fingerprints.rid))
      .where(sql`${also} AND ${active} AND ${column} IN ${list}`)
      .prepare();
  const bySha256 = byDigest(fingerprints.sha256);
  const byMd5 = byDigest(fingerprints.md5);
  const byBlockhash = byDigest(
    fingerprints.blockhash,
    sql`${fingerprints.variant} = 'full' AND ${fingerprints.pdq} IS NOT NULL`,
  );
  const owners = db
    .select({ digest: fingerprints.sha256, rid: records.rid, creator: optOuts.creatorId })
    .from(fingerprints)
    .innerJoin(records, eq(records.rid, fingerprints.rid))
    .innerJoin(optOuts, eq(optOuts.id, records.optOutId))
    .where(sql`${fingerprints.variant} = 'full' AND ${active} AND ${fingerprints.sha256} IN ${list}`)
    .prepare();
  const size = db.select({ size: sql<number>`coalesce(max(rowid), 0)` }).from(recordEvents).prepare();
  return {
    byKeys: (keys) => each(keys, (json) => byKeys.all({ json })),
    bySha256: (digests) => each(digests, (json) => bySha256.all({ json }) as Digested),
    ownersBySha256: (digests) => each(digests, (json) => owners.all({ json })),
    byMd5: (digests) => each(digests, (json) => byMd5.all({ json }) as Digested),
    byBlockhash: (hashes) => each(hashes, (json) => byBlockhash.all({ json }) as Digested),
    byRids: (rids) => each(rids, (json) => byRids.all({ json })),
    size: remembered(revision, async () => Number((await size.all())[0]?.size ?? 0)),
  };
}

/** Asks again only when something was written since. */
function remembered(revision: (() => number) | undefined, ask: () => Promise<number>): () => Promise<number> {
  if (revision === undefined) return ask;
  let known: { revision: number; answer: number } | undefined;
  return async () => {
    // Read before asking: what is written in between then counts as not known yet.
    const now = revision();
    if (known?.revision !== now) known = { revision: now, answer: await ask() };
    return known.answer;
  };
}

type Digested = Promise<DigestRow[]>;

async function each<Row>(
  values: readonly string[],
  query: (json: string) => Row[] | Promise<Row[]>,
): Promise<Row[]> {
  if (values.length === 0) return [];
  const found: Row[] = [];
  for (const json of jsonParameters(values)) found.push(...(await query(json)));
  return found;
}

export interface FingerprintChange {
  rid: string;
  active: boolean;
  creator: string;
  variants: { variant: string; pdq: Uint8Array; quality: number }[];
  descriptor: Uint8Array | null;
}

/**
 * Works whose records changed after `cursor` (an outbox position, 0 for all), for the fingerprint index to follow.
 * @returns at most `limit` events' worth of works and the cursor to continue from; done when it equals the given one.
 */
export async function fingerprintsSince(
  { db }: Database,
  cursor: number,
  limit: number,
): Promise<{ cursor: number; changes: FingerprintChange[] }> {
  const events = await db
    .select({ position: sql<number>`record_events.rowid`, rid: recordEvents.rid })
    .from(recordEvents)
    .where(gt(sql`record_events.rowid`, cursor))
    .orderBy(sql`record_events.rowid`)
    .limit(limit);
  const last = events.at(-1);
  if (last === undefined) return { cursor, changes: [] };
  const rids = JSON.stringify([...new Set(events.map((event) => event.rid))]);
  const rows = await db
    .select({
      rid: fingerprints.rid,
      variant: fingerprints.variant,
      pdq: fingerprints.pdq,
      quality: fingerprints.quality,
      descriptor: fingerprints.descriptor,
      state: records.state,
      creator: optOuts.creatorId,
    })
    .from(fingerprints)
    .innerJoin(records, eq(records.rid, fingerprints.rid))
    .innerJoin(optOuts, eq(optOuts.id, records.optOutId))
    .where(sql`${fingerprints.rid} IN (SELECT value FROM json_each(${rids}))`);
  // A record without fingerprints may have been erased with them, and must leave the index too.
  const changes = new Map<string, FingerprintChange>(
    events.map(({ rid }) => [rid, { rid, active: false, creator: '', variants: [], descriptor: null }]),
  );
  for (const row of rows) {
    const change = changes.get(row.rid);
    if (change === undefined) continue;
    change.active = row.state === 'active';
    change.creator = row.creator;
    change.descriptor ??= row.descriptor;
    if (row.pdq !== null)
      change.variants.push({ variant: row.variant, pdq: row.pdq, quality: row.quality ?? 0 });
  }
  return { cursor: Number(last.position), changes: [...changes.values()] };
}
