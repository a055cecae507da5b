import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  hostNumber,
  hostSamples,
  hostsOf,
  mergeHosts,
  seeHost,
} from '../../../src/datasets/tally/host-samples.ts';
import { addPartRecords, emptyRecordTally, rowsOfRecord } from '../../../src/datasets/tally/record-tally.ts';
import { heldRecords, reportedRecords, summarise } from '../../../src/datasets/tally/summary.ts';
import { emptyTally, type Outcome } from '../../../src/datasets/tally/tally.ts';
import {
  countedRow,
  type MetRecord,
  metRecord,
  partOfRecords,
  recordTallyOf,
  tallyOf,
  tinyHostBounds,
} from './rows.ts';

const ridOf = (record: number) => `r-${record}`;

/** So many rows of one record, on hosts of their own or all on one. */
const met = (record: number, outcome: Outcome, rows: number, hosts = 1): MetRecord[] =>
  Array.from({ length: rows }, (_, row) => ({ record, outcome, host: row % hosts }));

describe('the summary of a tally', () => {
  test('adds up, whatever was counted', () => {
    fc.assert(
      fc.property(
        fc.array(countedRow, { maxLength: 60 }),
        fc.array(metRecord, { maxLength: 60 }),
        (rows, records) => {
          const counted = { tally: recordTallyOf([partOfRecords(records)]), ridOf };
          const summary = summarise(tallyOf(rows), counted);
          const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
          expect(sum(summary.outcomes)).toBe(summary.rows);
          expect(summary.decisions.reduce((all, { rows: some }) => all + some, 0)).toBe(summary.rows);
          expect(summary.files.groups.reduce((all, group) => all + sum(group.rows), 0)).toBe(summary.rows);
          expect(sum(summary.records.rows)).toBe(records.length);
          expect(summary.records.top.reduce((all, group) => all + sum(group.rows), 0)).toBe(records.length);
          const domains = summary.domains.top.reduce((all, { rows: some }) => all + some, 0);
          expect(domains + summary.domains.otherRows).toBe(
            rows.reduce((all, { rows: some, domain }) => all + (domain === null ? 0 : some), 0),
          );
        },
      ),
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
    const records = recordTallyOf([partOfRecords(met(1, 'dropped', rows, hosts))]);
    expect(heldRecords(records, all)).toEqual(isHeld ? [1] : []);
    const [first] = summarise(emptyTally(), { tally: records, ridOf }).records.top;
    expect(first).toMatchObject({
      record: 'r-1',
      hosts: Math.min(hosts, 1_000),
      hostsAre: hosts > 1_000 ? 'more' : 'exact',
    });
  });

  test('rows only for review hold no record', () => {
    expect(heldRecords(recordTallyOf([partOfRecords(met(1, 'review', 5_000))]), 5_000)).toEqual([]);
  });

  test('lists the records with most rows, of equals those with the smallest ids', () => {
    const records = emptyRecordTally(5_000);
    for (let record = 0; record < 5_000; record += 1) {
      addPartRecords(records, partOfRecords(met(record, 'dropped', record % 7 === 0 ? 2 : 1)));
    }
    const reversed = (record: number) => `r-${String(9_999 - record)}`;
    const { top } = summarise(emptyTally(), { tally: records, ridOf: reversed }).records;
    const ids = Array.from({ length: 5_000 }, (_, record) => ({
      rid: reversed(record),
      rows: record % 7 === 0 ? 2 : 1,
    }));
    ids.sort((a, b) => b.rows - a.rows || (a.rid < b.rid ? -1 : 1));
    expect(top.map(({ record }) => record)).toEqual(ids.slice(0, 1_000).map(({ rid }) => rid));
  });

  test('what the registry is told of each record', () => {
    const tally = recordTallyOf([
      partOfRecords([...met(1, 'dropped', 3), ...met(2, 'licensed', 1), ...met(5, 'kept', 1)]),
      partOfRecords([...met(1, 'review', 2), ...met(3, 'disputed', 7), ...met(4, 'review', 1)]),
    ]);
    const none = { removed: 0, licensed: 0, disputed: 0 };
    expect([...reportedRecords({ tally, ridOf }, 'keep')]).toEqual([
      { ...none, rid: 'r-1', removed: 3 },
      { ...none, rid: 'r-2', licensed: 1 },
      { ...none, rid: 'r-3', disputed: 7 },
    ]);
    expect([...reportedRecords({ tally, ridOf }, 'drop')].map(({ rid, removed }) => [rid, removed])).toEqual([
      ['r-1', 5],
      ['r-2', 0],
      ['r-3', 0],
      ['r-4', 1],
    ]);
  });

  test('records are counted the same in any parts and any order', () => {
    fc.assert(
      fc.property(fc.array(metRecord, { maxLength: 60 }), fc.nat({ max: 60 }), (all, cut) => {
        const parts = [all.slice(0, cut), all.slice(cut)].map(partOfRecords);
        const whole = recordTallyOf([partOfRecords(all)], tinyHostBounds);
        for (const order of [parts, parts.toReversed()]) {
          const joined = recordTallyOf(order, tinyHostBounds);
          expect(joined.rows).toEqual(whole.rows);
          expect(joined.dropped).toEqual(whole.dropped);
          for (let record = 0; record < 7; record += 1) {
            expect(rowsOfRecord(joined, record)).toEqual(rowsOfRecord(whole, record));
            expect(hostsOf(joined.hosts, record)).toEqual(hostsOf(whole.hosts, record));
          }
        }
      }),
    );
  });

  test('a record that is none is refused', () => {
    const part = partOfRecords(met(7, 'dropped', 1));
    expect(() => recordTallyOf([part])).toThrow('there is no record 7');
  });
});

describe('hosts of records', () => {
  test('are exact while there is room, and about right when there is none', () => {
    const samples = hostSamples(100, 2_000);
    const hostsOfRecord = (n: number) => 1 + ((n * 37) % 90);
    for (let record = 0; record < 400; record += 1) {
      for (let host = 0; host < hostsOfRecord(record); host += 1) {
        seeHost(samples, record, hostNumber(Buffer.from(`${record}.${host}.example`)));
      }
    }
    expect(samples.kept).toBeLessThanOrEqual(2_000);
    expect(samples.level).toBeGreaterThan(0);
    let [told, truth] = [0, 0];
    for (let record = 0; record < 400; record += 1) {
      const { hosts, are } = hostsOf(samples, record);
      expect(are).toBe('about');
      told += hosts;
      truth += hostsOfRecord(record);
    }
    expect(Math.abs(told - truth) / truth).toBeLessThan(0.1);
  });

  test('a host met twice, here and there, is one host', () => {
    const [one, other] = [hostSamples(3, 100), hostSamples(3, 100)];
    for (const host of ['a', 'b', 'a']) seeHost(one, 1, hostNumber(Buffer.from(host)));
    for (const host of ['b', 'c']) seeHost(other, 1, hostNumber(Buffer.from(host)));
    mergeHosts(one, other);
    expect(hostsOf(one, 1)).toEqual({ hosts: 3, are: 'exact' });
    seeHost(one, 1, hostNumber(Buffer.from('d')));
    expect(hostsOf(one, 1)).toEqual({ hosts: 3, are: 'more' });
  });
});
