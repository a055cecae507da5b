import { z } from 'zod';
import { fromHex } from '../../log/encoding.ts';
import { hashBytes } from '../../log/hash.ts';
import { isTime } from '../../log/json-text.ts';
import { domainsListedMax, recordsListedMax } from '../tally/summary.ts';
import { acts, outcomes, tallyBounds, verdicts } from '../tally/tally.ts';

/** Everything a report of a filter run holds, and its bounds: what is refused here no report of ours ever says. */

/** Files of each kind named in one report, and options. */
export const reportFilesMax = 20_000;
const optionsMax = 200;
const textCharsMax = 4_096;

const rows = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const text = z
  .string()
  .max(textCharsMax)
  .refine((value) => value.isWellFormed(), 'half a character');
const time = z.string().refine(isTime, 'no time');
const hex = z.string().refine((value) => fromHex(value, hashBytes) !== null, 'no SHA-256');
const digest = z
  .string()
  .refine((value) => value.startsWith('sha256:') && fromHex(value.slice(7), hashBytes) !== null, 'no digest');
const listOf = <Item extends z.ZodType>(item: Item, max: number) => z.array(item).max(max);

const byOutcome = z.partialRecord(z.enum(outcomes), rows.min(1));
const groups = (max: number) =>
  z.strictObject({
    groups: listOf(z.strictObject({ name: text, rows: byOutcome }), max),
    complete: z.boolean(),
  });
const domains = z.strictObject({
  top: listOf(z.strictObject({ domain: text, rows }), domainsListedMax),
  error: rows,
  otherRows: rows,
});
const record = z.strictObject({
  record: text,
  rows: byOutcome,
  hosts: rows,
  hostsAre: z.enum(['exact', 'about', 'more']),
});

const Tally = z.strictObject({
  rows,
  outcomes: byOutcome,
  decisions: listOf(
    z.strictObject({ verdict: z.enum(verdicts), act: z.enum(acts), rows }),
    verdicts.length * acts.length,
  ),
  reasons: groups(tallyBounds.wordsMax),
  trusts: groups(tallyBounds.wordsMax),
  columns: groups(tallyBounds.wordsMax),
  files: groups(tallyBounds.filesMax),
  reserved: z.strictObject({ before: byOutcome, after: byOutcome, unknown: byOutcome }),
  notChecked: z.strictObject({
    signals: listOf(z.strictObject({ name: text, rows }), tallyBounds.wordsMax),
    complete: z.boolean(),
    rows,
  }),
  badRows: listOf(z.strictObject({ row: rows, file: text, line: rows, why: text }), tallyBounds.badRowsMax),
  domains,
  droppedDomains: domains,
  records: z.strictObject({
    known: rows,
    complete: z.boolean(),
    rows: byOutcome,
    top: listOf(record, recordsListedMax),
  }),
  held: listOf(record, recordsListedMax),
  heldComplete: z.boolean(),
});

const logSize = z.strictObject({ size: rows, root: text.nullable() });

/** What the answers come from: a snapshot that lay on the machine, or a registry that was asked. */
const Source = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('snapshot'),
    /** Name of the log, its size and root (hex) that the answers are true to, and of the snapshot they began with. */
    origin: text,
    size: rows,
    root: hex,
    snapshotSize: rows,
    /** SHA-256 of the snapshot's manifest. */
    manifest: digest,
    at: time,
    notAfter: time,
    /** Whether it was past `notAfter` when it was used. */
    stale: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('server'),
    url: text,
    asOf: listOf(z.strictObject({ origin: text, first: logSize, last: logSize }), 100),
  }),
]);

export const ReportContent = z.strictObject({
  /** Verifier key of whoever made the run and signed this. */
  builder: text,
  /** What the builder calls the dataset. */
  dataset: text.min(1).max(200),
  started: time,
  finished: time,
  versions: z.strictObject({ withhold: text, node: text }),
  options: z
    .record(text, z.union([text, z.number(), z.boolean(), z.null(), listOf(text, 100)]))
    .refine((value) => Object.keys(value).length <= optionsMax, 'too many options'),
  inputs: listOf(
    z.strictObject({
      name: text,
      bytes: rows.nullable(),
      rows,
      /** Null where the bytes were not all read: a column was read in place, or a range over the network. */
      sha256: hex.nullable(),
    }),
    reportFilesMax,
  ),
  outputs: listOf(
    z.strictObject({
      /** Below the folder of the report, with `/`. */
      name: text,
      what: z.enum(['decisions', 'rows', 'list', 'records', 'other']),
      bytes: rows,
      sha256: hex,
    }),
    reportFilesMax,
  ),
  source: Source,
  /** What sites said about themselves, gathered beforehand; null: site signals NOT checked. */
  signals: z.strictObject({ at: time, digest, origins: rows }).nullable(),
  /** Digests of the rules that decided. */
  policies: listOf(digest, 100),
  /** Rights the builder says to have, by file; null without any. */
  licences: z.strictObject({ name: text, sha256: hex, entries: rows }).nullable(),
  onReview: z.enum(['keep', 'drop']),
  tally: Tally,
});

/** What a report says. */
export type ReportContent = z.infer<typeof ReportContent>;

/** The first thing anybody has to know of a report: without it the rest misleads. */
export function signalsSentence(signals: ReportContent['signals'], source: ReportContent['source']): string {
  if (signals !== null) {
    return `site signals checked: ${signals.origins.toLocaleString('en')} origins, as of ${signals.at}`;
  }
  if (source.kind === 'snapshot') return 'site signals NOT checked';
  return 'site signals checked as far as the registry had read them';
}
