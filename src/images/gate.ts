import { popcount } from './hash256.ts';
import type { Pdq } from './pdq.ts';

/** Why a picture or a hash is too plain to be recognised by likeness; it is matched by its file hash only. */
export type LowInformation = 'small' | 'flat' | 'low-quality' | 'unbalanced' | 'unsteady';

/** A registered picture with a shorter side than this, in pixels, is matched by its file hash only. */
export const sideMinPx = 64;

/** PDQ's own advice is to discard quality 49 and below; below it unrelated pictures collide. */
export const qualityMin = 50;

/**
 * Half of a PDQ's bits lie above the median by construction; of 3,114 measured pictures 3,107 have 120 to 136 set.
 * Far outside, the hash comes from a symmetrical pattern or was made up.
 */
export const popcountMin = 96;
export const popcountMax = 160;

/**
 * With more bits than this hanging by a hair the hash of a copy is another: in symmetrical drawings half of all
 * coefficients are zero and their bits are noise. Of 313 measured pictures 300 have 35 or fewer, and the 13 others,
 * which have 93 to 196, are not found again after JPEG at quality 90.
 */
export const unsureBitsMax = 64;

/**
 * Judges a hash on its own: what a caller who sends only a hash can be held to.
 *
 * @param quality PDQ quality, 0 to 100.
 * @returns null when it may be registered for matching by likeness.
 */
export function hashWeakness(pdq: Uint8Array, quality: number): LowInformation | null {
  if (quality === 0) return 'flat';
  if (quality < qualityMin) return 'low-quality';
  const bits = popcount(pdq);
  return bits < popcountMin || bits > popcountMax ? 'unbalanced' : null;
}

/** Judges a picture: its size in pixels first, then its hash. */
export function pictureWeakness(
  { width, height }: { width: number; height: number },
  pdq: Pdq,
): LowInformation | null {
  return Math.min(width, height) < sideMinPx ? 'small' : pdqWeakness(pdq);
}

/** Judges a hash whose pixels are at hand: what `hashWeakness` says, and whether it would survive a re-encoding. */
export function pdqWeakness({ hash, quality, unsureBits }: Pdq): LowInformation | null {
  return hashWeakness(hash, quality) ?? (unsureBits > unsureBitsMax ? 'unsteady' : null);
}
