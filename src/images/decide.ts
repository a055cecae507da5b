import type { Likeness } from './descriptor.ts';

/**
 * A picture this near, in bits, is the same work, if its colours agree. Of millions of pairs of different pictures
 * hardly any is within 31 that was not drawn from one template; 31 is also what PDQ recommends.
 */
export const pixelsMatchMax = 31;

/**
 * The stricter bound where only hashes can be compared: a query that is a hash, or a picture or a work without
 * colour. Nobody can take a second look there, so the margin to the nearest different pair is wider.
 */
export const hashMatchMax = 24;

/** Up to here a likeness is reported; beyond `pixelsMatchMax` it decides only when colours and light both agree. */
export const possibleMax = 45;

/** Levels by which the chroma of a copy strays from its work's: mean of all cells, and the cell that strays most. */
export const chromaMeanMax = 6;
export const chromaMaxMax = 20;

/** How well light and dark of a copy follow its work's, where the hashes alone would not do. */
export const lumaCorrelationMin = 0.9;

/**
 * Decides whether what came near is the same work.
 *
 * @param distance of the hashes, in bits.
 * @param alike what the descriptors say; null where there is none to compare.
 */
export function decideLikeness(distance: number, alike: Likeness | null): 'match' | 'possible' {
  if (alike === null || !alike.hasColour) return distance <= hashMatchMax ? 'match' : 'possible';
  if (alike.chromaMean > chromaMeanMax || alike.chromaMax > chromaMaxMax) return 'possible';
  if (distance <= pixelsMatchMax) return 'match';
  return alike.lumaCorrelation >= lumaCorrelationMin ? 'match' : 'possible';
}
