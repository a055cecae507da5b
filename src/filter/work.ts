import { closeSync, fdatasyncSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import type { ColumnMap, ColumnUse } from '../datasets/columns.ts';
import { readDataset } from '../datasets/open.ts';
import type { RowGroupPlan } from '../datasets/parquet/plan.ts';
import { readRowGroup } from '../datasets/parquet/row-group.ts';
import type { ByteSource } from '../datasets/sources/byte-source.ts';
import { type DatasetFormat, openSource, streamed } from '../datasets/sources/inputs.ts';
import type { SourceDeps } from '../datasets/sources/requests.ts';
import { readWebDataset } from '../datasets/webdataset.ts';
import { digestOfFile } from '../log-store/file-digest.ts';
import type { PartResult } from './part.ts';
import { rowLines } from './refresh/row-lines.ts';
import { type PictureReader, tarRows } from './tar-rows.ts';
import { batchesOfRows, textRows } from './text-batches.ts';
import { filterPart, type RowBatch, type RunDeps } from './unit.ts';

/** One row group of a Parquet file. */
export interface RowGroupTask {
  kind: 'row-group';
  /** Number of the input. */
  input: number;
  address: string;
  /** As the file is called in decisions. */
  name: string;
  plan: RowGroupPlan;
  /** Path of the part to write, without its ending. */
  part: string;
}

/** A file that is read from front to end, in parts of so many rows. */
export interface StreamTask {
  kind: 'stream';
  input: number;
  address: string;
  name: string;
  format: Exclude<DatasetFormat, 'parquet'>;
  map: ColumnMap;
  header: readonly string[];
  /** Whether pictures in tars are looked at. */
  pixels: boolean;
  /** Path of the first part to write, without number and ending. */
  parts: string;
  /** Parts that are there already, and the rows in them. */
  done: { parts: number; rows: number };
}

/** The digest of a whole file. */
export interface DigestTask {
  kind: 'digest';
  path: string;
  name: string;
  /** Path of the JSON file to write. */
  to: string;
}

export type FilterTask = RowGroupTask | StreamTask | DigestTask;

/** Rows of a part of a file that is read from front to end. */
export const partRows = 262_144;

/** Told as parts become whole; `bytes`: read of the input since the last call. */
export type OnPart = (part: { rows: number; dropped: number; bytes: number; last: boolean }) => void;

/** The endings of a part's decisions, of its lines for an index, and of what was counted in it, which is written last. */
export const partEndings = { decisions: '.csv', rows: '.rows', counts: '.json' } as const;

/** Name of a part of a stream. */
export const streamPart = (parts: string, number: number) => `${parts}-${String(number).padStart(6, '0')}`;

/** What reads inputs; keeps files open while it works on them. */
export interface Reader {
  source(address: string): Promise<ByteSource>;
  pictures(): PictureReader;
  close(): Promise<void>;
}

/** Files kept open. */
const openMax = 8;

/** @param openPictures called when the first picture is to be read. */
export function createReader(deps: SourceDeps, openPictures: () => PictureReader): Reader {
  const open = new Map<string, Promise<ByteSource>>();
  let pictures: PictureReader | null = null;
  return {
    source(address) {
      const known = open.get(address);
      if (known !== undefined) return known;
      const [oldest] = open;
      if (open.size >= openMax && oldest !== undefined) {
        open.delete(oldest[0]);
        oldest[1].then((source) => source.close()).catch(() => {});
      }
      const source = openSource(deps, address);
      open.set(address, source);
      return source;
    },
    pictures() {
      pictures ??= openPictures();
      return pictures;
    },
    async close() {
      await pictures?.close();
      for (const source of open.values()) await (await source).close();
    },
  };
}

/** Filters a row group into one part. */
export async function filterRowGroup(
  deps: RunDeps,
  reader: Reader,
  task: RowGroupTask,
  onPart: OnPart,
): Promise<void> {
  const source = await reader.source(task.address);
  const result = await writePart(task.part, deps.keepsRows, async ({ decisions, rows }) => {
    const onBatch = (batch: RowBatch) => {
      if (deps.keepsRows) rows(rowLines(batch, task.input));
    };
    const batches = readRowGroup(source, task.plan);
    return { ...(await filterPart(deps, task.name, batches, decisions, onBatch)), last: true };
  });
  const bytes = task.plan.chunks.reduce((sum, { start, end }) => sum + end - start, 0);
  onPart({ rows: result.rows, dropped: result.dropped, bytes, last: true });
}

/** Filters a file from front to end. */
export async function filterStream(
  deps: RunDeps,
  reader: Reader,
  task: StreamTask,
  onPart: OnPart,
): Promise<void> {
  let bytes = 0;
  const input = streamed(await reader.source(task.address), 0, (count) => {
    bytes += count;
  });
  const batches = batchesOf(task, reader, input)[Symbol.asyncIterator]();
  let next = await batches.next();
  for (let number = task.done.parts; ; number += 1) {
    async function* own(): AsyncGenerator<RowBatch> {
      for (let rows = 0; rows < partRows && !next.done; next = await batches.next()) {
        rows += next.value.rows;
        yield next.value;
      }
    }
    const { rows, dropped, last } = await writePart(
      streamPart(task.parts, number),
      deps.keepsRows,
      async (into) => {
        const onBatch = (batch: RowBatch) => {
          if (deps.keepsRows) into.rows(rowLines(batch, task.input));
        };
        const result = await filterPart(deps, task.name, own(), into.decisions, onBatch);
        return { ...result, last: next.done === true };
      },
    );
    onPart({ rows, dropped, bytes, last });
    bytes = 0;
    if (last) return;
  }
}

function batchesOf(
  { format, map, header, pixels, done }: StreamTask,
  reader: Reader,
  input: AsyncIterable<Buffer>,
): AsyncGenerator<RowBatch> {
  const uses = Object.keys(map) as ColumnUse[];
  if (format === 'tar') {
    const samples = readWebDataset(input, { pictures: pixels });
    const own: ColumnUse[] = pixels ? ['id', 'sha256', 'md5'] : ['id'];
    const rows = tarRows(samples, map, header, pixels ? reader.pictures() : null);
    return batchesOfRows(rows, [...new Set([...uses, ...own])], done.rows);
  }
  return batchesOfRows(textRows(readDataset(input, format), map, header), uses, done.rows);
}

/** What is stored of a part, behind its decisions. */
export interface StoredPart extends PartResult {
  /** Whether its file ends with it. */
  last: boolean;
}

/** Digests a file. */
export async function digestFile(task: DigestTask, onPart: OnPart): Promise<void> {
  const { sha256 } = await digestOfFile(task.path);
  writeWhole(task.to, `${JSON.stringify({ sha256 })}\n`);
  onPart({ rows: 0, dropped: 0, bytes: 0, last: true });
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { flush: true });
  renameSync(`${path}.new`, path);
}

/** Where the lines of a part go. */
interface PartFiles {
  decisions(bytes: Uint8Array): void;
  rows(lines: string): void;
}

/** Writes a part so that it is there whole, counts and lines, or not at all. */
async function writePart(
  path: string,
  keepsRows: boolean,
  run: (into: PartFiles) => Promise<StoredPart>,
): Promise<StoredPart> {
  const decisions = lineFile(`${path}${partEndings.decisions}`);
  const rows = keepsRows ? lineFile(`${path}${partEndings.rows}`) : null;
  let result: StoredPart;
  try {
    result = await run({
      decisions: decisions.write,
      rows: (lines) => rows?.write(Buffer.from(lines)),
    });
    decisions.sync();
    rows?.sync();
  } finally {
    decisions.close();
    rows?.close();
  }
  decisions.rename();
  rows?.rename();
  writeWhole(`${path}${partEndings.counts}`, `${JSON.stringify(result)}\n`);
  return result;
}

function lineFile(path: string) {
  const file = openSync(`${path}.new`, 'w');
  return {
    write(bytes: Uint8Array): void {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    },
    sync: () => fdatasyncSync(file),
    close: () => closeSync(file),
    rename: () => renameSync(`${path}.new`, path),
  };
}
