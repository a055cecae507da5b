import fc from 'fast-check';
import { hammingDistance } from '../../../src/images/hash256.ts';

export const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** Which bits of a hash are turned round. */
export const flips = fc.uniqueArray(fc.nat(255), { maxLength: 64 });

export function flipped(hash: Uint8Array, bits: readonly number[]): Uint8Array {
  const copy = hash.slice();
  for (const bit of bits) copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

/**
 * Sets a search has to be right on: unrelated hashes, copies of the query with some bits turned round, copies of one
 * another (one group holds them all), and hashes that differ in a few places only, as in degenerate pictures.
 */
export const hashesAround = (query: Uint8Array): fc.Arbitrary<Uint8Array[]> =>
  fc.oneof(
    fc.array(hash, { maxLength: 80 }),
    fc.array(
      fc.oneof(
        hash,
        flips.map((bits) => flipped(query, bits)),
      ),
      { maxLength: 80 },
    ),
    fc.tuple(hash, fc.integer({ min: 0, max: 300 })).map(([one, times]) => new Array(times).fill(one)),
    fc.array(
      fc.nat(255).map((byte) => new Uint8Array(32).fill(byte, 0, 3)),
      { maxLength: 300 },
    ),
  );

/** The answer nobody can argue with. */
export function linear(
  hashes: readonly Uint8Array[],
  query: Uint8Array,
  radius: number,
): { row: number; distance: number }[] {
  return hashes
    .map((hash, row) => ({ row, distance: hammingDistance(hash, query) }))
    .filter(({ distance }) => distance <= radius);
}
