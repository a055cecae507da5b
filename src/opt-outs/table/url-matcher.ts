import type { SubjectKind } from '../record.ts';
import { lookupKeys } from '../scope.ts';
import { urlCharsMax, urlKey } from '../url-key.ts';
import { roomForLabels, scanCleanHost, scanCleanPath } from './clean-scan.ts';
import { keyBytesMax } from './keys.ts';
import type { RecordTable } from './layout.ts';
import { createSurtReader } from './surt-reader.ts';
import { kindOf, numberOfKind, rowsOfKey } from './table.ts';

/** Asks a table which records cover a URL. It answers one question after the other: each thread makes its own. */
export interface UrlMatcher {
  /**
   * @param bytes text in UTF-8, from `from` up to `to`; what is ill-formed is read as U+FFFD.
   * @returns how many rows cover the URL, -1 when the text is no URL.
   * @throws RangeError for a broken table.
   */
  match(bytes: Uint8Array, from: number, to: number): number;
  /** The same, but only for a clean URL: `notClean` for whatever has to be parsed, or is longer than any URL. */
  matchClean(bytes: Uint8Array, from: number, to: number): number;
  /** The same as `match` for a text. */
  matchText(url: string): number;
  /** The rows of the last answer, in the order of `lookupKeys`, up to the count it gave. */
  rows(): Uint32Array;
}

const comma = 0x2c;
const bracket = 0x29;

/** UTF-8 takes up to three bytes for a UTF-16 unit, and no longer text is a URL. */
const urlBytesMax = 3 * urlCharsMax;

/** What is said of a URL whose key only parsing can tell. */
export const notClean = -2;

/**
 * The rows that cover a URL, found key by key as a database finds them: what every matcher must say. For a check of one.
 * @returns null when the text is no URL.
 * @throws RangeError for a broken table.
 */
export function rowsCovering(table: RecordTable, text: string): number[] | null {
  const keys = lookupKeys(text);
  if (keys === null) return null;
  const ofKind = (key: string, kind: SubjectKind) =>
    rowsOfKey(table, key).filter((row) => kindOf(table, row) === numberOfKind(kind));
  return [
    ...keys.domains.flatMap((key) => ofKind(key, 'domain')),
    ...keys.prefixes.flatMap((key) => ofKind(key, 'prefix')),
    ...ofKind(keys.url, 'url'),
  ];
}

export function createUrlMatcher(table: RecordTable): UrlMatcher {
  const reader = createSurtReader(table);
  const labels = roomForLabels();
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const encoded = new Uint8Array(urlBytesMax);
  const surt = new Uint8Array(keyBytesMax);

  /** Makes the key of a clean URL by reshaping its bytes, as `fastSurt` does. */
  function matchClean(bytes: Uint8Array, from: number, to: number): number {
    const pathAt = scanCleanHost(bytes, from, to, labels);
    if (pathAt < 0) return notClean;
    reader.begin();
    let end = pathAt;
    for (let label = labels.count - 1; label >= 0; label -= 1) {
      const start = labels.at[label] as number;
      reader.append(bytes, start, end);
      reader.takeDomain(labels.count - label);
      reader.appendByte(label === 0 ? bracket : comma);
      end = start - 1;
    }
    // Nothing behind the host makes it another one or the URL none, so for most URLs this is all there is to read.
    if (!reader.endHost()) return reader.count();
    const pathEnd = scanCleanPath(bytes, pathAt, to);
    if (pathEnd < 0) return notClean;
    reader.takePath(bytes, pathAt, pathEnd, to);
    return reader.count();
  }

  function matchParsed(text: string): number {
    const key = urlKey(text);
    if (key === null) return -1;
    const { written } = encoder.encodeInto(key.surt, surt);
    const pathAt = key.surt.indexOf(')') + 1;
    reader.begin();
    let at = 0;
    for (let depth = 1; at < key.hostSurt.length && !key.isIp; depth += 1) {
      const commaAt = key.hostSurt.indexOf(',', at + 1);
      const end = commaAt < 0 ? key.hostSurt.length : commaAt;
      reader.append(surt, at, end);
      reader.takeDomain(depth);
      at = end;
    }
    reader.append(surt, at, pathAt);
    if (reader.endHost()) reader.takePath(surt, pathAt, pathAt + key.path.length, written);
    return reader.count();
  }

  return {
    matchClean,
    match(bytes, from, to) {
      const count = matchClean(bytes, from, to);
      if (count !== notClean) return count;
      if (to - from > urlBytesMax) return -1;
      // A copy, for text is not decoded from shared memory everywhere.
      return matchParsed(decoder.decode(bytes.slice(from, to)));
    },
    matchText(url) {
      if (url.length > urlCharsMax) return -1;
      const { written } = encoder.encodeInto(url, encoded);
      const count = matchClean(encoded, 0, written);
      return count === notClean ? matchParsed(url) : count;
    },
    rows: reader.rows,
  };
}
