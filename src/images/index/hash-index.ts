import { hashWords, packHash } from '../hash256.ts';
import { type Plan, rowsPerSegmentMax } from './bands.ts';
import { compile, isDead } from './build.ts';
import { grown } from './ids.ts';
import type { Allocate } from './memory.ts';
import { type RowHits, searchSegment } from './search.ts';
import { createSegment, type Segment } from './segment.ts';

export interface IndexOptions {
  allocate: Allocate;
  /** How so many rows are to be filed; null keeps them to be scanned. */
  planOf(rows: number): Plan | null;
}

/**
 * Hashes in segments, oldest first. New rows go into the delta, which is scanned; from time to time it is compiled
 * into a filed segment, together with younger segments that are not much larger, so that there are only ever a few.
 * Works that are gone are marked and found no more; their rows leave with the next compilation.
 */
export interface HashIndex {
  options: IndexOptions;
  compiled: Segment[];
  /** Deltas that are being compiled. */
  sealed: Segment[];
  delta: Segment;
  /** One bit per work number, set where the work is gone. */
  dead: Uint8Array;
  /** Rows, those of works that are gone included. */
  rows: number;
  /** Rows of works that are gone. */
  deadRows: number;
}

/** One compilation under way. */
export interface Compaction {
  /** Neighbours, oldest first. */
  sources: Segment[];
  /** A copy of what was gone when it began. */
  dead: Uint8Array;
}

const rowsAtFirst = 64;

/** Segments less than so many times larger than what is compiled are compiled with it. */
const mergeRatio = 8;

export function createHashIndex(options: IndexOptions): HashIndex {
  return {
    options,
    compiled: [],
    sealed: [],
    delta: createSegment(options.allocate, rowsAtFirst),
    dead: new Uint8Array(64),
    rows: 0,
    deadRows: 0,
  };
}

/** All segments, oldest first: the order in which rows were added. */
export function segmentsOf(index: HashIndex): Segment[] {
  return [...index.compiled, ...index.sealed, index.delta];
}

/** Adds a row. @throws RangeError when the hash is not 32 bytes. */
export function addRow(
  index: HashIndex,
  row: { hash: Uint8Array; work: number; variant: number; quality: number },
): void {
  if (index.delta.rows === index.delta.capacity) enlargeDelta(index);
  const { delta } = index;
  const at = delta.rows;
  packHash(row.hash, delta.words, at * hashWords);
  delta.works[at] = row.work;
  delta.variants[at] = row.variant;
  delta.qualities[at] = row.quality;
  delta.rows += 1;
  index.rows += 1;
}

function enlargeDelta(index: HashIndex): void {
  const { delta } = index;
  const larger = createSegment(index.options.allocate, delta.capacity * 4);
  larger.words.set(delta.words);
  larger.works.set(delta.works);
  larger.variants.set(delta.variants);
  larger.qualities.set(delta.qualities);
  larger.rows = delta.rows;
  index.delta = larger;
}

/** Marks a work, of which there are so many rows, as gone: it is found no more. */
export function buryWork(index: HashIndex, work: number, rows: number): void {
  const byte = work >>> 3;
  if (byte >= index.dead.length) index.dead = grown(index.dead, Math.max(byte + 1, index.dead.length * 2));
  index.dead[byte] = (index.dead[byte] as number) | (1 << (work & 7));
  index.deadRows += rows;
}

/** @returns the living rows at `radius` bits or fewer from a 32-byte hash, by segment, oldest first. */
export function searchIndex(
  index: HashIndex,
  query: Uint8Array,
  radius: number,
): { segment: Segment; hits: RowHits }[] {
  return segmentsOf(index).map((segment) => ({ segment, hits: searchSegment(segment, query, radius) }));
}

/**
 * Takes what should be compiled now out of the way of new rows: the delta, and from the youngest on those segments
 * that are not much larger than what is gathered, or all when many of their rows are dead.
 *
 * @returns null when there is nothing to compile, or a compilation is under way.
 */
export function beginCompaction(index: HashIndex): Compaction | null {
  if (index.sealed.length > 0) return null;
  const wasteful = index.deadRows * 4 > index.rows;
  let first = index.compiled.length;
  let rows = index.delta.rows;
  while (first > 0) {
    const older = (index.compiled[first - 1] as Segment).rows;
    if (rows + older > rowsPerSegmentMax || !(wasteful || older < rows * mergeRatio)) break;
    rows += older;
    first -= 1;
  }
  if (rows === 0) return null;
  index.sealed = [index.delta];
  index.delta = createSegment(index.options.allocate, rowsAtFirst);
  return { sources: [...index.compiled.slice(first), ...index.sealed], dead: index.dead.slice() };
}

/** Puts what a compaction made in the place of what it was made of. */
export function finishCompaction(index: HashIndex, { sources }: Compaction, made: Segment): void {
  const kept = index.compiled.filter((segment) => !sources.includes(segment));
  index.compiled = made.rows === 0 ? kept : [...kept, made];
  index.sealed = [];
  const gone = sources.reduce((sum, source) => sum + source.rows, 0) - made.rows;
  index.rows -= gone;
  index.deadRows -= gone;
}

/** Lets a compaction that failed be as if it had not begun: its delta is older than the rows added since. */
export function abandonCompaction(index: HashIndex): void {
  const [sealed] = index.sealed;
  if (sealed === undefined) return;
  const { delta } = index;
  index.sealed = [];
  index.delta = sealed;
  for (let row = 0; row < delta.rows; row += 1) {
    if (index.delta.rows === index.delta.capacity) enlargeDelta(index);
    const to = index.delta;
    to.words.set(delta.words.subarray(row * hashWords, (row + 1) * hashWords), to.rows * hashWords);
    to.works[to.rows] = delta.works[row] as number;
    to.variants[to.rows] = delta.variants[row] as number;
    to.qualities[to.rows] = delta.qualities[row] as number;
    to.rows += 1;
  }
}

/** Compiles at once, in this thread. Searches find the same before and after, in the same order. */
export function compact(index: HashIndex): void {
  const compaction = beginCompaction(index);
  if (compaction === null) return;
  const { allocate, planOf } = index.options;
  finishCompaction(index, compaction, compile(allocate, compaction.sources, compaction.dead, planOf));
}

/** Whether a row found in a segment belongs to a work that is still there. */
export function isAlive(index: HashIndex, segment: Segment, row: number): boolean {
  return !isDead(index.dead, segment.works[row] as number);
}
