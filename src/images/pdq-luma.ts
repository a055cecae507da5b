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
  const half = new Float32Array(values.length);
  const result = new Float32Array(values.length);
  for (let pass = 0; pass < blurPasses; pass++) {
    boxAlongRows(upright, half, rows, cols, alongRow);
    boxAlongColumns(half, result, rows, cols, alongColumn);
    upright = result;
  }
  return result;
}

/** Half a cell of the miniature per pass, rounded up: two passes average over a whole cell. */
function windowOf(sidePx: number): number {
  return Math.ceil(sidePx / (2 * miniatureSide));
}

/**
 * Averages a sliding window along every row; it shrinks at both ends. The order of additions and the rounding of each
 * to a 32-bit float follow the reference, because hash bits near the median depend on them. Four rows go abreast: each
 * addition waits for the one before it, and in the meantime the processor does those of the other rows.
 */
function boxAlongRows(
  from: Float32Array,
  to: Float32Array,
  rows: number,
  cols: number,
  window: number,
): void {
  const whole = rows - (rows % 4);
  for (let row = 0; row < whole; row += 4) boxFourRows(from, to, row * cols, cols, window);
  for (let row = whole; row < rows; row++) boxRow(from, to, row * cols, cols, window);
}

function boxRow(from: Float32Array, to: Float32Array, base: number, cols: number, window: number): void {
  const ahead = (window + 2) >> 1;
  const end = base + cols;
  let right = base;
  let left = base;
  let out = base;
  let sum = 0;
  while (right < base + ahead - 1) sum = Math.fround(sum + (from[right++] as number));
  while (right < base + window) {
    sum = Math.fround(sum + (from[right++] as number));
    to[out++] = sum / (right - base);
  }
  while (right < end) {
    sum = Math.fround(sum + (from[right++] as number));
    sum = Math.fround(sum - (from[left++] as number));
    to[out++] = sum / window;
  }
  while (out < end) {
    sum = Math.fround(sum - (from[left++] as number));
    to[out++] = sum / (end - left);
  }
}

/** The same for the row at `base` and the three below it. */
function boxFourRows(from: Float32Array, to: Float32Array, base: number, cols: number, window: number): void {
  const ahead = (window + 2) >> 1;
  const share = shareOf(window);
  const [two, three, four] = [base + cols, base + 2 * cols, base + 3 * cols];
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let out = 1 - ahead; out < cols; out++) {
    const right = out + ahead - 1;
    const left = right - window;
    if (right < cols) {
      a = Math.fround(a + (from[base + right] as number));
      b = Math.fround(b + (from[two + right] as number));
      c = Math.fround(c + (from[three + right] as number));
      d = Math.fround(d + (from[four + right] as number));
    }
    if (left >= 0) {
      a = Math.fround(a - (from[base + left] as number));
      b = Math.fround(b - (from[two + left] as number));
      c = Math.fround(c - (from[three + left] as number));
      d = Math.fround(d - (from[four + left] as number));
    }
    if (out < 0) continue;
    if (left >= 0 && right < cols && share !== 0) {
      to[base + out] = Math.fround(a * share);
      to[two + out] = Math.fround(b * share);
      to[three + out] = Math.fround(c * share);
      to[four + out] = Math.fround(d * share);
      continue;
    }
    const size = Math.min(right, cols - 1) - Math.max(left, -1);
    to[base + out] = a / size;
    to[two + out] = b / size;
    to[three + out] = c / size;
    to[four + out] = d / size;
  }
}

/** What multiplying by gives the same as dividing by `size`, to the last bit: only powers of two have it; else 0. */
function shareOf(size: number): number {
  return (size & (size - 1)) === 0 ? 1 / size : 0;
}

/** The same along the columns, row by row with a sum for each column, so that memory is read in its order. */
function boxAlongColumns(
  from: Float32Array,
  to: Float32Array,
  rows: number,
  cols: number,
  window: number,
): void {
  const ahead = (window + 2) >> 1;
  const sums = new Float32Array(cols);
  for (let out = 1 - ahead; out < rows; out++) {
    const right = out + ahead - 1;
    const left = right - window;
    const size = Math.min(right, rows - 1) - Math.max(left, -1);
    if (right < rows && left >= 0) slideRow(sums, from, right * cols, left * cols, to, out * cols, size);
    else {
      if (right < rows) addRow(sums, from, right * cols);
      if (left >= 0) subtractRow(sums, from, left * cols);
      if (out >= 0) divideRow(sums, to, out * cols, size);
    }
  }
}

/** All three steps at once, for the many rows far from both ends. */
function slideRow(
  sums: Float32Array,
  from: Float32Array,
  right: number,
  left: number,
  to: Float32Array,
  out: number,
  size: number,
): void {
  const share = shareOf(size);
  const cols = sums.length;
  for (let x = 0; x < cols; x++) {
    const added = Math.fround((sums[x] as number) + (from[right + x] as number));
    const sum = Math.fround(added - (from[left + x] as number));
    sums[x] = sum;
    to[out + x] = share === 0 ? sum / size : Math.fround(sum * share);
  }
}

function addRow(sums: Float32Array, from: Float32Array, at: number): void {
  for (let x = 0; x < sums.length; x++) sums[x] = Math.fround((sums[x] as number) + (from[at + x] as number));
}

function subtractRow(sums: Float32Array, from: Float32Array, at: number): void {
  for (let x = 0; x < sums.length; x++) sums[x] = Math.fround((sums[x] as number) - (from[at + x] as number));
}

function divideRow(sums: Float32Array, to: Float32Array, at: number, size: number): void {
  for (let x = 0; x < sums.length; x++) to[at + x] = (sums[x] as number) / size;
}
