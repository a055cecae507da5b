import { and, asc, gt, sql } from 'drizzle-orm';
import { type Database, jsonParameters, type Statement } from './database.ts';
import { creators, letters, optOuts } from './schema.ts';

/** Where ciphertexts lie, each with the keyed hash that goes with it. */
const places = {
  creators: { table: creators, id: creators.id, cipher: creators.emailCipher },
  optOuts: { table: optOuts, id: optOuts.id, cipher: optOuts.nameCipher },
  letters: { table: letters, id: letters.id, cipher: letters.cipher },
} as const;

export type CipherPlace = keyof typeof places;
export const cipherPlaces = Object.keys(places) as CipherPlace[];

export interface CipherRow {
  id: string;
  cipher: string;
}

/** Rows whose ciphertext was made under another key than this, by id. */
export async function ciphersNotUnder(
  { db }: Database,
  place: CipherPlace,
  keyId: string,
  after: string,
  limit: number,
): Promise<CipherRow[]> {
  const { table, id, cipher } = places[place];
  const start = `${keyId}.`;
  return db
    .select({ id, cipher })
    .from(table)
    .where(and(gt(id, after), sql`substr(${cipher}, 1, ${start.length}) <> ${start}`))
    .orderBy(asc(id))
    .limit(limit);
}

export interface NewCipher extends CipherRow {
  /** What stood there; a row that changed meanwhile is left alone. */
  before: string;
  /** Keyed hash of the address, where the place has one. */
  lookup: string;
}

/** Puts new ciphertexts, and the hashes beside them, in the place of others. */
export function replaceCiphers(
  { db }: Database,
  place: CipherPlace,
  rows: readonly NewCipher[],
): Statement[] {
  const { id, cipher } = places[place];
  const isSame = sql`${id} = fresh.value->>'id' AND ${cipher} = fresh.value->>'before'`;
  const made = sql`fresh.value->>'cipher'`;
  const lookup = sql`fresh.value->>'lookup'`;
  return jsonParameters(rows).map((json) => {
    const from = sql`json_each(${json}) AS fresh`;
    switch (place) {
      case 'creators':
        return db.update(creators).set({ emailCipher: made, emailLookup: lookup }).from(from).where(isSame);
      case 'letters':
        return db.update(letters).set({ cipher: made, lookup }).from(from).where(isSame);
      default:
        return db.update(optOuts).set({ nameCipher: made }).from(from).where(isSame);
    }
  });
}
