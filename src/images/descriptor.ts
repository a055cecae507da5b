import type { Grid } from './colour-grid.ts';
import { resample, splitColours, turnGrid } from './colour-grid.ts';
import type { Orientation } from './pdq.ts';
import type { Box } from './pdq-luma.ts';
import { wholeBox } from './pdq-luma.ts';

/**
 * The name and version of the second descriptor: where a work's colours and its light lie, coarsely. PDQ sees no
 * colour, so this is a second and independent witness. Its first byte repeats the version.
 *
 * Layout: version; shape; left, top, right, bottom of what
 * is inside the border, in 255ths of the picture; luma of 5 × 5 cells; Cb and Cr of 4 × 4 cells, each plus 128. Cells are of
 * what is inside the border, row by row.
 */
export const descriptorName = 'descriptor/1';
export const descriptorBytes = 63;
const version = 1;

const lumaSide = 5;
const chromaSide = 4;
const boxAt = 2;
const lumaAt = 6;
const chromaAt = lumaAt + lumaSide * lumaSide;

/** What is known of a picture's colours: of a work by its descriptor, of a query by its pixels. */
export interface Colours {
  luma: Grid;
  chroma: Grid;
}

/**
 * Describes a work.
 *
 * @param colours `meanColours` of what is inside the border.
 * @param content where that is in the whole picture.
 * @param aspect width by height of the whole picture.
 */
export function encodeDescriptor(colours: Uint8Array, content: Box, aspect: number): Uint8Array {
  const { luma, chroma } = splitColours(colours);
  const out = new Uint8Array(descriptorBytes);
  out[0] = version;
  out[1] = encodeAspect(aspect);
  const edges = [content.left, content.top, content.right, content.bottom];
  for (const [i, edge] of edges.entries()) out[boxAt + i] = Math.round(edge * 255);
  for (const [i, value] of resample(luma, wholeBox, lumaSide).values.entries())
    out[lumaAt + i] = Math.round(value);
  for (const [i, value] of resample(chroma, wholeBox, chromaSide).values.entries()) {
    out[chromaAt + i] = Math.round(value) + 128;
  }
  return out;
}

/** The shorter side by the longer in 127ths, counted from 0 for upright pictures and down from 255 for wide ones. */
function encodeAspect(aspect: number): number {
  const share = Math.max(1, Math.round(127 * Math.min(aspect, 1 / aspect)));
  return aspect < 1 ? share : 255 - share;
}

function decodeAspect(byte: number): number | null {
  const share = (byte < 128 ? byte : 255 - byte) / 127;
  if (share === 0 || share > 1) return null;
  return byte < 128 ? share : 1 / share;
}

/** A descriptor as it is compared. */
export interface Described extends Colours {
  content: Box;
  aspect: number;
}

/** @returns what a descriptor says, or null when it is of another version or says what cannot be. */
export function decodeDescriptor(bytes: Uint8Array): Described | null {
  if (bytes.length !== descriptorBytes || bytes[0] !== version) return null;
  const [left, top, right, bottom] = [...bytes.subarray(boxAt, lumaAt)].map((edge) => edge / 255) as [
    number,
    number,
    number,
    number,
  ];
  const aspect = decodeAspect(bytes[1] as number);
  if (aspect === null || left >= right || top >= bottom) return null;
  const luma = Float64Array.from(bytes.subarray(lumaAt, chromaAt));
  const chroma = Float64Array.from(bytes.subarray(chromaAt), (value) => value - 128);
  return {
    content: { left, top, right, bottom },
    aspect,
    luma: { values: luma, side: lumaSide, channels: 1 },
    chroma: { values: chroma, side: chromaSide, channels: 2 },
  };
}

/** The colours of a query as they lie once it is turned. */
export function turnColours({ luma, chroma }: Colours, orientation: Orientation): Colours {
  return { luma: turnGrid(luma, orientation), chroma: turnGrid(chroma, orientation) };
}

/** How alike two pictures are beside their hashes. */
export interface Likeness {
  /** Whether both have colour enough to be told apart by it. */
  hasColour: boolean;
  /** Mean and largest difference of the cells' chroma, in levels, once one is made as vivid as the other. */
  chromaMean: number;
  chromaMax: number;
  /** Correlation of luma, −1 to 1. */
  lumaCorrelation: number;
}

