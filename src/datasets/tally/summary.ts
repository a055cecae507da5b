import { type HeavyHitters, mostFirst } from './heavy-hitters.ts';
import { hostsOf } from './host-samples.ts';
import { type RecordTally, rowsOfRecord } from './record-tally.ts';
import type { SmallestKeys } from './smallest-keys.ts';
import {
  type Act,
  type BadRow,
  type ByOutcome,
  type Groups,
  outcomes,
  settleTally,
  type Tally,
  type Verdict,
} from './tally.ts';

/** Rows of one group, by outcome. */
export interface GroupRows {
  name: string;
  rows: ByOutcome;
}

export interface GroupList {
  groups: GroupRows[];
  /** False when there were more groups than are told apart. */
  complete: boolean;
}

/** The most frequent domains. A domain's rows lie between `rows` and `rows` + `error`; one not listed has fewer. */
export interface DomainList {
  top: { domain: string; rows: number }[];
  error: number;
  /** Rows in no line of `top`, at most. */
  otherRows: number;
}

/** One record and what it met. */
export interface RecordRows {
  record: string;
  rows: ByOutcome;
  hosts: number;
  /** `more`: there are more hosts than that; `about`: an estimate. */
  hostsAre: 'exact' | 'about' | 'more';
}

/** A tally as the report has it: plain, sorted, bounded. */
export interface TallySummary {
  rows: number;
  outcomes: ByOutcome;
  decisions: { verdict: Verdict; act: Act; rows: number }[];
  reasons: GroupList;
  trusts: GroupList;
  columns: GroupList;
  files: GroupList;
  reserved: { before: ByOutcome; after: ByOutcome; unknown: ByOutcome };
  notChecked: { signals: { name: string; rows: number }[]; complete: boolean; rows: number };
  badRows: BadRow[];
  domains: DomainList;
  droppedDomains: DomainList;
  records: {
    /** How many records something was found for; at least that many when not `complete`. */
    known: number;
    complete: boolean;
    rows: ByOutcome;
    top: RecordRows[];
  };
  held: RecordRows[];
  heldComplete: boolean;
}

/** Domains and records listed in a report. */
export const domainsListedMax = 1_000;
export const recordsListedMax = 1_000;

/** When a record that drops much by itself is held for a person to look at. */
export interface HeldBounds {
  /** Part of all rows, above which a record is held. */
  shareMax: number;
  /** Number of hosts, above which a record is held; at most the tally's `hostsMax`. */
  hostsMax: number;
  /** Records that drop no more rows than this are not held for their share: one row in a hundred is nothing odd. */
  rowsMin: number;
}

export const heldBounds: HeldBounds = { shareMax: 0.0001, hostsMax: 1_000, rowsMin: 100 };

/** What was counted of records, and how they are named in a report. */
export interface CountedRecords {
  tally: RecordTally;
  /** Id of a record by its number. */
  ridOf(record: number): string;
}

/**
 * @param held records that were held for review, by number.
 * @returns the tally as the report has it; the tally itself is brought to its bounds.
 */
export function summarise(tally: Tally, records: CountedRecords, held: readonly number[] = []): TallySummary {
  settleTally(tally);
  const known = [...knownRecords(records.tally)];
  return {
    rows: tally.rows,
    outcomes: inOrder(tally.outcomes),
    decisions: mostFirst(tally.decisions).map(([decision, rows]) => {
      const [verdict, act] = decision.split(' ') as [Verdict, Act];
      return { verdict, act, rows };
    }),
    reasons: listOf(tally.reasons),
    trusts: listOf(tally.trusts),
    columns: listOf(tally.columns),
    files: listOf(tally.files),
    reserved: {
      before: inOrder(tally.reserved.before),
      after: inOrder(tally.reserved.after),
      unknown: inOrder(tally.reserved.unknown),
    },
    notChecked: {
      signals: mostFirst([...tally.notChecked.values].map(([name, { rows }]) => [name, rows])).map(
        ([name, rows]) => ({ name, rows }),
      ),
      complete: isComplete(tally.notChecked),
      rows: tally.unchecked,
    },
    badRows: tally.badRows,
    domains: domainList(tally.domains),
    droppedDomains: domainList(tally.droppedDomains),
    records: {
      known: known.length,
      complete: true,
      rows: inOrder(records.tally.rows),
      top: mostRows(records, known),
    },
    held: mostRows(records, held),
    heldComplete: held.length <= recordsListedMax,
  };
}

