import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll } from 'vitest';
import { nullStart, type TextColumn } from '../../../src/datasets/column-batch.ts';
import type { ColumnWishes, Field } from '../../../src/datasets/columns.ts';
import { chooseColumns, openParquet } from '../../../src/datasets/parquet/open.ts';
import { planRowGroups } from '../../../src/datasets/parquet/plan.ts';
import { readRowGroup } from '../../../src/datasets/parquet/row-group.ts';
import type { ByteSource } from '../../../src/datasets/sources/byte-source.ts';
import { openFileSource } from '../../../src/datasets/sources/file-source.ts';

export type Cells = (string | null)[];
export type Read = Partial<Record<Field | 'id', Cells>>;

/** A folder and a DuckDB for the tests of one file. */
export function duckdb() {
  const here = {} as { folder: string; run: (sql: string) => Promise<unknown[][]> };
  let close = () => {};
  beforeAll(async () => {
    here.folder = mkdtempSync(join(tmpdir(), 'withhold-parquet-'));
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    here.run = async (sql) => (await connection.runAndReadAll(sql)).getRows();
    close = () => {
      connection.closeSync();
      instance.closeSync();
    };
  });
  afterAll(() => {
    close();
    rmSync(here.folder, { recursive: true, force: true });
  });
  return here;
}

/** A text as SQL. */
export const quoted = (text: string | null) => (text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`);

export async function withFile<T>(path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openFileSource(path);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

/** Everything in the wanted columns, as text or, with `hex`, as hex digits. */
export async function readColumns(
  source: ByteSource,
  wishes: ColumnWishes = { named: {} },
  encoding: 'utf8' | 'hex' = 'utf8',
): Promise<{ read: Read; notes: string[]; rows: number }> {
  const file = await openParquet(source);
  const { chosen, notes } = chooseColumns(file, wishes);
  const read: Read = {};
  let rows = 0;
  for (const plan of planRowGroups(file, source.size, chosen)) {
    for await (const batch of readRowGroup(source, structuredClone(plan))) {
      if (batch.firstRow !== rows) throw new Error(`row ${batch.firstRow} came after ${rows}`);
      rows += batch.rows;
      for (const [field, column] of Object.entries(batch.columns) as [Field | 'id', TextColumn][]) {
        read[field] ??= [];
        read[field].push(...cellsOf(column, batch.rows, encoding));
      }
    }
  }
  return { read, notes, rows };
}

export const readFile = (path: string, wishes?: ColumnWishes, encoding?: 'utf8' | 'hex') =>
  withFile(path, (source) => readColumns(source, wishes, encoding));

/** The cells of a batch, its dictionary agreeing with its rows. */
function cellsOf(column: TextColumn, rows: number, encoding: 'utf8' | 'hex'): Cells {
  const { bytes, starts, ends, dictionary } = column;
  if (starts.length !== rows || ends.length !== rows) throw new Error('a column of another length');
  return Array.from({ length: rows }, (_, row) => {
    const [start, end] = [starts[row] as number, ends[row] as number];
    const code = dictionary?.codes[row];
    if (start === nullStart) {
      if (end !== nullStart || (code !== undefined && code !== nullStart)) throw new Error('half a null');
      return null;
    }
    if (end < start || end > bytes.length)
      throw new Error(`a value from ${start} to ${end} of ${bytes.length}`);
    const { values } = dictionary ?? {};
    if (values && (values.starts[code as number] !== start || values.ends[code as number] !== end)) {
      throw new Error('a code of another value');
    }
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString(encoding);
  });
}

/** Bytes in memory as a source. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    version: 'memory',
    read: async (start, end) => {
      if (start < 0 || end < start || end > bytes.length) throw new Error(`read from ${start} to ${end}`);
      return bytes.slice(start, end);
    },
    close: async () => {},
  };
}
