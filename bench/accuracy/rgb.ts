import sharp, { type Sharp } from 'sharp';
import type { Pixels } from '../../src/images/canonical.ts';

/** Opaque pixels without an alpha channel, three bytes each. */
export interface Rgb {
  data: Uint8Array;
  width: number;
  height: number;
}

/** Registered pictures are measured at this length of the longer side; shorter ones are left alone. */
export const baseSidePxMax = 1024;

/** Whatever is larger is scaled down by the decoder itself where it can. */
const inputPixelsMax = 120_000_000;

/** A file as the picture that is registered: upright, sRGB, on white, at most 1,024 pixels long. */
export async function readBase(file: string): Promise<Rgb> {
  const image = sharp(file, { limitInputPixels: inputPixelsMax, autoOrient: true, pages: 1 })
    .resize(baseSidePxMax, baseSidePxMax, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .flatten({ background: '#fff' });
  return rawOf(image);
}

export function sharpOf({ data, width, height }: Rgb): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Runs a pipeline, or reads an encoded file, into pixels. */
export async function rawOf(image: Sharp | Uint8Array): Promise<Rgb> {
  const { data, info } = await (image instanceof Uint8Array ? sharp(image) : image)
    .toColourspace('srgb')
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels === 3) return { data, width: info.width, height: info.height };
  const rgb = new Uint8Array(info.width * info.height * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / 3) * info.channels] as number;
  return { data: rgb, width: info.width, height: info.height };
}

/** The same pixels with an opaque alpha channel, as fingerprinting takes them. */
export function pixelsOf({ data, width, height }: Rgb): Pixels {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    rgba[to] = data[from] as number;
    rgba[to + 1] = data[from + 1] as number;
    rgba[to + 2] = data[from + 2] as number;
    rgba[to + 3] = 255;
  }
  return { data: rgba, width, height };
}

/** Scales down by the mean of each target pixel's area, as OpenCV's INTER_AREA does. */
export function shrinkByArea(picture: Rgb, width: number, height: number): Rgb {
  const rows = averageRows(picture.data, picture.width * 3, picture.height, height);
  const across = new Float32Array(width * height * 3);
  const weights = coverage(picture.width, width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const { first, shares } = weights[x] as Coverage;
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let k = 0; k < shares.length; k++) {
          sum += (shares[k] as number) * (rows[(y * picture.width + first + k) * 3 + channel] as number);
        }
        across[(y * width + x) * 3 + channel] = sum;
      }
    }
  }
  return { data: Uint8Array.from(across, (value) => Math.round(value)), width, height };
}

interface Coverage {
  first: number;
  /** Weight of each source pixel from `first` on; they add up to 1. */
  shares: number[];
}

function coverage(from: number, to: number): Coverage[] {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * step, Math.min(from, (i + 1) * step)];
    const first = Math.floor(start);
    const shares: number[] = [];
    for (let at = first; at < end - 1e-9; at++) {
      shares.push((Math.min(end, at + 1) - Math.max(start, at)) / (end - start));
    }
    return { first, shares };
  });
}

function averageRows(data: Uint8Array, rowLength: number, from: number, to: number): Float32Array {
  const out = new Float32Array(rowLength * to);
  for (const [y, { first, shares }] of coverage(from, to).entries()) {
    for (const [k, share] of shares.entries()) {
      const source = (first + k) * rowLength;
      for (let x = 0; x < rowLength; x++) {
        const at = y * rowLength + x;
        out[at] = (out[at] as number) + share * (data[source + x] as number);
      }
    }
  }
  return out;
}