/** Mean chroma, in levels, below which a picture counts as grey. */
export const chromaMin = 4;

/** Copies are made paler or more vivid, but seldom beyond this. */
const vividness = { min: 0.5, max: 2 };

/** A cell counts where at least this share of it is in the query too. */
const coveredShareMin = 0.6;

/** With fewer cells in common than this there is too little to compare. */
const commonCellsMin = 4;

/**
 * Compares a query with a registered work where their hashes met, cell of the work by cell.
 *
 * @param query turned the way that met.
 * @param work its descriptor, decoded.
 * @param part of the whole work that the query looks like: the box of the variant that met.
 * @returns null when they have too little in common to compare.
 */
export function likeness(query: Colours, work: Described, part: Box): Likeness | null {
  const chroma = inCommon(query.chroma, work.chroma, work.content, part);
  const luma = inCommon(query.luma, work.luma, work.content, part);
  if (chroma.weights.length < commonCellsMin || luma.weights.length < commonCellsMin) return null;
  return { ...compareChroma(chroma), lumaCorrelation: correlation(luma.query, luma.work) };
}

/** The cells of a work that a query shows too, as both have them. */
interface Common {
  query: number[];
  work: number[];
  /** The share of each cell that is in the query. */
  weights: number[];
}

function inCommon(query: Grid, work: Grid, content: Box, part: Box): Common {
  const { side, channels } = work;
  const [width, height] = [content.right - content.left, content.bottom - content.top];
  const common: Common = { query: [], work: [], weights: [] };
  for (let y = 0; y < side; y++) {
    const top = Math.max(part.top, content.top + (y * height) / side);
    const bottom = Math.min(part.bottom, content.top + ((y + 1) * height) / side);
    for (let x = 0; x < side; x++) {
      const left = Math.max(part.left, content.left + (x * width) / side);
      const right = Math.min(part.right, content.left + ((x + 1) * width) / side);
      const share = (Math.max(0, right - left) * Math.max(0, bottom - top) * side * side) / (width * height);
      if (share < coveredShareMin) continue;
      const seen = resample(query, within({ left, top, right, bottom }, part), 1).values;
      for (let c = 0; c < channels; c++) {
        common.query.push(seen[c] as number);
        common.work.push(work.values[(y * side + x) * channels + c] as number);
      }
      common.weights.push(share);
    }
  }
  return common;
}

function compareChroma({ query: a, work: b, weights }: Common): Omit<Likeness, 'lumaCorrelation'> {
  let [product, square, sumA, sumB, total] = [0, 0, 0, 0, 0];
  for (const [i, weight] of weights.entries()) {
    const [au, av, bu, bv] = [a[2 * i], a[2 * i + 1], b[2 * i], b[2 * i + 1]] as [
      number,
      number,
      number,
      number,
    ];
    product += weight * (au * bu + av * bv);
    square += weight * (bu * bu + bv * bv);
    sumA += weight * Math.sqrt(au * au + av * av);
    sumB += weight * Math.sqrt(bu * bu + bv * bv);
    total += weight;
  }
  const scale = Math.min(vividness.max, Math.max(vividness.min, square === 0 ? 1 : product / square));
  let [sum, most] = [0, 0];
  for (const [i, weight] of weights.entries()) {
    const u = (a[2 * i] as number) - scale * (b[2 * i] as number);
    const v = (a[2 * i + 1] as number) - scale * (b[2 * i + 1] as number);
    const difference = Math.sqrt(u * u + v * v);
    sum += weight * difference;
    most = Math.max(most, difference);
  }
  const hasColour = Math.min(sumA, sumB) / total >= chromaMin;
  return { hasColour, chromaMean: sum / total, chromaMax: most };
}

function correlation(a: number[], b: number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [product, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return squareA === 0 || squareB === 0 ? 0 : product / Math.sqrt(squareA * squareB);
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A box in shares of another. */
function within(box: Box, outer: Box): Box {
  const [width, height] = [outer.right - outer.left, outer.bottom - outer.top];
  return {
    left: (box.left - outer.left) / width,
    top: (box.top - outer.top) / height,
    right: (box.right - outer.left) / width,
    bottom: (box.bottom - outer.top) / height,
  };
}
