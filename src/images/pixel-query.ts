import { coloursSide } from './colour-grid.ts';
import type { Fingerprint, Form } from './fingerprint.ts';
import { bytesFromHex, bytesToHex, hashFromHex, hashToHex } from './hash256.ts';
import type { Orientation } from './pdq.ts';
import { orientations } from './pdq.ts';

/** The forms of a picture that are looked up. */
export const queryVariantNames = ['full', 'trim'] as const satisfies Form['variant'][];

/** Red, green and blue of each cell. */
export const coloursBytes = coloursSide * coloursSide * 3;

/**
 * A picture as it is asked about, without the picture: the hash of each form, turned and mirrored in all eight ways,
 * and its mean colours. All as hex.
 */
export interface PixelQuery {
  variants: {
    variant: Form['variant'];
    pdq: Record<Orientation, string>;
    /** Mean R, G, B of 16 × 16 cells. Without them the hash alone decides, at its stricter bound. */
    colours?: string | undefined;
  }[];
}

/** The same as bytes. */
export interface PixelForms {
  forms: readonly (Omit<Form, 'quality' | 'colours'> & { colours: Uint8Array | null })[];
}

/** @returns what is sent of a fingerprinted picture to ask about it. */
export function pixelQueryOf({ forms }: Pick<Fingerprint, 'forms'>): PixelQuery {
  return {
    variants: forms.map(({ variant, dihedral, colours }) => ({
      variant,
      pdq: eachOrientation((name) => hashToHex(dihedral[name])),
      colours: bytesToHex(colours),
    })),
  };
}

/** @returns the query as bytes, or null when a hash is not 64 hex digits or colours are not of 16 × 16 cells. */
export function readPixelQuery(query: PixelQuery): PixelForms | null {
  const isSound = query.variants.every(
    ({ pdq, colours }) =>
      orientations.every((name) => hashFromHex(pdq[name]) !== null) &&
      (colours === undefined || (/^[0-9a-f]*$/i.test(colours) && colours.length === coloursBytes * 2)),
  );
  if (!isSound) return null;
  return {
    forms: query.variants.map(({ variant, pdq, colours }) => ({
      variant,
      dihedral: eachOrientation((name) => hashFromHex(pdq[name]) as Uint8Array),
      colours: colours === undefined ? null : bytesFromHex(colours),
    })),
  };
}

function eachOrientation<Value>(of: (name: Orientation) => Value): Record<Orientation, Value> {
  return Object.fromEntries(orientations.map((name) => [name, of(name)])) as Record<Orientation, Value>;
}
