import { urlCharsMax } from '../url-key.ts';

// `isClean` (clean-url.ts) as a scanner of bytes. A regular expression would need a string for each URL.

const code = (character: string): number => character.charCodeAt(0);
const slash = code('/');
const dot = code('.');
const percent = code('%');
const questionMark = code('?');
const hyphen = code('-');

const lettersAndDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const inHost = setOf('abcdefghijklmnopqrstuvwxyz0123456789_');
const inPath = setOf(`${lettersAndDigits}._~!$&'()*+,;=:@-/`);
const inQuery = setOf(`${lettersAndDigits}._~!$&()*+,;=:@/?-`);
/** Percent triplets that stay as they are: those of everything but the unreserved characters of RFC 3986 §2.3. */
const staysEncoded = setOf(`${lettersAndDigits}-._~`).map((unreserved) => 1 - unreserved);
/** Value of an upper-case hex digit, 255 for anything else. */
const hexValue = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = '0123456789ABCDEF'.indexOf(String.fromCharCode(byte));
  return value < 0 ? 255 : value;
});

function setOf(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const character of characters) set[code(character)] = 1;
  return set;
}

/** Labels of a host, as found by `scanCleanHost`. */
export interface Labels {
  /** Where each label begins. */
  at: Int32Array;
  count: number;
}

/** @returns room for the labels of any host that is scanned. */
export function roomForLabels(): Labels {
  return { at: new Int32Array(urlCharsMax / 2 + 2), count: 0 };
}

/**
 * Reads scheme and host of a URL, up to the slash that begins its path.
 *
 * @param labels takes where the labels of the host begin.
 * @returns where the path begins; -1 when the URL is not clean so far, or longer than `urlCharsMax`.
 */
export function scanCleanHost(bytes: Uint8Array, from: number, to: number, labels: Labels): number {
  if (to - from > urlCharsMax) return -1;
  let at = hostAt(bytes, from, to);
  if (at < 0) return -1;
  const { at: starts } = labels;
  let count = 0;
  let labelAt = at;
  for (; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (inHost[byte] === 1) continue;
    // A hyphen, a dot and the slash each stand behind a letter, a digit or an underscore.
    if (at === labelAt || bytes[at - 1] === hyphen) return -1;
    if (byte === hyphen) continue;
    starts[count] = labelAt;
    count += 1;
    if (byte === slash) {
      labels.count = count;
      // A last label that starts with a digit may be an IPv4 address.
      return isLetter(bytes[labelAt] as number) ? at : -1;
    }
    if (byte !== dot) return -1;
    labelAt = at + 1;
  }
  return -1;
}

/** The lower-case letters, for a byte known to be of a host. */
const isLetter = (byte: number): boolean => byte >= 0x61;

function hostAt(bytes: Uint8Array, from: number, to: number): number {
  // `http://` and one more byte, which also keeps every read below inside.
  if (to - from < 8) return -1;
  const isHttp =
    bytes[from] === 0x68 && bytes[from + 1] === 0x74 && bytes[from + 2] === 0x74 && bytes[from + 3] === 0x70;
  if (!isHttp) return -1;
  const colonAt = bytes[from + 4] === 0x73 ? from + 5 : from + 4;
  const isAuthority = bytes[colonAt] === 0x3a && bytes[colonAt + 1] === slash && bytes[colonAt + 2] === slash;
  return isAuthority ? colonAt + 3 : -1;
}

/**
 * Reads path and query.
 *
 * @param pathAt where the path begins, with its slash.
 * @returns where the path ends: at the `?` of the query, or at `to` without one; -1 when they are not clean.
 */
export function scanCleanPath(bytes: Uint8Array, pathAt: number, to: number): number {
  for (let at = pathAt; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (inPath[byte] === 1) {
      if (byte === dot && bytes[at - 1] === slash) return -1;
    } else if (byte === percent) {
      if (!isTriplet(bytes, at, to)) return -1;
      at += 2;
    } else if (byte === questionMark) {
      return isCleanQuery(bytes, at + 1, to) ? at : -1;
    } else {
      return -1;
    }
  }
  return to;
}

function isCleanQuery(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    if (inQuery[byte] === 1) continue;
    if (byte !== percent || !isTriplet(bytes, at, to)) return false;
    at += 2;
  }
  return true;
}

function isTriplet(bytes: Uint8Array, at: number, to: number): boolean {
  if (at + 2 >= to) return false;
  const high = hexValue[bytes[at + 1] as number] as number;
  const low = hexValue[bytes[at + 2] as number] as number;
  return high < 16 && low < 16 && staysEncoded[16 * high + low] === 1;
}

const labelsOfOne = roomForLabels();

/** Whether `isClean` holds for the text of these bytes. */
export function isCleanBytes(bytes: Uint8Array, from: number, to: number): boolean {
  const pathAt = scanCleanHost(bytes, from, to, labelsOfOne);
  return pathAt >= 0 && scanCleanPath(bytes, pathAt, to) >= 0;
}
