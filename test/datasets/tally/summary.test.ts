import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  hostNumber,
  hostSamples,
  hostsOf,
  mergeHosts,
  seeHost,
} from '../../../src/datasets/tally/host-samples.ts';
import { heldRecords, reportedRecords, summarise } from '../../../src/datasets/tally/summary.ts';
import { type CountedRow, count, emptyTally, type Outcome } from '../../../src/datasets/tally/tally.ts';
import { countedRow, tallyOf } from './rows.ts';

const row = (
  outcome: Outcome,
  record: string | null,
  more: { rows?: number; host?: string } = {},
): CountedRow => ({
  rows: more.rows ?? 1,
  outcome,
  verdict: record === null ? 'unknown' : 'disallow',
  act: record === null ? 'proceed' : 'stop',
  file: 'part-0.parquet',
  domain: 'example.com',
  because:
    record === null
      ? null
      : {
          reason: 'registry, same file: decides',
          trust: 'email',
          column: 'sha256',
          record,
          host: more.host ?? 'example.com',
          reserved: 'before',
        },
  notChecked: [],
});

describe('the summary of a tally', () => {
  test('adds up, whatever was counted', () => {
    fc.assert(
      fc.property(fc.array(countedRow, { maxLength: 60 }), (rows) => {
        const summary = summarise(tallyOf(rows));
        const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
        expect(sum(summary.outcomes)).toBe(summary.rows);
        expect(summary.decisions.reduce((all, { rows: some }) => all + some, 0)).toBe(summary.rows);
        expect(summary.files.groups.reduce((all, group) => all + sum(group.rows), 0)).toBe(summary.rows);
        const ofRecords = summary.records.top.reduce((all, group) => all + sum(group.rows), 0);
        expect(ofRecords).toBe(sum(summary.records.rows));
        expect(
          sum(summary.reserved.before) + sum(summary.reserved.after) + sum(summary.reserved.unknown),
        ).toBe(ofRecords);
        const domains = summary.domains.top.reduce((all, { rows: some }) => all + some, 0);
        expect(domains + summary.domains.otherRows).toBe(
          rows.reduce((all, { rows: some, domain }) => all + (domain === null ? 0 : some), 0),
        );
      }),
    );
  });

  test.each([
    ['100 rows of a few thousand are nothing odd', 5_000, 100, 1, false],
    ['101 rows are more than one in ten thousand of 5,000', 5_000, 101, 1, true],
    ['200 rows of 2,000,000 are one in ten thousand', 2_000_000, 200, 1, false],
    ['201 rows of 2,000,000 are more', 2_000_000, 201, 1, true],
    ['1,000 hosts of one record are looked at as usual', 20_000_000, 1_000, 1_000, false],
    ['1,001 hosts hold it', 20_000_000, 1_001, 1_001, true],
  ])('%s', (_, all, rows, hosts, isHeld) => {
    const tally = emptyTally();
    count(tally, row('kept', null, { rows: all - rows }));
    for (let host = 0; host < hosts; host += 1) {
      count(tally, row('dropped', 'r-1', { rows: rows / hosts, host: `host-${host}.example` }));
    }
    expect(heldRecords(tally).map(({ record }) => record)).toEqual(isHeld ? ['r-1'] : []);
    const [first] = summarise(tally).records.top;
    expect(first).toMatchObject({
      hosts: Math.min(hosts, 1_000),
      hostsAre: hosts > 1_000 ? 'more' : 'exact',
    });
  });

  test('rows only for review hold no record', () => {
    expect(heldRecords(tallyOf([row('review', 'r-1', { rows: 5_000 })]))).toEqual([]);
  });

  test('what the registry is told of each record', () => {
    const tally = tallyOf([
      row('dropped', 'r-1', { rows: 3 }),
      row('review', 'r-1', { rows: 2 }),
      row('licensed', 'r-2'),
      row('disputed', 'r-3', { rows: 7 }),
      row('review', 'r-4'),
      row('kept', 'r-5'),
    ]);
    const none = { removed: 0, licensed: 0, disputed: 0 };
    expect([...reportedRecords(tally, 'keep')]).toEqual([
      { ...none, rid: 'r-1', removed: 3 },
      { ...none, rid: 'r-2', licensed: 1 },
      { ...none, rid: 'r-3', disputed: 7 },
    ]);
    expect([...reportedRecords(tally, 'drop')].map(({ rid, removed }) => [rid, removed])).toEqual([
      ['r-1', 5],
      ['r-2', 0],
      ['r-3', 0],
      ['r-4', 1],
    ]);
  });
});

describe('hosts of records', () => {
  test('are exact while there is room, and about right when there is none', () => {
    const samples = hostSamples(100, 2_000);
    const hostsOfRecord = (n: number) => 1 + ((n * 37) % 90);
    for (let record = 0; record < 400; record += 1) {
      for (let host = 0; host < hostsOfRecord(record); host += 1) {
        seeHost(samples, `r-${record}`, hostNumber(`${record}.${host}.example`));
      }
    }
    expect(samples.kept).toBeLessThanOrEqual(2_000);
    expect(samples.level).toBeGreaterThan(0);
    let [told, truth] = [0, 0];
    for (let record = 0; record < 400; record += 1) {
      const { hosts, are } = hostsOf(samples, `r-${record}`);
      expect(are).toBe('about');
      told += hosts;
      truth += hostsOfRecord(record);
    }
    expect(Math.abs(told - truth) / truth).toBeLessThan(0.1);
  });

  test('a host met twice, here and there, is one host', () => {
    const [one, other] = [hostSamples(3, 100), hostSamples(3, 100)];
    for (const host of ['a', 'b', 'a']) seeHost(one, 'r', hostNumber(host));
    for (const host of ['b', 'c']) seeHost(other, 'r', hostNumber(host));
    mergeHosts(one, other);
    expect(hostsOf(one, 'r')).toEqual({ hosts: 3, are: 'exact' });
    seeHost(one, 'r', hostNumber('d'));
    expect(hostsOf(one, 'r')).toEqual({ hosts: 3, are: 'more' });
  });
});