/** Records with any rows, in the order of their numbers. */
export function* knownRecords({ dropped, others }: RecordTally): Generator<number> {
  const more = [...others.keys()].sort((a, b) => a - b);
  let next = 0;
  for (let record = 0; record < dropped.length; record += 1) {
    const isOther = more[next] === record;
    if (isOther) next += 1;
    if (isOther || dropped[record] !== 0) yield record;
  }
}

/**
 * Records that alone would drop more of the rows, or rows of more hosts, than one record should, by number. A work that
 * stands on thousands of sites may be somebody's most copied picture, or a picture that is not theirs.
 * @param rows all rows of the run.
 */
export function heldRecords(records: RecordTally, rows: number, bounds: HeldBounds = heldBounds): number[] {
  const rowsMax = Math.max(bounds.rowsMin, bounds.shareMax * rows);
  return [...knownRecords(records)].filter((record) => {
    const refused = refusedRows(rowsOfRecord(records, record));
    const { hosts, are } = hostsOf(records.hosts, record);
    return refused > 0 && (refused > rowsMax || are === 'more' || hosts > bounds.hostsMax);
  });
}

/** What one record came to in a dataset, as the registry is told. */
export interface RecordReport {
  rid: string;
  removed: number;
  licensed: number;
  disputed: number;
}

/** What the registry is told of each record: copies removed, kept under a licence, kept in dispute. */
export function* reportedRecords(
  { tally, ridOf }: CountedRecords,
  onReview: 'keep' | 'drop',
): Generator<RecordReport> {
  for (const record of knownRecords(tally)) {
    const rows = rowsOfRecord(tally, record);
    const removed = (rows.dropped ?? 0) + (onReview === 'drop' ? (rows.review ?? 0) : 0);
    const { licensed = 0, disputed = 0 } = rows;
    if (removed + licensed + disputed > 0) yield { rid: ridOf(record), removed, licensed, disputed };
  }
}

const refusedRows = ({ dropped = 0, licensed = 0, disputed = 0 }: ByOutcome) => dropped + licensed + disputed;
const allRows = (rows: ByOutcome) => outcomes.reduce((sum, outcome) => sum + (rows[outcome] ?? 0), 0);
const isComplete = ({ ceiling }: SmallestKeys<unknown>) => ceiling === null;

/** Groups by rows refused, then by all rows, then by name. */
function bySize({ values }: Groups): [string, ByOutcome][] {
  return [...values].sort(
    ([a, x], [b, y]) => refusedRows(y) - refusedRows(x) || allRows(y) - allRows(x) || (a < b ? -1 : 1),
  );
}

function listOf(groups: Groups): GroupList {
  const list = bySize(groups).map(([name, rows]) => ({ name, rows: inOrder(rows) }));
  return { groups: list, complete: isComplete(groups) };
}

/** The first of these records by rows refused, then by all rows, then by id. */
function mostRows({ tally, ridOf }: CountedRecords, records: readonly number[]): RecordRows[] {
  const counted = records.map((record) => {
    const rows = rowsOfRecord(tally, record);
    return { record, rows, refused: refusedRows(rows), all: allRows(rows) };
  });
  counted.sort((a, b) => b.refused - a.refused || b.all - a.all || a.record - b.record);
  const last = counted[recordsListedMax - 1];
  // Ids are looked up for those that can be listed at all: of equals, the smallest ids are.
  const candidates =
    last === undefined
      ? counted
      : counted.filter(
          ({ refused, all }) => refused > last.refused || (refused === last.refused && all >= last.all),
        );
  return candidates
    .map((one) => ({ ...one, rid: ridOf(one.record) }))
    .sort((a, b) => b.refused - a.refused || b.all - a.all || (a.rid < b.rid ? -1 : 1))
    .slice(0, recordsListedMax)
    .map(({ record, rid, rows }) => {
      const { hosts, are } = hostsOf(tally.hosts, record);
      return { record: rid, rows: inOrder(rows), hosts, hostsAre: are };
    });
}

function domainList({ counts, error, total }: HeavyHitters): DomainList {
  const most = mostFirst(counts).slice(0, domainsListedMax);
  const top = most.map(([domain, rows]) => ({ domain, rows }));
  return { top, error, otherRows: total - top.reduce((sum, { rows }) => sum + rows, 0) };
}

/** The same counts with their outcomes in one order, so that equal tallies are written alike. */
function inOrder(rows: ByOutcome): ByOutcome {
  return Object.fromEntries(
    outcomes.flatMap((outcome) => {
      const value = rows[outcome] ?? 0;
      return value === 0 ? [] : [[outcome, value]];
    }),
  );
}
