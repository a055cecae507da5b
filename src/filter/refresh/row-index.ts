import { closeSync, createReadStream, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { count, text, withDuckDb } from '../../datasets/outputs/duckdb.ts';
import { writeWhole } from '../../datasets/outputs/whole.ts';
import { AppError } from '../../errors.ts';
import type { IndexedRow } from './row-lines.ts';

/** Folder of everything a refresh goes by, below that of its run. */
export const indexFolder = 'index';
/** The decisions of the run, whatever format they have beside it. */
export const indexedDecisions = 'decisions.csv';
const rowIndexName = 'rows.tsv';
const sparseName = 'rows.sparse';

/** Lines between two that are known by their place. */
const linesPerMark = 32;
const lineEnd = 0x0a;
const lineBytesMax = 8 * 1024 * 1024;

/**
 * Sorts the lines of all parts into one index.
 * @param parts files of `rowLines`.
 * @param folder of the index, made when it is not there.
 */
export async function buildRowIndex(parts: readonly string[], folder: string, work: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, rowIndexName);
  const settings = `auto_detect = false, header = false, delim = '\\t', quote = '', escape = '', parallel = false,
    max_line_size = ${lineBytesMax}, buffer_size = ${lineBytesMax + (1 << 20)}, columns = {'key': 'VARCHAR', 'line': 'VARCHAR'}`;
  const lines =
    parts.length === 0
      ? `(SELECT NULL::VARCHAR AS key, NULL::VARCHAR AS line WHERE false)`
      : `read_csv([${parts.map((part) => text(resolve(part))).join(', ')}], ${settings})`;
  await withDuckDb(work, ({ connection }) =>
    writeWhole(path, (aside) =>
      count(
        connection,
        // A byte that neither keys nor JSON have stands for the quote, so that it can be taken away again.
        `COPY (SELECT key, line FROM ${lines} ORDER BY key, line) TO ${text(resolve(aside))}
         (FORMAT csv, HEADER false, DELIMITER '\\t', QUOTE '\u0001', ESCAPE '\u0001', USE_TMP_FILE false)`,
      ),
    ),
  );
  const marks = await marksOf(path);
  await writeWhole(join(folder, sparseName), (aside) => writeFile(aside, marks));
}

/** Every so many lines, the place and the key of one, as arrays that are read as they lie. */
interface Marks {
  /** Places in the file, and its length at the end. */
  at: Float64Array;
  /** Where each key ends in `keys`. */
  ends: Uint32Array;
  keys: Buffer;
}

async function marksOf(path: string): Promise<Uint8Array> {
  const places: number[] = [];
  const keys: Buffer[] = [];
  let line = 0;
  let start = 0;
  let held = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(lineEnd); end >= 0; end = bytes.indexOf(lineEnd, from)) {
      if (line % linesPerMark === 0) {
        places.push(start + from);
        keys.push(Buffer.from(unquoted(bytes.toString('utf8', from, bytes.indexOf(0x09, from)))));
      }
      line += 1;
      from = end + 1;
    }
    start += from;
    held = Buffer.from(bytes.subarray(from));
  }
  const ends = new Uint32Array(keys.length);
  for (const [at, key] of keys.entries()) ends[at] = (ends[at - 1] ?? 0) + key.length;
  const head = new Float64Array([keys.length, ...places, start]);
  return Buffer.concat([Buffer.from(head.buffer), Buffer.from(ends.buffer), ...keys]);
}

export interface RowIndex {
  /** Rows with a key that begins so, or is it. */
  find(key: string, isWhole: boolean): Generator<IndexedRow>;
  close(): void;
}

/** @throws AppError `not-found` without an index, `invalid` for a damaged one. */
export function openRowIndex(folder: string): RowIndex {
  const marks = readMarks(join(folder, sparseName));
  const file = openSync(join(folder, rowIndexName), 'r');
  const bytesMax = marks.at.at(-1) ?? 0;
  if (fstatSync(file).size !== bytesMax) throw damaged(folder);

  /** The lines from the last mark whose key is below on, block by block. */
  function* linesFrom(key: string): Generator<[key: string, json: string]> {
    const wanted = Buffer.from(key);
    let [low, high] = [0, marks.ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const own = marks.keys.subarray(marks.ends[middle - 1] ?? 0, marks.ends[middle]);
      if (Buffer.compare(own, wanted) < 0) low = middle + 1;
      else high = middle;
    }
    for (let block = Math.max(0, low - 1); block < marks.ends.length; block += 1) {
      const [from, to] = [marks.at[block] as number, marks.at[block + 1] as number];
      const bytes = Buffer.alloc(to - from);
      if (readSync(file, bytes, 0, bytes.length, from) !== bytes.length) throw damaged(folder);
      for (const line of unquoted(bytes.toString('utf8')).split('\n')) {
        if (line === '') continue;
        const tab = line.indexOf('\t');
        yield [line.slice(0, tab), line.slice(tab + 1)];
      }
    }
  }

  return {
    *find(wanted, isWhole) {
      for (const [key, json] of linesFrom(wanted)) {
        if (isWhole ? key === wanted : key.startsWith(wanted)) yield JSON.parse(json) as IndexedRow;
        else if (isBelow(wanted, key)) return;
      }
    },
    close: () => closeSync(file),
  };
}

const unquoted = (line: string): string => line.replaceAll('\u0001', '');

/** In the order of UTF-8, as the index was sorted: keys are ASCII, but for what no URL has. */
const isBelow = (a: string, b: string): boolean => a < b;

function readMarks(path: string): Marks {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new AppError('not-found', `there is no index of the rows: ${path}`, {
      fix: 'filter with --refreshable, so that a later refresh need not read the dataset',
      cause,
    });
  }
  const { buffer } = new Uint8Array(bytes);
  const [count = 0] = new Float64Array(buffer, 0, 1);
  const keysAt = 8 * (count + 2) + 4 * count;
  if (!(bytes.length >= keysAt))
    throw new AppError('invalid', `${path} is damaged`, { fix: 'filter the dataset again' });
  return {
    at: new Float64Array(buffer, 8, count + 1),
    ends: new Uint32Array(buffer, 8 * (count + 2), count),
    keys: Buffer.from(buffer, keysAt),
  };
}

const damaged = (folder: string) =>
  new AppError('invalid', `the index in ${folder} is damaged`, { fix: 'filter the dataset again' });
