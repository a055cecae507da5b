import { type Because, missingWords } from '../../datasets/because.ts';
import type { DecisionView } from '../../http/schemas.ts';
import type { Entry } from './entries.ts';

/** What has been counted so far. Plain data: it goes into the journal as it is. */
export interface Tally {
  rows: number;
  /** Rows to proceed with, `nothing` included. */
  kept: number;
  /** Rows the registry says stop to. */
  dropped: number;
  /** Rows a person should look at; neither in `kept` nor in `dropped`. */
  review: number;
  bad: number;
  /** Rows with nothing to check. */
  nothing: number;
  /** Rows written to --rows-out. */
  written: number;
  /** Rows for which at least one signal was not checked. */
  unchecked: number;
  byVerdict: Record<string, number>;
  /** Dropped rows by what decided. */
  byReason: Record<string, number>;
  /** Rows to review by what is in doubt. */
  byReviewReason: Record<string, number>;
  /** Dropped rows by how well the claim is proven. */
  byTrust: Record<string, number>;
  /** Rows by signal that was not checked, and why. */
  notChecked: Record<string, number>;
  /** The first broken rows. */
  badRows: { row: number; file: string; line: number; why: string }[];
  /** Digests of the policies under which decisions were made. */
  policies: string[];
  /** Per registry the first and the last log size that decisions rest on. */
  asOf: Record<string, { first: LogSize; last: LogSize }>;
}

interface LogSize {
  size: number;
  root: string | null;
}

const badRowsMax = 20;
/** The registry's words are not ours to trust: a count by its words has this many lines at most. */
const kindsMax = 100;

export function emptyTally(): Tally {
  const none = { byVerdict: {}, byReason: {}, byReviewReason: {}, byTrust: {}, notChecked: {}, asOf: {} };
  const zero = { rows: 0, kept: 0, dropped: 0, review: 0, bad: 0, nothing: 0, written: 0, unchecked: 0 };
  return { ...zero, ...none, badRows: [], policies: [] };
}

/** Counts one row. */
export function count(
  tally: Tally,
  entry: Entry,
  decision: DecisionView | undefined,
  because: Because,
): void {
  tally.rows += 1;
  if (entry.bad !== undefined) {
    tally.bad += 1;
    add(tally.byVerdict, 'bad');
    const { row, file, line, bad } = entry;
    if (tally.badRows.length < badRowsMax) tally.badRows.push({ row, file, line, why: bad });
    return;
  }
  add(tally.byVerdict, decision?.verdict ?? 'unknown');
  if (decision === undefined) {
    tally.nothing += 1;
    tally.kept += 1;
    return;
  }
  if (decision.act === 'stop') {
    tally.dropped += 1;
    add(tally.byReason, because.kind);
    add(tally.byTrust, because.reason?.trust ?? 'none');
  } else if (decision.act === 'review') {
    tally.review += 1;
    add(tally.byReviewReason, because.kind);
  } else {
    tally.kept += 1;
  }
  if (decision.notChecked.length > 0) tally.unchecked += 1;
  for (const missing of new Set(decision.notChecked.map(missingWords))) add(tally.notChecked, missing);
  remember(tally, decision);
}

function remember(tally: Tally, { policy, asOf }: DecisionView): void {
  if (!tally.policies.includes(policy) && tally.policies.length < kindsMax) tally.policies.push(policy);
  for (const { origin, size, root } of asOf) {
    const known = Object.hasOwn(tally.asOf, origin) ? tally.asOf[origin] : undefined;
    if (known !== undefined) known.last = { size, root };
    else if (Object.keys(tally.asOf).length < kindsMax) {
      define(tally.asOf, origin, { first: { size, root }, last: { size, root } });
    }
  }
}

function add(counts: Record<string, number>, kind: string): void {
  const full = Object.keys(counts).length >= kindsMax;
  const key = full && !Object.hasOwn(counts, kind) ? 'other' : kind;
  define(counts, key, (Object.hasOwn(counts, key) ? (counts[key] as number) : 0) + 1);
}

/** Assigning would let a key named `__proto__` pass by. */
function define<T>(record: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
}
