import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assembleKernel } from '../../../src/build-kernel.ts';
import { hashWords, packHash } from '../../../src/images/hash256.ts';
import { allotment, planFor } from '../../../src/images/index/bands.ts';
import { compile } from '../../../src/images/index/build.ts';
import { allocateJs } from '../../../src/images/index/kernel-js.ts';
import { allocateWasm } from '../../../src/images/index/kernel-wasm.ts';
import type { Allocate } from '../../../src/images/index/memory.ts';
import { type SearchLimits, searchMany, searchSegment } from '../../../src/images/index/search.ts';
import { createSegment, rowsPerRun, type Segment } from '../../../src/images/index/segment.ts';
import { flipped, hash, hashesAround, linear } from './sets.ts';

const kernels: [string, Allocate][] = [
  ['plain JavaScript', allocateJs],
  ['the assembled kernel', allocateWasm],
];

function segmentOf(allocate: Allocate, hashes: readonly Uint8Array[]): Segment {
  const segment = createSegment(allocate, hashes.length);
  for (const [row, each] of hashes.entries()) packHash(each, segment.words, row * hashWords);
  segment.rows = hashes.length;
  return segment;
}

const filed = (allocate: Allocate, hashes: readonly Uint8Array[], bands: number): Segment =>
  compile(allocate, [segmentOf(allocate, hashes)], new Uint8Array(0), (rows) => planFor(rows, bands));

/** Keeps to the bands, however small the set. */
const neverScan: SearchLimits = { scannedCost: 1e9, entriesShareMax: 1e3, entriesMin: 2 ** 30 };

function found(segment: Segment, query: Uint8Array, radius: number, limits?: SearchLimits) {
  const { rows, distances } = searchSegment(segment, query, radius, 0, limits);
  return Array.from(rows, (row, at) => ({ row, distance: distances[at] }));
}

describe.each(kernels)('%s', (_name, allocate) => {
  test('a scan finds what comparing every pair finds', () => {
    const sets = hash.chain((query) =>
      fc.record({ query: fc.constant(query), hashes: hashesAround(query), radius: fc.nat(256) }),
    );
    fc.assert(
      fc.property(sets, ({ query, hashes, radius }) => {
        expect(found(segmentOf(allocate, hashes), query, radius)).toEqual(linear(hashes, query, radius));
      }),
    );
  });

  test.each([11, 12, 13, 16, 24, 32])('so does a search in %i bands', (bands) => {
    const sets = hash.chain((query) =>
      fc.record({
        query: fc.constant(query),
        hashes: hashesAround(query),
        radius: fc.integer({ min: 0, max: 60 }),
      }),
    );
    fc.assert(
      fc.property(sets, ({ query, hashes, radius }) => {
        const segment = filed(allocate, hashes, bands);
        const expected = linear(hashes, query, radius);
        expect(found(segment, query, radius, neverScan)).toEqual(expected);
        expect(found(segment, query, radius)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('finds neighbours at every distance among many others', () => {
    const random = seeded(9);
    const hashes = Array.from({ length: 40_000 }, random);
    const segment = filed(allocate, hashes, 14);
    for (let distance = 0; distance <= 50; distance += 1) {
      const row = (distance * 773) % hashes.length;
      const query = flipped(hashes[row] as Uint8Array, bitsFrom(distance));
      for (const radius of [24, 31, 45]) {
        expect(found(segment, query, radius), `${distance} of ${radius}`).toEqual(
          linear(hashes, query, radius),
        );
      }
    }
  });

  test('many hashes at once find what each finds alone', () => {
    const random = seeded(21);
    const hashes = Array.from({ length: 30_000 }, random);
    const common = random();
    for (let row = 0; row < 5_000; row += 1) hashes[row * 6] = common;
    const segment = filed(allocate, hashes, 13);
    const queries = [common, ...hashes.slice(1, 40).map((each, at) => flipped(each, bitsFrom(at)))];
    for (const radius of [0, 31, 45]) {
      expect(searchMany(segment, queries, radius)).toEqual(
        queries.map((query) => searchSegment(segment, query, radius)),
      );
    }
    expect(searchMany(segment, [], 31)).toEqual([]);
  });

  test('hashes that all lie in one group are found, and so are the rest', () => {
    const random = seeded(4);
    const one = random();
    const hashes = [
      ...Array.from({ length: rowsPerRun + 5_000 }, () => one),
      ...Array.from({ length: 500 }, random),
    ];
    const segment = filed(allocate, hashes, 12);
    expect(allotment(planFor(hashes.length, 12), hashes.length, 31)).not.toBeNull();
    expect(searchSegment(segment, one, 31).rows).toHaveLength(rowsPerRun + 5_000);
    const last = hashes.at(-1) as Uint8Array;
    expect(found(segment, flipped(last, bitsFrom(31)), 31)).toEqual([
      { row: hashes.length - 1, distance: 31 },
    ]);
  });

  test('many likenesses, each a little different, are each found once', () => {
    const random = seeded(5);
    const one = random();
    const near = Array.from({ length: 3_000 }, (_none, at) => flipped(one, bitsFrom(1 + (at % 30), at)));
    const hashes = [...near, ...Array.from({ length: 60_000 }, random)];
    const segment = filed(allocate, hashes, 12);
    expect(found(segment, one, 31)).toEqual(linear(hashes, one, 31));
  });
});

describe('radius', () => {
  test.each([
    [1_000_000, 31],
    [1_000_000, 45],
    [2_000_000, 24],
    [10_000_000, 31],
    [10_000_000, 45],
    [16_777_216, 45],
  ])('%i rows, %i bits: no near hash can slip through every band', (rows, radius) => {
    const plan = planFor(rows);
    const allowed = allotment(plan, rows, radius) ?? [];
    expect(allowed).toHaveLength(plan.bands.length);
    // Each band misses a hash only by one flipped bit more than it allows.
    expect(allowed.reduce((sum, most) => sum + most + 1, 0)).toBeGreaterThan(radius);
  });

  test('is scanned where that is cheaper', () => {
    expect(allotment(planFor(1_000), 1_000, 31)).toBeNull();
    expect(allotment(planFor(10_000_000), 10_000_000, 120)).toBeNull();
  });

  test.each([1, 1_000, 65_536, 1_000_000, 2_000_000, 2_000_001, 10_000_000, 2 ** 24])(
    'bands of %i rows cover every bit once',
    (rows) => {
      const { bands, groupBits } = planFor(rows);
      let start = 0;
      for (const band of bands) {
        expect(band.start).toBe(start);
        expect(band.width - groupBits).toBeGreaterThanOrEqual(0);
        expect(band.width - groupBits).toBeLessThanOrEqual(8);
        start += band.width;
      }
      expect(start).toBe(256);
    },
  );
});

test('the kernel in use is the one whose text is kept', async () => {
  const kept = readFileSync(new URL('../../../src/images/index/kernel-bytes.ts', import.meta.url), 'utf8');
  expect(await assembleKernel()).toBe(kept);
});

function seeded(seed: number): () => Uint8Array {
  let state = seed;
  return () =>
    Uint8Array.from({ length: 32 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
}

/** So many different bits, spread over the hash. */
function bitsFrom(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_none, i) => (from + i * 83) % 256);
}
