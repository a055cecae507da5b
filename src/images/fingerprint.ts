import { blockhash } from './blockhash.ts';
import type { Pixels } from './canonical.ts';
import { flattenOnWhite } from './canonical.ts';
import { meanColours } from './colour-grid.ts';
import { encodeDescriptor } from './descriptor.ts';
import type { LowInformation } from './gate.ts';
import { pdqWeakness, pictureWeakness } from './gate.ts';
import { hammingDistance } from './hash256.ts';
import type { Orientation, Pdq } from './pdq.ts';
import { hasher, pdqDihedral, pdqOfMiniature } from './pdq.ts';
import type { Box, Luma } from './pdq-luma.ts';
import { blurLuma, lumaOf, miniatureOf, wholeBox } from './pdq-luma.ts';
import type { PixelBox } from './trim.ts';
import { contentBox, crop } from './trim.ts';
import type { VariantName } from './variants.ts';
import { cropBox, cropNames } from './variants.ts';

/** One hash of a picture as the registry keeps it. */
export interface FingerprintRow {
  variant: VariantName;
  /** 32 bytes. */
  pdq: Uint8Array;
  /** 0 to 100. */
  quality: number;
}

export interface Variant extends FingerprintRow {
  /** Bits that the slightest change could turn, 0 to 256. */
  unsureBits: number;
  /** null when this variant may be registered for matching. */
  lowInformation: LowInformation | null;
}

/** One form in which a picture is asked about: all of it, or what is left without its uniform border. */
export interface Form {
  variant: 'full' | 'trim';
  /** The hash of each turned and mirrored form; `orig` is the hash of the form itself. */
  dihedral: Record<Orientation, Uint8Array>;
  quality: number;
  /** Mean R, G, B of 16 × 16 cells. */
  colours: Uint8Array;
}

export interface Fingerprint {
  hasher: typeof hasher;
  /** Of the full picture, 32 bytes. */
  pdq: Uint8Array;
  quality: number;
  dihedral: Record<Orientation, Uint8Array>;
  /** 64 hex digits. */
  blockhash: string;
  /** 62 bytes: what a registered work is compared by beside its hashes. */
  descriptor: Uint8Array;
  width: number;
  height: number;
  /** Why no variant may be matched by likeness; null when at least one may. */
  lowInformation: LowInformation | null;
  /** To ask with: `full` first, `trim` where there is a border. */
  forms: Form[];
  /** To register: `full` first, `trim` where cutting the border changes the hash, then the crops. */
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
  const { width, height } = flat;
  const box = contentBox(flat);
  const whole = look('full', flat);
  const inner = box === null ? null : look('trim', crop(flat, box));
  const { dihedral, quality } = whole.form;
  const full = registered('full', whole.pdq, pictureWeakness(flat, whole.pdq));
  const variants = [
    full,
    ...(inner === null ? [] : trimOf(whole.pdq, inner.pdq, box as PixelBox)),
    // A crop of what is plain says as little, however its hash falls out.
    ...(full.lowInformation === null ? cropsOf(flat, whole.blurred) : []),
  ];
  const content = box === null ? wholeBox : sharesOf(box, flat);
  const isWeak = variants.every((v) => v.lowInformation !== null);
  return {
    hasher,
    pdq: dihedral.orig,
    quality,
    dihedral,
    blockhash: blockhash(flat),
    descriptor: encodeDescriptor((inner ?? whole).form.colours, content, width / height),
    width,
    height,
    lowInformation: isWeak ? full.lowInformation : null,
    forms: inner === null ? [whole.form] : [whole.form, inner.form],
    variants,
  };
}

/** The rows to register for a picture: its variants that carry enough information. Empty means exact only. */
export function registrableRows({ variants }: Pick<Fingerprint, 'variants'>): FingerprintRow[] {
  return variants
    .filter((v) => v.lowInformation === null)
    .map(({ variant, pdq, quality }) => ({ variant, pdq, quality }));
}

function look(variant: Form['variant'], pixels: Pixels): { form: Form; pdq: Pdq; blurred: Luma } {
  const blurred = blurLuma(lumaOf(pixels));
  const { hashes, ...about } = pdqDihedral(pixels, blurred);
  const form = { variant, dihedral: hashes, quality: about.quality, colours: meanColours(pixels) };
  return { form, pdq: { hash: hashes.orig, ...about }, blurred };
}

function trimOf(whole: Pdq, inner: Pdq, box: PixelBox): Variant[] {
  if (hammingDistance(inner.hash, whole.hash) === 0) return [];
  const size = { width: box.right - box.left, height: box.bottom - box.top };
  return [registered('trim', inner, pictureWeakness(size, inner))];
}

/** Crops share the blur of the whole, which makes a hash of one a thirtieth of the work. */
function cropsOf(pixels: Pixels, blurred: Luma): Variant[] {
  const { width, height } = pixels;
  return cropNames.flatMap((name) => {
    const box = cropBox(name, width / height);
    if (box === null) return [];
    const pdq = pdqOfMiniature(miniatureOf(blurred, box));
    return [registered(name, pdq, pdqWeakness(pdq))];
  });
}

/** A box of pixels in shares of the picture's sides. */
export function sharesOf(
  { left, top, right, bottom }: PixelBox,
  { width, height }: { width: number; height: number },
): Box {
  return { left: left / width, top: top / height, right: right / width, bottom: bottom / height };
}

const registered = (
  variant: VariantName,
  { hash, quality, unsureBits }: Pdq,
  lowInformation: LowInformation | null,
): Variant => ({ variant, pdq: hash, quality, unsureBits, lowInformation });
