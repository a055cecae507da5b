import { createReadStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { readLines } from '../../datasets/lines.ts';
import { subjectKinds } from '../../opt-outs/record.ts';
import type { Terms } from '../../opt-outs/table/table.ts';
import { compileTable } from '../compile-table.ts';
import { compileWorks } from './compile-works.ts';
import {
  copyLines,
  copyParquet,
  copyPrints,
  copyTerms,
  createTables,
  numberTerms,
  parquetNames,
  readStaged,
  sharedNames,
} from './sql.ts';
import type { StagedFile } from './stage.ts';

export const tableName = 'records.table';
export const worksIndexName = 'works.index';
export const worksDescriptorsName = 'works.descriptors';

/** What DuckDB may hold in memory; beyond, it sorts on disk. */
const memoryLimit = '900MB';

/** Longest JSON of what records have in common: an `except` list and two texts. */
const termsBytesMax = 1024 * 1024;

interface Facts {
  /** What computed the fingerprints. */
  hashers: string[];
  /** How the keys of each kind were made. */
  keySpecs: Record<string, string>;
  /** Records, by kind. */
  counts: Record<string, number>;
}

export interface WrittenFiles extends Facts {
  /** Rows of each Parquet file, by its name. */
  rows: Map<string, number>;
}

/**
 * Writes the Parquet files and the compiled tables of a snapshot.
 *
 * @param staged files of records, each read and deleted while the next one comes.
 * @param folder where the files go; what is needed on the way lies in `scratch`.
 * @param signal aborted to give up: what is under way then fails soon.
 */
export async function writeFiles(
  staged: AsyncIterable<StagedFile>,
  folder: string,
  scratch: string,
  signal: AbortSignal,
): Promise<WrittenFiles> {
  const database = join(scratch, 'build.duckdb');
  const instance = await DuckDBInstance.create(database, {
    memory_limit: memoryLimit,
    threads: '2',
    preserve_insertion_order: 'false',
    temp_directory: join(scratch, 'spill'),
    // Nothing is ever loaded from the network.
    autoinstall_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  const lines = (name: string) => join(scratch, `${name}.tsv`);
  const parts = ['works', 'aliases', 'texts'] as const;
  const rows = new Map<string, number>();
  let tableRows = 0;
  let facts: Facts;
  const compile = async () => {
    await compileTable(bytesOf(parts.map(lines), signal), {
      path: join(folder, tableName),
      rows: tableRows,
      terms: termsIn(lines('terms')),
      seed: [...crypto.getRandomValues(new Uint32Array(2))] as [number, number],
    });
    for (const part of parts) rmSync(lines(part));
    await compileWorks(lines('prints'), {
      indexPath: join(folder, worksIndexName),
      descriptorsPath: join(folder, worksDescriptorsName),
    });
  };
  try {
    for (const sql of createTables) await run(connection, sql);
    await readAll(connection, staged, signal);
    facts = await readFacts(connection);
    for (const sql of numberTerms) await run(connection, sql);
    await run(connection, copyTerms(lines('terms')));
    for (const part of parts) tableRows += await run(connection, copyLines(lines(part), part));
    await run(connection, copyPrints(lines('prints')));
    signal.throwIfAborted();
    // One thread compiles while DuckDB's write Parquet. Neither may still run when the database is closed.
    await bothDone(writeParquet(connection, folder, rows, signal), compile());
  } finally {
    signal.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
    rmSync(database, { force: true });
  }
  return { rows, ...facts };
}

async function writeParquet(
  connection: DuckDBConnection,
  folder: string,
  rows: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  for (const kind of [...subjectKinds, 'fingerprints'] as const) {
    signal.throwIfAborted();
    const name = parquetNames[kind];
    rows.set(name, await run(connection, copyParquet(kind, join(folder, name))));
  }
}

/** Waits for both, also when one fails. @throws what the first of them threw. */
async function bothDone(...runs: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(runs);
  await Promise.all(runs);
}

/** @returns how many rows a COPY or INSERT wrote. */
async function run(connection: DuckDBConnection, sql: string): Promise<number> {
  const result = await connection.runAndReadAll(sql);
  return Number(result.getRows()[0]?.[0] ?? 0);
}

/** Takes one file apart while the next is staged. */
async function readAll(
  connection: DuckDBConnection,
  staged: AsyncIterable<StagedFile>,
  signal: AbortSignal,
): Promise<void> {
  let reading: Promise<void> = Promise.resolve();
  try {
    for await (const file of staged) {
      signal.throwIfAborted();
      await reading;
      if (file.records === 0) continue;
      reading = readFile(connection, file);
      // Looked at when the next file is there.
      reading.catch(() => {});
    }
  } finally {
    await reading;
  }
}

async function readFile(
  connection: DuckDBConnection,
  { path, records, hasWorks }: StagedFile,
): Promise<void> {
  const [readRecords, ...others] = readStaged(path, { hasWorks });
  const read = await run(connection, readRecords);
  if (read !== records) throw new Error(`${read} of ${records} staged records were read`);
  for (const sql of others) await run(connection, sql);
  rmSync(path);
}

async function readFacts(connection: DuckDBConnection): Promise<Facts> {
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
  const counted = new Map(
    (await rows('SELECT kind, count(*) FROM records GROUP BY kind')).map(([kind, n]) => [kind, Number(n)]),
  );
  const prints = await rows('SELECT count(*) FROM prints');
  const hashers = await rows('SELECT DISTINCT hasher FROM prints ORDER BY hasher');
  const keySpecs = await rows('SELECT DISTINCT kind, "keySpec" FROM records ORDER BY ALL');
  return {
    hashers: hashers.map(([hasher]) => String(hasher)),
    keySpecs: Object.fromEntries(keySpecs.map(([kind, spec]) => [String(kind), String(spec)])),
    counts: {
      ...Object.fromEntries(subjectKinds.map((kind) => [kind, counted.get(kind) ?? 0])),
      fingerprints: Number(prints[0]?.[0] ?? 0),
    },
  };
}

async function* bytesOf(paths: readonly string[], signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield* createReadStream(path, { highWaterMark: 1024 * 1024, signal });
}

async function* termsIn(path: string): AsyncGenerator<Terms> {
  for await (const { raw } of readLines(createReadStream(path), termsBytesMax)) {
    const values: unknown[] = JSON.parse(String(raw));
    yield Object.fromEntries(sharedNames.map((name, at) => [name, values[at]])) as unknown as Terms;
  }
}
