import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { FingerprintThreads } from '../src/deps.ts';
import { createFingerprintThreads } from '../src/fingerprint-threads.ts';
import {
  addFingerprint,
  createFingerprintSet,
  type FingerprintSet,
  removeFingerprints,
  type SetHit,
} from '../src/images/fingerprint-set.ts';
import { hammingDistance } from '../src/images/hash256.ts';
import { flipped } from './images/index/sets.ts';
import { seeded } from './images/pictures.ts';

/** Small enough that a few thousand rows are compiled, filed and merged many times. */
const small = { threads: 2, deltaRowsMax: 300, filedRowsMin: 200, hashesAtOnceMax: 0 };

let threads: FingerprintThreads;
afterEach(() => threads.close());

interface Row {
  id: string;
  pdq: Uint8Array;
}

function linear(rows: readonly Row[], query: Uint8Array, radius: number): SetHit[] {
  return rows
    .map(({ id, pdq }) => ({
      id,
      variant: 'full' as const,
      quality: 77,
      distance: hammingDistance(pdq, query),
    }))
    .filter(({ distance }) => distance <= radius);
}

/** Hashes of which every third is near an earlier one. */
function hashes(count: number, seed: number): Uint8Array[] {
  const next = seeded(seed);
  const made: Uint8Array[] = [];
  for (let at = 0; at < count; at += 1) {
    const bits = Array.from({ length: at % 33 }, () => next() & 255);
    made.push(
      at % 3 === 2
        ? flipped(made[next() % at] as Uint8Array, [...new Set(bits)])
        : Uint8Array.from({ length: 32 }, () => next() & 255),
    );
  }
  return made;
}

function filledBy(set: FingerprintSet, count: number, seed: number): Row[] {
  return hashes(count, seed).map((pdq, at) => {
    const id = `${seed}-${at}`;
    addFingerprint(set, id, { variant: 'full', pdq, quality: 77 });
    return { id, pdq };
  });
}

async function compiled(set: FingerprintSet): Promise<void> {
  while (set.index.sealed.length > 0) await setImmediate();
}

// Starting a thread takes its time where much else runs.
describe('threads', { timeout: 60_000 }, () => {
  test.each([24, 31, 45, 90])(
    'find what a linear scan finds within %i bits, before, during and after compiling',
    async (radius) => {
      threads = createFingerprintThreads(small);
      const set = createFingerprintSet(threads.options);
      let rows: Row[] = [];
      let wereCompiling = 0;
      for (let round = 1; round <= 4; round += 1) {
        rows.push(...filledBy(set, 350, round));
        for (const { id } of rows.filter((_row, at) => at % 11 === round)) removeFingerprints(set, id);
        rows = rows.filter((_row, at) => at % 11 !== round);
        threads.tend(set);
        wereCompiling += set.index.sealed.length;
        // Changes while the compilation runs.
        rows.push(...filledBy(set, 20, 100 + round));
        removeFingerprints(set, rows[0]?.id as string);
        rows.shift();
        const queries = rows
          .filter((_row, at) => at % 23 === 0)
          .map(({ pdq }, at) => flipped(pdq, bitsFrom(at % 40)));
        const expected = queries.map((query) => linear(rows, query, radius));
        expect(await threads.search(set, queries, radius)).toEqual(expected);
        await compiled(set);
        expect(await threads.search(set, queries, radius)).toEqual(expected);
      }
      expect(wereCompiling).toBeGreaterThan(0);
      expect(set.index.compiled.some(({ plan }) => plan !== null)).toBe(true);
    },
  );

  test('what is removed while a search is under way is not in its answer', async () => {
    threads = createFingerprintThreads(small);
    const set = createFingerprintSet(threads.options);
    const rows = filledBy(set, 100, 1);
    const answer = threads.search(set, [rows[5]?.pdq as Uint8Array], 0);
    removeFingerprints(set, '1-5');
    expect(await answer).toEqual([[]]);
  });

  test('rows mostly removed are compiled away', async () => {
    threads = createFingerprintThreads(small);
    const set = createFingerprintSet(threads.options);
    filledBy(set, 2_500, 1);
    threads.tend(set);
    await compiled(set);
    for (let at = 0; at < 2_000; at += 1) removeFingerprints(set, `1-${at}`);
    threads.tend(set);
    while (set.index.rows !== 500) await setImmediate();
    expect(set.index.deadRows).toBe(0);
  });

  test('a search of an empty set, and of no hashes', async () => {
    threads = createFingerprintThreads(small);
    const set = createFingerprintSet(threads.options);
    expect(await threads.search(set, [], 31)).toEqual([]);
    expect(await threads.search(set, [new Uint8Array(32), new Uint8Array(32)], 31)).toEqual([[], []]);
  });

  test('a search handed over before closing is still answered', async () => {
    threads = createFingerprintThreads(small);
    const set = createFingerprintSet(threads.options);
    const rows = filledBy(set, 300, 1);
    const answer = threads.search(
      set,
      rows.map(({ pdq }) => pdq),
      0,
    );
    await threads.close();
    expect((await answer).flat()).toHaveLength(300);
  });
});

const bitsFrom = (count: number): number[] => Array.from({ length: count }, (_none, i) => (i * 83) % 256);
