import type { FingerprintRow } from './fingerprint.ts';
import { hashWords, packHash } from './hash256.ts';
import { scan } from './scan.ts';
import type { VariantName } from './variants.ts';

/**
 * Fingerprints in memory, ready to be scanned. One id owns any number of rows. Every change acts on the next
 * search: a removed row is marked dead at once, and its room is taken back when enough rows are dead.
 */
export interface FingerprintSet {
  /** Eight words per row, with spare room after `size` rows. */
  words: Uint32Array;
  ids: string[];
  variants: VariantName[];
  qualities: Uint8Array;
  /** 1 where the row was removed. */
  dead: Uint8Array;
  /** Rows written, dead ones included. */
  size: number;
  deadCount: number;
  rowsOf: Map<string, number[]>;
}

export interface SetHit {
  id: string;
  variant: VariantName;
  quality: number;
  distance: number;
}

const rowsAtFirst = 64;

/** Below this many dead rows compacting is not worth the copy. */
const deadRowsMin = 1024;

/** An empty set. */
export function createFingerprintSet(): FingerprintSet {
  return {
    words: new Uint32Array(rowsAtFirst * hashWords),
    ids: [],
    variants: [],
    qualities: new Uint8Array(rowsAtFirst),
    dead: new Uint8Array(rowsAtFirst),
    size: 0,
    deadCount: 0,
    rowsOf: new Map(),
  };
}

/**
 * Adds one row for an id, beside those it has.
 *
 * @throws RangeError when the hash is not 32 bytes or the quality not a whole number from 0 to 100.
 */
export function addFingerprint(set: FingerprintSet, id: string, row: FingerprintRow): void {
  if (!Number.isInteger(row.quality) || row.quality < 0 || row.quality > 100) {
    throw new RangeError(`quality goes from 0 to 100, got ${row.quality}`);
  }
  if (set.size === set.qualities.length) grow(set);
  packHash(row.pdq, set.words, set.size * hashWords);
  set.ids[set.size] = id;
  set.variants[set.size] = row.variant;
  set.qualities[set.size] = row.quality;
  const rows = set.rowsOf.get(id);
  if (rows === undefined) set.rowsOf.set(id, [set.size]);
  else rows.push(set.size);
  set.size++;
}

/** Removes every row of an id. @returns how many rows there were. */
export function removeFingerprints(set: FingerprintSet, id: string): number {
  const rows = set.rowsOf.get(id) ?? [];
  for (const row of rows) set.dead[row] = 1;
  set.rowsOf.delete(id);
  set.deadCount += rows.length;
  if (set.deadCount >= deadRowsMin && set.deadCount * 2 > set.size) compactFingerprints(set);
  return rows.length;
}

/** Takes back the room of removed rows. Searches find the same before and after, in the same order. */
export function compactFingerprints(set: FingerprintSet): void {
  let to = 0;
  set.rowsOf.clear();
  for (let from = 0; from < set.size; from++) {
    if (set.dead[from] === 1) continue;
    const id = set.ids[from] as string;
    set.words.copyWithin(to * hashWords, from * hashWords, (from + 1) * hashWords);
    set.ids[to] = id;
    set.variants[to] = set.variants[from] as VariantName;
    set.qualities[to] = set.qualities[from] as number;
    const rows = set.rowsOf.get(id);
    if (rows === undefined) set.rowsOf.set(id, [to]);
    else rows.push(to);
    to++;
  }
  set.dead.fill(0);
  set.ids.length = to;
  set.variants.length = to;
  set.size = to;
  set.deadCount = 0;
}

/** @returns every living row at `distanceMax` bits or less from a 32-byte hash, oldest first. */
export function searchFingerprints(set: FingerprintSet, query: Uint8Array, distanceMax: number): SetHit[] {
  const hits: SetHit[] = [];
  for (const { index, distance } of scan(set.words, query, distanceMax, set.size)) {
    if (set.dead[index] === 1) continue;
    hits.push({
      id: set.ids[index] as string,
      variant: set.variants[index] as VariantName,
      quality: set.qualities[index] as number,
      distance,
    });
  }
  return hits;
}

function grow(set: FingerprintSet): void {
  const rows = set.qualities.length * 2;
  const words = new Uint32Array(rows * hashWords);
  words.set(set.words);
  const qualities = new Uint8Array(rows);
  qualities.set(set.qualities);
  const dead = new Uint8Array(rows);
  dead.set(set.dead);
  Object.assign(set, { words, qualities, dead });
}
