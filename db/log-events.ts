import { and, asc, eq, gt, isNotNull, lt, sql } from 'drizzle-orm';
import { type Database, jsonParameters, type Statement } from './database.ts';
import { recordEvents } from './schema.ts';

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
    .where(and(gt(seq, after), lt(seq, below)))
    .orderBy(asc(seq))
    .limit(limit);
  return rows.map((row) => ({ ...row, seq: row.seq ?? 0, leafType: row.leafType ?? '' }));
}
