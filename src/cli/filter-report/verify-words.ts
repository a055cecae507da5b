import { signalsSentence } from '../../datasets/report/content.ts';
import { type ByOutcome, outcomes } from '../../datasets/tally/tally.ts';
import { printable } from '../io.ts';
import type { FileVerdict, ReportVerdict } from './verify.ts';

/** Everything `withhold verify` says of the report of a filter run. */

const notProven = [
  'that the dataset was built from what was kept: it says what the filter decided, not what happened afterwards',
  'that the inputs named are all there were, or that they were collected lawfully',
  'that the times are right: they are the builder’s own',
  'that whoever registered a work owns it, beyond the trust counted in the report',
  'that rows which met nothing may be used: silence is not a permission',
];

export function reportWords(verdict: ReportVerdict): string {
  const { report, files, snapshot, failures, ok } = verdict;
  if (report === null) return page(['not proven', ...failureLines(verdict)]);
  const { content, builder, isKnown, digest } = report;
  const { tally, source, signals } = content;
  const who = isKnown
    ? `proven: ${builder.name} signed this report, word for word`
    : `not proven whose this is: it is signed by a key that calls itself ${builder.name}`;
  return page([
    who,
    line('signed by', builder.vkey),
    line('signals', signalsSentence(signals, source)),
    line('dataset', content.dataset),
    line('run', `${content.started} to ${content.finished}, withhold ${content.versions.withhold}`),
    ...(source.kind === 'snapshot'
      ? [
          line('against', `${source.origin} at ${source.size} entries, root ${source.root}`),
          line(
            'snapshot',
            `${source.at}, ${source.manifest}${source.stale ? ', PAST ITS DATE when used' : ''}`,
          ),
        ]
      : [line('against', `answers of ${source.url}`)]),
    line('rows', `${number(tally.rows)}: ${rowsWords(tally.outcomes)}`),
    line('report', digest),
    ...failureLines(verdict),
    '',
    'files beside it:',
    ...filesWords(files),
    ...(source.kind === 'snapshot' ? [bullet(snapshotWords(snapshot))] : []),
    '',
    'not proven by this:',
    ...notProven.map(bullet),
    ...(ok || failures.length === 0 ? [] : ['', 'so not all of this is proven']),
  ]);
}

/** The same for programs: a stable object. */
export function reportJson({ ok, report, files, snapshot, failures }: ReportVerdict): string {
  const builder = report && { name: report.builder.name, vkey: report.builder.vkey, known: report.isKnown };
  const proven = report?.content ?? null;
  const digest = report?.digest ?? null;
  return `${JSON.stringify({ ok, kind: 'filter-report', builder, digest, proven, files, snapshot, failures })}\n`;
}

const filesShownMax = 20;

function filesWords(files: readonly FileVerdict[]): string[] {
  const words: Record<FileVerdict['found'], string> = {
    same: 'is the file the report speaks of, byte for byte',
    different: 'is NOT the file the report speaks of',
    absent: 'does not lie here, so it was not looked at',
    undigested: 'lies here; the report has no digest of it, so nothing is proven of it',
  };
  const rank = { different: 0, undigested: 1, same: 2, absent: 3 };
  const sorted = files.toSorted((a, b) => rank[a.found] - rank[b.found]);
  const shown = sorted.slice(0, filesShownMax).map(({ name, found }) => bullet(`${name} ${words[found]}`));
  const more = files.length - shown.length;
  return more > 0 ? [...shown, bullet(`and ${number(more)} more`)] : shown;
}

function snapshotWords(snapshot: ReportVerdict['snapshot']): string {
  if (snapshot === 'proven') return 'manifest.json is the snapshot’s, signed by a registry you named';
  if (snapshot === null) return 'no manifest.json, so that there was such a snapshot is the builder’s word';
  return `manifest.json is ${snapshot === 'different' ? 'NOT the one of the snapshot named' : `the ${snapshot}`}`;
}

function rowsWords(rows: ByOutcome): string {
  const counted = outcomes.filter((outcome) => rows[outcome] !== undefined);
  return counted.map((outcome) => `${number(rows[outcome] ?? 0)} ${outcome}`).join(', ');
}

const failureLines = ({ failures }: ReportVerdict): string[] =>
  failures.map(({ message }) => line('failed', message));
const number = (value: number): string => value.toLocaleString('en');
const line = (label: string, words: string): string => `  ${label.padEnd(11)}  ${words}`;
const bullet = (words: string): string => `  - ${words}`;
const page = (lines: readonly string[]): string => lines.map((each) => `${printable(each)}\n`).join('');
