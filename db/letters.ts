import { and, asc, desc, eq, isNotNull, isNull, lt, lte } from 'drizzle-orm';
import type { Database, Statement } from './database.ts';
import { letters } from './schema.ts';

export type LetterRow = typeof letters.$inferSelect;

export const insertLetter = ({ db }: Database, row: LetterRow): Statement => db.insert(letters).values(row);

/** Letters to hand over now, oldest first. */
export async function lettersDue({ db }: Database, now: string, limit: number): Promise<LetterRow[]> {
  return db
    .select()
    .from(letters)
    .where(and(isNull(letters.sentAt), lte(letters.nextAttemptAt, now)))
    .orderBy(asc(letters.createdAt))
    .limit(limit);
}

export async function latestLetters({ db }: Database, limit: number): Promise<LetterRow[]> {
  return db.select().from(letters).orderBy(desc(letters.createdAt), desc(letters.id)).limit(limit);
}

export const updateLetter = ({ db }: Database, row: Pick<LetterRow, 'id'> & Partial<LetterRow>): Statement =>
  db.update(letters).set(row).where(eq(letters.id, row.id));

export const deleteLetter = ({ db }: Database, id: string): Statement =>
  db.delete(letters).where(eq(letters.id, id));

export const deleteSentLetters = ({ db }: Database, before: string): Statement =>
  db.delete(letters).where(and(isNotNull(letters.sentAt), lt(letters.sentAt, before)));
