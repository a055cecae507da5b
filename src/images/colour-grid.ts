import type { Pixels } from './canonical.ts';
import type { Orientation } from './pdq.ts';
import type { Box } from './pdq-luma.ts';

/** Values of side × side cells, row by row, `channels` numbers a cell. */
export interface Grid {
  values: Float64Array;
  side: number;
  channels: number;
}

/** Cells a side of the colours kept of a picture that is asked about. */
export const coloursSide = 16;

/** Sides longer than this are looked at in steps: the mean of a cell does not need every pixel. */
const sampledSidePx = 1024;

/**
 * Mean R, G, B of 16 × 16 cells of opaque pixels, rounded: whole numbers throughout, so any engine gives the same.
 *
 * @returns 768 bytes; a picture with fewer pixels than cells repeats them.
 */
export function meanColours(pixels: Pixels, side = coloursSide): Uint8Array {
  const { data, width, height } = pixels;
  const [stepX, stepY] = [Math.ceil(width / sampledSidePx), Math.ceil(height / sampledSidePx)];
  const out = new Uint8Array(side * side * 3);
  for (let i = 0, at = 0; i < side; i++) {
    const [top, bottom] = cellEdges(i, height, side);
    for (let j = 0; j < side; j++, at += 3) {
      const [left, right] = cellEdges(j, width, side);
      let [red, green, blue, count] = [0, 0, 0, 0];
      for (let y = top; y < bottom; y += stepY) {
        const end = (y * width + right) * 4;
        for (let from = (y * width + left) * 4; from < end; from += 4 * stepX, count++) {
          red += data[from] as number;
          green += data[from + 1] as number;
          blue += data[from + 2] as number;
        }
      }
      out[at] = Math.round(red / count);
      out[at + 1] = Math.round(green / count);
      out[at + 2] = Math.round(blue / count);
    }
  }
  return out;
}

function cellEdges(cell: number, length: number, side: number): [number, number] {
  const start = Math.floor((cell * length) / side);
  return [start, Math.max(start + 1, Math.floor(((cell + 1) * length) / side))];
}

/** Splits mean colours into luma and the two colour differences of JPEG (ITU-R BT.601), 0 to 255 and ±127. */
export function splitColours(colours: Uint8Array): { luma: Grid; chroma: Grid } {
  const side = Math.sqrt(colours.length / 3);
  const luma = { values: new Float64Array(side * side), side, channels: 1 };
  const chroma = { values: new Float64Array(side * side * 2), side, channels: 2 };
  for (let cell = 0; cell < side * side; cell++) {
    const [r, g, b] = [
      colours[cell * 3] as number,
      colours[cell * 3 + 1] as number,
      colours[cell * 3 + 2] as number,
    ];
    const y = 0.299 * r + 0.587 * g + 0.114 * b;
    luma.values[cell] = y;
    chroma.values[cell * 2] = 0.564 * (b - y);
    chroma.values[cell * 2 + 1] = 0.713 * (r - y);
  }
  return { luma, chroma };
}

/** Where the cell of a turned picture was before: by the same names as the eight hashes. */
const sources: Record<Orientation, (x: number, y: number, last: number) => readonly [number, number]> = {
  orig: (x, y) => [x, y],
  rot90: (x, y, last) => [last - y, x],
  rot180: (x, y, last) => [last - x, last - y],
  rot270: (x, y, last) => [y, last - x],
  flipx: (x, y, last) => [x, last - y],
  flipy: (x, y, last) => [last - x, y],
  flipp: (x, y) => [y, x],
  flipm: (x, y, last) => [last - y, last - x],
};

/** The grid of the turned picture. */
export function turnGrid({ values, side, channels }: Grid, orientation: Orientation): Grid {
  const turned = new Float64Array(values.length);
  for (let y = 0, to = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [fromX, fromY] = sources[orientation](x, y, side - 1);
      const from = (fromY * side + fromX) * channels;
      for (let c = 0; c < channels; c++, to++) turned[to] = values[from + c] as number;
    }
  }
  return { values: turned, side, channels };
}

/** A part of a grid on side × side cells again: each is the mean of what it covers, by area. */
export function resample(grid: Grid, box: Box, side: number): Grid {
  const { values, channels } = grid;
  const across = covers(box.left, box.right, grid.side, side);
  const down = covers(box.top, box.bottom, grid.side, side);
  const out = new Float64Array(side * side * channels);
  for (let y = 0; y < side; y++) {
    for (const [fromY, shareY] of down[y] as Cover[]) {
      for (let x = 0; x < side; x++) {
        for (const [fromX, shareX] of across[x] as Cover[]) {
          for (let c = 0; c < channels; c++) {
            const to = (y * side + x) * channels + c;
            const value = values[(fromY * grid.side + fromX) * channels + c] as number;
            out[to] = (out[to] as number) + shareY * shareX * value;
          }
        }
      }
    }
  }
  return { values: out, side, channels };
}

/** A source cell and its share of a target cell; the shares of one target add up to 1. */
type Cover = [cell: number, share: number];

function covers(from: number, to: number, sourceSide: number, side: number): Cover[][] {
  const length = ((to - from) * sourceSide) / side;
  return Array.from({ length: side }, (_, i) => {
    const start = from * sourceSide + i * length;
    const end = start + length;
    const found: Cover[] = [];
    for (let cell = Math.floor(start); cell < Math.min(sourceSide, end); cell++) {
      const share = (Math.min(end, cell + 1) - Math.max(start, cell)) / length;
      if (share > 1e-9) found.push([cell, share]);
    }
    return found;
  });
}
