import { z } from 'zod';
import { type HostSamples, hostSamples, seeHost } from './host-samples.ts';
import { addOutcome, type ByOutcome, mergeOutcomes, type Outcome, outcomes } from './tally.ts';

/** Hosts of one record told apart, and hosts of all records kept. */
export const recordHostBounds = { hostsMax: 1_000, allHostsMax: 500_000 };

/**
 * Rows by record, told by a number. Dropped rows, which are nearly all, are counted in four bytes a record, whatever
 * the size of the dataset.
 */
export interface RecordTally {
  /** Rows that a record was found for, by outcome. */
  rows: ByOutcome;
  /** Dropped rows by number of the record. */
  dropped: Uint32Array;
  /** Rows of other outcomes, by number of the record. */
  others: Map<number, ByOutcome>;
  /** Hosts on which records were met that say nothing of a place. */
  hosts: HostSamples;
}

/** @param records all numbers of records are below this. */
export function emptyRecordTally(records: number, bounds = recordHostBounds): RecordTally {
  const { hostsMax, allHostsMax } = bounds;
  return {
    rows: {},
    dropped: new Uint32Array(records),
    others: new Map(),
    hosts: hostSamples(hostsMax, allHostsMax),
  };
}

export function rowsOfRecord({ dropped, others }: RecordTally, record: number): ByOutcome {
  const rows = { ...others.get(record) };
  const own = dropped[record] ?? 0;
  return own === 0 ? rows : { ...rows, dropped: own };
}

/** What a part of a dataset met, small enough to be stored for each part. */
export interface PartRecords {
  /** The record of each dropped row, by number. */
  dropped: number[];
  others: Map<number, ByOutcome>;
  hosts: Map<number, Set<number>>;
}

export const emptyPartRecords = (): PartRecords => ({ dropped: [], others: new Map(), hosts: new Map() });

/** Counts a row that a record was found for. @param host `hostNumber`, where hosts of the record are counted. */
export function countRecord(part: PartRecords, record: number, outcome: Outcome, host: number | null): void {
  if (outcome === 'dropped') part.dropped.push(record);
  else {
    const rows = part.others.get(record) ?? {};
    addOutcome(rows, outcome, 1);
    part.others.set(record, rows);
  }
  if (host === null) return;
  const hosts = part.hosts.get(record);
  if (hosts === undefined) part.hosts.set(record, new Set([host]));
  else hosts.add(host);
}

const number = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const StoredPartRecords = z.strictObject({
  /** 32-bit words, little-endian, as base64. */
  dropped: z.base64(),
  others: z.array(z.tuple([number, z.partialRecord(z.enum(outcomes), number)])),
  hosts: z.array(z.tuple([number, z.array(number)])),
});
export type StoredPartRecords = z.infer<typeof StoredPartRecords>;

export function storePartRecords({ dropped, others, hosts }: PartRecords): StoredPartRecords {
  const words = Buffer.alloc(4 * dropped.length);
  for (const [at, record] of dropped.entries()) words.writeUInt32LE(record, 4 * at);
  return {
    dropped: words.toString('base64'),
    others: [...others].sort(([a], [b]) => a - b),
    hosts: [...hosts]
      .sort(([a], [b]) => a - b)
      .map(([record, own]) => [record, [...own].sort((a, b) => a - b)]),
  };
}

/** Adds what a part has met. @throws RangeError for a number that is of no record. */
export function addPartRecords(tally: RecordTally, part: StoredPartRecords): void {
  const words = Buffer.from(part.dropped, 'base64');
  const count = Math.floor(words.length / 4);
  for (let at = 0; at < count; at += 1) {
    const record = words.readUInt32LE(4 * at);
    if (record >= tally.dropped.length) throw new RangeError(`there is no record ${record}`);
    tally.dropped[record] = (tally.dropped[record] as number) + 1;
  }
  if (count > 0) addOutcome(tally.rows, 'dropped', count);
  for (const [record, rows] of part.others) {
    const known = tally.others.get(record) ?? {};
    mergeOutcomes(known, rows);
    mergeOutcomes(tally.rows, rows);
    tally.others.set(record, known);
  }
  for (const [record, hosts] of part.hosts) for (const host of hosts) seeHost(tally.hosts, record, host);
}
