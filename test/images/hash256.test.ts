import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hammingDistance, hashFromHex, hashToHex, popcount, popcount32 } from '../../src/images/hash256.ts';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('hex there and back is the same hash', () => {
  fc.assert(
    fc.property(hash, (h) => {
      expect(hashFromHex(hashToHex(h))).toEqual(h);
      expect(hashFromHex(hashToHex(h).toUpperCase())).toEqual(h);
    }),
  );
});

test.each([
  ['empty', ''],
  ['one digit short', 'a'.repeat(63)],
  ['one digit long', 'a'.repeat(65)],
  ['not hex', 'g'.repeat(64)],
  ['a prefix', `0x${'a'.repeat(62)}`],
  ['spaces', ` ${'a'.repeat(62)} `],
  ['a line end', `${'a'.repeat(64)}\n`],
])('refuses hex that is %s', (_, hex) => {
  expect(hashFromHex(hex)).toBeNull();
});

test('bits are counted as their binary digits say', () => {
  fc.assert(
    fc.property(fc.integer(), (word) => {
      const ones = (word >>> 0).toString(2).replaceAll('0', '').length;
      expect(popcount32(word)).toBe(ones);
    }),
  );
});

test('distance is a metric, and the bits of the difference', () => {
  fc.assert(
    fc.property(hash, hash, hash, (a, b, c) => {
      expect(hammingDistance(a, a)).toBe(0);
      expect(hammingDistance(a, b)).toBe(hammingDistance(b, a));
      expect(hammingDistance(a, c)).toBeLessThanOrEqual(hammingDistance(a, b) + hammingDistance(b, c));
      expect(hammingDistance(a, b)).toBe(popcount(a.map((byte, i) => byte ^ (b[i] as number))));
    }),
  );
});
