import type { FingerprintRow } from './fingerprint.ts';
import type { IndexOptions } from './index/hash-index.ts';
import {
  addRow,
  buryWork,
  compact,
  createHashIndex,
  type HashIndex,
  isAlive,
  segmentsOf,
} from './index/hash-index.ts';
import { addId, createIdTable, grown, type IdTable, numberOf, textOf } from './index/ids.ts';
import { allocateJs } from './index/kernel-js.ts';
import { type RowHits, searchMany } from './index/search.ts';
import type { Segment } from './index/segment.ts';
import { type VariantName, variantNames } from './variants.ts';

/**
 * Fingerprints in memory, ready to be searched. One id owns any number of rows. Every change acts on the next search.
 */
export interface FingerprintSet {
  index: HashIndex;
  /** Ids by work number; an id that was removed and came back has a new one. */
  ids: IdTable;
  /** Rows per work number, 0 once it was removed. */
  rowCounts: Uint16Array;
}

export interface SetHit {
  id: string;
  variant: VariantName;
  quality: number;
  distance: number;
}

const rowsPerIdMax = 0xffff;

/** Below this many dead rows compacting is not worth the copy. */
const deadRowsMin = 1024;

/** Rows kept packed and scanned by plain JavaScript: what runs on every host. */
export const packedScan: IndexOptions = { allocate: allocateJs, planOf: () => null };

/** An empty set. */
export function createFingerprintSet(options: IndexOptions = packedScan): FingerprintSet {
  return { index: createHashIndex(options), ids: createIdTable(), rowCounts: new Uint16Array(64) };
}

/**
 * Adds one row for an id, beside those it has.
 *
 * @throws RangeError when the hash is not 32 bytes, the quality not a whole number from 0 to 100, or the id has 65,535
 *   rows.
 */
export function addFingerprint(set: FingerprintSet, id: string, row: FingerprintRow): void {
  if (!Number.isInteger(row.quality) || row.quality < 0 || row.quality > 100) {
    throw new RangeError(`quality goes from 0 to 100, got ${row.quality}`);
  }
  const known = livingWork(set, id);
  const work = known ?? set.ids.count;
  const rows = known === null ? 0 : (set.rowCounts[work] as number);
  if (rows === rowsPerIdMax) throw new RangeError(`an id has at most ${rowsPerIdMax} rows`);
  const variant = variantNames.indexOf(row.variant);
  addRow(set.index, { hash: row.pdq, work, variant, quality: row.quality });
  if (known === null) addId(set.ids, id);
  if (work >= set.rowCounts.length) set.rowCounts = grown(set.rowCounts, set.rowCounts.length * 2);
  set.rowCounts[work] = rows + 1;
}

/** Removes every row of an id. @returns how many rows there were. */
export function removeFingerprints(set: FingerprintSet, id: string): number {
  const work = livingWork(set, id);
  if (work === null) return 0;
  const rows = set.rowCounts[work] as number;
  set.rowCounts[work] = 0;
  buryWork(set.index, work, rows);
  return rows;
}

/** The number of an id that has rows, or null. */
export function livingWork(set: FingerprintSet, id: string): number | null {
  const work = numberOf(set.ids, id);
  return work === -1 || set.rowCounts[work] === 0 ? null : work;
}

/** Rows of ids that were not removed. */
export function livingRows({ index }: FingerprintSet): number {
  return index.rows - index.deadRows;
}

/** Whether most rows are dead, and so many that taking their room back is worth the copy. */
export function isMostlyDead({ index }: FingerprintSet): boolean {
  return index.deadRows >= deadRowsMin && index.deadRows * 2 > index.rows;
}

/** Takes back the room of removed rows. Searches find the same before and after, in the same order. */
export function compactFingerprints(set: FingerprintSet): void {
  compact(set.index);
}

/** @returns every living row at `distanceMax` bits or less from a 32-byte hash, oldest first. */
export function searchFingerprints(set: FingerprintSet, query: Uint8Array, distanceMax: number): SetHit[] {
  return searchForAll(set, [query], distanceMax)[0] as SetHit[];
}

/** The same for several hashes, in their order; together they take less time than alone. */
export function searchForAll(
  set: FingerprintSet,
  queries: readonly Uint8Array[],
  distanceMax: number,
): SetHit[][] {
  const found: SetHit[][] = queries.map(() => []);
  for (const segment of segmentsOf(set.index)) {
    for (const [at, hits] of searchMany(segment, queries, distanceMax).entries()) {
      const described = describeHits(set, segment, hits);
      found[at] = found[at]?.length === 0 ? described : [...(found[at] as SetHit[]), ...described];
    }
  }
  return found;
}

/** What rows found in a segment stand for; those of ids removed by now are left out. */
export function describeHits(set: FingerprintSet, segment: Segment, hits: RowHits): SetHit[] {
  const described: SetHit[] = [];
  for (const [at, row] of hits.rows.entries()) {
    if (!isAlive(set.index, segment, row)) continue;
    described.push({
      id: textOf(set.ids, segment.works[row] as number),
      variant: variantNames[segment.variants[row] as number] as VariantName,
      quality: segment.qualities[row] as number,
      distance: hits.distances[at] as number,
    });
  }
  return described;
}
