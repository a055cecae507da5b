import type { ParsedRobots, ParseWork, RobotsCaps, RobotsGroup } from './file.ts';
import { type Octets, octetsToText, plainPattern, rulePattern, textToOctets } from './octets.ts';
import {
  beforeAnyGroup,
  brokenKey,
  misreadAgent,
  missingColon,
  namesNobody,
  outOfPath,
  readAs,
  type Slip,
} from './slips.ts';

/** What is read so far, and how. */
export interface ReadingState {
  parsed: ParsedRobots;
  caps: RobotsCaps;
  work: ParseWork;
  /** The text holds one character per octet, because the file is not UTF-8. */
  isOctets: boolean;
  /** The last group, null before the first User-agent line. */
  group: RobotsGroup | null;
  /** The last group has a rule, so the next User-agent line opens a new one. Nothing else closes a group. */
  closed: boolean;
  agents: number;
  rules: number;
  extensions: number;
}

/** One line with a key. */
interface KeyedLine {
  /** The line without its comment, trimmed. */
  raw: string;
  value: string;
  line: number;
}

const colonCode = 0x3a;

/**
 * Adds the line that stands in `text` between two places to what is read so far.
 *
 * @param end where the line or its comment ends.
 * @param line its number, from 1.
 */
export function readLine(state: ReadingState, text: string, start: number, end: number, line: number): void {
  const from = afterSpace(text, start, end);
  const to = beforeSpace(text, from, end);
  if (from === to) return;
  let colon = from;
  while (colon < to && text.charCodeAt(colon) !== colonCode) colon++;
  state.work.characters += colon - from;
  if (colon === to) {
    diagnoseNoColon(state, text.slice(from, to), line);
    return;
  }
  const kind = ruleKind(text, from, beforeSpace(text, from, colon));
  const at = afterSpace(text, colon + 1, to);
  if (kind === null)
    readOther(state, text.slice(from, colon), text.slice(at, to), text.slice(from, to), line);
  else readRule(state, kind, text, { from, at, to, line });
}

/** Lines without a colon are looked at only when they begin like one of our keys, or like a web page. */
function mayBeKey(code: number): boolean {
  const letter = code | 0x20;
  return letter === 0x61 || letter === 0x64 || letter === 0x73 || letter === 0x75 || code === 0x3c;
}

function diagnoseNoColon(state: ReadingState, raw: string, line: number): void {
  if (mayBeKey(raw.charCodeAt(0))) diagnose(state, line, () => missingColon(shown(state, raw)));
}

/** ASCII white space only: a byte order mark or U+0085 in the middle of a file is no space to other parsers. */
function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function afterSpace(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && isSpace(text.charCodeAt(at))) at++;
  return at;
}

function beforeSpace(text: string, start: number, from: number): number {
  let at = from;
  while (at > start && isSpace(text.charCodeAt(at - 1))) at--;
  return at;
}

/** The two keys that fill large files, told without making a string of them. */
function ruleKind(text: string, from: number, to: number): 'allow' | 'disallow' | null {
  if (to - from === 8) return isWord(text, from, 'disallow') ? 'disallow' : null;
  return to - from === 5 && isWord(text, from, 'allow') ? 'allow' : null;
}

/** @param word lower-case letters. */
function isWord(text: string, from: number, word: string): boolean {
  for (let at = 0; at < word.length; at++) {
    // The bit that tells lower from upper case in ASCII.
    if ((text.charCodeAt(from + at) | 0x20) !== word.charCodeAt(at)) return false;
  }
  return true;
}

/**
 * Spellings google/robotstxt accepts too. None of `allow`: what is unclear must not open anything. Google takes every
 * key that begins like one of its own, which would make `DisallowAITraining` a refusal to crawl.
 */
const misspelt = new Map([
  ['useragent', 'user-agent'],
  ['user agent', 'user-agent'],
  ['useragents', 'user-agent'],
  ['user-agents', 'user-agent'],
  ['user agents', 'user-agent'],
  ['dissallow', 'disallow'],
  ['dissalow', 'disallow'],
  ['disalow', 'disallow'],
  ['diasllow', 'disallow'],
  ['disallaw', 'disallow'],
  ['disallows', 'disallow'],
  ['disallowed', 'disallow'],
  ['site-map', 'sitemap'],
  ['sitemaps', 'sitemap'],
]);

const keyLengthMax = 64;

