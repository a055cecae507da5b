import { and, eq, inArray, sql } from 'drizzle-orm';
import { type Database, jsonParameters, type Statement } from './database.ts';
import { fingerprints, optOuts, recordEvents, records } from './schema.ts';

export type RecordRow = typeof records.$inferSelect;
export type EventRow = Omit<typeof recordEvents.$inferSelect, 'seq'>;
export type FingerprintRow = typeof fingerprints.$inferSelect;

/** Writes records whole: new ones are inserted, known ones replaced. */
export function saveRecords({ db }: Database, rows: readonly RecordRow[]): Statement[] {
  return jsonParameters(rows).map((json) =>
    db
      .insert(records)
      .select(
        sql`SELECT value->>'rid', value->>'optOutId', value->>'kind', value->>'key', value->>'keySpec',
            value->>'label', value->>'host', value->>'usages', value->>'except', value->>'licence',
            value->>'contact', value->>'trust', value->>'contested', value->>'state', value->>'version',
            value->>'since', value->>'updatedAt', value->>'publishedAt', value->>'salt', value->>'canonical'
            FROM json_each(${json}) WHERE true`,
      )
      .onConflictDoUpdate({
        target: records.rid,
        set: {
          usages: sql`excluded.usages`,
          except: sql`excluded.except_operators`,
          licence: sql`excluded.licence`,
          contact: sql`excluded.contact`,
          trust: sql`excluded.trust`,
          contested: sql`excluded.contested`,
          state: sql`excluded.state`,
          version: sql`excluded.version`,
          since: sql`excluded.since`,
          updatedAt: sql`excluded.updated_at`,
          publishedAt: sql`excluded.published_at`,
          salt: sql`excluded.salt`,
          canonical: sql`excluded.canonical`,
        },
      }),
  );
}

/** Appends to the outbox. A version that exists already violates the key and so stops the whole batch. */
export function appendEvents({ db }: Database, rows: readonly EventRow[]): Statement[] {
  return jsonParameters(rows).map((json) =>
    db.insert(recordEvents).select(
      sql`SELECT value->>'rid', value->>'version', value->>'event', value->>'leafType', value->>'state',
          value->>'commitment', value->>'at', NULL, value->>'salt', value->>'canonical' FROM json_each(${json}) ORDER BY json_each.key`,
    ),
  );
}

export interface NewFingerprint extends Omit<FingerprintRow, 'pdq' | 'descriptor'> {
  /** 64 hex digits, or null where the picture is covered by its exact hash alone. */
  pdq: string | null;
  /** 126 hex digits on the row of the whole form, where one was sent. */
  descriptor: string | null;
}

export function insertFingerprints({ db }: Database, rows: readonly NewFingerprint[]): Statement[] {
  return jsonParameters(rows).map((json) =>
    db.insert(fingerprints).select(
      sql`SELECT value->>'rid', value->>'variant', unhex(value->>'pdq'), value->>'quality', value->>'hasher',
          value->>'sha256', value->>'md5', value->>'blockhash', value->>'lowInformation',
          unhex(value->>'descriptor')
          FROM json_each(${json})`,
    ),
  );
}

/** All records of one creator, oldest first. */
export async function recordsOfCreator({ db }: Database, creatorId: string): Promise<RecordRow[]> {
  const rows = await db
    .select({ record: records })
    .from(records)
    .innerJoin(optOuts, eq(optOuts.id, records.optOutId))
    .where(eq(optOuts.creatorId, creatorId))
    .orderBy(records.rid);
  return rows.map((row) => row.record);
}

export async function recordsOfOptOut({ db }: Database, optOutId: string): Promise<RecordRow[]> {
  return db.select().from(records).where(eq(records.optOutId, optOutId)).orderBy(records.rid);
}

export async function recordsById({ db }: Database, rids: readonly string[]): Promise<RecordRow[]> {
  return db
    .select()
    .from(records)
    .where(sql`${records.rid} IN (SELECT value FROM json_each(${JSON.stringify(rids)}))`)
    .orderBy(records.rid);
}

export async function recordsInState({ db }: Database, state: string, limit: number): Promise<RecordRow[]> {
  return db.select().from(records).where(eq(records.state, state)).orderBy(records.rid).limit(limit);
}

/** Records of one creator that hang on the proof of one of these hosts. */
export async function recordsOnHosts(
  { db }: Database,
  creatorId: string,
  hosts: readonly string[],
): Promise<RecordRow[]> {
  const rows = await db
    .select({ record: records })
    .from(records)
    .innerJoin(optOuts, eq(optOuts.id, records.optOutId))
    .where(and(eq(optOuts.creatorId, creatorId), inArray(records.host, [...hosts])))
    .orderBy(records.rid);
  return rows.map((row) => row.record);
}

export async function fingerprintsOf({ db }: Database, rids: readonly string[]): Promise<FingerprintRow[]> {
  return db
    .select()
    .from(fingerprints)
    .where(sql`${fingerprints.rid} IN (SELECT value FROM json_each(${JSON.stringify(rids)}))`)
    .orderBy(fingerprints.rid, fingerprints.variant);
}

/** How many records there are of each kind, state and trust. */
export async function countRecords({ db }: Database) {
  const { kind, state, trust, contested } = records;
  return db
    .select({ kind, state, trust, contested, records: sql<number>`count(*)`.mapWith(Number) })
    .from(records)
    .groupBy(kind, state, trust, contested);
}
