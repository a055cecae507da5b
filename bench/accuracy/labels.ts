import { type Grid, splitColours, turnGrid } from '../../src/images/colour-grid.ts';
import { orientations } from '../../src/images/pdq.ts';

/**
 * What two pictures of a collection are to each other, told from thumbnails of 32 × 32 colours, each alone, without
 * any of the hashes or descriptors that are measured:
 * - `same`: one picture in two files, by chance or in two sizes. Counted nowhere.
 * - `recoloured`: one drawing in other colours, both with colour. Counted as different.
 * - `series`: one drawing, in the same colours, with another detail: the hands of a clock, one pip more on a card.
 * - `grey`: one drawing, and one of the two has no colour.
 * - `different`: all others.
 */
export const relations = ['same', 'recoloured', 'series', 'grey', 'different'] as const;
export type Relation = (typeof relations)[number];

/** In levels of 255, over all cells and channels. */
const sameMeanMax = 2;
const sameCellMax = 24;

/** Above this correlation, in any channel, two pictures were drawn from one template. */
const templateCorrelation = 0.85;

/**
 * Difference of the palettes, in levels, from which a drawing counts as recoloured: a moved detail leaves the palette
 * as it was.
 */
const recolouredMin = 6;

/** Mean chroma, in levels, below which a picture counts as grey. */
const greyMax = 4;

/** @param a thumbnail of what is inside the border, as `WorkFeatures` keeps it; the pair is tried all eight ways. */
export function relationOf(a: Uint8Array, b: Uint8Array): Relation {
  const work = channelsOf(b);
  const turns = orientations.map((orientation) => compare(channelsOf(turnThumbnail(a, orientation)), work));
  if (turns.some(({ mean, most }) => mean <= sameMeanMax && most <= sameCellMax)) return 'same';
  const templates = turns.filter(({ correlation }) => correlation > templateCorrelation);
  if (templates.length === 0) return 'different';
  if (Math.min(chromaOf(a), chromaOf(b)) < greyMax) return 'grey';
  return paletteDifference(a, b) > recolouredMin ? 'recoloured' : 'series';
}

const turnThumbnail = (thumbnail: Uint8Array, orientation: (typeof orientations)[number]): Uint8Array =>
  Uint8Array.from(turnGrid(gridOf(thumbnail), orientation).values);

function gridOf(thumbnail: Uint8Array): Grid {
  return { values: Float64Array.from(thumbnail), side: Math.sqrt(thumbnail.length / 3), channels: 3 };
}

/** Red, green, blue, luma and the two colour differences, each by itself. */
function channelsOf(thumbnail: Uint8Array): Float64Array[] {
  const { luma, chroma } = splitColours(thumbnail);
  const cells = thumbnail.length / 3;
  const pick = (from: ArrayLike<number>, step: number, at: number) =>
    Float64Array.from({ length: cells }, (_, i) => from[i * step + at] as number);
  const rgb = [0, 1, 2].map((channel) => pick(thumbnail, 3, channel));
  return [...rgb, luma.values, pick(chroma.values, 2, 0), pick(chroma.values, 2, 1)];
}

function compare(a: Float64Array[], b: Float64Array[]) {
  let [sum, most] = [0, 0];
  const cells = (a[0] as Float64Array).length;
  for (let i = 0; i < cells; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const difference = Math.abs(at(a, channel, i) - at(b, channel, i));
      sum += difference;
      most = Math.max(most, difference);
    }
  }
  const correlation = Math.max(
    ...a.map((values, channel) => Math.abs(correlate(values, b[channel] as Float64Array))),
  );
  return { mean: sum / cells / 3, most, correlation };
}

const at = (channels: Float64Array[], channel: number, i: number) =>
  (channels[channel] as Float64Array)[i] as number;

/** Of values that vary at all: by less than a level they say nothing. */
function correlate(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [product, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return Math.min(squareA, squareB) < a.length ? 0 : product / Math.sqrt(squareA * squareB);
}

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

function chromaOf(thumbnail: Uint8Array): number {
  const { values } = splitColours(thumbnail).chroma;
  let sum = 0;
  for (let i = 0; i < values.length; i += 2) sum += Math.hypot(values[i] as number, values[i + 1] as number);
  return sum / (values.length / 2);
}

/** How far the colours of one have to move to become those of the other, wherever they lie: Cb and Cr added up. */
function paletteDifference(a: Uint8Array, b: Uint8Array): number {
  const [one, other] = [channelsOf(a), channelsOf(b)];
  return [4, 5].reduce((total, channel) => {
    const [x, y] = [one, other].map((channels) => (channels[channel] as Float64Array).toSorted());
    const moved = (x as Float64Array).reduce(
      (sum, value, i) => sum + Math.abs(value - ((y as Float64Array)[i] as number)),
      0,
    );
    return total + moved / (x as Float64Array).length;
  }, 0);
}
