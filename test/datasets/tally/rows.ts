import fc from 'fast-check';
import { hostNumber } from '../../../src/datasets/tally/host-samples.ts';
import {
  addPartRecords,
  countRecord,
  emptyPartRecords,
  emptyRecordTally,
  type RecordTally,
  recordHostBounds,
  type StoredPartRecords,
  storePartRecords,
} from '../../../src/datasets/tally/record-tally.ts';
import {
  type CountedRow,
  count,
  emptyTally,
  outcomes,
  type Tally,
  type TallyBounds,
} from '../../../src/datasets/tally/tally.ts';

/** So small that rows by the dozen go over every bound. */
export const tinyBounds: TallyBounds = {
  wordsMax: 3,
  filesMax: 2,
  domainsMax: 4,
  badRowsMax: 2,
};

const word = (start: string, most: number) => fc.nat({ max: most }).map((n) => `${start}${n}`);

/** Rows as an engine counts them. */
export const countedRow: fc.Arbitrary<CountedRow> = fc.record({
  rows: fc.integer({ min: 1, max: 5 }),
  outcome: fc.constantFrom(...outcomes),
  verdict: fc.constantFrom('disallow', 'allow', 'unknown', 'licensed', 'bad'),
  act: fc.constantFrom('proceed', 'stop', 'review', 'none'),
  file: fc.oneof(word('part-', 4), fc.constantFrom('__proto__', '')),
  domain: fc.option(word('site-', 9), { nil: null }),
  because: fc.option(
    fc.record({
      reason: fc.oneof(word('reason ', 5), fc.constant('constructor')),
      trust: fc.option(fc.constantFrom('email', 'profile', 'domain', 'identity'), { nil: null }),
      column: fc.option(fc.constantFrom('url', 'page_url', 'sha256', 'md5', 'pdq'), { nil: null }),
      reserved: fc.constantFrom(null, 'before', 'after', 'unknown'),
    }),
    { nil: null },
  ),
  notChecked: fc.array(word('signal ', 5), { maxLength: 3 }),
});

export function tallyOf(rows: readonly CountedRow[], bounds?: TallyBounds): Tally {
  const tally = emptyTally(bounds);
  for (const row of rows) count(tally, row);
  return tally;
}

/** The records of rows as a run counts them: by a number, with the host each was met on. */
export const metRecord = fc.record({
  record: fc.nat({ max: 6 }),
  outcome: fc.constantFrom(...outcomes),
  host: fc.option(fc.nat({ max: 12 }), { nil: null }),
});
export type MetRecord = typeof metRecord extends fc.Arbitrary<infer T> ? T : never;

/** Small enough that a few rows go over every bound. */
export const tinyHostBounds = { hostsMax: 3, allHostsMax: 8 };

export function partOfRecords(met: readonly MetRecord[]): StoredPartRecords {
  const part = emptyPartRecords();
  for (const { record, outcome, host } of met) {
    countRecord(part, record, outcome, host === null ? null : hostNumber(Buffer.from(`host-${host}`)));
  }
  return storePartRecords(part);
}

export function recordTallyOf(parts: readonly StoredPartRecords[], bounds = recordHostBounds): RecordTally {
  const tally = emptyRecordTally(7, bounds);
  for (const part of parts) addPartRecords(tally, part);
  return tally;
}
