import { desc, eq, isNull, sql } from 'drizzle-orm';
import { type Database, jsonParameters, type Statement } from './database.ts';
import { apiKeys, checksDaily, consumers } from './schema.ts';

export type ConsumerRow = typeof consumers.$inferSelect;
export type ApiKeyRow = typeof apiKeys.$inferSelect;

export const insertConsumer = ({ db }: Database, row: ConsumerRow): Statement =>
  db.insert(consumers).values(row);

export const insertApiKey = ({ db }: Database, row: ApiKeyRow): Statement => db.insert(apiKeys).values(row);

export async function consumerByName({ db }: Database, name: string): Promise<ConsumerRow | undefined> {
  return (await db.select().from(consumers).where(eq(consumers.name, name)).limit(1))[0];
}

/** @param hash SHA-256 of the key, hex. */
export async function apiKeyByHash({ db }: Database, hash: string): Promise<ApiKeyRow | undefined> {
  return (await db.select().from(apiKeys).where(eq(apiKeys.hash, hash)).limit(1))[0];
}

export async function apiKeyById({ db }: Database, id: string): Promise<ApiKeyRow | undefined> {
  return (await db.select().from(apiKeys).where(eq(apiKeys.id, id)).limit(1))[0];
}

export async function listApiKeys({ db }: Database): Promise<(ApiKeyRow & { consumer: string })[]> {
  const rows = await db
    .select({ key: apiKeys, consumer: consumers.name })
    .from(apiKeys)
    .innerJoin(consumers, eq(consumers.id, apiKeys.consumerId))
    .orderBy(desc(apiKeys.createdAt));
  return rows.map(({ key, consumer }) => ({ ...key, consumer }));
}

export const revokeApiKey = ({ db }: Database, id: string, at: string): Statement =>
  db
    .update(apiKeys)
    .set({ revokedAt: at })
    .where(sql`${apiKeys.id} = ${id} AND ${isNull(apiKeys.revokedAt)}`);

export interface Hit {
  rid: string;
  consumer: string;
  verdict: string;
  /** `2026-11-23`, UTC. */
  day: string;
  hits: number;
}

/** Adds counts of answered checks to what is stored. */
export function addHits({ db }: Database, hits: readonly Hit[]): Statement[] {
  return jsonParameters(hits).map((json) =>
    db
      .insert(checksDaily)
      .select(
        sql`SELECT value->>'rid', value->>'consumer', value->>'verdict', value->>'day', value->>'hits'
            FROM json_each(${json}) WHERE true`,
      )
      .onConflictDoUpdate({
        target: [checksDaily.rid, checksDaily.consumer, checksDaily.verdict, checksDaily.day],
        set: { hits: sql`checks_daily.hits + excluded.hits` },
      }),
  );
}

/** How many answers since that day rested on a record, over all consumers. */
export async function hitsSince({ db }: Database, day: string): Promise<number> {
  const rows = await db
    .select({ hits: sql<number>`coalesce(sum(${checksDaily.hits}), 0)` })
    .from(checksDaily)
    .where(sql`${checksDaily.day} >= ${day}`);
  return Number(rows[0]?.hits ?? 0);
}
