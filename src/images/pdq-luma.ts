import type { Pixels } from './canonical.ts';

/** A matrix of 32-bit floats, row by row. */
export interface Luma {
  values: Float32Array;
  rows: number;
  cols: number;
}

/** Pictures with a longer side are first brought to exactly this many pixels on both sides. */
export const downsampleSidePx = 512;

/** The side of the blurred miniature everything else is computed from. */
export const miniatureSide = 64;

const red = Math.fround(0.299);
const green = Math.fround(0.587);
const blue = Math.fround(0.114);

const blurPasses = 2;

/**
 * Luma of a picture as the PDQ reference sees it: nearest neighbour to 512 × 512 when a side is longer, then
 * 0.299 R + 0.587 G + 0.114 B, every step rounded to a 32-bit float. Alpha is not looked at.
 */
export function lumaOf({ data, width, height }: Pixels): Luma {
  const shrink = width > downsampleSidePx || height > downsampleSidePx;
  const cols = shrink ? downsampleSidePx : width;
  const rows = shrink ? downsampleSidePx : height;
  const values = new Float32Array(rows * cols);
  const columnAt = Int32Array.from({ length: cols }, (_, x) => Math.floor((x * width) / cols) * 4);
  for (let y = 0, out = 0; y < rows; y++) {
    const row = Math.floor((y * height) / rows) * width * 4;
    for (let x = 0; x < cols; x++, out++) {
      const at = row + (columnAt[x] as number);
      const r = Math.fround(red * (data[at] as number));
      const g = Math.fround(green * (data[at + 1] as number));
      const b = Math.fround(blue * (data[at + 2] as number));
      values[out] = Math.fround(Math.fround(r + g) + b);
    }
  }
  return { values, rows, cols };
}

/** Part of a picture in shares of its width and height, 0 to 1. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const wholeBox: Box = { left: 0, top: 0, right: 1, bottom: 1 };

/**
 * Two passes of a box filter each way: a tent, after Jarosz. A picture of exactly 64 × 64 is left as it is, as in
 * the reference.
 */
export function blurLuma(luma: Luma): Luma {
  const { rows, cols } = luma;
  if (rows === miniatureSide && cols === miniatureSide) return luma;
  return { values: blur(luma), rows, cols };
}

/**
 * The 64 × 64 miniature: the centre of each of 64 × 64 cells of blurred luma.
 *
 * @param box the part to take. The blur is as wide as suits the whole picture; for parts over half as long the
 * reference would blur them nearly alike.
 */
export function miniatureOf(blurred: Luma, box: Box = wholeBox): Float32Array {
  const { values, rows, cols } = blurred;
  const out = new Float32Array(miniatureSide * miniatureSide);
  const columns = centres(box.left, box.right, cols);
  const lines = centres(box.top, box.bottom, rows);
  for (let i = 0, at = 0; i < miniatureSide; i++) {
    const row = (lines[i] as number) * cols;
    for (let j = 0; j < miniatureSide; j++, at++) out[at] = values[row + (columns[j] as number)] as number;
  }
  return out;
}

/** The pixel at the centre of each of 64 cells between two places of a line. */
function centres(from: number, to: number, length: number): Int32Array {
  const start = from * length;
  const span = (to - from) * length;
  return Int32Array.from({ length: miniatureSide }, (_, cell) =>
    Math.min(length - 1, Math.floor(start + ((cell + 0.5) * span) / miniatureSide)),
  );
}

function blur({ values, rows, cols }: Luma): Float32Array {
  const alongRow = windowOf(cols);
  const alongColumn = windowOf(rows);
  let upright = values;
  const transposed = new Float32Array(values.length);
  const result = new Float32Array(values.length);
  for (let pass = 0; pass < blurPasses; pass++) {
    boxAndTranspose(upright, transposed, rows, cols, alongRow);
    boxAndTranspose(transposed, result, cols, rows, alongColumn);
    upright = result;
  }
  return result;
}

/** Half a cell of the miniature per pass, rounded up: two passes average over a whole cell. */
function windowOf(sidePx: number): number {
  return Math.ceil(sidePx / (2 * miniatureSide));
}

/**
 * Averages a sliding window along every row and writes the result transposed, so that the same function, run
 * again, filters the columns. The window shrinks at both ends. The order of additions and the rounding of each to
 * a 32-bit float follow the reference, because hash bits near the median depend on them.
 */
function boxAndTranspose(
  from: Float32Array,
  to: Float32Array,
  rows: number,
  cols: number,
  window: number,
): void {
  const ahead = (window + 2) >> 1;
  for (let row = 0; row < rows; row++) {
    const base = row * cols;
    const end = base + cols;
    let right = base;
    let left = base;
    let out = row;
    let sum = 0;
    let size = 0;
    while (size < ahead - 1) {
      sum = Math.fround(sum + (from[right++] as number));
      size++;
    }
    while (size < window) {
      sum = Math.fround(sum + (from[right++] as number));
      size++;
      to[out] = sum / size;
      out += rows;
    }
    while (right < end) {
      sum = Math.fround(sum + (from[right++] as number));
      sum = Math.fround(sum - (from[left++] as number));
      to[out] = sum / size;
      out += rows;
    }
    for (let i = 0; i < ahead - 1; i++) {
      sum = Math.fround(sum - (from[left++] as number));
      size--;
      to[out] = sum / size;
      out += rows;
    }
  }
}
