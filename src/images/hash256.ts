/** Bytes of a 256-bit hash. */
export const hashBytes = 32;

/** 32-bit words of a 256-bit hash. */
export const hashWords = 8;

const hex256 = /^[0-9a-f]{64}$/i;

/** @returns two lower-case hex digits a byte. */
export function bytesToHex(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex;
}

/** @returns 64 lower-case hex digits, most significant byte first, as the PDQ reference prints a hash. */
export function hashToHex(hash: Uint8Array): string {
  return bytesToHex(hash);
}

/** @returns the bytes of an even number of hex digits. */
export function bytesFromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16),
  );
}

/** @returns the 32 bytes of a 256-bit hash, or null when `hex` is not exactly 64 hex digits. */
export function hashFromHex(hex: string): Uint8Array | null {
  return hex256.test(hex) ? bytesFromHex(hex) : null;
}

/** Set bits of a 32-bit word, by adding bits, then pairs, then nibbles in place. */
export function popcount32(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Set bits of a hash, 0 to 256. */
export function popcount(hash: Uint8Array): number {
  let bits = 0;
  for (const byte of hash) bits += popcount32(byte);
  return bits;
}

/** Hamming distance of two 32-byte hashes in bits, 0 to 256. */
export function hammingDistance(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  for (let i = 0; i < hashBytes; i++) bits += popcount32((a[i] as number) ^ (b[i] as number));
  return bits;
}

/**
 * Writes a 32-byte hash as eight 32-bit words at `at` (in words). Only the pairing of bits matters to a distance,
 * so the order of bytes in a word is fixed here and nowhere else relied on.
 */
export function packHash(hash: Uint8Array, into: Uint32Array, at: number): void {
  if (hash.length !== hashBytes) throw new RangeError(`a hash has ${hashBytes} bytes, got ${hash.length}`);
  for (let word = 0; word < hashWords; word++) {
    const i = word * 4;
    into[at + word] =
      (hash[i] as number) |
      ((hash[i + 1] as number) << 8) |
      ((hash[i + 2] as number) << 16) |
      ((hash[i + 3] as number) << 24);
  }
}
