import { notInSnapshot } from '../../actions/check.ts';
import type { FilterOptions } from './options.ts';
import type { Tally } from './tally.ts';

/** The summary as `--json` and `--summary-json` give it: a contract, fields are only ever added. */
export interface Summary {
  server: string;
  agent: string | null;
  usage: string;
  started: string;
  finished: string;
  inputs: string[];
  out: string;
  rows: number;
  kept: number;
  dropped: number;
  review: number;
  bad: number;
  nothingToCheck: number;
  onReview: 'keep' | 'drop';
  rowsWritten: number | null;
  rowsNotFullyChecked: number;
  byVerdict: Record<string, number>;
  byReason: Record<string, number>;
  byReviewReason: Record<string, number>;
  byTrust: Record<string, number>;
  notChecked: Record<string, number>;
  policies: string[];
  asOf: { origin: string; first: Tally['asOf'][string]['first']; last: Tally['asOf'][string]['last'] }[];
  badRows: Tally['badRows'];
}

export function summaryOf(
  options: FilterOptions,
  server: string,
  tally: Tally,
  times: { started: string; finished: string },
): Summary {
  return {
    server,
    agent: options.asking.agent ?? null,
    usage: options.asking.usage,
    ...times,
    inputs: options.inputs.map(({ path }) => path),
    out: options.out,
    rows: tally.rows,
    kept: tally.kept,
    dropped: tally.dropped,
    review: tally.review,
    bad: tally.bad,
    nothingToCheck: tally.nothing,
    onReview: options.onReview,
    rowsWritten: options.rows === undefined ? null : tally.written,
    rowsNotFullyChecked: tally.unchecked,
    byVerdict: tally.byVerdict,
    byReason: tally.byReason,
    byReviewReason: tally.byReviewReason,
    byTrust: tally.byTrust,
    notChecked: tally.notChecked,
    policies: tally.policies,
    asOf: Object.entries(tally.asOf).map(([origin, sizes]) => ({ origin, ...sizes })),
    badRows: tally.badRows,
  };
}

/** The summary for a person, line by line. What was not checked comes first: without it the rest misleads. */
export function summaryWords(summary: Summary): string[] {
  const { bad, badRows } = summary;
  const review = `${number(summary.review)} to review (${summary.onReview === 'keep' ? 'kept' : 'dropped'})`;
  const lines = [
    `${rows(summary.rows)}: ${number(summary.kept)} kept, ${number(summary.dropped)} dropped, ${review}, ${number(bad)} broken`,
    ...counted(summary.byReason, 'dropped'),
    ...counted(summary.byReviewReason, 'to review'),
  ];
  if (summary.rowsNotFullyChecked > 0) lines.unshift(missing(summary));
  if (summary.nothingToCheck > 0) lines.push(`${number(summary.nothingToCheck)} kept: nothing to check`);
  for (const { file, line, why } of badRows) lines.push(`broken: ${file}, line ${line} ${why}`);
  if (bad > badRows.length) lines.push(`broken: ${number(bad - badRows.length)} more, see verdict bad`);
  return lines;
}

function missing({ notChecked, rowsNotFullyChecked, rows: all }: Summary): string {
  const isSnapshot = Object.keys(notChecked).some((words) => words.endsWith(`: ${notInSnapshot}`));
  const later = isSnapshot
    ? 'a snapshot does not know what sites say: ask a registry or a replica for that'
    : 'run again later';
  const what = sorted(notChecked).map(([words, count]) => `${words} (${number(count)})`);
  return `NOT checked for ${number(rowsNotFullyChecked)} of ${rows(all)}: ${what.join(', ')}; ${later}`;
}

function counted(counts: Record<string, number>, what: string): string[] {
  return sorted(counts).map(([kind, count]) => `${number(count)} ${what}: ${kind}`);
}

function sorted(counts: Record<string, number>): [string, number][] {
  return Object.entries(counts).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

function rows(count: number): string {
  return count === 1 ? '1 row' : `${number(count)} rows`;
}

export function number(value: number): string {
  return value.toLocaleString('en');
}
