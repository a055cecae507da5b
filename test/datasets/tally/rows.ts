import fc from 'fast-check';
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
  recordsMax: 3,
  hostsMax: 3,
  allHostsMax: 8,
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
      record: fc.option(word('record-', 6), { nil: null }),
      host: fc.option(word('host-', 12), { nil: null }),
      reserved: fc.constantFrom('before', 'after', 'unknown'),
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
