import type { ReportContent } from '../../../src/datasets/report/content.ts';
import { hostNumber } from '../../../src/datasets/tally/host-samples.ts';
import {
  addPartRecords,
  countRecord,
  emptyPartRecords,
  emptyRecordTally,
  storePartRecords,
} from '../../../src/datasets/tally/record-tally.ts';
import { type CountedRecords, heldRecords, summarise } from '../../../src/datasets/tally/summary.ts';
import {
  type Because,
  type CountedRow,
  count,
  emptyTally,
  noteBad,
  type Outcome,
} from '../../../src/datasets/tally/tally.ts';

/** A run over two files with something of everything in it, hostile names included. */

export const hostileDomain = '<script>alert(1)</script>.example';
export const hostileFile = 'part-"0002"<img src=x onerror=alert(1)>.parquet';

const verdictOf = { kept: 'unknown', dropped: 'disallow', review: 'unknown', licensed: 'licensed' } as const;
const actOf = { kept: 'proceed', dropped: 'stop', review: 'review', licensed: 'proceed' } as const;

function rowsOf(
  outcome: keyof typeof verdictOf,
  rows: number,
  because: Partial<Because> | null,
  more: Partial<CountedRow> = {},
): CountedRow {
  const full = {
    reason: '',
    trust: null,
    column: 'url',
    reserved: null,
  };
  return {
    rows,
    outcome: outcome as Outcome,
    verdict: verdictOf[outcome],
    act: actOf[outcome],
    file: 'part-0001.parquet',
    domain: 'example.com',
    because: because === null ? null : { ...full, ...because },
    notChecked: [],
    ...more,
  };
}

const rid = (n: number) => `019aaf00-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** What the report says of that run. */
export function sampleSummary() {
  const records = sampleRecords();
  return summarise(sampleTally(), records, heldRecords(records.tally, 12_000_000));
}

/** What a run over 12 million rows may have counted. */
export function sampleTally() {
  const tally = emptyTally();
  const add = (...args: Parameters<typeof rowsOf>) => count(tally, rowsOf(...args));
  for (let site = 0; site < 40; site += 1) {
    const domain = site === 3 ? hostileDomain : `photos-${site}.example`;
    const file = site % 3 === 0 ? hostileFile : 'part-0001.parquet';
    add('kept', 400_000 - site * 7_000, null, { domain, file });
    add(
      'dropped',
      9_000 - site * 200,
      {
        reason: 'registry, address: decides',
        trust: 'domain',
        reserved: site % 2 === 0 ? 'before' : 'after',
      },
      { domain, file },
    );
  }
  const work = {
    reason: 'registry, same picture: decides',
    trust: 'email',
    column: 'pdq',
    reserved: 'before',
  } as const;
  for (let site = 0; site < 60; site += 1) {
    add('dropped', 12, work, { domain: `copies-${site}.example` });
  }
  add('dropped', 4_100, { reason: 'robots.txt: decides' }, { domain: 'news.example' });
  add('review', 310, {
    ...work,
    reason: 'registry, similar picture: possible',
  });
  add(
    'licensed',
    2_400,
    {
      reason: 'registry, address: decides',
      trust: 'profile',
      reserved: 'before',
    },
    { domain: 'agency.example' },
  );
  add('kept', 61_000, null, {
    domain: null,
    notChecked: ['robots.txt: unreachable', 'x-robots-tag: not-available'],
  });
  count(tally, {
    rows: 3,
    outcome: 'bad',
    verdict: 'bad',
    act: 'none',
    file: hostileFile,
    domain: null,
    because: null,
    notChecked: [],
  });
  for (const row of [17, 90_210, 4_000_000]) {
    noteBad(tally, { row, file: hostileFile, line: row + 1, why: 'has a url that is no http or https URL' });
  }
  count(tally, {
    rows: 1_200,
    outcome: 'nothing',
    verdict: 'unknown',
    act: 'proceed',
    file: 'part-0001.parquet',
    domain: null,
    because: null,
    notChecked: [],
  });
  return tally;
}

/** The records behind those rows, by number. */
function sampleRecords(): CountedRecords {
  const part = emptyPartRecords();
  const add = (record: number, outcome: Outcome, rows: number, hosts: (row: number) => string) => {
    for (let row = 0; row < rows; row += 1)
      countRecord(part, record, outcome, hostNumber(Buffer.from(hosts(row))));
  };
  for (let site = 0; site < 40; site += 1) {
    add(site + 1, 'dropped', 9_000 - site * 200, () => `photos-${site}.example`);
  }
  add(900, 'dropped', 720, (row) => `copies-${row % 60}.example`);
  add(901, 'review', 310, () => 'example.com');
  add(902, 'licensed', 2_400, () => 'agency.example');
  const tally = emptyRecordTally(1_000);
  addPartRecords(tally, storePartRecords(part));
  return { tally, ridOf: rid };
}

export const sampleContent = (): Omit<ReportContent, 'builder'> => ({
  dataset: 'Photos of the web, 2026-11',
  started: '2026-11-23T12:00:00.000Z',
  finished: '2026-11-23T12:04:41.250Z',
  versions: { withhold: '0.1.0', node: 'v24.21.0' },
  options: { 'on-review': 'keep', 'crawled-at': 'crawled', columns: ['url', 'pdq'], stale: false },
  inputs: [
    { name: '/data/part-0001.parquet', bytes: 426_000_000, rows: 8_000_000, sha256: '1f'.repeat(32) },
    { name: `/data/${hostileFile}`, bytes: null, rows: 4_000_000, sha256: null },
  ],
  outputs: [
    { name: 'decisions/part-0001.parquet', what: 'decisions', bytes: 31_000_000, sha256: '2e'.repeat(32) },
    { name: 'removed-urls.txt', what: 'list', bytes: 9_000_000, sha256: '3d'.repeat(32) },
  ],
  source: {
    kind: 'snapshot',
    origin: 'registry.example/log',
    size: 1_250_007,
    root: '4c'.repeat(32),
    snapshotSize: 1_250_000,
    manifest: `sha256:${'5b'.repeat(32)}`,
    at: '2026-11-22T00:00:00.000Z',
    notAfter: '2026-12-23T00:00:00.000Z',
    stale: false,
  },
  signals: null,
  policies: [`sha256:${'6a'.repeat(32)}`],
  licences: { name: 'licences.csv', sha256: '79'.repeat(32), entries: 14 },
  onReview: 'keep',
  tally: sampleSummary(),
});
