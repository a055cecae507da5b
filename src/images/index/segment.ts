import { hashWords } from '../hash256.ts';
import { flippedMax, flipsOf, type Plan } from './bands.ts';
import type { Allocate, IndexMemory } from './memory.ts';

/** Rows are compared in runs of so many, so that there is always room for their hits. */
export const rowsPerRun = 32_768;

/** Rows gathered before they are compared. */
const candidatesMax = 4_096;

/** Threads that may search one segment at once, each in a room of its own behind the data. */
export const searchersMax = 8;

/** A cache line, so that no section begins in the middle of one. */
const alignBytes = 64;

/** Rows of fingerprints in one memory: written one after the other, or compiled and filed under bands. */
export interface Segment {
  memory: IndexMemory;
  layout: Layout;
  /** Rows written. */
  rows: number;
  /** Rows there is room for. */
  capacity: number;
  /** How the rows are filed; null where they are scanned. */
  plan: Plan | null;
  /** Eight words per row. */
  words: Uint32Array;
  /** Number of the work each row belongs to. */
  works: Uint32Array;
  variants: Uint8Array;
  qualities: Uint8Array;
}

/** Where things lie in the memory of a segment, in bytes. A file of it has the same layout, up to `dataBytes`. */
export interface Layout {
  flips: number;
  flipEnds: number;
  words: number;
  works: number;
  variants: number;
  qualities: number;
  /** Per band: where each group starts among the entries, one more than there are groups. */
  offsets: number[];
  /** Per band: row in 24 bits, low bits of its key in 8 above. */
  entries: number[];
  dataBytes: number;
  searchers: number;
  totalBytes: number;
}

/** Bytes before the first section: nothing, and from 64 on the kernel's table of shuffles. */
const shufflesAt = 64;
const headBytes = shufflesAt + 16 * 16;

/** Where a searcher keeps what, from the start of its room. */
export const searcher = roomOfSearcher();

function roomOfSearcher() {
  // With 21 bits of group key and four of them flipped.
  const groupsMax = 8_192;
  const query = 64;
  const hits = 128;
  const hitsEnd = hits + rowsPerRun * 8;
  const groups = hitsEnd + 64;
  const candidates = groups + groupsMax * 8;
  const candidatesEnd = candidates + candidatesMax * 4;
  return { work: 0, query, hits, hitsEnd, groups, candidates, candidatesEnd, bytes: candidatesEnd + 64 };
}

/** Where things lie in a segment with room for so many rows. */
export function layoutOf(capacity: number, plan: Plan | null): Layout {
  let at = headBytes;
  const take = (bytes: number): number => {
    const from = at;
    at = Math.ceil((at + bytes) / alignBytes) * alignBytes;
    return from;
  };
  const { flips } = plan === null ? { flips: [] } : flipsOf(plan.groupBits);
  const layout = {
    flips: take(flips.length * 4),
    flipEnds: take((flippedMax + 1) * 4),
    words: take(capacity * hashWords * 4),
    works: take(capacity * 4),
    variants: take(capacity),
    qualities: take(capacity),
    offsets: [] as number[],
    entries: [] as number[],
  };
  for (const _band of plan?.bands ?? []) {
    layout.offsets.push(take((2 ** (plan as Plan).groupBits + 1) * 4));
    // Entries are read four at a time, so up to three past the last one.
    layout.entries.push(take((capacity + 4) * 4));
  }
  const dataBytes = at;
  const searchers = take(searcher.bytes * searchersMax);
  return { ...layout, dataBytes, searchers, totalBytes: at };
}

/** An empty segment with room for `capacity` rows. */
export function createSegment(allocate: Allocate, capacity: number, plan: Plan | null = null): Segment {
  const layout = layoutOf(capacity, plan);
  const segment = segmentOver(allocate(layout.totalBytes), 0, capacity, plan, layout);
  const { buffer } = segment.memory;
  const shuffles = new Uint8Array(buffer, shufflesAt, 16 * 16);
  for (let fits = 0; fits < 16; fits += 1) {
    const kept = [0, 1, 2, 3].filter((lane) => (fits & (1 << lane)) !== 0);
    for (const [to, lane] of kept.entries()) {
      for (let byte = 0; byte < 4; byte += 1) shuffles[fits * 16 + to * 4 + byte] = lane * 4 + byte;
    }
  }
  if (plan !== null) {
    const { flips, ends } = flipsOf(plan.groupBits);
    new Uint32Array(buffer, layout.flips, flips.length).set(flips);
    new Uint32Array(buffer, layout.flipEnds, ends.length).set(ends);
  }
  return segment;
}

/** A segment over a memory that holds one already. */
export function segmentOver(
  memory: IndexMemory,
  rows: number,
  capacity: number,
  plan: Plan | null,
  layout: Layout = layoutOf(capacity, plan),
): Segment {
  return {
    memory,
    layout,
    rows,
    capacity,
    plan,
    words: new Uint32Array(memory.buffer, layout.words, capacity * hashWords),
    works: new Uint32Array(memory.buffer, layout.works, capacity),
    variants: new Uint8Array(memory.buffer, layout.variants, capacity),
    qualities: new Uint8Array(memory.buffer, layout.qualities, capacity),
  };
}
