import { and, asc, desc, eq, gt, isNotNull, lt, ne, sql } from 'drizzle-orm';
import { type Database, jsonParameters, type Statement } from './database.ts';
import { recordEvents } from './schema.ts';

/** Leaf type of a snapshot, which goes through the outbox as what happens to records does. */
export const snapshotLeafType = 'snapshot';

/** An event as it stands in the outbox, with its place in the log once it has one. */
export type EventOfLog = typeof recordEvents.$inferSelect;

export interface PendingEvent {
  rid: string;
  version: number;
  leafType: string;
  commitment: string;
  at: string;
}

/** Published events that have no place in the log yet, in the order they happened. */
export async function pendingEvents({ db }: Database, limit: number): Promise<PendingEvent[]> {
  const rows = await db
    .select({
      rid: recordEvents.rid,
      version: recordEvents.version,
      leafType: recordEvents.leafType,
      commitment: recordEvents.commitment,
      at: recordEvents.at,
    })
    .from(recordEvents)
    // Left to itself SQLite walks all events without a place, and those that are never published stay without.
    .where(
      sql`record_events.rowid IN (SELECT rowid FROM record_events INDEXED BY record_events_pending
          WHERE seq IS NULL AND leaf_type IS NOT NULL)`,
    )
    .orderBy(asc(sql`record_events.rowid`))
    .limit(limit);
  return rows.map((row) => ({ ...row, leafType: row.leafType ?? '' }));
}

/**
 * Gives events their place in the log; one that has a place keeps it. The plus keeps SQLite from walking the index of
 * empty places once for each new one, which made large batches take minutes.
 */
export function assignSeq(
  { db }: Database,
  places: readonly { rid: string; version: number; seq: number }[],
): Statement[] {
  return jsonParameters(places).map((json) =>
    db
      .update(recordEvents)
      .set({ seq: sql`place.value->>'seq'` })
      .from(sql`json_each(${json}) AS place`)
      .where(
        sql`${recordEvents.rid} = place.value->>'rid' AND ${recordEvents.version} = place.value->>'version'
            AND +${recordEvents.seq} IS NULL`,
      ),
  );
}

/** The same for snapshots, which their leaf names by the digest alone. One that an older backup forgot is left out. */
export function assignSnapshotSeq(
  { db }: Database,
  places: readonly { digest: string; seq: number }[],
): Statement[] {
  return jsonParameters(places).map((json) =>
    db
      .update(recordEvents)
      .set({ seq: sql`place.value->>'seq'` })
      .from(sql`json_each(${json}) AS place`)
      .where(
        sql`${recordEvents.rid} IN (SELECT rid FROM record_events INDEXED BY record_events_pending
              WHERE seq IS NULL AND leaf_type IS NOT NULL)
            AND ${recordEvents.leafType} = ${snapshotLeafType}
            AND ${recordEvents.commitment} = place.value->>'digest' AND +${recordEvents.seq} IS NULL`,
      ),
  );
}

/** Highest place any event has, -1 for none. */
export async function lastSeq({ db }: Database): Promise<number> {
  const rows = await db.select({ last: sql<number | null>`max(${recordEvents.seq})` }).from(recordEvents);
  return Number(rows[0]?.last ?? -1);
}

/** Which of these versions are in the outbox with the same commitment. */
export async function knownEvents(
  { db }: Database,
  wanted: readonly { rid: string; version: number; commitment: string }[],
): Promise<Set<string>> {
  const known = new Set<string>();
  for (const json of jsonParameters(wanted)) {
    const rows = await db
      .select({ rid: recordEvents.rid, version: recordEvents.version })
      .from(recordEvents)
      .innerJoin(
        sql`json_each(${json}) AS wanted`,
        sql`${recordEvents.rid} = wanted.value->>'rid' AND ${recordEvents.version} = wanted.value->>'version'
            AND ${recordEvents.commitment} = wanted.value->>'commitment'`,
      );
    for (const { rid, version } of rows) known.add(`${rid} ${version}`);
  }
  return known;
}

/** The published events of one record, oldest first. */
export async function eventsOfRecord({ db }: Database, rid: string): Promise<EventOfLog[]> {
  return db
    .select()
    .from(recordEvents)
    .where(and(eq(recordEvents.rid, rid), isNotNull(recordEvents.leafType)))
    .orderBy(asc(recordEvents.version));
}

/** A snapshot that is in the outbox, by the size of the log it is of. */
export interface SnapshotEvent {
  size: number;
  /** SHA-256 of its manifest, 64 lower-case hex digits. */
  digest: string;
  at: string;
  /** Place of its leaf; null until sequenced. */
  seq: number | null;
}

const snapshotMark = 'snapshot-';
const snapshotRid = (size: number): string => snapshotMark + size;

/**
 * Puts a snapshot into the outbox, so that the order of its leaf among all others is the one there is. A second one of
 * the same size violates the key.
 */
export function appendSnapshotEvent(
  { db }: Database,
  { size, digest, at }: Omit<SnapshotEvent, 'seq'>,
): Statement {
  return db.insert(recordEvents).values({
    ...{ rid: snapshotRid(size), version: 1, event: 'published', leafType: snapshotLeafType },
    ...{ state: '', commitment: digest, at, seq: null, salt: null, canonical: null },
  });
}

/** The snapshots of these sizes that are in the outbox, newest first. */
export async function snapshotEvents({ db }: Database, sizes: readonly number[]): Promise<SnapshotEvent[]> {
  const rows = await db
    .select()
    .from(recordEvents)
    .where(
      sql`${recordEvents.rid} IN (SELECT value FROM json_each(${JSON.stringify(sizes.map(snapshotRid))}))`,
    )
    .orderBy(desc(sql`record_events.rowid`));
  return rows.map(({ rid, commitment, at, seq }) => ({
    size: Number(rid.slice(snapshotMark.length)),
    digest: commitment,
    at,
    seq,
  }));
}

/** What the feed shows of one event. */
export interface FeedRow {
  seq: number;
  leafType: string;
  rid: string;
  version: number;
  at: string;
  commitment: string;
  salt: string | null;
  canonical: string | null;
}

/** Sequenced events behind a place and below another, in order. */
export async function eventsBetween(
  { db }: Database,
  after: number,
  below: number,
  limit: number,
): Promise<FeedRow[]> {
  const { seq, leafType, rid, version, at, commitment, salt, canonical } = recordEvents;
  const rows = await db
    .select({ seq, leafType, rid, version, at, commitment, salt, canonical })
    .from(recordEvents)
    .where(and(gt(seq, after), lt(seq, below), ne(leafType, snapshotLeafType)))
    .orderBy(asc(seq))
    .limit(limit);
  return rows.map((row) => ({ ...row, seq: row.seq ?? 0, leafType: row.leafType ?? '' }));
}
