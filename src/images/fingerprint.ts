import { blockhash } from './blockhash.ts';
import type { Pixels } from './canonical.ts';
import { flattenOnWhite } from './canonical.ts';
import type { LowInformation } from './gate.ts';
import { pictureWeakness } from './gate.ts';
import { hashToHex } from './hash256.ts';
import type { Orientation } from './pdq.ts';
import { hasher, pdqDihedral } from './pdq.ts';
import { trimBorder } from './trim.ts';

/** Which part of the picture a hash is of: all of it, or what is left without its uniform border. */
export const variantNames = ['full', 'trim'] as const;
export type VariantName = (typeof variantNames)[number];

export interface Variant {
  variant: VariantName;
  /** 32 bytes. */
  pdq: Uint8Array;
  /** 0 to 100. */
  quality: number;
  /** The hash of each turned and mirrored form; `orig` equals `pdq`. */
  dihedral: Record<Orientation, Uint8Array>;
  /** null when this variant may be registered for matching. */
  lowInformation: LowInformation | null;
}

/** What the registry stores of one variant. */
export interface FingerprintRow {
  variant: VariantName;
  pdq: Uint8Array;
  quality: number;
}

export interface Fingerprint {
  hasher: typeof hasher;
  /** Of the full picture, 32 bytes. */
  pdq: Uint8Array;
  quality: number;
  dihedral: Record<Orientation, Uint8Array>;
  /** 64 hex digits. */
  blockhash: string;
  width: number;
  height: number;
  /** Why no variant may be matched by likeness; null when at least one may. */
  lowInformation: LowInformation | null;
  /** `full` first; `trim` only when cutting the border changes the hash. */
  variants: Variant[];
}

/**
 * Fingerprints decoded pixels: upright, sRGB, first frame, alpha as stored. The same pixels give the same
 * fingerprint in Node, in workerd and in a browser.
 *
 * @throws RangeError when the pixels are not width × height × 4 bytes.
 */
export function fingerprint(pixels: Pixels): Fingerprint {
  const flat = flattenOnWhite(pixels);
  const full = variantOf('full', flat);
  const variants = [full];
  const trimmed = trimBorder(flat);
  if (trimmed !== null) {
    const trim = variantOf('trim', trimmed);
    if (hashToHex(trim.pdq) !== hashToHex(full.pdq)) variants.push(trim);
  }
  return {
    hasher,
    pdq: full.pdq,
    quality: full.quality,
    dihedral: full.dihedral,
    blockhash: blockhash(flat),
    width: flat.width,
    height: flat.height,
    lowInformation: variants.some((v) => v.lowInformation === null) ? null : full.lowInformation,
    variants,
  };
}

/** The rows to register for a picture: its variants that carry enough information. Empty means exact only. */
export function registrableRows({ variants }: Fingerprint): FingerprintRow[] {
  return variants
    .filter((v) => v.lowInformation === null)
    .map(({ variant, pdq, quality }) => ({ variant, pdq, quality }));
}

function variantOf(variant: VariantName, pixels: Pixels): Variant {
  const { hashes, quality } = pdqDihedral(pixels);
  const lowInformation = pictureWeakness(pixels, hashes.orig, quality);
  return { variant, pdq: hashes.orig, quality, dihedral: hashes, lowInformation };
}
