/** Smooth chance over the plane, from 0 to 1. */
export type Noise = (x: number, y: number) => number;

/** Value noise: chance at whole places, blended between them. The same seed gives the same plane. */
export function noise(seed: number): Noise {
  const at = (x: number, y: number) => {
    let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
    return ((h ^ (h >>> 13)) >>> 0) / 2 ** 32;
  };
  return (x, y) => {
    const left = Math.floor(x);
    const top = Math.floor(y);
    const u = smooth(x - left);
    const v = smooth(y - top);
    const above = at(left, top) * (1 - u) + at(left + 1, top) * u;
    const below = at(left, top + 1) * (1 - u) + at(left + 1, top + 1) * u;
    return above * (1 - v) + below * v;
  };
}

/** Noise at several scales at once, each twice as fine and half as strong: clouds, stone, leaves. */
export function clouds(seed: number, octaves: number): Noise {
  const layers = Array.from({ length: octaves }, (_, index) => noise(seed + index * 101));
  const whole = 2 - 2 ** (1 - octaves);
  return (x, y) => {
    let sum = 0;
    let scale = 1;
    // Runs for every pixel, so it makes no iterator.
    for (let index = 0; index < octaves; index++, scale *= 2) {
      sum += (layers[index] as Noise)(x * scale, y * scale) / scale;
    }
    return sum / whole;
  };
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}
