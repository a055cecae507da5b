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

/**
 * Takes a due letter for one attempt, which nobody else repeats before `until`.
 * @returns false when somebody else took it first.
 */
export async function claimLetter({ db }: Database, row: LetterRow, until: string): Promise<boolean> {
  const claimed = await db
    .update(letters)
    .set({ attempts: row.attempts + 1, nextAttemptAt: until })
    .where(and(eq(letters.id, row.id), eq(letters.attempts, row.attempts), isNull(letters.sentAt)))
    .returning({ id: letters.id });
  return claimed.length === 1;
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
