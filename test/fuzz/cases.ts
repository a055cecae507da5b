import { seeded } from '../../src/demo/seeded.ts';
import type { AnyTarget } from './targets.ts';

/** What one case may take, for every 500 KB begun. */
export const caseMsMax = 50;
const bytesPerAllowance = 500_000;
/** A case that took too long is run again this often: the garbage of others is not its fault. */
const secondLooks = 4;

export interface Slowest {
  number: number;
  ms: number;
  bytes: number;
}

export interface Fuzzed {
  cases: number;
  bytes: number;
  slowest: Slowest;
}

/** A case that broke something; its number and the seed make it again. */
export class FuzzFailure extends Error {}

/**
 * Runs cases one after the other; each has a seed of its own, made of the seed and its number.
 *
 * @param now milliseconds; without it nothing is timed and nothing is too slow.
 * @throws FuzzFailure on the first case that throws, breaks an invariant or takes too long.
 */
export function runCases(
  target: AnyTarget,
  order: { cases: number; seed: number; first?: number; now?: () => number },
): Fuzzed {
  const { cases, seed, first = 0, now = () => 0 } = order;
  const fuzzed: Fuzzed = { cases, bytes: 0, slowest: { number: 0, ms: 0, bytes: 0 } };
  for (let number = first; number < first + cases; number++) {
    const input = target.generate(seeded(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number, 0x85ebca6b)));
    const bytes = target.bytesOf(input);
    const from = now();
    try {
      const output = target.run(input);
      const ms = now() - from;
      if (ms > fuzzed.slowest.ms)
        fuzzed.slowest = settled(target, input, { number, ms, bytes }, fuzzed.slowest, now);
      target.check(input, output);
    } catch (error) {
      const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new FuzzFailure(`case ${number} of seed ${seed}: ${words}\n${target.show(input)}`);
    }
    fuzzed.bytes += bytes;
  }
  return fuzzed;
}

function settled(
  target: AnyTarget,
  input: unknown,
  seen: Slowest,
  before: Slowest,
  now: () => number,
): Slowest {
  let { ms } = seen;
  for (let look = 0; look < secondLooks && ms > before.ms; look++) {
    const from = now();
    target.run(input);
    ms = Math.min(ms, now() - from);
  }
  const allowed = caseMsMax * Math.max(1, seen.bytes / bytesPerAllowance);
  if (ms > allowed) throw new Error(`${seen.bytes} bytes took ${ms.toFixed(1)} ms`);
  return ms > before.ms ? { ...seen, ms } : before;
}
