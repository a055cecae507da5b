import type { Pixels } from './canonical.ts';
import { assertPixels } from './canonical.ts';
import { hashBytes } from './hash256.ts';
import type { Luma } from './pdq-luma.ts';
import { blurLuma, lumaOf, miniatureOf, miniatureSide } from './pdq-luma.ts';

/** The name and version of this hash; it changes when any bit of any hash would. */
export const hasher = 'pdq/1';

/** The eight ways a picture can be turned and mirrored, by the names the PDQ reference gives them. */
export const orientations = [
  'orig',
  'rot90',
  'rot180',
  'rot270',
  'flipx',
  'flipy',
  'flipp',
  'flipm',
] as const;
export type Orientation = (typeof orientations)[number];

export interface Pdq {
  /** 32 bytes, most significant first. */
  hash: Uint8Array;
  /** 0 (nothing to see) to 100. */
  quality: number;
  /** Bits that the slightest change could turn: their coefficient is hardly above or below the median. 0 to 256. */
  unsureBits: number;
}

export interface DihedralPdq extends Omit<Pdq, 'hash'> {
  hashes: Record<Orientation, Uint8Array>;
}

/** Pictures with a shorter side have the zero hash and quality 0 (reference: MIN_HASHABLE_DIM). */
const sideMinPx = 5;

/** Coefficients kept each way: frequencies 1 to 16 of 64. */
const kept = 16;

/**
 * A turned or mirrored picture has the same DCT coefficients up to transposition and sign, so all eight hashes
 * come from one transform. `negates` is by row and column of the coefficient before transposition.
 */
const turns: Record<Orientation, { transposes: boolean; negates: (i: number, j: number) => boolean }> = {
  orig: { transposes: false, negates: () => false },
  rot90: { transposes: true, negates: (_, j) => j % 2 === 0 },
  rot180: { transposes: false, negates: (i, j) => (i + j) % 2 === 1 },
  rot270: { transposes: true, negates: (i) => i % 2 === 0 },
  flipx: { transposes: false, negates: (i) => i % 2 === 0 },
  flipy: { transposes: false, negates: (_, j) => j % 2 === 0 },
  flipp: { transposes: true, negates: () => false },
  flipm: { transposes: true, negates: (i, j) => (i + j) % 2 === 1 },
};

/** Cosines of the discrete transform, 16 × 64, each rounded once to a 32-bit float. */
const cosines = (() => {
  const scale = Math.fround(Math.sqrt(2 / miniatureSide));
  const matrix = new Float32Array(kept * miniatureSide);
  for (let i = 0; i < kept; i++) {
    for (let j = 0; j < miniatureSide; j++) {
      matrix[i * miniatureSide + j] = scale * Math.cos((Math.PI / 2 / miniatureSide) * (i + 1) * (2 * j + 1));
    }
  }
  return matrix;
})();

/**
 * PDQ of a picture (facebook/ThreatExchange, pdq/cpp at baefb4ed), bit for bit as the reference computes it from
 * the same pixels. Alpha is ignored: flatten first (`flattenOnWhite`).
 *
 * @throws RangeError when the pixels are not width × height × 4 bytes.
 */
export function pdq(pixels: Pixels): Pdq {
  const { hashes, ...about } = pdqOf(pixels, ['orig']);
  return { hash: hashes.orig as Uint8Array, ...about };
}

/**
 * PDQ of a picture and of its seven turned and mirrored forms; nearly free beside `pdq`.
 *
 * @param blurred the picture's blurred luma, where it is at hand.
 */
export function pdqDihedral(pixels: Pixels, blurred?: Luma): DihedralPdq {
  const { hashes, ...about } = pdqOf(pixels, orientations, blurred);
  return { hashes: hashes as Record<Orientation, Uint8Array>, ...about };
}

/**
 * What the hash of a picture becomes when the picture is turned, told from the hash alone: a bit moves with its
 * coefficient and flips with its sign. Near, not exact, because the median of the turned coefficients is another.
 */
export function turnHash(hash: Uint8Array, orientation: Orientation): Uint8Array {
  const { transposes, negates } = turns[orientation];
  const turned = new Uint8Array(hashBytes);
  for (let i = 0; i < kept; i++) {
    for (let j = 0; j < kept; j++) {
      const from = i * kept + j;
      const isSet = (((hash[hashBytes - 1 - (from >> 3)] as number) >> (from & 7)) & 1) === 1;
      if (isSet === negates(i, j)) continue;
      const to = transposes ? j * kept + i : from;
      const byte = hashBytes - 1 - (to >> 3);
      turned[byte] = (turned[byte] as number) | (1 << (to & 7));
    }
  }
  return turned;
}

