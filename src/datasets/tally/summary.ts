import { type HeavyHitters, mostFirst } from './heavy-hitters.ts';
import { hostsOf } from './host-samples.ts';
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

/** @returns the tally as the report has it; the tally itself is brought to its bounds. */
export function summarise(tally: Tally, bounds: HeldBounds = heldBounds): TallySummary {
  settleTally(tally);
  const held = heldRecords(tally, bounds);
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
      known: tally.records.values.size,
      complete: isComplete(tally.records),
      rows: inOrder(tally.recordRows),
      top: bySize(tally.records)
        .slice(0, recordsListedMax)
        .map(([record, rows]) => recordRows(tally, record, rows)),
    },
    held: held.slice(0, recordsListedMax),
    heldComplete: held.length <= recordsListedMax && isComplete(tally.records),
  };
}

/**
 * Records that alone would drop more of the rows, or rows of more hosts, than one record should; most rows first.
 * A work that stands on thousands of sites may be somebody's most copied picture, or a picture that is not theirs.
 */
export function heldRecords(tally: Tally, bounds: HeldBounds = heldBounds): RecordRows[] {
  const rowsMax = Math.max(bounds.rowsMin, bounds.shareMax * tally.rows);
  return bySize(tally.records).flatMap(([record, rows]) => {
    const found = recordRows(tally, record, rows);
    const isManyHosts = found.hostsAre === 'more' || found.hosts > bounds.hostsMax;
    return refusedRows(rows) > 0 && (refusedRows(rows) > rowsMax || isManyHosts) ? [found] : [];
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
export function* reportedRecords(tally: Tally, onReview: 'keep' | 'drop'): Generator<RecordReport> {
  settleTally(tally);
  for (const [rid, rows] of tally.records.values) {
    const removed = (rows.dropped ?? 0) + (onReview === 'drop' ? (rows.review ?? 0) : 0);
    const { licensed = 0, disputed = 0 } = rows;
    if (removed + licensed + disputed > 0) yield { rid, removed, licensed, disputed };
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

function recordRows(tally: Tally, record: string, rows: ByOutcome): RecordRows {
  const { hosts, are } = hostsOf(tally.hosts, record);
  return { record, rows: inOrder(rows), hosts, hostsAre: are };
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
