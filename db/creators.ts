import { and, desc, eq, inArray, isNull, lt, sql } from 'drizzle-orm';
import type { Database, Statement } from './database.ts';
import { creators, optOuts, proofs, tokens } from './schema.ts';

export type CreatorRow = typeof creators.$inferSelect;
export type OptOutRow = typeof optOuts.$inferSelect;
export type ProofRow = typeof proofs.$inferSelect;
export type TokenRow = typeof tokens.$inferSelect;

/** @param lookups the keyed hashes of one address, under every key still known. */
export async function creatorByEmail(
  { db }: Database,
  lookups: readonly string[],
): Promise<CreatorRow | undefined> {
  const rows = await db
    .select()
    .from(creators)
    .where(inArray(creators.emailLookup, [...lookups]))
    .limit(1);
  return rows[0];
}

export async function creatorById({ db }: Database, id: string): Promise<CreatorRow | undefined> {
  return (await db.select().from(creators).where(eq(creators.id, id)).limit(1))[0];
}

export const insertCreator = ({ db }: Database, row: CreatorRow): Statement =>
  db.insert(creators).values(row);

export const insertOptOut = ({ db }: Database, row: Omit<OptOutRow, 'receiptSentAt'>): Statement =>
  db.insert(optOuts).values(row);

export async function optOutById({ db }: Database, id: string): Promise<OptOutRow | undefined> {
  return (await db.select().from(optOuts).where(eq(optOuts.id, id)).limit(1))[0];
}

/** Newest first. */
export async function optOutsOfCreator({ db }: Database, creatorId: string): Promise<OptOutRow[]> {
  return db.select().from(optOuts).where(eq(optOuts.creatorId, creatorId)).orderBy(desc(optOuts.id));
}

export const markConfirmed = ({ db }: Database, id: string, at: string): Statement =>
  db.update(optOuts).set({ confirmedAt: at }).where(eq(optOuts.id, id));

/** Opt-outs whose address was never confirmed before that time. */
export async function unconfirmedBefore(
  { db }: Database,
  before: string,
  limit: number,
): Promise<OptOutRow[]> {
  return db
    .select()
    .from(optOuts)
    .where(and(isNull(optOuts.confirmedAt), lt(optOuts.createdAt, before)))
    .limit(limit);
}

export async function proofsOfCreator({ db }: Database, creatorId: string): Promise<ProofRow[]> {
  return db.select().from(proofs).where(eq(proofs.creatorId, creatorId)).orderBy(proofs.host);
}

export async function proofOf(
  { db }: Database,
  creatorId: string,
  host: string,
): Promise<ProofRow | undefined> {
  const where = and(eq(proofs.creatorId, creatorId), eq(proofs.host, host));
  return (await db.select().from(proofs).where(where).limit(1))[0];
}

/** Adds proofs to give; a host that this creator already has keeps its token. */
export const insertProof = ({ db }: Database, row: ProofRow): Statement =>
  db.insert(proofs).values(row).onConflictDoNothing();

export const updateProof = (
  { db }: Database,
  row: Pick<ProofRow, 'creatorId' | 'host'> & Partial<ProofRow>,
): Statement =>
  db
    .update(proofs)
    .set(row)
    .where(and(eq(proofs.creatorId, row.creatorId), eq(proofs.host, row.host)));

/** Found proofs last looked at before `foundBefore`, and missing ones last looked at before `missingBefore`. */
export async function proofsDue(
  { db }: Database,
  foundBefore: string,
  missingBefore: string,
  limit: number,
): Promise<ProofRow[]> {
  return db
    .select()
    .from(proofs)
    .where(
      sql`(${proofs.state} = 'found' AND ${proofs.checkedAt} < ${foundBefore})
          OR (${proofs.state} = 'missing' AND ${proofs.checkedAt} < ${missingBefore})`,
    )
    .orderBy(proofs.checkedAt)
    .limit(limit);
}

export const insertToken = ({ db }: Database, row: TokenRow): Statement => db.insert(tokens).values(row);

export async function tokenByHash({ db }: Database, hash: string): Promise<TokenRow | undefined> {
  return (await db.select().from(tokens).where(eq(tokens.hash, hash)).limit(1))[0];
}

/**
 * Marks a token used, once.
 * @returns whether this call was the one: false when somebody else was first.
 */
export async function spendToken({ db }: Database, hash: string, at: string): Promise<boolean> {
  const spent = await db
    .update(tokens)
    .set({ usedAt: at })
    .where(and(eq(tokens.hash, hash), isNull(tokens.usedAt)))
    .returning({ hash: tokens.hash });
  return spent.length === 1;
}

/** Marks a token used together with what it was used for; whoever may be second needs a constraint to stop it. */
export const markTokenUsed = ({ db }: Database, hash: string, at: string): Statement =>
  db.update(tokens).set({ usedAt: at }).where(eq(tokens.hash, hash));

export const deleteToken = ({ db }: Database, hash: string): Statement =>
  db.delete(tokens).where(eq(tokens.hash, hash));

export const deleteExpiredTokens = ({ db }: Database, before: string): Statement =>
  db.delete(tokens).where(lt(tokens.expiresAt, before));
