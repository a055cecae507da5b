import { bmvbhash } from 'blockhash-core';
import type { Pixels } from './canonical.ts';

/** The name and version of this hash. */
export const blockhashHasher = 'blockhash16/1';

const blocksPerSide = 16;

/**
 * Blockhash of flattened pixels, the hash `imghash` gives with 16 bits a side. A second, non-binding signal: flat
 * pictures all share one, and one in sixteen pictures shares one with another.
 *
 * @returns 64 lower-case hex digits.
 */
export function blockhash(pixels: Pixels): string {
  return bmvbhash(pixels, blocksPerSide);
}
