import type { Match } from '../consent/evidence.ts';
import { splitColours } from './colour-grid.ts';
import { decideLikeness, hashMatchMax, hashPossibleMax, possibleMax } from './decide.ts';
import { type Colours, decodeDescriptor, likeness, turnColours } from './descriptor.ts';
import type { FingerprintSet, SetHit } from './fingerprint-set.ts';
import { searchFingerprints, searchForAll } from './fingerprint-set.ts';
import { qualityMin } from './gate.ts';
import type { Orientation } from './pdq.ts';
import { orientations, turnHash } from './pdq.ts';
import type { Box } from './pdq-luma.ts';
import type { PixelForms } from './pixel-query.ts';
import type { VariantName } from './variants.ts';
import { variantBox } from './variants.ts';

export { hashMatchMax, hashPossibleMax, pixelsMatchMax, possibleMax } from './decide.ts';

export interface Found {
  id: string;
  /** `variant` is the registered one; `orientation` is how the query had to be turned to look like it. */
  match: Match;
  /** Quality of the registered fingerprint, 50 to 100. */
  quality: number;
  /** Which form of the query was found like it. */
  queryVariant: VariantName;
}

/** The descriptor of a registered work, 63 bytes, or null where it has none. */
export type DescriptorOf = (id: string) => Uint8Array | null;

/**
 * Looks up one 32-byte PDQ as it stands: no turning, no trimming, no colours.
 *
 * @returns the best likeness of each id, nearest first.
 */
export function findByHash(set: FingerprintSet, hash: Uint8Array): Found[] {
  return foundByHash(searchFingerprints(set, hash, hashPossibleMax));
}

/** The same of what was found at `hashPossibleMax` bits or less, wherever that was searched. */
export function foundByHash(hits: readonly SetHit[]): Found[] {
  const best = new Map<string, Found>();
  const decide = (distance: number) => (distance <= hashMatchMax ? 'match' : 'possible');
  collect(hits, { orientation: 'orig', queryVariant: 'full', decide }, best);
  return strongestFirst(best);
}

/**
 * Looks up a picture: all of it and without its border, each in all eight orientations, with its colours as second
 * witness.
 *
 * @returns the best likeness of each id: matches first, then the nearest.
 */
export function findByPixels(
  set: FingerprintSet,
  query: PixelForms,
  descriptorOf: DescriptorOf = () => null,
): Found[] {
  return foundByPixels(query, searchForAll(set, hashesOfPixels(query), possibleMax), descriptorOf);
}

/** The hashes a picture is looked up by: of each form all eight orientations, in that order. */
export function hashesOfPixels(query: PixelForms): Uint8Array[] {
  return query.forms.flatMap(({ dihedral }) => orientations.map((orientation) => dihedral[orientation]));
}

/**
 * What the hits of `hashesOfPixels` at `possibleMax` bits or less mean, wherever they were searched.
 *
 * @returns the best likeness of each id: matches first, then the nearest.
 */
export function foundByPixels(
  query: PixelForms,
  hits: readonly (readonly SetHit[])[],
  descriptorOf: DescriptorOf,
): Found[] {
  const best = new Map<string, Found>();
  for (const [form, { variant, colours }] of query.forms.entries()) {
    const seen = colours === null ? null : splitColours(colours);
    for (const [turn, orientation] of orientations.entries()) {
      const decide = witness(seen === null ? null : turnColours(seen, orientation), descriptorOf);
      const how = { orientation, queryVariant: variant, decide };
      collect(hits[form * orientations.length + turn] ?? [], how, best);
    }
  }
  return strongestFirst(best);
}

/** A registered work, of which there are no pixels any more. */
export interface StoredWork {
  rows: readonly { variant: VariantName; pdq: Uint8Array }[];
  descriptor: Uint8Array | null;
}

/** The hashes a stored work is looked up by: each of its rows turned every way, as far as a hash can tell. */
export function hashesOfWork({ rows }: StoredWork): Uint8Array[] {
  return rows.flatMap(({ pdq }) => orientations.map((orientation) => turnHash(pdq, orientation)));
}

/**
 * What the hits of `hashesOfWork` at `possibleMax` bits or less mean: works of others that it could be taken for.
 *
 * @returns the best likeness of each id: matches first, then the nearest.
 */
export function foundByWork(
  { rows, descriptor }: StoredWork,
  hits: readonly (readonly SetHit[])[],
  descriptorOf: DescriptorOf,
): Found[] {
  const best = new Map<string, Found>();
  const own = descriptor === null ? null : decodeDescriptor(descriptor);
  for (const [row, { variant }] of rows.entries()) {
    for (const [turn, orientation] of orientations.entries()) {
      // A descriptor is of what is inside the border: it can speak for the row of just that part.
      const speaks = own !== null && (variant === 'trim' || (variant === 'full' && isWhole(own.content)));
      const colours = speaks ? turnColours(own, orientation) : null;
      const how = { orientation, queryVariant: variant, decide: witness(colours, descriptorOf) };
      collect(hits[row * orientations.length + turn] ?? [], how, best);
    }
  }
  return strongestFirst(best);
}

const isWhole = ({ left, top, right, bottom }: Box) => left === 0 && top === 0 && right === 1 && bottom === 1;

type Decide = (distance: number, id: string, variant: VariantName) => 'match' | 'possible';

/** Decides by hash and colours. */
function witness(colours: Colours | null, descriptorOf: DescriptorOf): Decide {
  return (distance, id, variant) => {
    const descriptor = colours === null ? null : descriptorOf(id);
    const work = descriptor === null ? null : decodeDescriptor(descriptor);
    if (colours === null || work === null) return decideLikeness(distance, null);
    const part = variantBox(variant, work.aspect, work.content);
    return decideLikeness(distance, likeness(colours, work, part));
  };
}

function collect(
  hits: readonly SetHit[],
  how: { orientation: Orientation; queryVariant: VariantName; decide: Decide },
  best: Map<string, Found>,
): void {
  const { orientation, queryVariant, decide } = how;
  for (const { id, variant, quality, distance } of hits) {
    if (quality < qualityMin) continue;
    const kind = decide(distance, id, variant);
    const found = { id, match: { kind, distance, variant, orientation }, quality, queryVariant };
    const known = best.get(id);
    if (known === undefined || isStronger(found, known)) best.set(id, found);
  }
}

const isStronger = (a: Found, b: Found): boolean => {
  if (a.match.kind !== b.match.kind) return a.match.kind === 'match';
  return a.match.distance < b.match.distance;
};

function strongestFirst(best: Map<string, Found>): Found[] {
  return [...best.values()].sort((a, b) => {
    if (a.match.kind !== b.match.kind) return a.match.kind === 'match' ? -1 : 1;
    return a.match.distance - b.match.distance || (a.id < b.id ? -1 : 1);
  });
}
