import { type ParsedRobots, type ParseWork, type RobotsCaps, robotsCaps } from './file.ts';
import { diagnose, type ReadingState, readLine } from './line.ts';
import { bytesToOctets, octetsToText, textToOctets } from './octets.ts';
import { overlongLine } from './slips.ts';

/** No character of UTF-16 takes more octets of UTF-8, counted by code unit. */
const octetsPerUnitMax = 3;

/**
 * Reads a robots.txt file in one pass. Never throws: every line that can be read is (RFC 9309 §2.3.1.5), the rest
 * becomes a diagnostic.
 *
 * @param input the body as received, or as text; at most `caps.bytesMax` octets of it are read.
 * @param work added to, for tests and measurements.
 */
export function parseRobots(
  input: Uint8Array | string,
  caps: RobotsCaps = robotsCaps,
  work: ParseWork = { characters: 0, kept: 0 },
): ParsedRobots {
  const { text, isOctets, truncated } = readable(input, caps);
  const parsed: ParsedRobots = {
    groups: [],
    extensions: [],
    sitemaps: [],
    diagnostics: [],
    truncated,
    overflow: false,
  };
  const state: ReadingState = {
    parsed,
    caps,
    work,
    isOctets,
    group: null,
    closed: true,
    agents: 0,
    rules: 0,
    extensions: 0,
  };
  work.characters += text.length;
  readLines(state, text);
  return parsed;
}

/**
 * Line ends and comments are looked for ahead, each character once: the next one of a kind is searched again only
 * when the last is passed, so a file without any is searched once, not once a line.
 */
function readLines(state: ReadingState, text: string): void {
  const longest = state.caps.lineOctetsMax / octetsPerUnitMax;
  let lf = next(text, '\n', 0);
  let cr = next(text, '\r', 0);
  let hash = next(text, '#', 0);
  let line = 1;
  for (let start = 0; start < text.length && !state.parsed.overflow; line++) {
    if (lf < start) lf = next(text, '\n', start);
    if (cr < start) cr = next(text, '\r', start);
    const end = Math.min(lf, cr);
    if (end > start) {
      if (hash < start) hash = next(text, '#', start);
      if (end - start > longest) readLongLine(state, text.slice(start, end), line);
      else readLine(state, text, start, Math.min(hash, end), line);
    }
    start = cr === end && lf === end + 1 ? end + 2 : end + 1;
  }
}

/** @returns where `character` stands next, or the length of the text. */
function next(text: string, character: string, from: number): number {
  if (text.charCodeAt(from) === character.charCodeAt(0)) return from;
  const at = text.indexOf(character, from);
  return at < 0 ? text.length : at;
}

function readLongLine(state: ReadingState, whole: string, line: number): void {
  const octets = state.isOctets ? whole : textToOctets(whole);
  state.work.characters += octets.length;
  let read = whole;
  if (octets.length > state.caps.lineOctetsMax) {
    diagnose(state, line, () => overlongLine(state.caps.lineOctetsMax));
    const cut = octets.slice(0, wholeCharacters(octets, state.caps.lineOctetsMax));
    read = state.isOctets ? cut : octetsToText(cut);
  }
  const hash = read.indexOf('#');
  readLine(state, read, 0, hash < 0 ? read.length : hash, line);
}

/** The end of the last whole UTF-8 character within `end` octets: half a letter would match nothing. */
function wholeCharacters(octets: string, end: number): number {
  let at = end;
  while (at > end - 3 && at > 0 && (octets.charCodeAt(at) & 0xc0) === 0x80) at--;
  return at;
}

interface Readable {
  text: string;
  /** One character per octet, because the bytes are not UTF-8. */
  isOctets: boolean;
  truncated: boolean;
}

function readable(input: Uint8Array | string, caps: RobotsCaps): Readable {
  const head = typeof input === 'string' ? textHead(input, caps.bytesMax) : bytesHead(input, caps.bytesMax);
  let { text } = head;
  // A rule cut short says something its author did not: `Allow: /a` must not be read as `Allow: /`.
  if (head.truncated) {
    const whole = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    const rest = text.slice(whole);
    const octets = head.isOctets ? rest.length : textToOctets(rest).length;
    if (octets <= caps.lineOctetsMax) text = text.slice(0, whole);
  }
  text = text.slice(bomLength(text, head.isOctets));
  if (text.includes('\0')) text = text.replaceAll('\0', '');
  return { ...head, text };
}

function textHead(input: string, bytesMax: number): Readable {
  const end = input.length * octetsPerUnitMax > bytesMax ? unitsWithin(input, bytesMax) : input.length;
  return { text: input.slice(0, end).toWellFormed(), isOctets: false, truncated: end < input.length };
}

/** Counted in pieces: encoding the whole would cost a tenth of reading it. */
const pieceUnits = 8_192;

/** @returns how many code units from the start take at most `bytesMax` octets, without half a character. */
function unitsWithin(text: string, bytesMax: number): number {
  const encoder = new TextEncoder();
  const octets = new Uint8Array(pieceUnits * octetsPerUnitMax);
  let bytes = 0;
  for (let at = 0; at < text.length; ) {
    const cut = at + pieceUnits;
    const end = isHighSurrogate(text.charCodeAt(cut - 1)) ? cut - 1 : cut;
    const piece = text.slice(at, end);
    const { written } = encoder.encodeInto(piece, octets);
    if (bytes + written > bytesMax) {
      return at + encoder.encodeInto(piece, octets.subarray(0, bytesMax - bytes)).read;
    }
    bytes += written;
    at += piece.length;
  }
  return text.length;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function bytesHead(input: Uint8Array, bytesMax: number): Readable {
  const truncated = input.length > bytesMax;
  const bytes = truncated ? input.subarray(0, bytesMax) : input;
  // Streaming leaves a character cut by the limit alone instead of calling it invalid.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: truncated });
  if (!text.includes('\ufffd')) return { text, isOctets: false, truncated };
  return { text: bytesToOctets(bytes), isOctets: true, truncated };
}

/** A byte order mark, or the beginning of one, is skipped as google/robotstxt does. */
function bomLength(text: string, isOctets: boolean): number {
  if (!isOctets) return text.startsWith('\ufeff') ? 1 : 0;
  let length = 0;
  while (length < 3 && text.charAt(length) === '\u00ef\u00bb\u00bf'.charAt(length)) length++;
  return length;
}
