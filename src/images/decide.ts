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

/**
 * Up to here a picture's likeness is reported; beyond `pixelsMatchMax` it decides only when colours and light both
 * agree.
 */
export const possibleMax = 45;

/**
 * Up to here the likeness of a lone hash is reported. One pair of different pictures in a million lies within 45 bits,
 * so among five million hashes every row of a dataset would be sent to a person.
 */
export const hashPossibleMax = pixelsMatchMax;

/**
 * How far the colours of a copy stray from its work's, in levels of chroma: mean of all cells, and the cell that
 * strays most. Chosen by docs/accuracy.md.
 */
export const coloursAgree = { chromaMeanMax: 5, chromaMaxMax: 20 } as const;

/** The same where the hashes alone would not do: light and dark have to follow the work's as well. */
export const allAgrees = { chromaMeanMax: 4, chromaMaxMax: 10, lumaCorrelationMin: 0.97 } as const;

/** Without colour on both sides, a query that lies this far off in light and dark is another picture. */
export const greyLumaCorrelationMin = 0.95;

/**
 * Decides whether what came near is the same work.
 *
 * @param distance of the hashes, in bits.
 * @param alike what the descriptors say; null where there is none to compare.
 */
export function decideLikeness(distance: number, alike: Likeness | null): 'match' | 'possible' {
  return isSameWork(distance, alike) ? 'match' : 'possible';
}

function isSameWork(distance: number, alike: Likeness | null): boolean {
  if (alike === null) return distance <= hashMatchMax;
  const { hasColour, chromaMean, chromaMax, lumaCorrelation } = alike;
  if (!hasColour) return distance <= hashMatchMax && lumaCorrelation >= greyLumaCorrelationMin;
  if (distance <= pixelsMatchMax) {
    return chromaMean <= coloursAgree.chromaMeanMax && chromaMax <= coloursAgree.chromaMaxMax;
  }
  return (
    distance <= possibleMax &&
    chromaMean <= allAgrees.chromaMeanMax &&
    chromaMax <= allAgrees.chromaMaxMax &&
    lumaCorrelation >= allAgrees.lumaCorrelationMin
  );
}
