import { AppError } from '../../errors.ts';

/**
 * Paths are compared octet by octet (RFC 9309 §2.2.2), so text is held here as an "octet string": one character
 * per octet, U+0000 to U+00FF. Only what a person reads is decoded again, by `octetsToText`.
 */
export type Octets = string;

/** Longest URL that is compared; longer ones are refused, never cut, since a cut URL could match another rule. */
export const robotsUrlLengthMax = 32_768;

const chunkOctets = 8192;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** @returns the bytes as an octet string. */
export function bytesToOctets(bytes: Uint8Array): Octets {
  let octets = '';
  for (let at = 0; at < bytes.length; at += chunkOctets) {
    // Spreading would go through an iterator, ten times slower.
    octets += String.fromCharCode.apply(null, bytes.subarray(at, at + chunkOctets) as unknown as number[]);
  }
  return octets;
}

/** @returns the UTF-8 octets of `text`; a lone surrogate becomes U+FFFD. */
export function textToOctets(text: string): Octets {
  return isAscii(text) ? text : bytesToOctets(encoder.encode(text));
}

/** @returns the octets read as UTF-8, each invalid sequence as U+FFFD. */
export function octetsToText(octets: Octets): string {
  if (isAscii(octets)) return octets;
  const bytes = new Uint8Array(octets.length);
  for (let at = 0; at < octets.length; at++) bytes[at] = octets.charCodeAt(at);
  return decoder.decode(bytes);
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/**
 * The path and query of a URL in the one form that is compared. Dot segments are resolved first (a crawler that
 * asks for `/public/../private` fetches `/private`), the fragment is dropped, an empty query keeps its "?".
 *
 * @param url absolute URL, or a path on any host.
 * @throws AppError `invalid` when longer than `robotsUrlLengthMax`.
 */
export function robotsPath(url: string): Octets {
  if (url.length > robotsUrlLengthMax) {
    throw new AppError('invalid', `The URL is longer than ${robotsUrlLengthMax} characters.`, {
      field: 'url',
      fix: 'Send the URL the crawler would request, without data in its query.',
    });
  }
  const absolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://host/${url.replace(/^\//, '')}`;
  const parsed = URL.parse(absolute)?.href ?? absolute;
  const written = /^[^:]*:\/\/[^/?#]*([^#]*)/.exec(parsed)?.[1] ?? '';
  const path = textToOctets(written);
  return normalise(path.startsWith('/') ? path : `/${path}`, false).path;
}

/** A rule's path in the form that is compared: only here do `*` and a final `$` keep their special meaning. */
export interface RulePattern {
  /** Normalised, with runs of `*` collapsed. */
  path: Octets;
  /** What "longest match" counts (§2.2.2): octets of the normalised path before runs of `*` are collapsed. */
  length: number;
}

/** @param written the value of an Allow or Disallow line as it stands, trimmed. */
export function rulePattern(written: Octets): RulePattern {
  return normalise(written, true);
}

/** Of each ASCII code: may it stand in a compared path as it is? Letters, digits, unreserved and reserved marks. */
const plainCodes = Uint8Array.from({ length: 128 }, (_none, code) =>
  /[A-Za-z0-9\-._~:/?#[\]@!&'()+,;=]/.test(String.fromCharCode(code)) ? 1 : 0,
);
/** Of each ASCII code: unreserved in RFC 3986 §2.3, so that its encoded form means the same. */
const unreservedCodes = Uint8Array.from({ length: 128 }, (_none, code) =>
  /[A-Za-z0-9\-._~]/.test(String.fromCharCode(code)) ? 1 : 0,
);
const percentCode = 0x25;
const starCode = 0x2a;
const dollarCode = 0x24;

/**
 * The value of a rule that already stands in the form that is compared, cut out of the text; null for any other.
 * Most rules of most files do, and need no second look.
 */
export function plainPattern(text: string, from: number, to: number): Octets | null {
  let wasStar = false;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code < 128 && plainCodes[code] === 1) wasStar = false;
    else if (code === starCode && !wasStar) wasStar = true;
    else if (code !== dollarCode || at + 1 !== to) return null;
  }
  return text.slice(from, to);
}

/**
 * RFC 9309 §2.2.2: octets outside ASCII are percent-encoded, encoded unreserved octets are decoded; encoded
 * reserved octets stay apart from literal ones. §2.2.3: a literal `*` or `$` is written `%2A` or `%24` here on
 * both sides, so the two characters themselves are always the special ones. A `%` that starts no escape is `%25`.
 */
function normalise(octets: Octets, special: boolean): RulePattern {
  const anchored = special && octets.endsWith('$');
  const end = anchored ? octets.length - 1 : octets.length;
  let path = '';
  let plainFrom = 0;
  let uncounted = 0;
  let wasStar = false;
  for (let at = 0; at < end; at++) {
    const code = octets.charCodeAt(at);
    if (code < 128 && plainCodes[code] === 1) {
      wasStar = false;
      continue;
    }
    path += octets.slice(plainFrom, at);
    const decoded = code === percentCode ? escapeAt(octets, at) : -1;
    if (decoded >= 0) {
      path += unreservedCodes[decoded] === 1 ? String.fromCharCode(decoded) : encoded(decoded);
      at += 2;
    } else if (code === starCode && special) {
      if (wasStar) uncounted--;
      else path += '*';
    } else {
      path += encoded(code);
      if (code === dollarCode || code === starCode) uncounted += 2;
    }
    wasStar = code === starCode && special;
    plainFrom = at + 1;
  }
  path += octets.slice(plainFrom, end);
  if (anchored) path += '$';
  return { path, length: path.length - uncounted };
}

const encodings = Array.from(
  { length: 256 },
  (_none, code) => `%${code.toString(16).toUpperCase().padStart(2, '0')}`,
);

function encoded(code: number): string {
  return encodings[code] ?? '';
}

/** @returns the octet a triplet at this place stands for, or -1 where there is none. */
function escapeAt(octets: Octets, at: number): number {
  const high = hexDigit(octets.charCodeAt(at + 1));
  const low = hexDigit(octets.charCodeAt(at + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
