import { notClean } from '../../opt-outs/table/url-matcher.ts';
import { sieved, sieveRowsMax } from '../../opt-outs/table/url-sieve.ts';
import { nullStart, type TextColumn } from '../column-batch.ts';
import type { DomainCounter } from './domain-counter.ts';
import type { Findings } from './findings.ts';
import { hostOfText, hostStart } from './host-bytes.ts';
import type { RecordFinder } from './record-finder.ts';

/** No URL may have more characters, here as in a request of `POST /v1/check`. */
export const urlCharsMax = 8_192;

export type UrlRole = 'url' | 'page_url';

/** Where rows of a URL column end up. */
export interface UrlSinks {
  finder: RecordFinder;
  findings: Findings;
  /** Counts the domains of all rows; null for a column whose rows are counted by another. */
  domains: DomainCounter | null;
  /** Set for rows that have something to check. */
  asked: Uint8Array;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Looks up every URL of a column. @param rows how many of the column's rows, from the first on. */
export function scanUrls(column: TextColumn, rows: number, role: UrlRole, sinks: UrlSinks): void {
  for (let first = 0; first < rows; first += sieveRowsMax) {
    scanSome(column, first, Math.min(sieveRowsMax, rows - first), role, sinks);
  }
}

function scanSome(column: TextColumn, first: number, count: number, role: UrlRole, sinks: UrlSinks): void {
  const { bytes, starts, ends } = column;
  const { finder, findings, domains, asked } = sinks;
  const verdicts = finder.sieve(bytes, starts, ends, first, count, nullStart);
  const { hostEnds } = finder;
  for (let at = 0; at < count; at += 1) {
    const row = first + at;
    const from = starts[row] as number;
    if (from === nullStart) continue;
    const to = ends[row] as number;
    let found = 0;
    if (verdicts[at] !== sieved.none || to - from > urlCharsMax) {
      const isClean = verdicts[at] === sieved.maybe && to - from <= urlCharsMax;
      found = isClean ? finder.clean(bytes, from, to) : notClean;
      if (found === notClean) {
        scanText(decoder.decode(bytes.slice(from, to)), row, role, sinks);
        continue;
      }
    }
    asked[row] = 1;
    if (domains !== null) domains.count(bytes, hostStart(bytes, from), hostEnds[at] as number);
    if (found > 0) findings.addRecords(row, role, finder.found(), found);
  }
}

/** A URL that has to be parsed, or what stands in place of one. */
function scanText(cell: string, row: number, role: UrlRole, sinks: UrlSinks): void {
  const { finder, findings, domains, asked } = sinks;
  const text = cell.trim();
  if (text === '') return;
  asked[row] = 1;
  const why = faultOfUrl(text, role);
  if (why !== undefined) {
    findings.addBad(row, why);
    return;
  }
  const count = finder.text(text);
  if (domains !== null) {
    const host = hostOfText(text);
    if (host !== null) domains.count(host.bytes, host.from, host.to);
  }
  // A URL no record can be filed under: nobody can say what the registry has on it.
  if (count < 0) findings.addUnkeyed(row);
  else if (count > 0) findings.addRecords(row, role, finder.found(), count);
}

/** Why this text is no URL to check, as a clause; undefined for one that is. */
export function faultOfUrl(text: string, role: UrlRole): string | undefined {
  if (text.length > urlCharsMax) return `has a ${role} longer than ${urlCharsMax} characters`;
  if (text.includes('\ufffd')) return `has a ${role} that is not UTF-8`;
  if (!/^https?:/i.test(text) || !URL.canParse(text)) return `has a ${role} that is no http or https URL`;
  return undefined;
}
