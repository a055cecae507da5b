import { bmffCarriers } from './bmff.ts';
import { type Carriers, letters, noCarriers } from './carriers.ts';
import { gifCarriers } from './gif.ts';
import { jpegCarriers } from './jpeg.ts';
import { pngCarriers } from './png.ts';
import { tiffCarriers } from './tiff.ts';
import { webpCarriers } from './webp.ts';

/**
 * Finds what may carry signals in a picture file, by its first bytes: PNG, JPEG, WebP, GIF, TIFF, AVIF and HEIF.
 *
 * @returns null for every other kind of file.
 */
export function carriersOf(bytes: Uint8Array): Carriers | null {
  const read = readerOf(letters(bytes, 0, 16));
  if (read === null) return null;
  const found = noCarriers();
  read(bytes, found);
  return found;
}

function readerOf(head: string): ((bytes: Uint8Array, found: Carriers) => void) | null {
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return pngCarriers;
  if (head.startsWith('\xff\xd8\xff')) return jpegCarriers;
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return webpCarriers;
  if (/^GIF8[79]a/.test(head)) return gifCarriers;
  if (head.startsWith('II*\0') || head.startsWith('MM\0*')) return tiffCarriers;
  if (head.slice(4, 8) === 'ftyp') return bmffCarriers;
  return null;
}
