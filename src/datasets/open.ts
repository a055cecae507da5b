import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AppError } from '../errors.ts';
import { readCsv } from './csv.ts';
import { readJsonl } from './jsonl.ts';
import type { DatasetEvent } from './rows.ts';
import { unzstd } from './zstd.ts';

export const formats = ['csv', 'tsv', 'jsonl'] as const;
export type Format = (typeof formats)[number];

const endings: Record<string, Format> = { csv: 'csv', tsv: 'tsv', jsonl: 'jsonl', ndjson: 'jsonl' };

/**
 * The format a file's name announces: `data.csv`, `DATA.JSONL.zst`. Compression is read from the bytes instead.
 * @returns undefined when the ending is none we read.
 */
export function formatOf(path: string): Format | undefined {
  const name = path.toLowerCase().replace(/\.(gz|zst)$/, '');
  return endings[name.slice(name.lastIndexOf('.') + 1)];
}

/**
 * Reads a dataset of that format from bytes that may be gzip (RFC 1952) or Zstandard (RFC 8878) inside.
 * @throws AppError `invalid` with a clause to follow the file's name.
 */
export async function* readDataset(
  source: AsyncIterable<Buffer>,
  format: Format,
): AsyncGenerator<DatasetEvent> {
  const bytes = decompressed(source);
  try {
    if (format === 'jsonl') yield* readJsonl(bytes);
    else if (format === 'tsv') yield* readCsv(bytes, { delimiter: '\t', quote: null });
    else yield* readCsv(bytes, { delimiter: ',', quote: '"' });
  } catch (error) {
    throw decodingFault(error);
  }
}

/** A decoder's error in words; any other is given back as it is. */
export function decodingFault(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!/^(Z_|ZSTD_)/.test(code)) return error;
  return new AppError('invalid', 'is damaged: its compressed data ends early or is broken', { cause: error });
}

/** Reads a file in chunks, telling how many bytes came, for progress. */
export async function* fileBytes(path: string, onBytes: (count: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    onBytes((chunk as Buffer).length);
    yield chunk as Buffer;
  }
}

/** @returns size in bytes and time of change of a regular file. @throws AppError in the words of a shell user. */
export async function fileFacts(path: string): Promise<{ size: number; mtimeMs: number }> {
  try {
    const file = await open(path, 'r');
    try {
      const facts = await file.stat();
      if (!facts.isFile()) throw new AppError('invalid', `${path} is not a file`);
      return { size: facts.size, mtimeMs: facts.mtimeMs };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new AppError('not-found', `there is no file ${path}`);
    throw new AppError('invalid', `${path} cannot be opened (${code ?? 'unknown fault'})`, { cause: error });
  }
}

/** The same bytes, or what is inside when they are gzip or Zstandard. @throws the decoder's error. */
export async function* decompressed(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { head, all } = await startOf(source, 4);
  const compression = compressionOf(head);
  if (compression === 'gzip') {
    const gunzip = createGunzip();
    // A fault of the source reaches the reader through the pipeline, which destroys gunzip with it.
    pipeline(all, gunzip, () => {});
    for await (const part of gunzip) yield part as Buffer;
  } else if (compression === 'zstd') {
    yield* unzstd(all);
  } else if (head.toString('latin1') === 'PAR1') {
    throw new AppError('invalid', 'is Parquet, which this version does not read: export it as CSV or JSONL');
  } else {
    yield* all;
  }
}

/** What the first four bytes of a file say about how it is compressed. */
export function compressionOf(head: Buffer): 'gzip' | 'zstd' | 'none' {
  if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) return 'gzip';
  return head.length >= 4 && isZstd(head.readUInt32LE(0)) ? 'zstd' : 'none';
}

/** Frame and skippable frame magic numbers, RFC 8878 §3.1. */
function isZstd(magic: number): boolean {
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
}

async function startOf(source: AsyncIterable<Buffer>, bytes: number) {
  const chunks = source[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let held = 0;
  while (held < bytes) {
    const next = await chunks.next();
    if (next.done) break;
    first.push(next.value);
    held += next.value.length;
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      yield* first;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    } finally {
      await chunks.return?.();
    }
  }
  return { head: Buffer.concat(first).subarray(0, bytes), all: all() };
}