function readOther(state: ReadingState, name: string, value: string, raw: string, line: number): void {
  // Longer ones are nobody's, and need not be looked at; but the colon may be one of a URL.
  if (name.length > 2 * keyLengthMax) {
    diagnoseNoColon(state, raw, line);
    return;
  }
  const written = name.trimEnd().toLowerCase();
  const key = misspelt.get(written) ?? written;
  if (key !== written) diagnose(state, line, () => readAs(written, key, shown(state, value)));
  if (key === 'user-agent') readAgent(state, { raw, value, line });
  else if (key === 'disallow')
    readRule(state, key, raw, { from: 0, at: raw.length - value.length, to: raw.length, line });
  else if (key === 'sitemap') readSitemap(state, value, line);
  else readExtension(state, key, { raw, value, line });
}

function readAgent(state: ReadingState, { value, line }: KeyedLine): void {
  if (state.closed || state.group === null) {
    state.group = { agents: [], rules: [], extensions: [] };
    state.parsed.groups.push(state.group);
    state.closed = false;
  }
  if (++state.agents > state.caps.agentsMax) {
    state.parsed.overflow = true;
    return;
  }
  const token = strictToken(value);
  if (value === '') diagnose(state, line, namesNobody);
  else if (token !== '*' && token.length !== value.length) {
    diagnose(state, line, () => misreadAgent(shown(state, value), value.slice(0, token.length)));
  }
  state.work.characters += value.length;
  state.work.kept++;
  state.group.agents.push({ value: shown(state, value), token, line });
}

/**
 * The part of a User-agent value, or of a crawler's name, that a strict parser reads as the product token
 * (RFC 9309 §2.2.1): `AI2Bot` gives `ai`, `*` gives `*`, `360Spider` gives nothing.
 */
export function strictToken(value: string): string {
  if (value.charCodeAt(0) === 0x2a && (value.length === 1 || isSpace(value.charCodeAt(1)))) return '*';
  let end = 0;
  while (end < value.length && isTokenCode(value.charCodeAt(end))) end++;
  return value.slice(0, end).toLowerCase();
}

function isTokenCode(code: number): boolean {
  const letter = code | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || code === 0x5f || code === 0x2d;
}

function readRule(
  state: ReadingState,
  kind: 'allow' | 'disallow',
  text: string,
  place: { from: number; at: number; to: number; line: number },
): void {
  const { from, at, to, line } = place;
  const { group } = state;
  if (group === null) {
    diagnose(state, line, () => beforeAnyGroup(shown(state, text.slice(from, to))));
    return;
  }
  state.closed = true;
  if (++state.rules > state.caps.rulesMax) {
    state.parsed.overflow = true;
    return;
  }
  state.work.characters += to - from;
  state.work.kept++;
  const first = text.charCodeAt(at);
  if (at < to && first !== 0x2f && first !== 0x2a) {
    diagnose(state, line, () => outOfPath(kind, shown(state, text.slice(at, to))));
  }
  const raw = shown(state, text.slice(from, to));
  const plain = plainPattern(text, at, to);
  if (plain !== null) {
    group.rules.push({ kind, path: plain, length: plain.length, raw, line });
    return;
  }
  const { path, length } = rulePattern(octetsOf(state, text.slice(at, to)));
  group.rules.push({ kind, path, length, raw, line });
}

function readExtension(state: ReadingState, key: string, { raw, value, line }: KeyedLine): void {
  diagnose(state, line, () => brokenKey(key, () => shown(state, value)));
  if (/\s/.test(key)) diagnoseNoColon(state, raw, line);
  if (!/^[a-z0-9._ -]{1,64}$/.test(key)) return;
  if (!hasRoom(state)) return;
  state.work.characters += raw.length;
  const extensions = state.group?.extensions ?? state.parsed.extensions;
  extensions.push({ key, value: shown(state, value), line });
}

function readSitemap(state: ReadingState, value: string, line: number): void {
  if (!hasRoom(state)) return;
  state.work.characters += value.length;
  state.parsed.sitemaps.push({ value: shown(state, value), line });
}

function hasRoom(state: ReadingState): boolean {
  if (++state.extensions > state.caps.extensionsMax) state.parsed.overflow = true;
  else state.work.kept++;
  return !state.parsed.overflow;
}

/** Keeps a slip for the owner of the file, up to `diagnosticsMax` of them; those behind are not even put in words. */
export function diagnose(state: ReadingState, line: number, slip: () => Slip | null): void {
  const { diagnostics } = state.parsed;
  if (diagnostics.length >= state.caps.diagnosticsMax) return;
  const found = slip();
  if (found === null) return;
  state.work.kept++;
  diagnostics.push({ line, ...found });
}

function shown(state: ReadingState, text: string): string {
  return state.isOctets ? octetsToText(text) : text;
}

function octetsOf(state: ReadingState, text: string): Octets {
  return state.isOctets ? text : textToOctets(text);
}
