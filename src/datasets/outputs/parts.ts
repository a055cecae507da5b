import { open } from 'node:fs/promises';
import { AppError } from '../../errors.ts';
import { decisionFields } from '../decisions.ts';
import { onePath, openDuckDb, text } from './duckdb.ts';

/** What becomes of rows that are possible matches and wait for a person. */
export type OnReview = 'keep' | 'drop';

/**
 * The longest line of a part: its URL and its id can be as long as a row of the dataset, and every quote in them
 * doubles. DuckDB holds two or three of its buffers, each longer than a line.
 */
const lineBytesMax = 17 * 1024 * 1024;
const bufferBytes = 20 * 1024 * 1024;

/**
 * The decisions in parts, as a table in SQL with the columns of `decisionFields`, in order of rows; empty texts are
 * null. Parts are CSV without a header in which a text with a comma, a quote, a line feed or a carriage return
 * stands in quotes.
 * @param parts paths, in order of their rows.
 * @throws AppError for a part that is not there, or ends inside a line: DuckDB leaves out a last line with an open quote.
 */
export async function decisionsIn(parts: readonly string[]): Promise<string> {
  await refuseTorn(parts);
  if (parts.length === 0) {
    const columns = decisionFields.map(([name, type]) => `NULL::${type} AS "${name}"`);
    return `(SELECT ${columns.join(', ')} WHERE false)`;
  }
  const columns = decisionFields.map(([name, type]) => `${text(name)}: ${text(type)}`);
  const settings = [
    'auto_detect = false, header = false, strict_mode = true, parallel = false',
    `delim = ',', quote = '"', escape = '"', new_line = '\\n', comment = '', nullstr = ''`,
    `compression = 'none', hive_partitioning = false`,
    `max_line_size = ${lineBytesMax}, buffer_size = ${bufferBytes}`,
    `columns = {${columns.join(', ')}}`,
  ];
  return `read_csv([${parts.map(onePath).join(', ')}], ${settings.join(', ')})`;
}

/** @throws AppError for a part that is not there, or ends inside a line. */
export async function refuseTorn(parts: readonly string[]): Promise<void> {
  for (const part of parts) await refuseTornPart(part);
}

async function refuseTornPart(path: string): Promise<void> {
  const file = await open(path, 'r').catch((cause) => {
    throw new AppError('not-found', `${path} is a part of the decisions and cannot be opened`, { cause });
  });
  try {
    const { size } = await file.stat();
    if (size === 0) return;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer[0] !== 0x0a) throw new AppError('conflict', `${path} is cut short: its last line has no end`);
  } finally {
    await file.close();
  }
}

/** In SQL, whether a row is dropped. */
export const isDropped = (onReview: OnReview): string =>
  onReview === 'drop' ? `outcome IN ('dropped', 'review')` : `outcome = 'dropped'`;

export interface RowsOf {
  /** Those that hold the file's rows are enough; others are read for nothing. */
  parts: readonly string[];
  /** As the decisions name it. */
  file: string;
  work: string;
}

/** The `row` of each dropped row of a file, in order. */
export function droppedRowsOf(from: RowsOf, onReview: OnReview): AsyncGenerator<number> {
  return rowsOf(from, isDropped(onReview));
}

/** The `row` of each bad row of a file, in order. */
export function badRowsOf(from: RowsOf): AsyncGenerator<number> {
  return rowsOf(from, `outcome = 'bad'`);
}

async function* rowsOf({ parts, file, work }: RowsOf, condition: string): AsyncGenerator<number> {
  const database = await openDuckDb(work);
  try {
    const found = await database.connection.stream(
      `SELECT row::DOUBLE FROM ${await decisionsIn(parts)} WHERE file = ${text(file)} AND ${condition}`,
    );
    for (;;) {
      const chunk = await found.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield* chunk.getColumnValues(0) as number[];
    }
  } finally {
    await database.close();
  }
}
