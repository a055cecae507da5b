import { hostCharsMax, hostLabelsMax, pathSegmentsMax, prefixPathCharsMax } from '../scope.ts';
import { filterShift, type Mark, marked, marks } from './filter.ts';
import { shiftBits } from './key-hash.ts';
import { keyBytesMax } from './keys.ts';
import type { RecordTable } from './layout.ts';
import { findRow, hasKeyOfRowBefore, kindOf, numberOfKind } from './table.ts';

const domain = numberOfKind('domain');
const prefix = numberOfKind('prefix');
const url = numberOfKind('url');

const slash = 0x2f;

/**
 * Builds the key of a URL piece by piece, and on the way looks up every beginning of it that `lookupKeys` would name.
 * One hash runs along, so each of them costs a look at the filter.
 */
export interface SurtReader {
  /** Forgets the key and what was found. */
  begin(): void;
  /** Appends bytes of the key. */
  append(bytes: Uint8Array, from: number, to: number): void;
  appendByte(byte: number): void;
  /** Takes the rows of the domain that the key now is. @param labels how many it has. */
  takeDomain(labels: number): void;
  /** Says that the key is a whole authority with its bracket. @returns whether records may speak of paths below it. */
  endHost(): boolean;
  /** Appends path and query, and takes the rows of the URL's prefixes and its own. */
  takePath(bytes: Uint8Array, pathAt: number, pathEnd: number, end: number): void;
  count(): number;
  rows(): Uint32Array;
}

export function createSurtReader(table: RecordTable): SurtReader {
  const { filter } = table;
  const { startA, startB, timesA, timesB } = table.hash;
  const shift = filterShift(filter.length);
  const key = new Uint8Array(keyBytesMax);
  let length = 0;
  let a = 0;
  let b = 0;
  let rows = new Uint32Array(64);
  let count = 0;
  let hasUrls = false;
  let hasPrefixes = false;

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

  function has(mark: Mark): boolean {
    const bits = marked(b, mark);
    return ((filter[a >>> shift] as number) & bits) === bits;
  }

  /** Adds the rows of one kind that have the key as it is. */
  function take(kind: number): void {
    let row = findRow(table, a, b, key, length);
    if (row === -1) return;
    do {
      if (kindOf(table, row) === kind) push(row);
      row += 1;
    } while (hasKeyOfRowBefore(table, row));
  }

  function push(row: number): void {
    if (count === rows.length) {
      const larger = new Uint32Array(2 * rows.length);
      larger.set(rows);
      rows = larger;
    }
    rows[count] = row;
    count += 1;
  }

  /** The two prefixes that end at each segment: `/art/` with what is below, and `/art`. */
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

  return {
    begin() {
      length = 0;
      a = startA;
      b = startB;
      count = 0;
    },
    append,
    appendByte,
    takeDomain(labels) {
      // From two labels on: a single one is always a public suffix.
      if (labels < 2 || labels > hostLabelsMax || length > hostCharsMax) return;
      if (has(marks.key)) take(domain);
    },
    endHost() {
      hasUrls = has(marks.urls);
      hasPrefixes = has(marks.prefixes);
      return hasUrls || hasPrefixes;
    },
    takePath(bytes, pathAt, pathEnd, end) {
      if (hasPrefixes) takePrefixes(bytes, pathAt, pathEnd);
      else append(bytes, pathAt, pathEnd);
      if (!hasUrls) return;
      append(bytes, pathEnd, end);
      take(url);
    },
    count: () => count,
    rows: () => rows,
  };
}
