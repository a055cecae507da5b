import type { Octets } from './robots-octets.ts';

/**
 * Comparison steps spent on one question before it is refused. A 500 KiB file of star rules asked about a
 * 500-octet URL stays below; only files built to be slow reach it.
 */
export const robotsStepsMax = 8_000_000;

/** Counts single comparisons, so that a test can hold the work bounded and a question can be given up. */
export interface Work {
  steps: number;
  /** Default `robotsStepsMax`; `Infinity` never gives up. */
  stepsMax?: number;
}

const starCode = 0x2a;
const endCode = 0x24;

/**
 * Does a normalised pattern match the beginning of a normalised path (RFC 9309 §2.2.3)? Two pointers, and only the
 * last star is ever taken back: no recursion, no exponential case, at most pattern × path steps.
 */
export function patternMatches(pattern: Octets, path: Octets, work: Work = { steps: 0 }): boolean {
  const { length } = pattern;
  if (length === 0) return false;
  const stepsLeft = (work.stepsMax ?? robotsStepsMax) - work.steps;
  const anchored = pattern.charCodeAt(length - 1) === endCode;
  const end = anchored ? length - 1 : length;
  let at = 0;
  let seen = 0;
  let star = -1;
  let retry = 0;
  let steps = 0;
  let matches = false;
  for (;;) {
    steps++;
    if (at === end) {
      if (!anchored || seen === path.length) {
        matches = true;
        break;
      }
    } else {
      const code = pattern.charCodeAt(at);
      if (code === starCode) {
        star = at++;
        retry = seen;
        // What stands behind the last star of a pattern without an end may be anything.
        if (at === end) {
          matches = true;
          break;
        }
        continue;
      }
      if (seen < path.length && code === path.charCodeAt(seen)) {
        at++;
        seen++;
        continue;
      }
      // Taking the star further leaves less path, so what ran out of path once will run out again.
      if (seen === path.length) break;
    }
    if (star < 0 || steps > stepsLeft) break;
    at = star + 1;
    seen = ++retry;
  }
  work.steps += steps;
  return matches;
}
