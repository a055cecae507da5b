import type { Fingerprint } from './fingerprint.ts';
import { hashFromHex, hashToHex } from './hash256.ts';
import type { Orientation } from './pdq.ts';
import { orientations } from './pdq.ts';

/** The forms of a picture that are looked up. */
export const queryVariantNames = ['full', 'trim'] as const;
export type QueryVariantName = (typeof queryVariantNames)[number];

/**
 * A picture as it is asked about, without the picture: the hash of each form, turned and mirrored in all eight ways.
 * Hashes are hex.
 */
export interface PixelQuery {
  variants: { variant: QueryVariantName; pdq: Record<Orientation, string> }[];
}

/** The same with hashes of 32 bytes. */
export interface PixelForms {
  variants: { variant: QueryVariantName; dihedral: Record<Orientation, Uint8Array> }[];
}

/** @returns what is sent of a fingerprinted picture to ask about it. */
export function pixelQueryOf({ variants }: Pick<Fingerprint, 'variants'>): PixelQuery {
  return {
    variants: variants.flatMap(({ variant, dihedral }) =>
      isQueryVariant(variant) ? [{ variant, pdq: eachOrientation((name) => hashToHex(dihedral[name])) }] : [],
    ),
  };
}

/** @returns the hashes of a query as bytes, or null when one of them is not 64 hex digits. */
export function readPixelQuery(query: PixelQuery): PixelForms | null {
  const isSound = query.variants.every(({ pdq }) =>
    orientations.every((name) => hashFromHex(pdq[name]) !== null),
  );
  if (!isSound) return null;
  return {
    variants: query.variants.map(({ variant, pdq }) => ({
      variant,
      dihedral: eachOrientation((name) => hashFromHex(pdq[name]) as Uint8Array),
    })),
  };
}

function isQueryVariant(name: string): name is QueryVariantName {
  return (queryVariantNames as readonly string[]).includes(name);
}

function eachOrientation<Value>(of: (name: Orientation) => Value): Record<Orientation, Value> {
  return Object.fromEntries(orientations.map((name) => [name, of(name)])) as Record<Orientation, Value>;
}
