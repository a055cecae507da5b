import type { Match } from '../consent/evidence.ts';
import type { Fingerprint, VariantName } from './fingerprint.ts';
import type { FingerprintSet, SetHit } from './fingerprint-set.ts';
import { searchFingerprints, searchForAll } from './fingerprint-set.ts';
import { qualityMin } from './gate.ts';
import { orientations } from './pdq.ts';

/**
 * A picture this near, in bits, is the same work. Of 4.68 million pairs of different pictures of quality ≥ 50 the
 * nearest were 40 apart, and none was within 31; 31 is also what PDQ recommends.
 */
export const pixelsMatchMax = 31;

/**
 * The stricter bound for a query that is only a hash. Whoever sends a hash has hidden the pixels a second look
 * would need, so the margin to the nearest different pair is widened from 9 bits to 16. JPEG at quality 50 moves a
 * hash by 6 bits or fewer in 95 of 100 pictures; half of all pictures shrunk to a quarter stay within 16.
 */
export const hashMatchMax = 24;

/** Up to here a likeness is reported for review and decides nothing: one pair in a million is this near. */
export const possibleMax = 45;

export interface Found {
  id: string;
  /** `variant` is the registered one; `orientation` is how the query had to be turned to look like it. */
  match: Match;
  /** Quality of the registered fingerprint, 50 to 100. */
  quality: number;
  /** Which form of the query was found like it. */
  queryVariant: VariantName;
}

/**
 * Looks up one 32-byte PDQ as it stands: no turning, no trimming.
 *
 * @returns the best likeness of each id, nearest first.
 */
export function findByHash(set: FingerprintSet, hash: Uint8Array): Found[] {
  return foundByHash(searchFingerprints(set, hash, possibleMax));
}

/** The same of what was found at `possibleMax` bits or less, wherever that was searched. */
export function foundByHash(hits: readonly SetHit[]): Found[] {
  const best = new Map<string, Found>();
  collect(hits, { orientation: 'orig', queryVariant: 'full', matchMax: hashMatchMax }, best);
  return nearestFirst(best);
}

/**
 * Looks up a picture: all of it and without its border, each in all eight orientations.
 *
 * @returns the best likeness of each id, nearest first.
 */
export function findByPixels(set: FingerprintSet, query: Pick<Fingerprint, 'variants'>): Found[] {
  const best = new Map<string, Found>();
  const forms = query.variants.flatMap(({ variant, dihedral }) =>
    orientations.map((orientation) => ({ variant, orientation, hash: dihedral[orientation] })),
  );
  const hashes = forms.map(({ hash }) => hash);
  for (const [at, hits] of searchForAll(set, hashes, possibleMax).entries()) {
    const { variant, orientation } = forms[at] as (typeof forms)[number];
    collect(hits, { orientation, queryVariant: variant, matchMax: pixelsMatchMax }, best);
  }
  return nearestFirst(best);
}

function collect(
  hits: readonly SetHit[],
  how: { orientation: string; queryVariant: VariantName; matchMax: number },
  best: Map<string, Found>,
): void {
  const { orientation, queryVariant, matchMax } = how;
  for (const { id, variant, quality, distance } of hits) {
    if (quality < qualityMin) continue;
    const known = best.get(id);
    if (known !== undefined && known.match.distance <= distance) continue;
    const kind = distance <= matchMax ? 'match' : 'possible';
    best.set(id, { id, match: { kind, distance, variant, orientation }, quality, queryVariant });
  }
}

function nearestFirst(best: Map<string, Found>): Found[] {
  return [...best.values()].sort((a, b) => a.match.distance - b.match.distance || (a.id < b.id ? -1 : 1));
}
