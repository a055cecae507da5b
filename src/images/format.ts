import { AppError } from '../errors.ts';

/** The picture formats we read. Every other kind of file is refused by its first bytes. */
export const pictureFormats = ['png', 'jpeg', 'webp', 'gif', 'avif'] as const;
export type PictureFormat = (typeof pictureFormats)[number];

/** A picture file may have this many bytes. */
export const pictureBytesMax = 20 * 1024 * 1024;

/** Bytes from the start of a file that are looked at. */
export const sniffBytes = 512;

const sign = {
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  jpeg: [0xff, 0xd8, 0xff],
  tiffLittle: [0x49, 0x49, 0x2a, 0x00],
  tiffBig: [0x4d, 0x4d, 0x00, 0x2a],
  gzip: [0x1f, 0x8b],
  jxlCodestream: [0xff, 0x0a],
  jp2: [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50, 0x20, 0x20],
  ico: [0x00, 0x00, 0x01, 0x00],
} as const;

/**
 * Reads the format of a picture from its first bytes; its name and its claimed type play no part.
 *
 * @param bytes the file, or at least its first 512 bytes.
 * @throws AppError `unsupported-image` naming what the file looks like.
 */
export function sniffPicture(bytes: Uint8Array): PictureFormat {
  if (bytes.length === 0) refuse('an empty file');
  if (startsWith(bytes, sign.png)) return 'png';
  if (startsWith(bytes, sign.jpeg)) return 'jpeg';
  const head = latin1(bytes.subarray(0, 64));
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP') return 'webp';
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'gif';
  if (head.slice(4, 8) === 'ftyp' && isAvif(bytes)) return 'avif';
  return refuse(looksLike(bytes, head));
}

/** ISO 14496-12 §4.3: a file type box names one major brand and any number of compatible ones, four letters each. */
function isAvif(bytes: Uint8Array): boolean {
  const boxBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const box = latin1(bytes.subarray(8, Math.min(boxBytes, sniffBytes)));
  const brands = box.match(/.{4}/gs) ?? [];
  const [major, , ...compatible] = brands;
  if (major === 'avif' || major === 'avis') return true;
  return (major === 'mif1' || major === 'miaf') && compatible.includes('avif');
}

function looksLike(bytes: Uint8Array, head: string): string {
  if (head.startsWith('%PDF-')) return 'a PDF';
  if (startsWith(bytes, sign.tiffLittle) || startsWith(bytes, sign.tiffBig)) return 'a TIFF picture';
  if (head.slice(4, 8) === 'ftyp') return isHeic(head) ? 'a HEIC picture' : 'a video';
  if (head.startsWith('8BPS')) return 'a Photoshop document';
  if (head.startsWith('BM')) return 'a BMP picture';
  if (startsWith(bytes, sign.ico)) return 'an icon file';
  if (startsWith(bytes, sign.jp2)) return 'a JPEG 2000 picture';
  if (startsWith(bytes, sign.jxlCodestream) || head.slice(4, 8) === 'JXL ') return 'a JPEG XL picture';
  if (startsWith(bytes, sign.gzip)) return 'a gzip archive (perhaps a compressed SVG)';
  if (head.startsWith('PK')) return 'a ZIP archive';
  return looksLikeText(latin1(bytes.subarray(0, sniffBytes)));
}

function looksLikeText(start: string): string {
  // UTF-16 text has a zero byte beside every ASCII letter.
  const text = start
    .replaceAll('\0', '')
    .replace(/^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)/, '')
    .trimStart()
    .toLowerCase();
  if (text.includes('<svg')) return 'an SVG drawing';
  if (text.startsWith('<!doctype html') || text.includes('<html')) return 'an HTML page';
  if (text.startsWith('<')) return 'an XML file';
  if (text.startsWith('%!ps')) return 'a PostScript file';
  return 'no picture format we know';
}

function isHeic(head: string): boolean {
  return /^(?:hei|hev|mif1|msf1|miaf)/.test(head.slice(8, 12));
}

function refuse(what: string): never {
  throw new AppError('unsupported-image', `This file looks like ${what}.`, {
    fix: 'Send a PNG, JPEG, WebP, GIF or AVIF picture.',
  });
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
