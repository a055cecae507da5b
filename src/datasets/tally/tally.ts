import { addRows, type HeavyHitters, heavyHitters, mergeHitters, shrink } from './heavy-hitters.ts';
import { type SmallestKeys, settle, smallestKeys, valueAt } from './smallest-keys.ts';

/**
 * What becomes of a row. `review` is possible only and waits for a person; `licensed` would be dropped without a
 * licence; `disputed` would be dropped by a record that is held for review; `nothing` had nothing to check.
 */
export const outcomes = ['kept', 'dropped', 'review', 'licensed', 'disputed', 'nothing', 'bad'] as const;
export type Outcome = (typeof outcomes)[number];

/** Rows by outcome; outcomes without rows are left out. */
export type ByOutcome = Partial<Record<Outcome, number>>;

export const verdicts = ['disallow', 'allow', 'unknown', 'licensed', 'bad'] as const;
export type Verdict = (typeof verdicts)[number];
export const acts = ['proceed', 'stop', 'review', 'none'] as const;
export type Act = (typeof acts)[number];

/** Whether a reservation was there when the row was collected; `unknown` where either time is not. */
export type Reserved = 'before' | 'after' | 'unknown';

/** What is counted of a row, or of several that are alike in all of it. */
export interface CountedRow {
  rows: number;
  outcome: Outcome;
  verdict: Verdict;
  act: Act;
  file: string;
  /** Registrable domain of the row's URL, or its host where there is none; null without a URL. */
  domain: string | null;
  /** What the outcome rests on; null where nothing was found. */
  because: Because | null;
  /** Signals that were not checked: `robots.txt: unreachable`. */
  notChecked: readonly string[];
}

export interface Because {
  /** `registry, same file: decides`: the source, the kind and what it does. */
  reason: string;
  /** How well the claim is proven; null for what a site says itself. */
  trust: string | null;
  /** The column that met it. */
  column: string | null;
  /** Null for what a site says itself. */
  reserved: Reserved | null;
}

export interface BadRow {
  /** 1-based, through all inputs. */
  row: number;
  file: string;
  line: number;
  why: string;
}

/** Bounds of everything that could grow with the data. */
export interface TallyBounds {
  /** Reasons, trusts, columns and signals told apart, each. */
  wordsMax: number;
  filesMax: number;
  /** Domains followed; the error of their counts is at most all rows divided by this. */
  domainsMax: number;
  badRowsMax: number;
}

export const tallyBounds: TallyBounds = {
  wordsMax: 200,
  filesMax: 20_000,
  domainsMax: 65_536,
  badRowsMax: 20,
};

/** Groups of rows by a word, each by outcome. */
export type Groups = SmallestKeys<ByOutcome>;

/**
 * What a run has counted. Counting the same rows in any order and any parts gives the same tally (`mergeTally` is
 * associative and commutative), but for `domains` and `droppedDomains` above `domainsMax`, which hold their bound.
 */
export interface Tally {
  bounds: TallyBounds;
  rows: number;
  outcomes: ByOutcome;
  /** Rows by verdict and act: `disallow stop`. */
  decisions: Map<string, number>;
  reasons: Groups;
  trusts: Groups;
  columns: Groups;
  files: Groups;
  /** Rows that something in the registry was found for, by whether it was reserved before they were collected. */
  reserved: Record<Reserved, ByOutcome>;
  /** Rows by signal that was not checked, and rows for which any was not. */
  notChecked: SmallestKeys<{ rows: number }>;
  unchecked: number;
  badRows: BadRow[];
  domains: HeavyHitters;
  droppedDomains: HeavyHitters;
}

export function emptyTally(bounds: TallyBounds = tallyBounds): Tally {
  const { wordsMax, filesMax, domainsMax } = bounds;
  return {
    bounds,
    rows: 0,
    outcomes: {},
    decisions: new Map(),
    reasons: smallestKeys(wordsMax),
    trusts: smallestKeys(wordsMax),
    columns: smallestKeys(wordsMax),
    files: smallestKeys(filesMax),
    reserved: { before: {}, after: {}, unknown: {} },
    notChecked: smallestKeys(wordsMax),
    unchecked: 0,
    badRows: [],
    domains: heavyHitters(domainsMax),
    droppedDomains: heavyHitters(domainsMax),
  };
}

/** Whether a reservation (RFC 3339, or null) was there at the time of collection. */
export function reservedAt(since: string | null, collected: string | null): Reserved {
  const [from, at] = [Date.parse(since ?? ''), Date.parse(collected ?? '')];
  if (Number.isNaN(from) || Number.isNaN(at)) return 'unknown';
  return from <= at ? 'before' : 'after';
}

