import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostNumber } from '../../../src/datasets/tally/host-samples.ts';
import { restoreTally, type StoredTally, storeTally } from '../../../src/datasets/tally/stored.ts';
import {
  type CountedRow,
  emptyTally,
  mergeTally,
  noteBad,
  reservedAt,
  type Tally,
  tallyBounds,
} from '../../../src/datasets/tally/tally.ts';
import { countedRow, tallyOf, tinyBounds } from './rows.ts';

const exactly = ({ domains: _, droppedDomains: __, ...rest }: StoredTally) => rest;

/** Rows cut into parts, and an order in which the parts are put together two by two. */
const parted = fc.record({
  rows: fc.array(countedRow, { maxLength: 60 }),
  cuts: fc.array(fc.nat({ max: 60 }), { maxLength: 6 }),
  joins: fc.array(fc.nat({ max: 100 }), { minLength: 8, maxLength: 8 }),
});

function partsOf(rows: readonly CountedRow[], cuts: readonly number[]): CountedRow[][] {
  const places = [0, ...cuts.map((cut) => Math.min(cut, rows.length)).sort((a, b) => a - b), rows.length];
  return places.slice(1).map((to, at) => rows.slice(places[at], to));
}

/** Merges neighbours or strangers, in the order the numbers say, until one is left. */
function mergedInTree(tallies: Tally[], joins: readonly number[]): Tally {
  const left = [...tallies];
  for (let turn = 0; left.length > 1; turn += 1) {
    const [into] = left.splice((joins[turn] ?? 0) % left.length, 1);
    const other = left[(joins[turn + 1] ?? 0) % left.length] as Tally;
    mergeTally(other, into as Tally);
  }
  return left[0] ?? emptyTally();
}

describe('a tally', () => {
  test.each([
    ['far below its bounds', tallyBounds, true],
    ['far above its bounds', tinyBounds, false],
  ] as const)('%s is the same in any parts and any order', (_, bounds, isExact) => {
    fc.assert(
      fc.property(parted, ({ rows, cuts, joins }) => {
        const whole = storeTally(tallyOf(rows, bounds));
        const parts = partsOf(rows, cuts).map((part) => tallyOf(part, bounds));
        const joined = storeTally(mergedInTree(parts, joins));
        expect(exactly(joined)).toEqual(exactly(whole));
        expect(joined.domains.total).toBe(whole.domains.total);
        if (isExact) expect(joined).toEqual(whole);
        const backwards = storeTally(tallyOf(rows.toReversed(), bounds));
        expect(exactly(backwards)).toEqual(exactly(whole));
      }),
      { numRuns: 400 },
    );
  });

  test('counts of domains hold their bound however they were put together', () => {
    fc.assert(
      fc.property(parted, ({ rows, cuts, joins }) => {
        const truth = new Map<string, number>();
        for (const { domain, rows: more } of rows) {
          if (domain !== null) truth.set(domain, (truth.get(domain) ?? 0) + more);
        }
        const parts = partsOf(rows, cuts).map((part) => tallyOf(part, tinyBounds));
        const { domains } = storeTally(mergedInTree(parts, joins));
        const kept = new Map(domains.counts);
        expect(kept.size).toBeLessThanOrEqual(tinyBounds.domainsMax);
        expect(domains.error).toBeLessThanOrEqual(domains.total / (tinyBounds.domainsMax + 1));
        for (const [domain, rowsOfIt] of truth) {
          const low = kept.get(domain) ?? 0;
          expect(low).toBeLessThanOrEqual(rowsOfIt);
          expect(rowsOfIt).toBeLessThanOrEqual(low + domains.error);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('what is kept by name is whole: as if the rest had never come', () => {
    fc.assert(
      fc.property(fc.array(countedRow, { maxLength: 80 }), (rows) => {
        const full = storeTally(tallyOf(rows));
        const small = storeTally(tallyOf(rows, tinyBounds));
        const { filesMax } = tinyBounds;
        expect(small.files.values).toEqual(full.files.values.slice(0, filesMax));
        expect(small.files.ceiling).toBe(
          full.files.values.length <= filesMax ? null : full.files.values[filesMax - 1]?.[0],
        );
      }),
    );
  });

  test('is stored as JSON and comes back', () => {
    fc.assert(
      fc.property(fc.array(countedRow, { maxLength: 40 }), fc.array(countedRow), (before, after) => {
        const stored = JSON.parse(JSON.stringify(storeTally(tallyOf(before, tinyBounds)))) as unknown;
        const restored = restoreTally(stored, tinyBounds);
        expect(storeTally(restored)).toEqual(stored);
        mergeTally(restored, tallyOf(after, tinyBounds));
        const whole = storeTally(tallyOf([...before, ...after], tinyBounds));
        expect(exactly(storeTally(restored))).toEqual(exactly(whole));
      }),
    );
  });

  test.each([
    ['no object', null],
    ['a count that is none', { ...storeTally(emptyTally()), rows: -1 }],
    ['a field too many', { ...storeTally(emptyTally()), more: 1 }],
    ['a decision of other words', { ...storeTally(emptyTally()), decisions: [['disallow perhaps', 1]] }],
  ])('%s is refused as damaged', (_, value) => {
    expect(() => restoreTally(value)).toThrow('damaged');
  });

  test('keeps the first broken rows, whichever came first', () => {
    const bad = (row: number) => ({ row, file: 'a.csv', line: row + 1, why: 'has 1 cell' });
    const [one, other] = [emptyTally(tinyBounds), emptyTally(tinyBounds)];
    for (const row of [9, 7, 8, 3]) noteBad(one, bad(row));
    for (const row of [5, 4]) noteBad(other, bad(row));
    mergeTally(one, other);
    expect(storeTally(one).badRows).toEqual([bad(3), bad(4)]);
  });

  test.each([
    ['2026-01-01T00:00:00.000Z', '2026-01-02', 'before'],
    ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', 'before'],
    ['2026-01-03T00:00:00.000Z', '2026-01-02', 'after'],
    [null, '2026-01-02', 'unknown'],
    ['2026-01-03T00:00:00.000Z', 'yesterday', 'unknown'],
    ['2026-01-03T00:00:00.000Z', null, 'unknown'],
  ])('reserved at %s, collected at %s: %s', (since, collected, when) => {
    expect(reservedAt(since, collected)).toBe(when);
  });

  test('numbers of hosts are spread over 53 bits', () => {
    const numbers = Array.from({ length: 20_000 }, (_, n) => hostNumber(Buffer.from(`host-${n}.example`)));
    expect(new Set(numbers).size).toBe(numbers.length);
    const halves = numbers.filter((number) => number < 2 ** 52).length / numbers.length;
    expect(halves).toBeGreaterThan(0.48);
    expect(halves).toBeLessThan(0.52);
    expect(numbers.every((number) => Number.isSafeInteger(number) && number < 2 ** 53)).toBe(true);
  });
});
