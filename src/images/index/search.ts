import { hashWords, packHash } from '../hash256.ts';
import { allotment, type Band, keyOf, scannedCost } from './bands.ts';
import { rowsPerRun, type Segment, searcher } from './segment.ts';

/** Rows found in one segment, in the order of the rows. */
export interface RowHits {
  rows: Uint32Array;
  /** In bits, 0 to 256. */
  distances: Uint32Array;
}

/** When a scan takes over. */
export interface SearchLimits {
  /** What it costs to compare one hash of a scan, as `allotment` takes it. */
  scannedCost: number;
  /**
   * The groups looked at may hold this share of all rows: on skewed hashes, where one group holds most of them, a
   * search costs little more than a scan.
   */
  entriesShareMax: number;
  entriesMin: number;
}

const defaultLimits: SearchLimits = { scannedCost, entriesShareMax: 1 / 16, entriesMin: 4_096 };

/**
 * Compares one hash with every row of a segment, by its bands where that is cheaper. Exact either way: each row at
 * `radius` bits or fewer is found once, and no other.
 *
 * @param query 32 bytes.
 * @param radius in bits, 0 to 256, itself included.
 * @param room which of the rooms for searchers to work in; two threads never use one at once.
 */
export function searchSegment(
  segment: Segment,
  query: Uint8Array,
  radius: number,
  room = 0,
  limits: SearchLimits = defaultLimits,
): RowHits {
  return searchMany(segment, [query], radius, room, limits)[0] as RowHits;
}

/**
 * The same for many hashes, which goes through them band by band: what one has read of a band is still near when the
 * next one reads it.
 * @returns what is found for each hash, in their order.
 */
export function searchMany(
  segment: Segment,
  queries: readonly Uint8Array[],
  radius: number,
  room = 0,
  limits: SearchLimits = defaultLimits,
): RowHits[] {
  const at = segment.layout.searchers + room * searcher.bytes;
  const words = new Uint32Array(segment.memory.buffer, at + searcher.query, hashWords);
  const searches = queries.map((query) => {
    const packed = new Uint32Array(hashWords);
    packHash(query, packed, 0);
    return { query: packed, found: [] as number[], budget: budgetOf(segment, limits) };
  });
  const allowed = allotmentOf(segment, radius, limits);
  for (const [band, most] of allowed?.entries() ?? []) {
    if (most < 0) continue;
    for (const search of searches) {
      if (search.budget < 0) continue;
      words.set(search.query);
      probeBand(segment, search, { band, most, radius }, at);
    }
  }
  return searches.map(({ query, found, budget }) => {
    if (allowed !== null && budget >= 0) return rowsOnce(found);
    words.set(query);
    return scanRows(segment, radius, at);
  });
}

interface Search {
  query: Uint32Array;
  /** Row and distance in one safe integer, so that sorting numbers sorts rows. */
  found: number[];
  /** Entries that may still be looked at; below 0 when it is to be a scan. */
  budget: number;
}

function budgetOf({ rows }: Segment, { entriesShareMax, entriesMin }: SearchLimits): number {
  return Math.max(entriesMin, Math.floor(rows * entriesShareMax));
}

const allotments = new WeakMap<Segment, Map<number, number[] | null>>();

function allotmentOf(segment: Segment, radius: number, limits: SearchLimits): number[] | null {
  const { plan, rows } = segment;
  if (plan === null) return null;
  if (limits !== defaultLimits) return allotment(plan, rows, radius, limits.scannedCost);
  const known = allotments.get(segment) ?? new Map<number, number[] | null>();
  allotments.set(segment, known);
  let allowed = known.get(radius);
  if (allowed === undefined) {
    allowed = allotment(plan, rows, radius);
    known.set(radius, allowed);
  }
  return allowed;
}

function probeBand(
  { plan, layout, memory }: Segment,
  search: Search,
  { band: index, most, radius }: { band: number; most: number; radius: number },
  at: number,
): void {
  if (plan === null) return;
  const band = plan.bands[index] as Band;
  const key = keyOf(search.query, 0, band);
  const lowBits = band.width - plan.groupBits;
  const count = memory.kernel.probe(
    layout.offsets[index] as number,
    layout.entries[index] as number,
    layout.flips,
    layout.flipEnds,
    key >>> lowBits,
    key & ((1 << lowBits) - 1),
    most,
    layout.words,
    at + searcher.query,
    radius,
    search.budget,
    at + searcher.work,
    at + searcher.groups,
    at + searcher.candidates,
    at + searcher.candidatesEnd,
    at + searcher.hits,
    at + searcher.hitsEnd,
  );
  if (count < 0) {
    search.budget = -1;
    return;
  }
  const hits = new Uint32Array(memory.buffer, at, searcher.hits / 4 + count * 2);
  search.budget -= hits[searcher.work / 4] as number;
  for (let i = searcher.hits / 4; i < hits.length; i += 2) {
    search.found.push((hits[i] as number) * 512 + (hits[i + 1] as number));
  }
}

/** A near row lies in several bands, and is found in each. */
function rowsOnce(found: readonly number[]): RowHits {
  const once = Float64Array.from(new Set(found)).sort();
  return {
    rows: Uint32Array.from(once, (hit) => hit / 512),
    distances: Uint32Array.from(once, (hit) => hit % 512),
  };
}

function scanRows({ layout, memory, rows }: Segment, radius: number, at: number): RowHits {
  const parts: Uint32Array[] = [];
  let total = 0;
  for (let first = 0; first < rows; first += rowsPerRun) {
    const run = Math.min(rowsPerRun, rows - first);
    const count = memory.kernel.scan(
      layout.words,
      first,
      run,
      at + searcher.query,
      radius,
      at + searcher.hits,
    );
    if (count === 0) continue;
    parts.push(new Uint32Array(memory.buffer, at + searcher.hits, count * 2).slice());
    total += count;
  }
  const hits = { rows: new Uint32Array(total), distances: new Uint32Array(total) };
  let to = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2, to += 1) {
      hits.rows[to] = part[i] as number;
      hits.distances[to] = part[i + 1] as number;
    }
  }
  return hits;
}
