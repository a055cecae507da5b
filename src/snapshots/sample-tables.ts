import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { oneThread } from '../actions/fingerprint-index.ts';
import { LogFault } from '../follow/fault.ts';
import { descriptorBytes } from '../images/descriptor.ts';
import { livingRows, livingWork, searchFingerprints } from '../images/fingerprint-set.ts';
import { bytesToHex, hashFromHex } from '../images/hash256.ts';
import { canonicalText } from '../log/json-text.ts';
import type { RecordTable } from '../opt-outs/table/layout.ts';
import { hashKeyOf, recordAt, rowsOfKey, type TableRecord } from '../opt-outs/table/table.ts';
import { tableName } from './build/write-files.ts';
import { loadTable } from './load-table.ts';
import { loadWorks, worksIndexName } from './load-works.ts';
import type { RecordRow } from './row-record.ts';
import type { Sampled } from './sample.ts';

/** How many rows the Parquet files have, which the tables must have too. */
export interface RowCounts {
  records: number;
  works: number;
  /** Fingerprints that are found by likeness. */
  hashes: number;
}

/**
 * Looks sampled records up in what answers checks: the compiled table and the index of fingerprints say the same of
 * them, and hold no more rows than the Parquet files.
 * @returns records of rows of the table taken at chance, to be held to the Parquet files in their turn.
 * @throws LogFault naming what is missing or different.
 */
export function requireLookups(
  folder: string,
  sampled: readonly Sampled[],
  counts: RowCounts,
  samples: number,
): TableRecord[] {
  const table = orFault(tableName, () => loadTable(join(folder, tableName)));
  const { rows, aliases, works } = table.head;
  if (rows - aliases !== counts.records || works !== counts.works) {
    throw new LogFault(
      tableName,
      `has ${rows - aliases} records, not the ${counts.records} of the other files`,
    );
  }
  const fingerprints = orFault(worksIndexName, () => loadWorks(folder, oneThread));
  if (livingRows(fingerprints.set) !== counts.hashes) {
    throw new LogFault(worksIndexName, `does not have the ${counts.hashes} hashes of the other files`);
  }
  return orFault(tableName, () => {
    for (const each of sampled) {
      requireRow(table, each);
      requireFingerprints(fingerprints, each);
    }
    if (rows === 0) return [];
    if (samples >= rows) return Array.from({ length: rows }, (_, row) => recordAt(table, row));
    return Array.from({ length: samples }, () => recordAt(table, randomInt(rows)));
  });
}

function requireRow(table: RecordTable, { row, record }: Sampled): void {
  for (const { name, key } of keysOf(row, record)) {
    const found = rowsOfKey(table, key)
      .map((at) => recordAt(table, at))
      .find(({ rid, kind }) => rid === row.rid && kind === row.kind);
    const place = `record ${row.rid} in ${tableName}`;
    if (found === undefined) throw new LogFault(place, `is not found by its ${name}`);
    if (!saysTheSame(found, row)) throw new LogFault(place, 'says something else than its leaf');
  }
}

/** Everything a record is found by. */
function keysOf(row: RecordRow, { fingerprints }: Sampled['record']) {
  if (row.kind !== 'work') return [{ name: 'key', key: row.key }];
  const full = fingerprints.find(({ variant }) => variant === 'full');
  const { md5 = null, pdq = null, blockhash = null } = full ?? {};
  return [
    { name: 'SHA-256', key: hashKeyOf('sha256', row.key) },
    { name: 'id', key: hashKeyOf('rid', row.rid.replaceAll('-', '')) },
    ...(md5 === null ? [] : [{ name: 'MD5', key: hashKeyOf('md5', md5) }]),
    ...(pdq === null || blockhash === null
      ? []
      : [{ name: 'blockhash', key: hashKeyOf('blockhash', blockhash) }]),
  ];
}

/** Whether a table says of a record what its row says. */
export function saysTheSame(found: TableRecord, row: RecordRow): boolean {
  const said = ({ rid, kind, key, usages, licence, contact, trust, contested, since, seq }: TableRecord) => ({
    ...{ rid, kind, key, usages, licence, contact, trust, contested, since, seq },
  });
  const same = canonicalText(said(found)) === canonicalText(said(row as TableRecord));
  return same && canonicalText(setOf(found.except)) === canonicalText(setOf(row.except));
}

const setOf = (words: readonly string[]): string[] => [...new Set(words)].sort();

function requireFingerprints(
  { set, descriptors }: ReturnType<typeof loadWorks>,
  { row, record }: Sampled,
): void {
  const place = `record ${row.rid} in ${worksIndexName}`;
  for (const { pdq, variant, quality, descriptor } of record.fingerprints) {
    const hash = pdq === null ? null : hashFromHex(pdq);
    if (hash === null) continue;
    const isThere = searchFingerprints(set, hash, 0).some(
      (hit) => hit.id === row.rid && hit.variant === variant && hit.quality === quality,
    );
    if (!isThere) throw new LogFault(place, `is not found by its fingerprint (${variant})`);
    if (descriptor === undefined) continue;
    const at = (livingWork(set, row.rid) ?? 0) * descriptorBytes;
    if (bytesToHex(descriptors.subarray(at, at + descriptorBytes)) !== descriptor) {
      throw new LogFault(place, 'has another descriptor than its leaf');
    }
  }
}

function orFault<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!(error instanceof RangeError) && !isMissing) throw error;
    throw new LogFault(name, `cannot be read (${(error as Error).message})`, error);
  }
}
