import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addFingerprint,
  compactFingerprints,
  createFingerprintSet,
  isMostlyDead,
  livingRows,
  removeFingerprints,
  searchFingerprints,
} from '../../src/images/fingerprint-set.ts';
import { hammingDistance } from '../../src/images/hash256.ts';
import {
  abandonCompaction,
  beginCompaction,
  type IndexOptions,
  segmentsOf,
} from '../../src/images/index/hash-index.ts';
import { seeded } from './pictures.ts';

/** Few ids and few hashes, so that runs collide in every way. */
const id = fc.constantFrom('a', 'b', 'c', 'd');
const hash = fc.constantFrom(...[1, 2, 3, 4, 5].map(hashOf));
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ verb: fc.constant('add' as const), id, pdq: hash, quality: fc.nat(100) }),
  },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('remove' as const), id }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('compact' as const) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('fail' as const) }) },
);

/** What a set of fingerprints must do, however its index is kept. */
export function fingerprintSetSuite(options: IndexOptions): void {
  test('every change acts on the next search, as in a plain list', () => {
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 100 }),
        hash,
        fc.nat(256),
        (commands, query, distanceMax) => {
          const set = createFingerprintSet(options);
          let list: { id: string; pdq: Uint8Array; quality: number }[] = [];
          for (const c of commands) {
            if (c.verb === 'add') {
              addFingerprint(set, c.id, { variant: 'full', pdq: c.pdq, quality: c.quality });
              list.push(c);
            } else if (c.verb === 'remove') {
              const before = list.length;
              list = list.filter((row) => row.id !== c.id);
              expect(removeFingerprints(set, c.id)).toBe(before - list.length);
            } else if (c.verb === 'compact') compactFingerprints(set);
            else if (beginCompaction(set.index) !== null) {
              addFingerprint(set, 'late', { variant: 'full', pdq: query, quality: 1 });
              list.push({ id: 'late', pdq: query, quality: 1 });
              abandonCompaction(set.index);
            }
            const expected = list
              .map((row) => ({
                id: row.id,
                variant: 'full',
                quality: row.quality,
                distance: hammingDistance(row.pdq, query),
              }))
              .filter((row) => row.distance <= distanceMax);
            expect(searchFingerprints(set, query, distanceMax)).toEqual(expected);
            expect(livingRows(set)).toBe(list.length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  describe('room', () => {
    test('grows with its rows and is taken back when most of them are removed', () => {
      const set = createFingerprintSet(options);
      for (let i = 0; i < 5000; i++)
        addFingerprint(set, `w${i}`, { variant: 'full', pdq: hashOf(i), quality: 99 });
      expect(livingRows(set)).toBe(5000);
      for (let i = 0; i < 2600; i++) removeFingerprints(set, `w${i}`);
      expect(isMostlyDead(set)).toBe(true);
      compactFingerprints(set);
      expect(isMostlyDead(set)).toBe(false);
      expect(set.index.rows).toBe(2400);
      expect(segmentsOf(set.index).reduce((sum, { rows }) => sum + rows, 0)).toBe(2400);
      expect(searchFingerprints(set, hashOf(100), 0)).toEqual([]);
      expect(searchFingerprints(set, hashOf(4000), 0)).toEqual([
        { id: 'w4000', variant: 'full', quality: 99, distance: 0 },
      ]);
    });

    test('segments stay few while rows come in', () => {
      const set = createFingerprintSet(options);
      for (let i = 0; i < 4000; i++) {
        addFingerprint(set, `w${i}`, { variant: 'full', pdq: hashOf(i), quality: 99 });
        if (i % 50 === 0) compactFingerprints(set);
      }
      expect(segmentsOf(set.index).length).toBeLessThanOrEqual(5);
      expect(searchFingerprints(set, hashOf(3), 0)).toMatchObject([{ id: 'w3' }]);
    });

    test('one id may have several rows, and an unknown id none', () => {
      const set = createFingerprintSet(options);
      addFingerprint(set, 'w', { variant: 'full', pdq: hashOf(1), quality: 90 });
      addFingerprint(set, 'w', { variant: 'trim', pdq: hashOf(2), quality: 80 });
      expect(searchFingerprints(set, hashOf(2), 0)).toEqual([
        { id: 'w', variant: 'trim', quality: 80, distance: 0 },
      ]);
      expect(removeFingerprints(set, 'nobody')).toBe(0);
      expect(removeFingerprints(set, 'w')).toBe(2);
      expect(removeFingerprints(set, 'w')).toBe(0);
    });
  });

  test.each([-1, 101, 50.5, Number.NaN])('refuses quality %d', (quality) => {
    const row = { variant: 'full' as const, pdq: new Uint8Array(32), quality };
    expect(() => addFingerprint(createFingerprintSet(options), 'w', row)).toThrow(RangeError);
  });

  test('a refused hash leaves no trace', () => {
    const set = createFingerprintSet(options);
    const row = { variant: 'full' as const, pdq: new Uint8Array(31), quality: 90 };
    expect(() => addFingerprint(set, 'w', row)).toThrow(RangeError);
    expect(livingRows(set)).toBe(0);
    expect(removeFingerprints(set, 'w')).toBe(0);
  });
}

function hashOf(seed: number): Uint8Array {
  const next = seeded(seed);
  return Uint8Array.from({ length: 32 }, () => next() & 255);
}
