import {
  type ParsedRobots,
  robotsAgentsMax,
  robotsDiagnosticsMax,
  robotsExtensionsMax,
  robotsLineOctetsMax,
  robotsRulesMax,
} from './robots-file.ts';
import { type Octets, octetsToText, rulePattern } from './robots-octets.ts';

const quotedLengthMax = 80;

/** What is read so far. */
export interface ReadingState extends ParsedRobots {
  /** The last group has a rule, so the next User-agent line opens a new one. Nothing else closes a group. */
  closed: boolean;
  counts: { agents: number; rules: number; extensions: number };
}

/**
 * Adds one line to what is read so far.
 *
 * @param whole the line without its end, comment included.
 * @param line its number, from 1.
 */
export function readLine(state: ReadingState, whole: Octets, line: number): void {
  if (whole.length > robotsLineOctetsMax) {
    diagnose(
      state,
      line,
      `the line is longer than ${robotsLineOctetsMax} octets; the rest of it is not read`,
    );
  }
  const cut = whole.slice(0, robotsLineOctetsMax);
  const hash = cut.indexOf('#');
  const text = trimmed(hash < 0 ? cut : cut.slice(0, hash));
  if (text === '') return;
  const colon = text.indexOf(':');
  if (colon < 0) diagnoseMissingColon(state, text, line);
  else readRecord(state, text, colon, line);
}

function readRecord(state: ReadingState, text: Octets, colon: number, line: number): void {
  const written = trimmed(text.slice(0, colon)).toLowerCase();
  const key = misspelt.get(written) ?? written;
  if (key !== written) diagnose(state, line, `"${written}" is read as "${key}"`);
  const value = trimmed(text.slice(colon + 1));
  if (key === 'user-agent') readAgent(state, value, line);
  else if (key === 'allow' || key === 'disallow') readRule(state, { kind: key, value, text, line });
  else if (key === 'sitemap') readSitemap(state, value, line);
  else readExtension(state, key, value, line);
}

/** ASCII white space only: a byte order mark or U+0085 in the middle of a file is no space to other parsers. */
function trimmed(octets: Octets): Octets {
  let start = 0;
  let end = octets.length;
  while (start < end && isSpace(octets.charCodeAt(start))) start++;
  while (end > start && isSpace(octets.charCodeAt(end - 1))) end--;
  return octets.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Spellings google/robotstxt accepts too. None of `allow`: what is unclear must not open anything. */
const misspelt = new Map([
  ['useragent', 'user-agent'],
  ['user agent', 'user-agent'],
  ['dissallow', 'disallow'],
  ['dissalow', 'disallow'],
  ['disalow', 'disallow'],
  ['diasllow', 'disallow'],
  ['disallaw', 'disallow'],
  ['site-map', 'sitemap'],
]);

function diagnoseMissingColon(state: ReadingState, text: Octets, line: number): void {
  const known = /^(user-?agent|user agent|(?:dis)?allow|diss?all?ow|sitemap)\s/i.exec(`${text} `)?.[1];
  if (known) diagnose(state, line, `"${quoted(text)}" has no colon after "${known}", so it is not read`);
}

function readAgent(state: ReadingState, value: Octets, line: number): void {
  if (state.closed) state.groups.push({ agents: [], rules: [], extensions: [] });
  state.closed = false;
  if (++state.counts.agents > robotsAgentsMax) {
    state.overflow = true;
    return;
  }
  const token = strictToken(value);
  if (token !== '*' && token.length !== value.length) {
    const read = token === '' ? 'nothing' : `"${value.slice(0, token.length)}"`;
    diagnose(state, line, `"${quoted(value)}" is not a product token; a strict parser reads ${read}`);
  }
  state.groups.at(-1)?.agents.push({ value: octetsToText(value), token, line });
}

/**
 * The part of a User-agent value, or of a crawler's name, that a strict parser reads as the product token
 * (RFC 9309 §2.2.1): `AI2Bot` gives `ai`, `*` gives `*`, `360Spider` gives nothing.
 */
export function strictToken(value: string): string {
  if (/^\*(?:$|\s)/.test(value)) return '*';
  return (/^[A-Za-z_-]*/.exec(value)?.[0] ?? '').toLowerCase();
}

function readRule(
  state: ReadingState,
  rule: { kind: 'allow' | 'disallow'; value: Octets; text: Octets; line: number },
): void {
  const { kind, value, text, line } = rule;
  const group = state.groups.at(-1);
  if (!group) {
    diagnose(state, line, 'this rule stands before any User-agent line and applies to nobody');
    return;
  }
  state.closed = true;
  if (++state.counts.rules > robotsRulesMax) {
    state.overflow = true;
    return;
  }
  if (value !== '' && !/^[/*]/.test(value)) {
    diagnose(state, line, `"${quoted(value)}" does not begin with "/" or "*", so it matches nothing`);
  }
  group.rules.push({ kind, ...rulePattern(value), raw: octetsToText(text), line });
}

function readExtension(state: ReadingState, key: Octets, value: Octets, line: number): void {
  if (!/^[a-z0-9._ -]{1,64}$/.test(key)) return;
  if (++state.counts.extensions > robotsExtensionsMax) {
    state.overflow = true;
    return;
  }
  const extensions = state.groups.at(-1)?.extensions ?? state.extensions;
  extensions.push({ key, value: octetsToText(value), line });
}

function readSitemap(state: ReadingState, value: Octets, line: number): void {
  state.counts.extensions++;
  if (state.counts.extensions > robotsExtensionsMax) state.overflow = true;
  else state.sitemaps.push({ value: octetsToText(value), line });
}

/** Keeps the message for the owner of the file, up to `robotsDiagnosticsMax` of them. */
function diagnose(state: ReadingState, line: number, message: string): void {
  if (state.diagnostics.length < robotsDiagnosticsMax) state.diagnostics.push({ line, message });
}

function quoted(octets: Octets): string {
  const text = octetsToText(octets);
  return text.length > quotedLengthMax ? `${text.slice(0, quotedLengthMax)}…` : text;
}
