import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { bytesToOctets } from '../../src/consent/robots/octets.ts';

/** Files written by tools that are not ours; test/vectors/pictures/README.md says which and how. */
export function storedPicture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../vectors/pictures/${name}`, import.meta.url)));
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function concat(...parts: (Uint8Array | number[] | string)[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? bytesOf(part) : Buffer.from(part)))),
  );
}

export function u16(value: number): number[] {
  return [value >> 8, value & 255];
}

export function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

export function u32le(value: number): number[] {
  return u32(value).reverse();
}

export function picture(format: 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif'): Promise<Uint8Array> {
  const plain = sharp({ create: { width: 8, height: 8, channels: 3, background: '#336699' } });
  return plain
    .toFormat(format)
    .toBuffer()
    .then((buffer) => new Uint8Array(buffer));
}

/** The packet written by sharp, as an image tool writes it. */
export function pictureWithXmp(
  format: 'jpeg' | 'png' | 'webp' | 'tiff' | 'avif',
  xmp: string,
): Promise<Uint8Array> {
  const plain = sharp({ create: { width: 8, height: 8, channels: 3, background: '#336699' } });
  return plain
    .withXmp(xmp)
    .toFormat(format)
    .toBuffer()
    .then((buffer) => new Uint8Array(buffer));
}

export function jpegSegment(marker: number, body: Uint8Array): Uint8Array {
  return concat([0xff, marker], u16(body.length + 2), body);
}

/** @returns the JPEG with these segments put behind its first two bytes. */
export function jpegWith(jpeg: Uint8Array, ...segments: Uint8Array[]): Uint8Array {
  return concat(jpeg.subarray(0, 2), ...segments, jpeg.subarray(2));
}

export function pngChunk(type: string, data: Uint8Array): Uint8Array {
  return concat(u32(data.length), type, data, [0, 0, 0, 0]);
}

/** @returns the PNG with these chunks put behind its header. */
export function pngWith(png: Uint8Array, ...chunks: Uint8Array[]): Uint8Array {
  return concat(png.subarray(0, 33), ...chunks, png.subarray(33));
}

export function itxt(text: Uint8Array, compressed = false, keyword = 'XML:com.adobe.xmp'): Uint8Array {
  const data = compressed ? deflateSync(text) : text;
  return pngChunk('iTXt', concat(keyword, [0, compressed ? 1 : 0, 0, 0, 0], data));
}

/** @returns the GIF with the packet as an application extension, with the trailer that blocks end in. */
export function gifWithXmp(gif: Uint8Array, xmp: string): Uint8Array {
  const tableEnd = 13 + ((gif[10] ?? 0) & 0x80 ? 3 * 2 ** (((gif[10] ?? 0) & 7) + 1) : 0);
  const trailer = [1, ...Array.from({ length: 256 }, (_, at) => 255 - at), 0];
  return concat(
    gif.subarray(0, tableEnd),
    [0x21, 0xff, 11],
    'XMP DataXMP',
    xmp,
    trailer,
    gif.subarray(tableEnd),
  );
}

export function box(type: string, ...content: (Uint8Array | number[] | string)[]): Uint8Array {
  const data = concat(...content);
  return concat(u32(data.length + 8), type, data);
}

export function superbox(kind: string, label: string, ...content: Uint8Array[]): Uint8Array {
  const description = box('jumd', kind, new Uint8Array(12), [3], `${label}\0`);
  return box('jumb', description, ...content);
}

/** A manifest store with one manifest per list of assertions, the last one active. */
export function manifestStore(
  ...manifests: { label: string; content: Uint8Array; kind?: string }[][]
): Uint8Array {
  return superbox(
    'c2pa',
    'c2pa',
    ...manifests.map((assertions, at) =>
      superbox(
        assertions[0]?.kind ?? 'c2ma',
        `urn:c2pa:${at}`,
        superbox(
          'c2as',
          'c2pa.assertions',
          ...assertions.map(({ label, content }) => superbox('cbor', label, content)),
        ),
      ),
    ),
  );
}

/** The JUMBF structure cut into packets of at most `size` bytes (ISO 19566-5 annex D). */
export function app11(jumbf: Uint8Array, size: number): Uint8Array[] {
  const header = jumbf.subarray(0, 8);
  const segments: Uint8Array[] = [];
  for (let at = 8; at < jumbf.length; at += size) {
    const packet = concat('JP', u16(1), u32(segments.length + 1), header, jumbf.subarray(at, at + size));
    segments.push(jpegSegment(0xeb, packet));
  }
  return segments;
}

export function latin1(bytes: Uint8Array): string {
  return bytesToOctets(bytes);
}
