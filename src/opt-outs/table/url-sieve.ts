import { hostCharsMax, hostLabelsMax, pathSegmentsMax, prefixPathCharsMax } from '../scope.ts';
import { type Labels, roomForLabels, scanCleanHost, scanCleanPath } from './clean-scan.ts';
import { filterShift, marked, marks } from './filter.ts';
import { shiftBits } from './key-hash.ts';
import type { RecordTable } from './layout.ts';
import { slotOf } from './table.ts';

// Nearly no URL of a dataset is covered by a record. To say so for one URL takes a dozen looks at memory that lies
// anywhere, and a processor waits for each. The sieve takes many URLs in steps: it hashes them all, then looks all
// hashes up, so that the waiting is done side by side. What it lets through, the exact matcher decides.

/** URLs sieved in one go; what is kept of them stays in the first two levels of a processor's cache. */
export const sieveRowsMax = 4_096;

/** What is known of a URL after the sieve. */
export const sieved = { none: 0, maybe: 1, notClean: 2 } as const;

const hostsKept = 1_024;
const hostBytesKept = 64;
const comma = 0x2c;
const bracket = 0x29;
const slash = 0x2f;

const hasUrls = 1;
const hasPrefixes = 2;
const hasDomain = 4;
const isPending = 8;

export interface UrlSieve {
  /**
   * Says of each URL whether the exact matcher could find anything. It never says `none` of one that a record covers.
   *
   * @param bytes texts in UTF-8; URL `i` lies between `starts[first + i]` and `ends[first + i]`.
   * @param count up to `sieveRowsMax`.
   * @returns one word of `sieved` a URL; the same memory each time. `skip` leaves out a URL that starts there.
   */
  sieve(
    bytes: Uint8Array,
    starts: Uint32Array,
    ends: Uint32Array,
    first: number,
    count: number,
    skip: number,
  ): Uint8Array;
  /** Of the last URLs, the place where the host ends; 0 for those that are not clean. */
  hostEnds: Uint32Array;
}

