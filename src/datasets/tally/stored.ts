import { z } from 'zod';
import { AppError } from '../../errors.ts';
import {
  acts,
  emptyTally,
  outcomes,
  settleTally,
  type Tally,
  type TallyBounds,
  tallyBounds,
  verdicts,
} from './tally.ts';

const rows = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const byOutcome = z.partialRecord(z.enum(outcomes), rows);
const keyed = <Value extends z.ZodType>(value: Value) =>
  z.strictObject({ ceiling: z.string().nullable(), values: z.array(z.tuple([z.string(), value])) });
const hitters = z.strictObject({ error: rows, total: rows, counts: z.array(z.tuple([z.string(), rows])) });
const decision = z.string().refine((words) => {
  const [verdict = '', act = '', ...rest] = words.split(' ');
  return verdicts.some((one) => one === verdict) && acts.some((one) => one === act) && rest.length === 0;
});

/** A tally as plain JSON, for a journal or another thread. */
export const StoredTally = z.strictObject({
  rows,
  outcomes: byOutcome,
  decisions: z.array(z.tuple([decision, rows])),
  reasons: keyed(byOutcome),
  trusts: keyed(byOutcome),
  columns: keyed(byOutcome),
  files: keyed(byOutcome),
  reserved: z.strictObject({ before: byOutcome, after: byOutcome, unknown: byOutcome }),
  notChecked: keyed(z.strictObject({ rows })),
  unchecked: rows,
  badRows: z.array(z.strictObject({ row: rows, file: z.string(), line: rows, why: z.string() })),
  domains: hitters,
  droppedDomains: hitters,
});
export type StoredTally = z.infer<typeof StoredTally>;

const keyedNames = ['reasons', 'trusts', 'columns', 'files'] as const;
const hitterNames = ['domains', 'droppedDomains'] as const;

/** @returns the tally as plain JSON; equal tallies are stored as equals. The tally itself is brought to its bounds. */
export function storeTally(tally: Tally): StoredTally {
  settleTally(tally);
  const stored = <Value>({ ceiling, values }: { ceiling: string | null; values: Map<string, Value> }) => ({
    ceiling,
    values: [...values],
  });
  const counted = ({ error, total, counts }: Tally['domains']) => ({
    error,
    total,
    counts: [...counts].sort(([a], [b]) => (a < b ? -1 : 1)),
  });
  return structuredClone({
    rows: tally.rows,
    outcomes: tally.outcomes,
    decisions: [...tally.decisions].sort(([a], [b]) => (a < b ? -1 : 1)),
    reasons: stored(tally.reasons),
    trusts: stored(tally.trusts),
    columns: stored(tally.columns),
    files: stored(tally.files),
    reserved: tally.reserved,
    notChecked: stored(tally.notChecked),
    unchecked: tally.unchecked,
    badRows: tally.badRows,
    domains: counted(tally.domains),
    droppedDomains: counted(tally.droppedDomains),
  });
}

/**
 * The tally that `storeTally` has written.
 * @throws AppError `invalid` for anything else.
 */
export function restoreTally(value: unknown, bounds: TallyBounds = tallyBounds): Tally {
  const read = StoredTally.safeParse(value);
  if (!read.success) throw new AppError('invalid', 'the counts of a stopped run are damaged');
  const stored = read.data;
  const tally = emptyTally(bounds);
  const { outcomes: all, reserved, badRows } = stored;
  Object.assign(tally, {
    rows: stored.rows,
    unchecked: stored.unchecked,
    outcomes: all,
    reserved,
  });
  tally.badRows = badRows;
  tally.decisions = new Map(stored.decisions);
  for (const name of keyedNames) {
    tally[name].values = new Map(stored[name].values);
    tally[name].ceiling = stored[name].ceiling;
  }
  tally.notChecked.values = new Map(stored.notChecked.values);
  tally.notChecked.ceiling = stored.notChecked.ceiling;
  for (const name of hitterNames) {
    const { error, total, counts } = stored[name];
    tally[name] = { ...tally[name], error, total, counts: new Map(counts) };
  }
  return tally;
}
