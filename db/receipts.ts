import { and, asc, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import type { Database, Statement } from './database.ts';
import type { EventOfLog } from './log-events.ts';
import { creators, optOuts, recordEvents, records } from './schema.ts';

/** The newest published event of each record of an opt-out, by record. */
export async function latestEvents({ db }: Database, optOutId: string): Promise<EventOfLog[]> {
  const rows = await db
    .select({ event: recordEvents })
    .from(recordEvents)
    .innerJoin(records, eq(records.rid, recordEvents.rid))
    .where(
      and(
        eq(records.optOutId, optOutId),
        sql`${recordEvents.version} = (SELECT max(e.version) FROM record_events AS e
            WHERE e.rid = ${recordEvents.rid} AND e.leaf_type IS NOT NULL)`,
      ),
    )
    .orderBy(asc(recordEvents.rid));
  return rows.map(({ event }) => event);
}

/** Place in the log of the newest version of each of a creator's records that has one. */
export async function placesOfCreator({ db }: Database, creatorId: string): Promise<Map<string, number>> {
  const rows = await db
    .select({ rid: recordEvents.rid, seq: sql<number>`max(${recordEvents.seq})`.mapWith(Number) })
    .from(recordEvents)
    .innerJoin(records, eq(records.rid, recordEvents.rid))
    .innerJoin(optOuts, eq(optOuts.id, records.optOutId))
    .where(and(eq(optOuts.creatorId, creatorId), isNotNull(recordEvents.seq)))
    .groupBy(recordEvents.rid);
  return new Map(rows.map(({ rid, seq }) => [rid, seq]));
}

export interface ReceiptDue {
  id: string;
  creatorId: string;
  emailCipher: string;
  records: number;
}

/**
 * Confirmed opt-outs whose owners were never told of their receipt, with a record that came into the log behind a
 * place, and none on its way there.
 * @param after place in the log; what is looked at are the `limit` entries behind it.
 * @returns them, and the last place looked at; done when it equals the given one.
 */
export async function receiptsDue(
  { db }: Database,
  after: number,
  limit: number,
): Promise<{ due: ReceiptDue[]; last: number }> {
  const page = await db
    .select({ seq: recordEvents.seq, rid: recordEvents.rid })
    .from(recordEvents)
    .where(gt(recordEvents.seq, after))
    .orderBy(asc(recordEvents.seq))
    .limit(limit);
  const last = page.at(-1)?.seq ?? after;
  if (last === after) return { due: [], last };
  const rids = JSON.stringify(page.map(({ rid }) => rid));
  const due = await db
    .selectDistinct({
      id: optOuts.id,
      creatorId: optOuts.creatorId,
      emailCipher: creators.emailCipher,
      records:
        sql<number>`(SELECT count(DISTINCT e.rid) FROM record_events AS e JOIN records AS r ON r.rid = e.rid
          WHERE r.opt_out_id = ${optOuts.id} AND e.seq IS NOT NULL)`.mapWith(Number),
    })
    .from(optOuts)
    .innerJoin(creators, eq(creators.id, optOuts.creatorId))
    .innerJoin(records, eq(records.optOutId, optOuts.id))
    .where(
      and(
        isNull(optOuts.receiptSentAt),
        isNotNull(optOuts.confirmedAt),
        sql`${records.rid} IN (SELECT value FROM json_each(${rids}))`,
        sql`NOT EXISTS (SELECT 1 FROM record_events AS e JOIN records AS r ON r.rid = e.rid
            WHERE r.opt_out_id = ${optOuts.id} AND e.seq IS NULL AND e.leaf_type IS NOT NULL)`,
      ),
    )
    .orderBy(asc(optOuts.id));
  return { due, last };
}

export const markReceiptSent = ({ db }: Database, ids: readonly string[], at: string): Statement =>
  db
    .update(optOuts)
    .set({ receiptSentAt: at })
    .where(inArray(optOuts.id, [...ids]));