export function createUrlSieve(table: RecordTable): UrlSieve {
  const { filter, slots, head } = table;
  const { startA, startB, timesA, timesB } = table.hash;
  const { slots: slotCount, probes } = head;
  const shift = filterShift(filter.length);
  const verdicts = new Uint8Array(sieveRowsMax);
  const hostEnds = new Uint32Array(sieveRowsMax);
  const flags = new Uint8Array(sieveRowsMax);
  const hashesA = new Int32Array(sieveRowsMax);
  const hashesB = new Int32Array(sieveRowsMax);
  const labels: Labels = roomForLabels();
  const asked = candidates(sieveRowsMax * 8);
  const slotsAsked = candidates(sieveRowsMax * 8);
  // Hosts met last, by a cheap hash: on a dataset's large sites the same one comes again and again.
  const keptBytes = new Uint8Array(hostsKept * hostBytesKept);
  const keptLengths = new Uint8Array(hostsKept);
  const keptFlags = new Uint8Array(hostsKept);
  const keptA = new Int32Array(hostsKept);
  const keptB = new Int32Array(hostsKept);
  const placeOf = new Int32Array(sieveRowsMax);

  /** Finds a host among those met last. @returns its place, or -1 less the place it could have. */
  function keptPlace(bytes: Uint8Array, from: number, to: number): number {
    const length = to - from;
    if (length > hostBytesKept || length < 8) return Number.MIN_SAFE_INTEGER;
    const one =
      (bytes[from] as number) | ((bytes[from + 1] as number) << 8) | ((bytes[from + 2] as number) << 16);
    const middle = from + (length >> 1);
    const two =
      (bytes[middle - 1] as number) |
      ((bytes[middle] as number) << 8) |
      ((bytes[middle + 1] as number) << 16);
    const hash = Math.imul(Math.imul(one ^ (length << 24), 0x9e3779b1) ^ two, 0x85ebca6b);
    const place = (hash ^ (hash >>> 15)) & (hostsKept - 1);
    if (keptLengths[place] !== length) return -1 - place;
    for (let at = from, own = place * hostBytesKept; at < to; at += 1, own += 1) {
      if (keptBytes[own] !== bytes[at]) return -1 - place;
    }
    return place;
  }

  /** Hashes the host of row `row`, and notes every domain it lies in, and itself with its bracket. */
  function askHost(bytes: Uint8Array, pathAt: number, row: number): void {
    let a = startA;
    let b = startB;
    let length = 0;
    let end = pathAt;
    const { at: starts, count } = labels;
    for (let label = count - 1; label >= 0; label -= 1) {
      const start = starts[label] as number;
      for (let at = start; at < end; at += 1) {
        const byte = bytes[at] as number;
        a = Math.imul(a ^ byte, timesA);
        a ^= a >>> shiftBits;
        b = Math.imul(b ^ byte, timesB);
        b ^= b >>> shiftBits;
      }
      length += end - start;
      const depth = count - label;
      if (depth >= 2 && depth <= hostLabelsMax && length <= hostCharsMax) push(asked, a, b, 2 * row);
      const mark = label === 0 ? bracket : comma;
      a = Math.imul(a ^ mark, timesA);
      a ^= a >>> shiftBits;
      b = Math.imul(b ^ mark, timesB);
      b ^= b >>> shiftBits;
      length += 1;
      end = start - 1;
    }
    hashesA[row] = a;
    hashesB[row] = b;
    push(asked, a, b, 2 * row + 1);
  }

  /** Looks up what was noted of hosts. A domain that may be there is looked for among the keys. */
  function lookUpHosts(): void {
    const { a: allA, b: allB, of } = asked;
    const words = wordsOf(asked);
    for (let at = 0; at < asked.count; at += 1) words[at] = filter[(allA[at] as number) >>> shift] as number;
    for (let at = 0; at < asked.count; at += 1) {
      const word = words[at] as number;
      const b = allB[at] as number;
      const row = (of[at] as number) >>> 1;
      if (((of[at] as number) & 1) === 0) {
        const bits = marked(b, marks.key);
        if ((word & bits) === bits) push(slotsAsked, allA[at] as number, b, row);
        continue;
      }
      const urls = marked(b, marks.urls);
      const prefixes = marked(b, marks.prefixes);
      if ((word & urls) === urls) flags[row] = (flags[row] as number) | hasUrls;
      if ((word & prefixes) === prefixes) flags[row] = (flags[row] as number) | hasPrefixes;
    }
    asked.count = 0;
  }

  /** Looks hashes up among the keys; `take` is called for each that is there, as far as 64 bits tell. */
  function lookUpKeys(take: (row: number) => void): void {
    const { a: allA, b: allB, of } = slotsAsked;
    const firsts = wordsOf(slotsAsked);
    for (let at = 0; at < slotsAsked.count; at += 1) {
      firsts[at] = slots[2 * slotOf(allA[at] as number, slotCount) + 1] as number;
    }
    for (let at = 0; at < slotsAsked.count; at += 1) {
      if (firsts[at] === -1) continue;
      let slot = slotOf(allA[at] as number, slotCount);
      for (let probe = 0; probe < probes; probe += 1) {
        if (slots[2 * slot + 1] === -1) break;
        if (slots[2 * slot] === allB[at]) {
          take(of[at] as number);
          break;
        }
        slot = slot + 1 === slotCount ? 0 : slot + 1;
      }
    }
    slotsAsked.count = 0;
  }

  /** Hashes path and query of a URL whose host has rules for them, and notes prefixes and the URL itself. */
  function askPath(bytes: Uint8Array, pathAt: number, end: number, row: number): void {
    const pathEnd = scanCleanPath(bytes, pathAt, end);
    if (pathEnd < 0) {
      verdicts[row] = sieved.notClean;
      return;
    }
    const own = flags[row] as number;
    let a = hashesA[row] as number;
    let b = hashesB[row] as number;
    let at = pathAt;
    if ((own & hasPrefixes) !== 0) {
      const last = Math.min(pathEnd, pathAt + prefixPathCharsMax);
      for (let segments = 0; at < last; at += 1) {
        const byte = bytes[at] as number;
        // Where a segment ends there may be `/art`, and behind its slash `/art/` with what lies below it.
        if (byte === slash && segments > 0 && bytes[at - 1] !== slash) push(asked, a, b, row);
        if (byte === slash) segments += 1;
        if (segments > pathSegmentsMax) break;
        a = Math.imul(a ^ byte, timesA);
        a ^= a >>> shiftBits;
        b = Math.imul(b ^ byte, timesB);
        b ^= b >>> shiftBits;
        if (byte === slash) push(asked, a, b, row);
      }
      if (at === pathEnd && bytes[at - 1] !== slash) push(asked, a, b, row);
    }
    if ((own & hasUrls) === 0) return;
    for (; at < end; at += 1) {
      const byte = bytes[at] as number;
      a = Math.imul(a ^ byte, timesA);
      a ^= a >>> shiftBits;
      b = Math.imul(b ^ byte, timesB);
      b ^= b >>> shiftBits;
    }
    push(slotsAsked, a, b, row);
  }

  function lookUpPrefixes(): void {
    const { a: allA, b: allB, of } = asked;
    const words = wordsOf(asked);
    for (let at = 0; at < asked.count; at += 1) words[at] = filter[(allA[at] as number) >>> shift] as number;
    for (let at = 0; at < asked.count; at += 1) {
      const bits = marked(allB[at] as number, marks.key);
      if (((words[at] as number) & bits) === bits) {
        push(slotsAsked, allA[at] as number, allB[at] as number, of[at] as number);
      }
    }
    asked.count = 0;
  }

  function sieveHosts(
    bytes: Uint8Array,
    starts: Uint32Array,
    ends: Uint32Array,
    first: number,
    count: number,
    skip: number,
  ) {
    for (let row = 0; row < count; row += 1) {
      const from = starts[first + row] as number;
      verdicts[row] = sieved.none;
      flags[row] = 0;
      hostEnds[row] = 0;
      placeOf[row] = -1;
      if (from === skip) continue;
      const pathAt = scanCleanHost(bytes, from, ends[first + row] as number, labels);
      if (pathAt < 0) {
        verdicts[row] = sieved.notClean;
        continue;
      }
      hostEnds[row] = pathAt;
      const hostAt = labels.at[0] as number;
      const place = keptPlace(bytes, hostAt, pathAt);
      if (place >= 0 && ((keptFlags[place] as number) & isPending) === 0) {
        flags[row] = keptFlags[place] as number;
        hashesA[row] = keptA[place] as number;
        hashesB[row] = keptB[place] as number;
        continue;
      }
      askHost(bytes, pathAt, row);
      if (place >= 0 || place === Number.MIN_SAFE_INTEGER) continue;
      const own = -1 - place;
      placeOf[row] = own;
      keptLengths[own] = pathAt - hostAt;
      keptBytes.set(bytes.subarray(hostAt, pathAt), own * hostBytesKept);
      keptFlags[own] = isPending;
    }
  }

  return {
    hostEnds,
    sieve(bytes, starts, ends, first, count, skip) {
      sieveHosts(bytes, starts, ends, first, count, skip);
      lookUpHosts();
      lookUpKeys((row) => {
        flags[row] = (flags[row] as number) | hasDomain;
      });
      for (let row = 0; row < count; row += 1) {
        const place = placeOf[row] as number;
        if (place >= 0) {
          keptFlags[place] = flags[row] as number;
          keptA[place] = hashesA[row] as number;
          keptB[place] = hashesB[row] as number;
        }
      }
      for (let row = 0; row < count; row += 1) {
        const own = flags[row] as number;
        if (own === 0) continue;
        if ((own & hasDomain) !== 0) verdicts[row] = sieved.maybe;
        else askPath(bytes, hostEnds[row] as number, ends[first + row] as number, row);
      }
      lookUpPrefixes();
      lookUpKeys((row) => {
        verdicts[row] = sieved.maybe;
      });
      return verdicts;
    },
  };
}

/** Hashes to be looked up, and whose they are. */
interface Candidates {
  a: Int32Array;
  b: Int32Array;
  of: Int32Array;
  words: Int32Array;
  count: number;
}

function candidates(room: number): Candidates {
  return {
    a: new Int32Array(room),
    b: new Int32Array(room),
    of: new Int32Array(room),
    words: new Int32Array(room),
    count: 0,
  };
}

function push(list: Candidates, a: number, b: number, of: number): void {
  if (list.count === list.a.length) grow(list);
  const { count } = list;
  list.a[count] = a;
  list.b[count] = b;
  list.of[count] = of;
  list.count = count + 1;
}

function grow(list: Candidates): void {
  for (const name of ['a', 'b', 'of', 'words'] as const) {
    const larger = new Int32Array(2 * list[name].length);
    larger.set(list[name]);
    list[name] = larger;
  }
}

const wordsOf = ({ words }: Candidates): Int32Array => words;
