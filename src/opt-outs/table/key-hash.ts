/**
 * How the keys of one table are hashed: two lanes of 32 bits that take one byte after the other, so that the hash of
 * every beginning of a text comes by itself on the way to its end. Each file has its own secret start and factors, for
 * whoever writes a key must not be able to choose where it falls.
 */
export interface KeyHash {
  readonly startA: number;
  readonly startB: number;
  readonly timesA: number;
  readonly timesB: number;
}

/** The bits a hash keeps of itself after each factor; without it low bits would never learn of high ones. */
export const shiftBits = 15;

/** Finish of MurmurHash3 for 32 bits. */
function mixed(word: number): number {
  let hash = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** @param seed 64 random bits in two words. */
export function keyHashOf(seed: readonly [number, number]): KeyHash {
  const startA = mixed(seed[0] ^ 0x9e3779b9);
  const timesA = mixed(startA ^ seed[1]);
  const startB = mixed(timesA ^ 0x85ebca77);
  const timesB = mixed(startB ^ seed[0]);
  // A factor of this form moves every bit of a byte upwards and loses none.
  return { startA, startB, timesA: (timesA & ~7) | 5, timesB: (timesB & ~7) | 5 };
}

/**
 * Hashes a whole key. The loops that hash on their way through a text do the same, written out.
 * @param into takes both lanes, as signed words.
 */
export function hashKey(hash: KeyHash, key: Uint8Array, length: number, into: Int32Array): void {
  const { timesA, timesB } = hash;
  let a = hash.startA;
  let b = hash.startB;
  for (let at = 0; at < length; at += 1) {
    const byte = key[at] as number;
    a = Math.imul(a ^ byte, timesA);
    a ^= a >>> shiftBits;
    b = Math.imul(b ^ byte, timesB);
    b ^= b >>> shiftBits;
  }
  into[0] = a;
  into[1] = b;
}
