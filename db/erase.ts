import { and, eq, inArray, notExists, sql } from 'drizzle-orm';
import { type Database, jsonParameters, type Statement } from './database.ts';
import {
  creators,
  fingerprints,
  letters,
  likenesses,
  optOuts,
  proofs,
  recordEvents,
  records,
  reportedRecords,
  tokens,
} from './schema.ts';

/**
 * Deletes records, their fingerprints and what was reported of them, and from their events everything that opens a commitment. The events stay:
 * they are what the log holds.
 */
export function deleteRecords({ db }: Database, rids: readonly string[]): Statement[] {
  return jsonParameters(rids).flatMap((json) => {
    const listed = sql`(SELECT value FROM json_each(${json}))`;
    return [
      db.delete(fingerprints).where(sql`${fingerprints.rid} IN ${listed}`),
      db.delete(likenesses).where(sql`${likenesses.rid} IN ${listed} OR ${likenesses.other} IN ${listed}`),
      db
        .update(recordEvents)
        .set({ salt: null, canonical: null })
        .where(sql`${recordEvents.rid} IN ${listed}`),
      db.delete(reportedRecords).where(sql`${reportedRecords.rid} IN ${listed}`),
      db.delete(records).where(sql`${records.rid} IN ${listed}`),
    ];
  });
}

export interface Left {
  creatorId: string;
  /** Hosts whose proofs nothing needs any more. */
  hosts: readonly string[];
  /** Keyed hashes of the creator's address, under every key still known. */
  lookups: readonly string[];
}

/**
 * Deletes what deleted records leave behind: opt-outs of this creator without a record, proofs nothing needs, and when
 * no opt-out is left the creator with every token, proof and letter.
 */
export function deleteLeft({ db }: Database, { creatorId, hosts, lookups }: Left): Statement[] {
  const emptied = sql`(SELECT o.id FROM opt_outs AS o WHERE o.creator_id = ${creatorId}
      AND NOT EXISTS (SELECT 1 FROM records AS r WHERE r.opt_out_id = o.id))`;
  const others = notExists(
    db.select({ id: optOuts.id }).from(optOuts).where(eq(optOuts.creatorId, creatorId)),
  );
  return [
    db.delete(tokens).where(sql`${tokens.subject} IN ${emptied}`),
    db.delete(optOuts).where(sql`${optOuts.id} IN ${emptied}`),
    db
      .delete(proofs)
      .where(
        and(
          eq(proofs.creatorId, creatorId),
          sql`${proofs.host} IN (SELECT value FROM json_each(${JSON.stringify(hosts)}))`,
        ),
      ),
    db.delete(proofs).where(and(eq(proofs.creatorId, creatorId), others)),
    db.delete(tokens).where(and(eq(tokens.subject, creatorId), others)),
    db.delete(letters).where(and(inArray(letters.lookup, [...lookups]), others)),
    db.delete(creators).where(and(eq(creators.id, creatorId), others)),
  ];
}
