import { eq } from 'drizzle-orm';
import type { Database, Statement } from './database.ts';
import { meta } from './schema.ts';

export async function readMeta({ db }: Database, key: string): Promise<string | undefined> {
  return (await db.select().from(meta).where(eq(meta.key, key)).limit(1))[0]?.value;
}

export const writeMeta = ({ db }: Database, key: string, value: string): Statement =>
  db.insert(meta).values({ key, value }).onConflictDoUpdate({ target: meta.key, set: { value } });

/** Writes a value that stays as it is once there. */
export const keepMeta = ({ db }: Database, key: string, value: string): Statement =>
  db.insert(meta).values({ key, value }).onConflictDoNothing();
