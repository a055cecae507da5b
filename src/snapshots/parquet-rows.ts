import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { subjectKinds } from '../opt-outs/record.ts';
import { parquetNames } from './build/sql.ts';
import type { FingerprintRow, RecordRow } from './row-record.ts';

/** The Parquet files that hold one row a record. */
export const recordFiles = subjectKinds.map((kind) => parquetNames[kind]);
export const worksFile = parquetNames.work;
export const fingerprintsFile = parquetNames.fingerprints;

const memoryLimit = '512MB';

/** Runs something with a database in memory that reads files and nothing else. */
export async function withDuckDb<T>(run: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  // The native library is loaded by those who read Parquet alone.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    ...{ memory_limit: memoryLimit, threads: '2' },
    ...{ autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' },
  });
  try {
    const connection = await instance.connect();
    try {
      return await run(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const list = (values: readonly string[]): string => (values.length === 0 ? 'NULL' : values.join(','));

/** How many rows a file has. */
export async function countRows(connection: DuckDBConnection, path: string): Promise<number> {
  const [row] = await rows(connection, `SELECT count(*)::DOUBLE AS n FROM read_parquet(${text(path)})`);
  return Number(row?.n);
}

/** How many fingerprints of a file are found by likeness. */
export async function countHashes(connection: DuckDBConnection, path: string): Promise<number> {
  const [row] = await rows(connection, `SELECT count(pdq0)::DOUBLE AS n FROM read_parquet(${text(path)})`);
  return Number(row?.n);
}

async function rows(connection: DuckDBConnection, query: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(query)).getRowObjectsJS();
}

// Whole microseconds fit a double for as long as dates have four digits of years.
const timeOf = (column: string) => `epoch_us(${column})::DOUBLE`;
const hexOf = (column: string) => `lower(hex(${column}))`;

const recordColumns = `
  seq::DOUBLE AS seq, rid, ver, state, ${timeOf('since')} AS since, ${timeOf('updated')} AS updated,
  ${timeOf('"at"')} AS "at", kind, "key", "keySpec", to_json(usages)::VARCHAR AS usages,
  to_json("except")::VARCHAR AS "except", licence, contact, trust, contested,
  "publishedAt".url AS place, ${timeOf('"publishedAt"."at"')} AS "placeAt", ${hexOf('salt')} AS salt`;

/** A time as records have it; one finer than they have stays a text that opens no commitment. */
function timeText(us: unknown): string {
  const isTime = typeof us === 'number' && us % 1_000 === 0 && Math.abs(us) < 8e18;
  const date = new Date(isTime ? us / 1_000 : Number.NaN);
  return Number.isNaN(date.getTime()) ? `${us} µs` : date.toISOString();
}

function recordRow(row: Record<string, unknown>): RecordRow {
  const { usages, except, place, placeAt, since, updated, at, ...same } = row;
  return {
    ...(same as Omit<RecordRow, 'usages' | 'except' | 'publishedAt' | 'since' | 'updated' | 'at'>),
    since: since === null ? null : timeText(since),
    updated: timeText(updated),
    at: timeText(at),
    usages: JSON.parse(String(usages)),
    except: JSON.parse(String(except)),
    publishedAt: place === null ? null : { url: String(place), at: timeText(placeAt) },
  };
}

/** The records at some places of a file, from 0. */
export async function recordsAt(
  connection: DuckDBConnection,
  path: string,
  places: readonly number[],
): Promise<RecordRow[]> {
  const from = `read_parquet(${text(path)}, file_row_number = true)`;
  const found = await rows(
    connection,
    `SELECT ${recordColumns} FROM ${from} WHERE file_row_number IN (${list(places.map(String))})`,
  );
  return found.map(recordRow);
}

/** The records of a folder's files with these ids. */
export async function recordsOf(
  connection: DuckDBConnection,
  folder: string,
  rids: readonly string[],
  names: readonly string[] = recordFiles,
): Promise<RecordRow[]> {
  const wanted = list(rids.map(text));
  const found = await Promise.all(
    names.map((name) =>
      rows(
        connection,
        `SELECT ${recordColumns} FROM read_parquet(${text(join(folder, name))}) WHERE rid IN (${wanted})`,
      ),
    ),
  );
  return found.flat().map(recordRow);
}

/** Whose the fingerprints at some places of a file are. */
export async function ridsAt(
  connection: DuckDBConnection,
  path: string,
  places: readonly number[],
): Promise<string[]> {
  const from = `read_parquet(${text(path)}, file_row_number = true)`;
  const found = await rows(
    connection,
    `SELECT rid FROM ${from} WHERE file_row_number IN (${list(places.map(String))})`,
  );
  return found.map(({ rid }) => String(rid));
}

/** The fingerprints of some works, by their id. */
export async function fingerprintsOf(
  connection: DuckDBConnection,
  path: string,
  rids: readonly string[],
): Promise<Map<string, FingerprintRow[]>> {
  const found = await rows(
    connection,
    `SELECT rid, pdq0, pdq1, pdq2, pdq3, quality, variant, hasher, ${[
      'sha256',
      'md5',
      'blockhash',
      'descriptor',
    ]
      .map((column) => `${hexOf(column)} AS ${column}`)
      .join(', ')} FROM read_parquet(${text(path)}) WHERE rid IN (${list(rids.map(text))})`,
  );
  const prints = found.map(({ pdq0, pdq1, pdq2, pdq3, ...same }) => ({
    ...(same as Omit<FingerprintRow, 'pdq'> & { rid: string }),
    pdq: pdq0 === null ? null : ([pdq0, pdq1, pdq2, pdq3] as [bigint, bigint, bigint, bigint]),
  }));
  const byRid = new Map<string, FingerprintRow[]>();
  for (const { rid, ...print } of prints) byRid.set(rid, [...(byRid.get(rid) ?? []), print]);
  return byRid;
}
