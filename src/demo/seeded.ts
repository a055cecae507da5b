/** A source of chance that gives the same every time, so that the demo tells the same story on every machine. */
export interface Seeded {
  /** A whole number from 0 to `bound` − 1. */
  below(bound: number): number;
  /** A number from `low` to below `high`. */
  between(low: number, high: number): number;
  /** Whether something of this probability happens. */
  chance(probability: number): boolean;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** That many lower-case hex digits. */
  hex(digits: number): string;
}

/** mulberry32 by Tommy Ettinger (public domain): 32 bits of state are plenty for pictures and rows. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const unit = () => next() / 2 ** 32;
  return {
    below: (bound) => Math.floor(unit() * bound),
    between: (low, high) => low + unit() * (high - low),
    chance: (probability) => unit() < probability,
    pick: (list) => list[Math.floor(unit() * list.length)] as (typeof list)[number],
    hex: (digits) => Array.from({ length: digits }, () => (next() >>> 28).toString(16)).join(''),
  };
}
