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
