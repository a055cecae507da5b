import { decideLikeness, hashMatchMax, pixelsMatchMax, possibleMax } from '../../src/images/decide.ts';
import type { NearPair } from './collisions.ts';

/** The distances a line is laid through; below them there are too few pairs, above them too many were not looked at. */
export const fitted = { from: 52, to: 72 } as const;

export interface Tail {
  /** Unordered pairs of different pictures that were compared. */
  pairs: number;
  /** log₁₀ of the share of pairs at a distance or less: intercept + slope × distance. */
  slope: number;
  intercept: number;
  /** Of near pairs of different pictures: those with too little colour; those of them whose light agrees. */
  greyShare: number;
  greyAgrees: number;
  /** Of the others: those whose colours agree; and those whose light does too. */
  colourAgrees: number;
  bothAgree: number;
  /** Extrapolated chance that a picture matches one work that is not its own. */
  perPair: number;
  /** 95 % upper bound of the same without any extrapolation: rule of three. */
  boundPerPair: number;
}

/** Lays a line through the logarithm of the tail and carries it on to the distances that decide. */
export function extrapolate(near: readonly NearPair[], pairs: number, falseMatches: number): Tail {
  const different = near.filter(({ relation }) => relation === 'different');
  const least = different.map(({ encounters }) => Math.min(...encounters.map(({ distance }) => distance)));
  const points: [number, number][] = [];
  for (let d = fitted.from; d <= fitted.to; d += 2) {
    const count = least.filter((distance) => distance <= d).length;
    if (count > 0) points.push([d, Math.log10(count / pairs)]);
  }
  const { slope, intercept } = line(points);
  const upTo = (d: number) => 10 ** (intercept + slope * d);
  const met = different.flatMap(({ encounters }) => encounters);
  const grey = met.filter(({ alike }) => alike === null || !alike.hasColour);
  const coloured = met.flatMap(({ alike }) => (alike?.hasColour ? [alike] : []));
  // What would decide if the hashes had come as near as each rule asks.
  const agree = coloured.filter((alike) => decideLikeness(pixelsMatchMax, alike) === 'match');
  const both = coloured.filter((alike) => decideLikeness(possibleMax, alike) === 'match');
  const light = grey.filter(({ alike }) => decideLikeness(hashMatchMax, alike) === 'match');
  const greyShare = grey.length / met.length;
  // Adding one keeps a share that was never seen from counting as impossible.
  const greyAgrees = (light.length + 1) / (grey.length + 1);
  const colourAgrees = (agree.length + 1) / (coloured.length + 1);
  const bothAgree = (both.length + 1) / (coloured.length + 1);
  const perPair =
    greyShare * greyAgrees * upTo(hashMatchMax) +
    (1 - greyShare) *
      (colourAgrees * upTo(pixelsMatchMax) + bothAgree * (upTo(possibleMax) - upTo(pixelsMatchMax)));
  const boundPerPair = poissonBound(falseMatches) / pairs;
  return { pairs, slope, intercept, greyShare, greyAgrees, colourAgrees, bothAgree, perPair, boundPerPair };
}

/** Rows of a million that match some work that is not theirs, with so many works registered. */
export const wrongPerMillion = (perPair: number, works: number): number =>
  1e6 * -Math.expm1(-works * perPair);

/** 95 % upper bound of a Poisson mean after `count` events: 3 after none. */
export function poissonBound(count: number): number {
  let [low, high] = [0, count * 3 + 20];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    let term = Math.exp(-middle);
    let sum = term;
    for (let k = 1; k <= count; k++) {
      term *= middle / k;
      sum += term;
    }
    if (sum > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

function line(points: readonly [number, number][]): { slope: number; intercept: number } {
  const n = points.length;
  const [meanX, meanY] = [0, 1].map(
    (axis) => points.reduce((sum, p) => sum + (p[axis] as number), 0) / n,
  ) as [number, number];
  let [product, square] = [0, 0];
  for (const [x, y] of points) {
    product += (x - meanX) * (y - meanY);
    square += (x - meanX) ** 2;
  }
  const slope = product / square;
  return { slope, intercept: meanY - slope * meanX };
}
