import { Unzlib } from 'fflate';

/** Bytes given to the decompressor at a time: deflate makes at most 1,032 of one, so at most half a MiB too many are made. */
const sliceBytes = 512;

/**
 * Decompresses zlib data, and stops as soon as there is more than is wanted.
 *
 * @returns null when the data is broken, incomplete or makes more than `bytesMax`.
 */
export function inflateWithin(data: Uint8Array, bytesMax: number): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const stream = new Unzlib((piece) => {
    length += piece.length;
    if (length <= bytesMax) pieces.push(piece);
  });
  try {
    for (let at = 0; at < data.length && length <= bytesMax; at += sliceBytes) {
      stream.push(data.subarray(at, at + sliceBytes), at + sliceBytes >= data.length);
    }
  } catch {
    return null;
  }
  if (length > bytesMax || data.length === 0) return null;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
