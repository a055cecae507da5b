import type { Octets } from './octets.ts';

/**
 * Comparison steps spent on one question before it is refused, some 25 ms of work. Twenty thousand star rules asked
 * about a URL of a hundred octets stay below; only files built to be slow reach it.
 */
export const robotsStepsMax = 4_000_000;

/** Counts single comparisons, so that a test can hold the work bounded and a question can be given up. */
export interface Work {
  steps: number;
  /** Default `robotsStepsMax`; `Infinity` never gives up. */
  stepsMax?: number;
}

const starCode = 0x2a;
const endCode = 0x24;
/** What the call of a search costs in comparisons, besides one for every octet passed. */
const searchSteps = 8;
/** Short enough that engines search for it by looking once at each place. */
const needleLengthMax = 6;

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
  let needle = '';
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
        needle = '';
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
    // On to the next place where what stands behind the star can begin.
    if (needle === '') needle = needleAt(pattern, star + 1, end);
    const again = path.indexOf(needle, retry + 1);
    steps += searchSteps + (again < 0 ? path.length : again) - retry;
    if (again < 0) break;
    retry = again;
    at = star + 1 + needle.length;
    seen = retry + needle.length;
  }
  work.steps += steps;
  return matches;
}

/** The beginning of what stands behind a star. */
function needleAt(pattern: Octets, from: number, end: number): string {
  const last = Math.min(end, from + needleLengthMax);
  let at = from + 1;
  while (at < last && pattern.charCodeAt(at) !== starCode) at++;
  return pattern.slice(from, at);
}
