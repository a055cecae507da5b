import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { AppError } from '../../errors.ts';

/** What DuckDB may hold in memory; beyond, it goes on in files. */
const memoryMb = 256;
const faultCharsMax = 300;

export interface OpenDuckDb {
  connection: DuckDBConnection;
  /** A folder for what is needed on the way, removed with the rest. */
  scratch: string;
  close(): Promise<void>;
}

/**
 * Opens a database in memory that keeps the order of what it reads.
 *
 * It has one thread: with several, how rows are shared out over row groups would rest on which thread was faster, and
 * the same input would not give the same bytes.
 * @param work an existing or new folder, for files that are gone when it is closed.
 * @param limitMb megabytes that it may hold in memory.
 */
export async function openDuckDb(work: string, limitMb = memoryMb): Promise<OpenDuckDb> {
  // The native library is loaded by those who write alone.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const scratch = resolve(work, `duckdb-${randomUUID()}`);
  await mkdir(scratch, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    ...{ memory_limit: `${limitMb}MB`, threads: '1', preserve_insertion_order: 'true' },
    ...{ autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' },
    temp_directory: join(scratch, 'spill'),
  });
  const connection = await instance.connect();
  return {
    connection,
    scratch,
    async close() {
      connection.closeSync();
      instance.closeSync();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** Runs something with such a database. */
export async function withDuckDb<T>(
  work: string,
  run: (database: OpenDuckDb) => Promise<T>,
  limitMb = memoryMb,
): Promise<T> {
  const database = await openDuckDb(work, limitMb);
  try {
    return await run(database);
  } finally {
    await database.close();
  }
}

/** A text in SQL. */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** The path of one file in SQL where DuckDB would take wildcards. */
export const onePath = (path: string): string => text(resolve(path).replace(/[*?[]/g, '[$&]'));

/** Runs a statement that answers with a number, as `COPY` does with the rows it wrote. */
export async function count(connection: DuckDBConnection, sql: string): Promise<number> {
  const [row] = (await connection.runAndReadAll(sql)).getRowsJS();
  return Number(row?.[0]);
}

/**
 * Runs what makes a file.
 * @throws AppError with DuckDB's words for a fault that is the data's or the machine's; any other as it is.
 */
export async function making<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw inWords(name, error);
  }
}

function inWords(name: string, error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const [first = ''] = error.message.split('\n');
  const detail = { cause: error };
  if (/no space left|disk full|max_temp_directory_size/i.test(error.message)) {
    return new AppError('unavailable', `${name} cannot be written (the disk is full)`, detail);
  }
  if (first.startsWith('Out of Memory Error')) {
    return new AppError('too-large', `${name} does not fit the memory that writing it may take`, detail);
  }
  if (/^(Invalid Input|IO|Conversion|Not implemented|Serialization) Error/i.test(first)) {
    return new AppError('invalid', `${name} cannot be written: ${first.slice(0, faultCharsMax)}`, detail);
  }
  return error;
}
