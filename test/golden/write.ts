import { createWriteStream, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { uncleanKey } from '../../src/datasets/unclean-keys.ts';
import { urlLengthMax } from '../../src/http/schemas.ts';
import { withDuckDb } from '../../src/snapshots/parquet-rows.ts';
import { pngOf, tarPictures } from './pictures.ts';
import { columns, type GoldenRow } from './rows.ts';
import type { Cell } from './urls.ts';

/** The names of what is written into a folder. */
export const fileNames = {
  parquet: 'dataset.parquet',
  csv: 'dataset.csv',
  jsonl: 'dataset.jsonl',
  keys: 'keys.parquet',
  tar: 'pictures.tar',
} as const;

/** So that the file has several, the last of them smaller. */
const rowsPerGroup = 20_480;

const fields = ['url', 'page_url'] as const;

/** Text as a reader of the file sees it: what is no UTF-8 is read as U+FFFD. */
export const textOf = (cell: Cell): string | null =>
  cell === null || typeof cell === 'string' ? cell : Buffer.from(cell).toString();

/** Writes the dataset as Parquet, CSV and JSONL, and the keys of its unclean URLs. */
export async function writeDataset(folder: string, rows: readonly GoldenRow[]): Promise<void> {
  writeFileSync(join(folder, fileNames.csv), csvOf(rows));
  writeFileSync(join(folder, fileNames.jsonl), jsonlOf(rows));
  await writeParquet(folder, rows);
  await writeKeys(folder, rows);
}

function csvOf(rows: readonly GoldenRow[]): Buffer {
  const quote = Buffer.from('"');
  const cellOf = (cell: Cell): Buffer => {
    if (cell === null) return Buffer.alloc(0);
    const bytes = Buffer.from(cell);
    if (bytes.every((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x2c)) return bytes;
    // A quote within a cell stands twice; no byte of another character is one.
    const doubled = Buffer.from(bytes.toString('latin1').replaceAll('"', '""'), 'latin1');
    return Buffer.concat([quote, doubled, quote]);
  };
  return linesOf(rows, columns.join(','), (row) =>
    columns.flatMap((name, at) => [...(at > 0 ? [comma] : []), cellOf(row[name])]),
  );
}

const comma = Buffer.from(',');

function jsonlOf(rows: readonly GoldenRow[]): Buffer {
  const cellOf = (cell: Cell): Buffer => {
    if (cell === null || typeof cell === 'string') return Buffer.from(JSON.stringify(cell));
    // Bytes that are no text stand as they are, which is no JSON to who is strict.
    const escaped = JSON.stringify(Buffer.from(cell).toString('latin1'));
    return Buffer.from(escaped, 'latin1');
  };
  return linesOf(rows, null, (row) => [
    ...columns.flatMap((name, at) => [Buffer.from(`${at === 0 ? '{' : ','}"${name}":`), cellOf(row[name])]),
    Buffer.from('}'),
  ]);
}

function linesOf(
  rows: readonly GoldenRow[],
  header: string | null,
  lineOf: (row: GoldenRow) => Buffer[],
): Buffer {
  const lines = rows.map((row) => Buffer.concat([...lineOf(row), Buffer.from('\n')]));
  return Buffer.concat([Buffer.from(header === null ? '' : `${header}\n`), ...lines]);
}

const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`;

/** Loads lines of tab-separated values, bytes in hex, and copies what a statement makes of them. */
async function copy(
  folder: string,
  lines: readonly string[],
  names: readonly string[],
  select: string,
  to: string,
) {
  const staged = join(folder, 'staged.tsv');
  const out = join(folder, `${to}.part`);
  writeFileSync(staged, `${lines.join('\n')}\n`);
  await withDuckDb(async (connection) => {
    // One thread, so that the file is the same every time.
    await connection.run('SET threads = 1');
    const types = names.map((name) => `'${name}': 'VARCHAR'`).join(', ');
    await connection.run(
      `COPY (SELECT ${select} FROM read_csv(${quoted(staged)}, header = false, delim = E'\\t', quote = '', escape = '',
        auto_detect = false, nullstr = '-', columns = {${types}}))
       TO ${quoted(out)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowsPerGroup})`,
    );
  });
  await rename(out, join(folder, to));
  await rm(staged);
}

const hexOf = (cell: Cell): string => (cell === null ? '-' : `x${Buffer.from(cell).toString('hex')}`);
const bytesOf = (name: string): string => `unhex(substr(${name}, 2))`;

/** URLs are columns of bytes: a column of text may hold nothing that is ill-formed, and some readers stop there. */
async function writeParquet(folder: string, rows: readonly GoldenRow[]): Promise<void> {
  const lines = rows.map((row) => columns.map((name) => hexOf(row[name])).join('\t'));
  const select = columns.map((name) =>
    name === 'url' || name === 'page_url'
      ? `${bytesOf(name)} AS ${name}`
      : `decode(${bytesOf(name)}) AS ${name}`,
  );
  await copy(folder, lines, columns, select.join(', '), fileNames.parquet);
}

/** The side table that engines without a URL parser need. */
async function writeKeys(folder: string, rows: readonly GoldenRow[]): Promise<void> {
  const lines = rows.flatMap((row, at) =>
    fields.flatMap((field) => {
      const key = uncleanKey(field, textOf(row[field]) ?? '', urlLengthMax);
      return key === null
        ? []
        : [[String(at + 1), hexOf(field), hexOf(key.surt), hexOf(key.hostSurt), hexOf(key.fault)].join('\t')];
    }),
  );
  const names = ['row', 'field', 'surt', 'host_surt', 'fault'];
  const select = names.map((name) =>
    name === 'row' ? 'row::BIGINT AS row' : `decode(${bytesOf(name)}) AS ${name}`,
  );
  await copy(folder, lines, names, select.join(', '), fileNames.keys);
}

/** Writes the pictures as a WebDataset: a PNG and a line of JSON each. */
export async function writeTar(folder: string): Promise<{ key: string; bytes: Buffer }[]> {
  const tar = pack();
  const out = createWriteStream(join(folder, fileNames.tar));
  tar.pipe(out);
  const members: { key: string; bytes: Buffer }[] = [];
  const header = { mtime: new Date(0), mode: 0o644 };
  for (const { key, pixels } of tarPictures()) {
    const bytes = await pngOf(pixels);
    tar.entry({ ...header, name: `${key}.png` }, bytes);
    tar.entry({ ...header, name: `${key}.json` }, JSON.stringify({ key, caption: `picture ${key}` }));
    members.push({ key, bytes });
  }
  tar.finalize();
  await finished(out);
  return members;
}
