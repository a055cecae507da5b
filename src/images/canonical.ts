/** Decoded pixels: RGBA, 8 bits a channel, row by row from the top left, alpha not premultiplied. */
export interface Pixels {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
  /** Set where it is known that no alpha is below 255, which spares looking. */
  isOpaque?: boolean;
}

/** The largest picture any decoder of ours hands on, in pixels. */
export const pixelsMax = 40_000_000;

/**
 * Composites pixels on white, so that every decoder, browser or server, hashes what a person sees.
 * Integer arithmetic, rounded to nearest, so the result is the same on every machine.
 *
 * @returns the same object when the picture is opaque already, else new opaque pixels of the same size.
 * @throws RangeError when `data` is not width × height × 4 bytes long.
 */
export function flattenOnWhite(pixels: Pixels): Pixels {
  const { data, width, height } = pixels;
  assertPixels(pixels);
  if (pixels.isOpaque === true || isOpaque(data)) return pixels;
  const flat = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3] as number;
    const white = 255 * (255 - alpha);
    flat[i] = Math.floor(((data[i] as number) * alpha + white + 127) / 255);
    flat[i + 1] = Math.floor(((data[i + 1] as number) * alpha + white + 127) / 255);
    flat[i + 2] = Math.floor(((data[i + 2] as number) * alpha + white + 127) / 255);
    flat[i + 3] = 255;
  }
  return { data: flat, width, height, isOpaque: true };
}

/** @throws RangeError when sides are not positive integers or `data` is not width × height × 4 bytes long. */
export function assertPixels({ data, width, height }: Pixels): void {
  const sound = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (!sound || data.length !== width * height * 4) {
    throw new RangeError(
      `pixels of ${width} × ${height} need ${width * height * 4} bytes, got ${data.length}`,
    );
  }
}

function isOpaque(data: Uint8Array | Uint8ClampedArray): boolean {
  if (data.byteOffset % 4 !== 0 || !isLittleEndian) return isOpaqueByBytes(data);
  const words = new Int32Array(data.buffer, data.byteOffset, data.length >> 2);
  for (let from = 0; from < words.length; from += wordsAtOnce) {
    let all = -1;
    const to = Math.min(words.length, from + wordsAtOnce);
    for (let i = from; i < to; i++) all &= words[i] as number;
    if (all >>> 24 !== 255) return false;
  }
  return true;
}

/** Looked at before asking whether one of them was not opaque. */
const wordsAtOnce = 4096;

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function isOpaqueByBytes(data: Uint8Array | Uint8ClampedArray): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}
