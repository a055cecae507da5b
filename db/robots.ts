import { eq, lt } from 'drizzle-orm';
import type { Database, Statement } from './database.ts';
import { robotsCache } from './schema.ts';

export async function readRobotsEntry({ db }: Database, origin: string): Promise<string | undefined> {
  return (await db.select().from(robotsCache).where(eq(robotsCache.origin, origin)).limit(1))[0]?.entry;
}

export const writeRobotsEntry = ({ db }: Database, origin: string, entry: string, at: string): Statement =>
  db
    .insert(robotsCache)
    .values({ origin, entry, storedAt: at })
    .onConflictDoUpdate({ target: robotsCache.origin, set: { entry, storedAt: at } });

export const deleteOldRobots = ({ db }: Database, before: string): Statement =>
  db.delete(robotsCache).where(lt(robotsCache.storedAt, before));
