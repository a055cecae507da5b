import type { Pixels } from '../../src/images/canonical.ts';
import { meanColours } from '../../src/images/colour-grid.ts';
import { sharesOf } from '../../src/images/fingerprint.ts';
import { type LowInformation, pictureWeakness } from '../../src/images/gate.ts';
import { hashBytes } from '../../src/images/hash256.ts';
import { orientations, pdqDihedral, pdqOfMiniature } from '../../src/images/pdq.ts';
import { type Box, blurLuma, lumaOf, miniatureOf, wholeBox } from '../../src/images/pdq-luma.ts';
import { contentBox, crop, trimBorder } from '../../src/images/trim.ts';
import { candidates } from './candidates.ts';
import { pixelsOf, type Rgb } from './rgb.ts';

/** What the measurements need of a picture; computed once and kept, because computing it is what takes the time. */

/** One form of a picture that is asked about. */
export interface Form {
  name: 'full' | 'trim';
  /** Eight hashes of 32 bytes in the order of `orientations`. */
  hashes: Uint8Array;
  quality: number;
  unsureBits: number;
  /** Mean R, G, B of 16 × 16 cells. */
  colours: Uint8Array;
}

/** One hash of a picture as it would be registered. */
export interface Row {
  name: string;
  pdq: Uint8Array;
  quality: number;
  unsureBits: number;
}

export interface WorkFeatures {
  width: number;
  height: number;
  /** What is inside the border, in shares of the whole. */
  content: Box;
  weakness: LowInformation | null;
  /** `full`, `trim` where there is a border, and every candidate crop of the whole. */
  rows: Row[];
  /** What is inside the border, R, G, B of 32 × 32 cells: for telling copies in the collection from likenesses. */
  thumbnail: Uint8Array;
}

export const thumbnailSide = 32;

export function formsOf(picture: Rgb): Form[] {
  const pixels = pixelsOf(picture);
  const trimmed = trimBorder(pixels);
  return [formOf('full', pixels), ...(trimmed === null ? [] : [formOf('trim', trimmed)])];
}

function formOf(name: Form['name'], pixels: Pixels): Form {
  const { hashes, quality, unsureBits } = pdqDihedral(pixels);
  const packed = new Uint8Array(orientations.length * hashBytes);
  for (const [at, orientation] of orientations.entries()) packed.set(hashes[orientation], at * hashBytes);
  return { name, hashes: packed, quality, unsureBits, colours: meanColours(pixels) };
}

export function workFeatures(picture: Rgb, forms: readonly Form[]): WorkFeatures {
  const pixels = pixelsOf(picture);
  const box = contentBox(pixels);
  const content = box === null ? pixels : crop(pixels, box);
  const rows = forms.map(
    ({ name, hashes, quality, unsureBits }): Row => ({
      name,
      pdq: hashes.slice(0, hashBytes),
      quality,
      unsureBits,
    }),
  );
  const blurred = blurLuma(lumaOf(pixels));
  const aspect = picture.width / picture.height;
  for (const { name, boxOf } of candidates) {
    const box = boxOf(aspect);
    if (box === null) continue;
    const { hash, quality, unsureBits } = pdqOfMiniature(miniatureOf(blurred, box));
    rows.push({ name, pdq: hash, quality, unsureBits });
  }
  const full = rows[0] as Row;
  return {
    width: picture.width,
    height: picture.height,
    content: box === null ? wholeBox : sharesOf(box, picture),
    weakness: pictureWeakness(picture, { ...full, hash: full.pdq }),
    rows,
    thumbnail: meanColours(content, thumbnailSide),
  };
}
