import { hostCharsMax, hostLabelsMax, lookupKeys, pathSegmentsMax, prefixPathCharsMax } from '../scope.ts';
import { urlCharsMax } from '../url-key.ts';
import { roomForLabels, scanCleanHost, scanCleanPath } from './clean-scan.ts';
import { filterShift, type Mark, marked, marks } from './filter.ts';
import { shiftBits } from './key-hash.ts';
import type { RecordTable } from './layout.ts';
import { findRow, hasKeyOfRowBefore, kindOf, numberOfKind, rowsOfKey } from './table.ts';

/** Asks a table which records cover a URL. It answers one question after the other: each thread makes its own. */
export interface UrlMatcher {
  /**
   * @param bytes text in UTF-8, from `from` up to `to`; what is ill-formed is read as U+FFFD.
   * @returns how many rows cover the URL, -1 when the text is no URL.
   * @throws RangeError for a broken table.
   */
  match(bytes: Uint8Array, from: number, to: number): number;
  /** The same for a text. */
  matchText(url: string): number;
  /** The rows of the last answer, in the order of `lookupKeys`, up to the count it gave. */
  rows(): Uint32Array;
}

const domain = numberOfKind('domain');
const prefix = numberOfKind('prefix');
const url = numberOfKind('url');

const comma = 0x2c;
const slash = 0x2f;
const bracket = 0x29;

/** UTF-8 takes up to three bytes for a UTF-16 unit, and no longer text is a URL. */
const urlBytesMax = 3 * urlCharsMax;

/**
 * The rows that cover a URL, found by its keys as text: what a matcher must answer, and how it answers where a URL is
 * not clean.
 * @returns null when the text is no URL.
 */
export function rowsCovering(table: RecordTable, text: string): number[] | null {
  const keys = lookupKeys(text);
  if (keys === null) return null;
  const ofKind = (key: string, kind: number) =>
    rowsOfKey(table, key).filter((row) => kindOf(table, row) === kind);
  return [
    ...keys.domains.flatMap((key) => ofKind(key, domain)),
    ...keys.prefixes.flatMap((key) => ofKind(key, prefix)),
    ...ofKind(keys.url, url),
  ];
}

export function createUrlMatcher(table: RecordTable): UrlMatcher {
  const { filter } = table;
  const { startA, startB, timesA, timesB } = table.hash;
  const shift = filterShift(filter.length);
  const labels = roomForLabels();
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const encoded = new Uint8Array(urlBytesMax);
  // The key of the URL grows here, with the state of its hash beside it, so that each of its beginnings is at hand.
  const key = new Uint8Array(urlCharsMax);
  let length = 0;
  let a = 0;
  let b = 0;
  let rows = new Uint32Array(64);
  let count = 0;

  function push(row: number): void {
    if (count === rows.length) {
      const larger = new Uint32Array(2 * rows.length);
      larger.set(rows);
      rows = larger;
    }
    rows[count] = row;
    count += 1;
  }

  function has(mark: Mark): boolean {
    const bits = marked(b, mark);
    return ((filter[a >>> shift] as number) & bits) === bits;
  }

  /** Adds the rows of one kind that have the key as it stands. */
  function take(kind: number): void {
    let row = findRow(table, a, b, key, length);
    if (row === -1) return;
    do {
      if (kindOf(table, row) === kind) push(row);
      row += 1;
    } while (hasKeyOfRowBefore(table, row));
  }

  function append(bytes: Uint8Array, from: number, to: number): void {
    let nextA = a;
    let nextB = b;
    let next = length;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at] as number;
      key[next] = byte;
      next += 1;
      nextA = Math.imul(nextA ^ byte, timesA);
      nextA ^= nextA >>> shiftBits;
      nextB = Math.imul(nextB ^ byte, timesB);
      nextB ^= nextB >>> shiftBits;
    }
    a = nextA;
    b = nextB;
    length = next;
  }

  function appendByte(byte: number): void {
    key[length] = byte;
    length += 1;
    a = Math.imul(a ^ byte, timesA);
    a ^= a >>> shiftBits;
    b = Math.imul(b ^ byte, timesB);
    b ^= b >>> shiftBits;
  }

  /** Builds the key of a host from its last label on, and asks for each domain on the way. */
  function takeDomains(bytes: Uint8Array, pathAt: number): void {
    const { at: starts, count: labelCount } = labels;
    a = startA;
    b = startB;
    length = 0;
    let end = pathAt;
    for (let label = labelCount - 1; label >= 0; label -= 1) {
      if (length > 0) appendByte(comma);
      const start = starts[label] as number;
      append(bytes, start, end);
      end = start - 1;
      // From two labels on: a single one is always a public suffix.
      const depth = labelCount - label;
      if (depth >= 2 && depth <= hostLabelsMax && length <= hostCharsMax && has(marks.key)) take(domain);
    }
    appendByte(bracket);
  }

  /** Appends a path and asks for the two prefixes that end at each of its segments: `/art/` and `/art`. */
  function takePrefixes(bytes: Uint8Array, pathAt: number, pathEnd: number): void {
    let at = pathAt;
    for (let segment = 1; segment <= pathSegmentsMax && at < pathEnd; segment += 1) {
      appendByte(slash);
      if (at + 1 - pathAt <= prefixPathCharsMax && has(marks.key)) take(prefix);
      let end = at + 1;
      while (end < pathEnd && bytes[end] !== slash) end += 1;
      append(bytes, at + 1, end);
      if (end > at + 1 && end - pathAt <= prefixPathCharsMax && has(marks.key)) take(prefix);
      at = end;
    }
    append(bytes, at, pathEnd);
  }

  function matchSlowly(text: string): number {
    const found = rowsCovering(table, text);
    if (found === null) return -1;
    count = 0;
    for (const row of found) push(row);
    return count;
  }

  /** @returns -2 where only the slow way can tell. */
  function matchClean(bytes: Uint8Array, from: number, to: number): number {
    count = 0;
    const pathAt = scanCleanHost(bytes, from, to, labels);
    if (pathAt < 0) return -2;
    takeDomains(bytes, pathAt);
    // Nothing behind the host makes it another one or the URL none, so for most URLs this is all there is to read.
    const hasUrls = has(marks.urls);
    const hasPrefixes = has(marks.prefixes);
    if (!hasUrls && !hasPrefixes) return count;
    const pathEnd = scanCleanPath(bytes, pathAt, to);
    if (pathEnd < 0) return -2;
    if (hasPrefixes) takePrefixes(bytes, pathAt, pathEnd);
    else append(bytes, pathAt, pathEnd);
    if (hasUrls) {
      append(bytes, pathEnd, to);
      take(url);
    }
    return count;
  }

  return {
    match(bytes, from, to) {
      const found = matchClean(bytes, from, to);
      if (found !== -2) return found;
      if (to - from > urlBytesMax) return -1;
      // A copy, for text is not decoded from shared memory everywhere.
      return matchSlowly(decoder.decode(bytes.slice(from, to)));
    },
    matchText(text) {
      if (text.length > urlCharsMax) return -1;
      const { written } = encoder.encodeInto(text, encoded);
      const found = matchClean(encoded, 0, written);
      return found === -2 ? matchSlowly(text) : found;
    },
    rows: () => rows,
  };
}