/** Counts rows that are alike. */
export function count(tally: Tally, row: CountedRow): void {
  const { rows, outcome, because } = row;
  if (rows === 0) return;
  tally.rows += rows;
  addOutcome(tally.outcomes, outcome, rows);
  const decision = `${row.verdict} ${row.act}`;
  tally.decisions.set(decision, (tally.decisions.get(decision) ?? 0) + rows);
  group(tally.files, row.file, outcome, rows);
  if (row.domain !== null) {
    addRows(tally.domains, row.domain, rows);
    if (outcome === 'dropped') addRows(tally.droppedDomains, row.domain, rows);
  }
  if (because !== null) countBecause(tally, because, outcome, rows);
  for (const missing of new Set(row.notChecked)) {
    const group = valueAt(tally.notChecked, missing, () => ({ rows: 0 }));
    if (group !== null) group.rows += rows;
  }
  if (row.notChecked.length > 0) tally.unchecked += rows;
}

function countBecause(tally: Tally, because: Because, outcome: Outcome, rows: number): void {
  group(tally.reasons, because.reason, outcome, rows);
  group(tally.trusts, because.trust ?? 'none', outcome, rows);
  if (because.column !== null) group(tally.columns, because.column, outcome, rows);
  if (because.reserved !== null) addOutcome(tally.reserved[because.reserved], outcome, rows);
}

/** Notes a broken row; the first ones are kept. It is counted by `count` as well. */
export function noteBad(tally: Tally, bad: BadRow): void {
  tally.badRows.push(bad);
  if (tally.badRows.length >= 2 * tally.bounds.badRowsMax) firstRows(tally);
}

function firstRows(tally: Tally): void {
  tally.badRows.sort((a, b) => a.row - b.row);
  tally.badRows.length = Math.min(tally.badRows.length, tally.bounds.badRowsMax);
}

/** Adds everything another tally has counted, of rows that this one has not counted. */
export function mergeTally(into: Tally, other: Tally): void {
  into.rows += other.rows;
  into.unchecked += other.unchecked;
  mergeOutcomes(into.outcomes, other.outcomes);
  for (const reserved of ['before', 'after', 'unknown'] as const) {
    mergeOutcomes(into.reserved[reserved], other.reserved[reserved]);
  }
  for (const [decision, rows] of other.decisions) {
    into.decisions.set(decision, (into.decisions.get(decision) ?? 0) + rows);
  }
  for (const name of ['reasons', 'trusts', 'columns', 'files'] as const) {
    mergeKeys(into[name], other[name], () => ({}), mergeOutcomes);
  }
  mergeKeys(
    into.notChecked,
    other.notChecked,
    () => ({ rows: 0 }),
    (a, b) => {
      a.rows += b.rows;
    },
  );
  into.badRows.push(...other.badRows);
  mergeHitters(into.domains, other.domains);
  mergeHitters(into.droppedDomains, other.droppedDomains);
}

/** Brings everything to its bound and in order: two tallies of the same rows are then equal. */
export function settleTally(tally: Tally): void {
  for (const name of ['reasons', 'trusts', 'columns', 'files'] as const) settle(tally[name]);
  settle(tally.notChecked);
  firstRows(tally);
  shrink(tally.domains);
  shrink(tally.droppedDomains);
}

function mergeKeys<Value>(
  into: SmallestKeys<Value>,
  other: SmallestKeys<Value>,
  fresh: () => Value,
  merge: (into: Value, other: Value) => void,
): void {
  settle(other);
  const { ceiling } = other;
  // What the other has dropped is gone here too, or a part of its rows would stand for all of them.
  if (ceiling !== null && (into.ceiling === null || ceiling < into.ceiling)) {
    for (const key of into.values.keys()) if (key > ceiling) into.values.delete(key);
    into.ceiling = ceiling;
  }
  for (const [key, value] of other.values) {
    const known = valueAt(into, key, fresh);
    if (known !== null) merge(known, value);
  }
}

function group(groups: Groups, key: string, outcome: Outcome, rows: number): void {
  const value = valueAt(groups, key, (): ByOutcome => ({}));
  if (value !== null) addOutcome(value, outcome, rows);
}

export function addOutcome(counts: ByOutcome, outcome: Outcome, rows: number): void {
  counts[outcome] = (counts[outcome] ?? 0) + rows;
}

export function mergeOutcomes(into: ByOutcome, other: ByOutcome): void {
  for (const outcome of outcomes) {
    const rows = other[outcome];
    if (rows !== undefined) addOutcome(into, outcome, rows);
  }
}
