import { sql } from 'drizzle-orm';
import { type Database, jsonParameters, type Statement } from './database.ts';
import { likenesses } from './schema.ts';

export type LikenessRow = typeof likenesses.$inferSelect;

/** Keeps which works a held-back work met; a pair met again is kept as it was met last. */
export function saveLikenesses({ db }: Database, rows: readonly LikenessRow[]): Statement[] {
  return jsonParameters(rows).map((json) =>
    db
      .insert(likenesses)
      .select(
        sql`SELECT value->>'rid', value->>'other', value->>'why', value->>'distance', value->>'variant',
            value->>'otherVariant', value->>'orientation', value->>'at' FROM json_each(${json}) WHERE true`,
      )
      .onConflictDoUpdate({
        target: [likenesses.rid, likenesses.other],
        set: {
          why: sql`excluded.why`,
          distance: sql`excluded.distance`,
          variant: sql`excluded.variant`,
          otherVariant: sql`excluded.other_variant`,
          orientation: sql`excluded.orientation`,
          at: sql`excluded.at`,
        },
      }),
  );
}

/** What held-back works met, nearest first: both sides of each pair, for whoever decides. */
export async function likenessesOf({ db }: Database, rids: readonly string[]): Promise<LikenessRow[]> {
  return db
    .select()
    .from(likenesses)
    .where(sql`${likenesses.rid} IN (SELECT value FROM json_each(${JSON.stringify(rids)}))`)
    .orderBy(likenesses.rid, likenesses.distance, likenesses.other);
}
