import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hammingDistance } from '../../src/images/hash256.ts';
import { packHashes, scan } from '../../src/images/scan.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
/** A hash and a copy of it with some bits flipped, so that near pairs occur at every distance. */
const flips = fc.uniqueArray(fc.nat(255), { maxLength: 60 });

test('finds what comparing every pair finds', () => {
  fc.assert(
    fc.property(hash, fc.array(fc.oneof(hash, flips)), fc.nat(256), (query, others, distanceMax) => {
      const hashes = others.map((o) => (o instanceof Uint8Array ? o : flipped(query, o)));
      const naive = hashes
        .map((h, index) => ({ index, distance: hammingDistance(h, query) }))
        .filter(({ distance }) => distance <= distanceMax);
      expect(scan(packHashes(hashes), query, distanceMax)).toEqual(naive);
    }),
    { numRuns: 500 },
  );
});

test('the bound is included, one bit more is not', () => {
  fc.assert(
    fc.property(hash, flips, (query, bits) => {
      const packed = packHashes([flipped(query, bits)]);
      expect(scan(packed, query, bits.length)).toEqual([{ index: 0, distance: bits.length }]);
      expect(scan(packed, query, bits.length - 1)).toEqual([]);
    }),
  );
});

test('looks at no more hashes than it is told to', () => {
  const packed = packHashes([new Uint8Array(32), new Uint8Array(32)]);
  expect(scan(packed, new Uint8Array(32), 0, 1)).toEqual([{ index: 0, distance: 0 }]);
  expect(scan(new Uint32Array(0), new Uint8Array(32), 256)).toEqual([]);
});

test.each([31, 33, 0])('refuses a hash of %i bytes', (length) => {
  expect(() => packHashes([new Uint8Array(length)])).toThrow(RangeError);
  expect(() => scan(new Uint32Array(8), new Uint8Array(length), 0)).toThrow(RangeError);
});

function flipped(query: Uint8Array, bits: number[]): Uint8Array {
  const copy = query.slice();
  for (const bit of bits) copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}
