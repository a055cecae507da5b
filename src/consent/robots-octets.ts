import { AppError } from '../errors.ts';

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
    octets += String.fromCharCode(...bytes.subarray(at, at + chunkOctets));
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
  return decoder.decode(Uint8Array.from(octets, (character) => character.charCodeAt(0)));
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
  const parsed = URL.canParse(absolute) ? new URL(absolute).href : absolute;
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

const unreserved = /[A-Za-z0-9\-._~]/;
const reserved = /[:/?#[\]@!&'()+,;=]/;
const isPlain = /^[A-Za-z0-9\-._~:/?#[\]@!&'()+,;=]*$/;
const isEscape = /^[0-9A-Fa-f]{2}$/;

/**
 * RFC 9309 §2.2.2: octets outside ASCII are percent-encoded, encoded unreserved octets are decoded; encoded
 * reserved octets stay apart from literal ones. §2.2.3: a literal `*` or `$` is written `%2A` or `%24` here on
 * both sides, so the two characters themselves are always the special ones. A `%` that starts no escape is `%25`.
 */
function normalise(octets: Octets, special: boolean): RulePattern {
  if (isPlain.test(octets)) return { path: octets, length: octets.length };
  const anchored = special && octets.endsWith('$');
  const end = anchored ? octets.length - 1 : octets.length;
  let path = '';
  let uncounted = 0;
  for (let at = 0; at < end; at++) {
    const octet = octets.charAt(at);
    const hex = octet === '%' ? octets.slice(at + 1, at + 3) : '';
    if (isEscape.test(hex)) {
      const decoded = String.fromCharCode(Number.parseInt(hex, 16));
      path += unreserved.test(decoded) ? decoded : `%${hex.toUpperCase()}`;
      at += 2;
    } else if (octet === '*' && special) {
      if (path.endsWith('*')) uncounted--;
      else path += octet;
    } else if (unreserved.test(octet) || reserved.test(octet)) {
      path += octet;
    } else {
      path += `%${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
      if (octet === '$' || octet === '*') uncounted += 2;
    }
  }
  if (anchored) path += '$';
  return { path, length: path.length - uncounted };
}
