import { hashWords } from '../hash256.ts';
import { type Band, keyOf, type Plan, planFor, rowsPerSegmentMax } from './bands.ts';
import type { Allocate } from './memory.ts';
import { createSegment, type Segment } from './segment.ts';

/**
 * Compiles segments into one: rows of works that are gone are left out, the others keep their order.
 *
 * @param dead one bit per work, set where it is gone; works beyond its end are not.
 * @throws RangeError when more than 2^24 rows would be left.
 */
export function compile(
  allocate: Allocate,
  sources: readonly Segment[],
  dead: Uint8Array,
  planOf: (rows: number) => Plan | null = planFor,
): Segment {
  let rows = 0;
  for (const source of sources) rows += livingRows(source, dead);
  if (rows > rowsPerSegmentMax)
    throw new RangeError(`a segment holds ${rowsPerSegmentMax} rows, got ${rows}`);
  const segment = createSegment(allocate, rows, planOf(rows));
  for (const source of sources) copyLiving(source, dead, segment);
  fileRows(segment);
  return segment;
}

/** Whether a work is gone, by a bitmap of those that are. */
export function isDead(dead: Uint8Array, work: number): boolean {
  return (((dead[work >>> 3] ?? 0) >>> (work & 7)) & 1) === 1;
}

/** @returns how many rows of a segment belong to works that are not gone. */
export function livingRows(segment: Segment, dead: Uint8Array): number {
  let living = 0;
  for (let row = 0; row < segment.rows; row += 1) {
    if (!isDead(dead, segment.works[row] as number)) living += 1;
  }
  return living;
}

function copyLiving(from: Segment, dead: Uint8Array, to: Segment): void {
  for (let row = 0; row < from.rows; ) {
    if (isDead(dead, from.works[row] as number)) {
      row += 1;
      continue;
    }
    // Neighbours are copied together.
    let end = row + 1;
    while (end < from.rows && !isDead(dead, from.works[end] as number)) end += 1;
    to.words.set(from.words.subarray(row * hashWords, end * hashWords), to.rows * hashWords);
    to.works.set(from.works.subarray(row, end), to.rows);
    to.variants.set(from.variants.subarray(row, end), to.rows);
    to.qualities.set(from.qualities.subarray(row, end), to.rows);
    to.rows += end - row;
    row = end;
  }
}

/** Sorts the rows of a segment into the groups of each band, by counting. */
function fileRows(segment: Segment): void {
  const { plan, layout, memory, words, rows } = segment;
  if (plan === null) return;
  for (const [at, band] of plan.bands.entries()) {
    const offsets = new Uint32Array(memory.buffer, layout.offsets[at], 2 ** plan.groupBits + 1);
    const entries = new Uint32Array(memory.buffer, layout.entries[at], rows);
    fileBand(words, rows, band, plan.groupBits, offsets, entries);
  }
}

function fileBand(
  words: Uint32Array,
  rows: number,
  band: Band,
  groupBits: number,
  offsets: Uint32Array,
  entries: Uint32Array,
): void {
  const lowBits = band.width - groupBits;
  const lowMask = (1 << lowBits) - 1;
  const keys = new Uint32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const key = keyOf(words, row * hashWords, band);
    keys[row] = key;
    offsets[key >>> lowBits] = (offsets[key >>> lowBits] as number) + 1;
  }
  let end = 0;
  for (let group = 0; group < offsets.length; group += 1) {
    end += offsets[group] as number;
    offsets[group] = end;
  }
  // From the back, each row taking the last free place of its group, so that a group starts where its first lies.
  for (let row = rows - 1; row >= 0; row -= 1) {
    const key = keys[row] as number;
    const place = (offsets[key >>> lowBits] as number) - 1;
    offsets[key >>> lowBits] = place;
    entries[place] = ((key & lowMask) << 24) | row;
  }
}
