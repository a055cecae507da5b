import { crc32, deflateSync } from 'node:zlib';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import type { Pixels } from '../../src/images/canonical.ts';

/** The pixels for sharp to encode, with or without their alpha channel. */
export function encoder(p: Pixels, keepAlpha = false): Sharp {
  const image = sharp(Buffer.from(p.data), { raw: { width: p.width, height: p.height, channels: 4 } });
  return keepAlpha ? image : image.removeAlpha();
}

/** A PNG put together by hand, its header true or not; null leaves it without a single pixel. */
export function png(width: number, height: number, bitDepth: number, data: Uint8Array | null): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bitDepth;
  const chunks = [chunk('IHDR', header)];
  chunks.push(chunk('IDAT', data === null ? Buffer.alloc(0) : deflateSync(data, { level: 1 })));
  chunks.push(chunk('IEND', Buffer.alloc(0)));
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...chunks]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A whole, sound PNG of one grey, 1 bit a pixel: few bytes, many pixels. */
export function hugePng(side: number): Uint8Array {
  return png(side, side, 1, new Uint8Array(side * (1 + Math.ceil(side / 8))));
}

/** The smallest PDF a reader would open. */
export const pdfFile = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n',
);

export const svgFile = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><image href="file:///etc/passwd"/></svg>',
);

/** A PNG with a chunk of one's own before its pixels. */
export function withPngChunk(file: Uint8Array, type: string, data: Uint8Array): Buffer {
  const afterHeader = 8 + 25;
  return Buffer.concat([file.subarray(0, afterHeader), chunk(type, data), file.subarray(afterHeader)]);
}

/** Colorants of Adobe RGB (1998) as seen under D50, X, Y and Z of red, green and blue. */
export const adobeRgb: Colorants = [
  [0.60974, 0.31111, 0.01947],
  [0.20528, 0.62567, 0.06087],
  [0.14919, 0.06322, 0.74457],
];

/** Colorants of ROMM RGB (ProPhoto): wider than what any eye sees. */
export const prophotoRgb: Colorants = [
  [0.79767, 0.28804, 0],
  [0.13519, 0.71188, 0],
  [0.03134, 0.00009, 0.82491],
];

type Colorants = readonly (readonly [number, number, number])[];

/** A matrix profile (ICC.1:2001-04) with one gamma for its three colours. */
export function iccProfile(colorants: Colorants, gamma: number): Buffer {
  const fixed = (values: readonly number[]) => {
    const out = Buffer.alloc(values.length * 4);
    values.forEach((value, at) => {
      out.writeInt32BE(Math.round(value * 65_536), at * 4);
    });
    return out;
  };
  const typed = (type: string, body: Buffer) => Buffer.concat([Buffer.from(type), Buffer.alloc(4), body]);
  const curve = Buffer.alloc(8);
  curve.writeUInt32BE(1, 0);
  curve.writeUInt16BE(Math.round(gamma * 256), 4);
  const description = Buffer.alloc(4 + 5 + 8 + 70);
  description.writeUInt32BE(5, 0);
  description.write('test\0', 4, 'latin1');
  const tags: [string, Buffer][] = [
    ['desc', typed('desc', description)],
    ['cprt', typed('text', Buffer.from('none\0'))],
    ['wtpt', typed('XYZ ', fixed([0.9642, 1, 0.8249]))],
    ...(['r', 'g', 'b'] as const).flatMap((name, at): [string, Buffer][] => [
      [`${name}XYZ`, typed('XYZ ', fixed(colorants[at] ?? []))],
      [`${name}TRC`, typed('curv', curve)],
    ]),
  ];
  const table = Buffer.alloc(4 + tags.length * 12);
  table.writeUInt32BE(tags.length, 0);
  const bodies: Buffer[] = [];
  let offset = 128 + table.length;
  tags.forEach(([name, body], at) => {
    table.write(name, 4 + at * 12, 'latin1');
    table.writeUInt32BE(offset, 8 + at * 12);
    table.writeUInt32BE(body.length, 12 + at * 12);
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    bodies.push(padded);
    offset += padded.length;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(offset, 0);
  header.writeUInt32BE(0x02400000, 8);
  header.write('mntrRGB XYZ ', 12, 'latin1');
  for (const [at, part] of [2026, 11, 23, 0, 0, 0].entries()) header.writeUInt16BE(part, 24 + at * 2);
  header.write('acsp', 36, 'latin1');
  fixed([0.9642, 1, 0.8249]).copy(header, 68);
  return Buffer.concat([header, table, ...bodies]);
}
