import type { CheckReceiptVerdict } from '../log/check-receipt.ts';
import type { ProvenLog, ProvenRecord, ReceiptFailure, ReceiptVerdict } from '../log/receipt.ts';
import { printable } from './io.ts';

/** Everything `withhold verify` says of a receipt: what is proven, since when, and what is not. */

const notProven = [
  'that whoever said it owns the work, beyond the trust named above',
  'that the times are right: they are the registry’s own, but none can be moved back later',
  'that the log shows the same entries to everybody: that is as good as those who watch it (withhold log audit)',
];
const notProvenOfRecord = [
  ...notProven,
  'that it is still so: a later version may have changed, withdrawn or erased it',
];
const notProvenOfCheck = [
  'that a site said nothing else: what was not looked at is listed under "not checked"',
  'that the registry told the truth about the web: its words are here, verbatim, to be compared',
  ...notProven.slice(1),
];

/** @param policy the file that named the keys. */
export function receiptWords({ ok, log, records, failures }: ReceiptVerdict, policy: string): string {
  const what = records.length === 1 ? 'this record' : `these ${records.length} records`;
  return page([
    ...(records.length > 0 && log !== null
      ? [`proven: the consent log ${log.origin} holds ${what}, word for word`, ...logLines(log, policy)]
      : ['not proven']),
    ...records.flatMap(recordLines),
    ...failureLines(failures),
    ...(records.length === 0 ? [] : ['', 'not proven by this:', ...notProvenOfRecord.map(bullet)]),
    ...(ok || records.length === 0 ? [] : ['', 'so not all of this file is proven']),
  ]);
}

export function checkReceiptWords({ log, proven, failures }: CheckReceiptVerdict, policy: string): string {
  if (proven === null || log === null) return page(['not proven', ...failureLines(failures)]);
  const { query, answer, evidence, at } = proven;
  const decisions = Array.isArray(answer.decisions) ? answer.decisions : [answer];
  return page([
    `proven: the registry of ${log.origin} was asked this and answered so, at ${at}`,
    ...logLines(log, policy),
    '',
    line('asked', JSON.stringify(query)),
    ...decisions.flatMap(decisionLines),
    line('evidence', `${evidence.length} in the file, verbatim`),
    line('rules', proven.policy),
    '',
    'not proven by this:',
    ...notProvenOfCheck.map(bullet),
  ]);
}

/** The same for programs: a stable object. */
export function receiptJson({ ok, log, records, failures }: ReceiptVerdict): string {
  return object({ ok, kind: 'receipt', log, records, failures });
}

export function checkReceiptJson({ ok, log, proven, failures }: CheckReceiptVerdict): string {
  return object({ ok, kind: 'check-receipt', log, proven, failures });
}

/** Text of an object for programs. Sizes and indexes are numbers of leaves: above 2⁵³ they would lose digits as JSON numbers, so they are text. */
export function object(value: unknown): string {
  return `${JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? each.toString() : each))}\n`;
}

export function logLines(log: ProvenLog, policy: string): string[] {
  return [
    line('log', `${log.origin} at ${log.size} entries, root ${log.root}`),
    line('signed by', log.signedBy.join(', ')),
    line('trusting', `${policy}, which names that key; how it came to you is for you to know`),
  ];
}

function recordLines(record: ProvenRecord): string[] {
  const { rid, ver, type, at, index, subject, state, since, trust, contested, usages } = record;
  const said = Object.entries(usages).map(([usage, preference]) => `${preference} ${usage}`);
  return [
    '',
    line('record', `${rid}, version ${ver}`),
    line('subject', subject.key === '' ? `${subject.kind}, erased` : `${subject.kind} ${subject.key}`),
    line('says', said.length === 0 ? 'nothing' : said.join(', ')),
    line('state', `${state}${since === null ? '' : `, in force since ${since}`}`),
    line('trust', `${trust}${contested ? ', contested' : ''}`),
    line('entry', `${index} (${type}), recorded ${at}`),
  ];
}

function decisionLines(decision: Record<string, unknown>): string[] {
  const { verdict, act, reasons, notChecked } = decision;
  const because = Array.isArray(reasons) ? reasons : [];
  const missing = Array.isArray(notChecked) ? notChecked : [];
  return [
    line('answer', `${String(verdict)}${act === undefined ? '' : `, ${String(act)}`}`),
    ...(because.length === 0 ? [line('because', 'nothing was found')] : []),
    ...because.map(({ source, preference, usage, where, quote }) =>
      line('because', `${source} says ${preference} for ${usage}, ${where}: "${quote}"`),
    ),
    ...missing.map(({ source, why }) => line('not checked', `${source}: ${why}`)),
  ];
}

function failureLines(failures: readonly ReceiptFailure[]): string[] {
  return failures.map(({ message, position }) =>
    line('failed', position === null ? message : `record ${position + 1} of the file: ${message}`),
  );
}

export const line = (label: string, words: string): string => `  ${label.padEnd(11)}  ${words}`;
const bullet = (words: string): string => `  - ${words}`;
export const page = (lines: readonly string[]): string =>
  lines.map((each) => `${printable(each)}\n`).join('');
