import type { Trust } from '../../consent/evidence.ts';
import { bytesFromHex, bytesToHex } from '../../images/hash256.ts';
import { type SubjectKind, subjectKinds, type Usages } from '../record.ts';
import { hashKey } from './key-hash.ts';
import { hashKeyBytes, isKeyOf, type KeyTag, keyOf, keyTags } from './keys.ts';
import { type RecordTable, rowBytes, rowPlaces, rowWords, sameKeyBit } from './layout.ts';

/** What many records have in common, so that a table holds it once. */
export interface Terms {
  kind: SubjectKind;
  usages: Usages;
  except: readonly string[];
  licence: string | null;
  contact: string | null;
  trust: Trust;
  contested: boolean;
}

/** What an answer needs of a record. */
export interface TableRecord extends Terms {
  rid: string;
  /** For a work its SHA-256 as hex, whichever of its keys it was found by. */
  key: string;
  /** RFC 3339 UTC with milliseconds. */
  since: string | null;
  /** Place of this version in the consent log. */
  seq: number;
}

/** Kinds in the order of their names, which is the order of rows with one key. The number of a kind is its place here. */
export const kindOrder: readonly SubjectKind[] = [...subjectKinds].sort();

export const numberOfKind = (kind: SubjectKind): number => kindOrder.indexOf(kind);

const contradiction = () => new RangeError('the rows of this table contradict themselves');
const encoder = new TextEncoder();
const lanes = new Int32Array(2);

/** The key of a work by one of its hashes or its id. @param hex of the length the tag asks for; a rid without hyphens. */
export function hashKeyOf(tag: KeyTag, hex: string): Uint8Array<ArrayBuffer> {
  const number = keyTags[tag];
  const length = hashKeyBytes[number] as number;
  if (hex.length !== 2 * (length - 1) || !/^[0-9a-f]*$/i.test(hex)) throw new RangeError(`no ${tag}: ${hex}`);
  const key = new Uint8Array(length);
  key[0] = number;
  key.set(bytesFromHex(hex), 1);
  return key;
}

/**
 * Finds the first row of a key whose hash is known.
 * @returns -1 when no row has it. @throws RangeError for a broken table.
 */
export function findRow(table: RecordTable, a: number, b: number, key: Uint8Array, length: number): number {
  const { slots, keys, head } = table;
  const count = head.slots;
  let slot = slotOf(a, count);
  for (let probe = 0; probe < head.probes; probe += 1) {
    const row = slots[2 * slot + 1] as number;
    if (row === -1) return -1;
    // Another key may have the same lane, so only the whole key decides.
    if (slots[2 * slot] === b && isKeyOf(keys, row, key, length)) return row;
    slot = slot + 1 === count ? 0 : slot + 1;
  }
  return -1;
}

/** The slot where a key is looked for first, by the first lane of its hash. */
export function slotOf(a: number, slots: number): number {
  return ((a >>> 0) * (slots / 2 ** 32)) | 0;
}

/**
 * All rows of a key, in the order of their kinds.
 * @param key text as it stands in a record, or a key of `hashKeyOf`. Rows of its other hashes stand for the work.
 * @throws RangeError for a broken table.
 */
export function rowsOfKey(table: RecordTable, key: string | Uint8Array): number[] {
  const bytes = typeof key === 'string' ? encoder.encode(key) : key;
  hashKey(table.hash, bytes, bytes.length, lanes);
  const first = findRow(table, lanes[0] as number, lanes[1] as number, bytes, bytes.length);
  if (first === -1) return [];
  const rows = [first];
  for (let row = first + 1; hasKeyOfRowBefore(table, row); row += 1) rows.push(row);
  return rows;
}

export function hasKeyOfRowBefore({ rowWords: words, head }: RecordTable, row: number): boolean {
  return row < head.rows && (words[row * rowWords + rowPlaces.terms] as number) >= sameKeyBit;
}

/** Number of the kind of a row, by `kindOrder`. */
export function kindOf(table: RecordTable, row: number): number {
  const { works, aliases } = table.head;
  if (row < works + aliases) return workNumber;
  const kind = table.termKinds[termsOf(table, row)];
  if (kind === undefined) throw contradiction();
  return kind;
}

const workNumber = numberOfKind('work');

function termsOf({ rowWords: words }: RecordTable, row: number): number {
  return (words[row * rowWords + rowPlaces.terms] as number) % sameKeyBit;
}

/**
 * The row that holds what is said of a work, for a row of any of its keys; every other row is its own.
 * @throws RangeError for a broken table.
 */
export function primaryRow(table: RecordTable, row: number): number {
  const { works, aliases } = table.head;
  if (row < works || row >= works + aliases) return row;
  const primary = termsOf(table, row);
  if (primary >= works || !haveSameRid(table, row, primary)) throw contradiction();
  return primary;
}

function haveSameRid({ rowWords: words }: RecordTable, one: number, other: number): boolean {
  for (let word = 0; word < 4; word += 1) {
    if (words[one * rowWords + word] !== words[other * rowWords + word]) return false;
  }
  return true;
}

/** The record a row stands for. @throws RangeError for a row the table does not have, or a broken table. */
export function recordAt(table: RecordTable, row: number): TableRecord {
  const { head, keys, rowWords: words } = table;
  if (!Number.isInteger(row) || row < 0 || row >= head.rows)
    throw new RangeError(`the table has no row ${row}`);
  const primary = primaryRow(table, row);
  const terms = readTerms(table, termsOf(table, primary));
  const key = keyOf(keys, primary);
  const isWork = primary < head.works;
  if ((terms.kind === 'work') !== isWork) throw contradiction();
  const sinceMs = table.rowNumbers[(primary * rowWords) / 2 + rowPlaces.since] as number;
  return {
    ...terms,
    rid: uuidText(table.rowBytes.subarray(primary * rowBytes, primary * rowBytes + 16)),
    key: isWork ? bytesToHex(key.subarray(1)) : new TextDecoder().decode(key),
    since: Number.isNaN(sinceMs) ? null : new Date(sinceMs).toISOString(),
    seq: words[primary * rowWords + rowPlaces.seq] as number,
  };
}

function readTerms({ termTexts, termEnds, termKinds }: RecordTable, terms: number): Terms {
  const from = terms === 0 ? 0 : termEnds[terms - 1];
  const to = termEnds[terms];
  if (from === undefined || to === undefined || from > to || to > termTexts.length) throw contradiction();
  const read = parsed(new TextDecoder().decode(termTexts.slice(from, to)));
  if (read === null || kindOrder[termKinds[terms] as number] !== read.kind) throw contradiction();
  return read;
}

function parsed(text: string): Terms | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function uuidText(bytes: Uint8Array): string {
  const hex = bytesToHex(bytes);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return parts.join('-');
}