function pdqOf(pixels: Pixels, wanted: readonly Orientation[], blurred?: Luma) {
  assertPixels(pixels);
  const hashes: Partial<Record<Orientation, Uint8Array>> = {};
  if (pixels.width < sideMinPx || pixels.height < sideMinPx) {
    for (const orientation of wanted) hashes[orientation] = new Uint8Array(hashBytes);
    return { hashes, quality: 0, unsureBits: hashBytes * 8 };
  }
  const miniature = miniatureOf(blurred ?? blurLuma(lumaOf(pixels)));
  const coefficients = transform(miniature);
  for (const orientation of wanted) hashes[orientation] = bitsOf(turn(coefficients, orientation));
  return { hashes, quality: qualityOf(miniature), unsureBits: unsureBitsOf(coefficients) };
}

/**
 * PDQ of a 64 × 64 miniature made in another way than the reference does.
 *
 * @param miniature luma from 0 to 255, row by row.
 */
export function pdqOfMiniature(miniature: Float32Array): Pdq {
  const coefficients = transform(miniature);
  return {
    hash: bitsOf(coefficients),
    quality: qualityOf(miniature),
    unsureBits: unsureBitsOf(coefficients),
  };
}

/** Rows and columns 1 to 16 of the two-dimensional DCT of the miniature: D · A · Dᵀ in 32-bit floats. */
function transform(miniature: Float32Array): Float32Array {
  const half = new Float32Array(kept * miniatureSide);
  for (let i = 0; i < kept; i++) {
    for (let j = 0; j < miniatureSide; j++) {
      let sum = 0;
      for (let k = 0; k < miniatureSide; k++) {
        const term =
          (cosines[i * miniatureSide + k] as number) * (miniature[k * miniatureSide + j] as number);
        sum = Math.fround(sum + Math.fround(term));
      }
      half[i * miniatureSide + j] = sum;
    }
  }
  const coefficients = new Float32Array(kept * kept);
  for (let i = 0; i < kept; i++) {
    for (let j = 0; j < kept; j++) {
      let sum = 0;
      for (let k = 0; k < miniatureSide; k++) {
        const term = (half[i * miniatureSide + k] as number) * (cosines[j * miniatureSide + k] as number);
        sum = Math.fround(sum + Math.fround(term));
      }
      coefficients[i * kept + j] = sum;
    }
  }
  return coefficients;
}

function turn(coefficients: Float32Array, orientation: Orientation): Float32Array {
  const { transposes, negates } = turns[orientation];
  const turned = new Float32Array(coefficients.length);
  for (let i = 0; i < kept; i++) {
    for (let j = 0; j < kept; j++) {
      const value = coefficients[i * kept + j] as number;
      turned[transposes ? j * kept + i : i * kept + j] = negates(i, j) ? -value : value;
    }
  }
  return turned;
}

/** One bit per coefficient: above the lower median or not. Bit 0 is the last bit of the last byte. */
function bitsOf(coefficients: Float32Array): Uint8Array {
  const median = medianOf(coefficients);
  const hash = new Uint8Array(hashBytes);
  for (let k = 0; k < coefficients.length; k++) {
    if ((coefficients[k] as number) > median) {
      const byte = hashBytes - 1 - (k >> 3);
      hash[byte] = (hash[byte] as number) | (1 << (k & 7));
    }
  }
  return hash;
}

/** A coefficient this near the median, in levels, changes sides with the noise of a re-encoding. */
const unsureWithin = 1;

function unsureBitsOf(coefficients: Float32Array): number {
  const median = medianOf(coefficients);
  let unsure = 0;
  for (const value of coefficients) if (Math.abs(value - median) < unsureWithin) unsure++;
  return unsure;
}

/** The lower median, as the reference takes it. */
function medianOf(coefficients: Float32Array): number {
  return coefficients.slice().sort()[coefficients.length / 2 - 1] as number;
}

/** Sum of neighbouring differences in whole percent of the range, over 90, at most 100. */
function qualityOf(miniature: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < miniatureSide; i++) {
    for (let j = 0; j < miniatureSide; j++) {
      const at = i * miniatureSide + j;
      if (i + 1 < miniatureSide) sum += step(miniature, at, at + miniatureSide);
      if (j + 1 < miniatureSide) sum += step(miniature, at, at + 1);
    }
  }
  return Math.min(100, Math.floor(sum / 90));
}

function step(miniature: Float32Array, a: number, b: number): number {
  const difference = Math.fround((miniature[a] as number) - (miniature[b] as number));
  return Math.abs(Math.trunc(Math.fround(Math.fround(difference * 100) / 255)));
}
