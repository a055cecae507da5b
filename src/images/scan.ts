import { hashWords, packHash, popcount32 } from './hash256.ts';

export interface ScanHit {
  /** Which hash of the packed array, counted from 0. */
  index: number;
  /** Hamming distance in bits, 0 to 256. */
  distance: number;
}

/** Packs 32-byte hashes one after the other, eight words each, for `scan`. */
export function packHashes(hashes: readonly Uint8Array[]): Uint32Array {
  const packed = new Uint32Array(hashes.length * hashWords);
  for (const [index, hash] of hashes.entries()) packHash(hash, packed, index * hashWords);
  return packed;
}

/**
 * Compares one hash with every packed hash. Exact: finds each hash at `distanceMax` bits or less and no other.
 *
 * @param packed eight words per hash, as `packHashes` and `packHash` write them.
 * @param query 32 bytes.
 * @param distanceMax in bits, 0 to 256, itself included.
 * @param count how many hashes of `packed` to look at, when it has spare room at the end. Default all.
 * @returns hits in the order of the packed array.
 */
export function scan(
  packed: Uint32Array,
  query: Uint8Array,
  distanceMax: number,
  count: number = packed.length / hashWords,
): ScanHit[] {
  const q = new Uint32Array(hashWords);
  packHash(query, q, 0);
  const hits: ScanHit[] = [];
  for (let index = 0, at = 0; index < count; index++, at += hashWords) {
    // Unrelated hashes differ in about half their bits, so three words settle most comparisons.
    let distance =
      popcount32((packed[at] as number) ^ (q[0] as number)) +
      popcount32((packed[at + 1] as number) ^ (q[1] as number)) +
      popcount32((packed[at + 2] as number) ^ (q[2] as number));
    if (distance > distanceMax) continue;
    distance +=
      popcount32((packed[at + 3] as number) ^ (q[3] as number)) +
      popcount32((packed[at + 4] as number) ^ (q[4] as number)) +
      popcount32((packed[at + 5] as number) ^ (q[5] as number)) +
      popcount32((packed[at + 6] as number) ^ (q[6] as number)) +
      popcount32((packed[at + 7] as number) ^ (q[7] as number));
    if (distance <= distanceMax) hits.push({ index, distance });
  }
  return hits;
}
