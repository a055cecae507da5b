import { type ParsedRobots, robotsBytesMax, robotsLineOctetsMax } from './robots-file.ts';
import { type ReadingState, readLine } from './robots-line.ts';
import { bytesToOctets, type Octets, textToOctets } from './robots-octets.ts';

/**
 * Reads a robots.txt file in one pass. Never throws: every line that can be read is (RFC 9309 §2.3.1.5), the rest
 * becomes a diagnostic.
 *
 * @param input the body as received, or as text; at most `robotsBytesMax` octets of it are read.
 */
export function parseRobots(input: Uint8Array | string): ParsedRobots {
  const { octets, truncated } = readable(input);
  const state: ReadingState = {
    groups: [],
    extensions: [],
    sitemaps: [],
    diagnostics: [],
    truncated,
    overflow: false,
    closed: true,
    counts: { agents: 0, rules: 0, extensions: 0 },
  };
  let line = 0;
  for (let start = 0; start <= octets.length && !state.overflow; ) {
    line++;
    const end = lineEnd(octets, start);
    if (end > start) readLine(state, octets.slice(start, end), line);
    start = octets.startsWith('\r\n', end) ? end + 2 : end + 1;
  }
  const { closed: _closed, counts: _counts, ...parsed } = state;
  return parsed;
}

function readable(input: Uint8Array | string): { octets: Octets; truncated: boolean } {
  const head = input.length > robotsBytesMax ? headOf(input) : input;
  const all = typeof head === 'string' ? textToOctets(head) : bytesToOctets(head);
  const truncated = head.length < input.length || all.length > robotsBytesMax;
  let octets = truncated ? all.slice(0, robotsBytesMax) : all;
  // A rule cut short says something its author did not: `Allow: /a` must not be read as `Allow: /`.
  const whole = Math.max(octets.lastIndexOf('\n'), octets.lastIndexOf('\r')) + 1;
  if (truncated && octets.length - whole <= robotsLineOctetsMax) octets = octets.slice(0, whole);
  return { octets: octets.slice(bomLength(octets)).replaceAll('\0', ''), truncated };
}

function headOf(input: Uint8Array | string): Uint8Array | string {
  return typeof input === 'string' ? input.slice(0, robotsBytesMax) : input.subarray(0, robotsBytesMax);
}

/** A byte order mark, or the beginning of one, is skipped as google/robotstxt does. */
function bomLength(octets: Octets): number {
  let length = 0;
  while (length < 3 && octets.charAt(length) === '\u00ef\u00bb\u00bf'.charAt(length)) length++;
  return length;
}

function lineEnd(octets: Octets, start: number): number {
  for (let at = start; at < octets.length; at++) {
    const code = octets.charCodeAt(at);
    if (code === 0x0a || code === 0x0d) return at;
  }
  return octets.length;
}
