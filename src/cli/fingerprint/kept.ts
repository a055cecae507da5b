import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { readLines } from '../../datasets/lines.ts';
import { AppError } from '../../errors.ts';
import type { PictureLine } from './line.ts';
import type { Stamp } from './walk.ts';

/**
 * The file of `--out`: one line a picture, appended as pictures are read, so that a run which was stopped goes on
 * where it was. Held in memory is a digest a line, about 100 bytes.
 */
export interface Kept {
  /** Pictures that were in the file. */
  readonly before: number;
  /** Whether this file, unchanged, has its line. */
  has(file: string, stamp: Stamp): boolean;
  append(line: PictureLine): Promise<void>;
  /** Makes the lines durable and drops those that newer lines of the same file have replaced. */
  close(): Promise<void>;
}

const lineBytesMax = 64 * 1024;
/** A power cut costs at most the pictures of this many milliseconds. */
const syncMs = 5_000;

/**
 * Opens or makes the file and reads what it holds. A last line that a power cut tore is dropped.
 *
 * @throws AppError `conflict` when it holds something else than lines of this command, `unavailable` when it cannot
 * be read or written.
 */
export async function openKept(path: string): Promise<Kept> {
  const file = await inWords(path, () => open(path, 'a+', 0o644));
  try {
    const known = await readKnown(path);
    if (known.tornBytes > 0) {
      const { size } = await file.stat();
      await inWords(path, () => file.truncate(size - known.tornBytes));
    }
    return keptIn(path, file, known);
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Known {
  stamps: Map<string, string>;
  replaced: Set<string>;
  /** Length of a last line that is not whole. */
  tornBytes: number;
}

function keptIn(path: string, file: FileHandle, { stamps, replaced }: Known): Kept {
  const before = stamps.size;
  let syncedAt = performance.now();
  return {
    before,
    has: (name, stamp) => stamps.get(keyOf(name)) === markOf(stamp),
    async append(line) {
      // One write a line: whatever ends the run, at most the last line is torn.
      await inWords(path, () => file.appendFile(`${JSON.stringify(line)}\n`));
      const key = keyOf(line.file);
      if (stamps.has(key)) replaced.add(key);
      stamps.set(key, markOf(line));
      if (performance.now() - syncedAt < syncMs) return;
      await inWords(path, () => file.datasync());
      syncedAt = performance.now();
    },
    async close() {
      try {
        await inWords(path, () => file.datasync());
      } finally {
        await file.close();
      }
      if (replaced.size > 0) await dropReplaced(path, replaced);
    },
  };
}

async function readKnown(path: string): Promise<Known> {
  const known: Known = { stamps: new Map(), replaced: new Set(), tornBytes: 0 };
  let torn: number | undefined;
  for await (const { number, raw } of readLines(createReadStream(path), lineBytesMax)) {
    if (torn !== undefined) throw notOurs(path, torn);
    const line = raw === undefined ? undefined : lineOf(raw);
    if (line === undefined) {
      if (raw === undefined || !couldBeTorn(raw)) throw notOurs(path, number);
      torn = number;
      known.tornBytes = raw.length;
      continue;
    }
    const key = keyOf(line.file);
    if (known.stamps.has(key)) known.replaced.add(key);
    known.stamps.set(key, markOf(line));
  }
  return known;
}

function lineOf(raw: Buffer): Pick<PictureLine, 'file' | 'bytes' | 'mtimeMs'> | undefined {
  if (raw.at(-1) !== 0x0a) return undefined;
  try {
    const value: unknown = JSON.parse(raw.toString('utf8'));
    return isLine(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLine(value: unknown): value is PictureLine {
  if (typeof value !== 'object' || value === null) return false;
  const { file, sha256, pdq, bytes, mtimeMs } = value as Record<string, unknown>;
  return (
    typeof file === 'string' &&
    typeof sha256 === 'string' &&
    typeof pdq === 'string' &&
    Number.isInteger(bytes) &&
    Number.isInteger(mtimeMs)
  );
}

/** The start of one of our lines, or the zeros some file systems leave; anything else is somebody's file. */
function couldBeTorn(raw: Buffer): boolean {
  const start = '{"file":"';
  const text = raw.toString('latin1');
  return /^\0*\n?$/.test(text) || text.startsWith(start) || start.startsWith(text.trimEnd());
}

/** Copies the file without lines that were replaced, each to the last of its picture, and puts the copy in its place. */
async function dropReplaced(path: string, replaced: ReadonlySet<string>): Promise<void> {
  const last = new Map<string, number>();
  for await (const { number, line } of linesOf(path)) {
    const key = keyOf(line.file);
    if (replaced.has(key)) last.set(key, number);
  }
  const aside = `${path}.tmp`;
  const copy = await inWords(aside, () => open(aside, 'w'));
  try {
    for await (const { number, line, raw } of linesOf(path)) {
      if ((last.get(keyOf(line.file)) ?? number) === number) await inWords(aside, () => copy.appendFile(raw));
    }
    await inWords(aside, () => copy.datasync());
  } finally {
    await copy.close();
  }
  await inWords(path, () => rename(aside, path));
}

async function* linesOf(path: string) {
  for await (const { number, raw } of readLines(createReadStream(path), lineBytesMax)) {
    const line = raw === undefined ? undefined : lineOf(raw);
    if (line !== undefined) yield { number, line, raw: raw as Buffer };
  }
}

/** 132 bits stand for a path of any length. */
function keyOf(file: string): string {
  return createHash('sha256').update(file).digest('base64').slice(0, 22);
}

function markOf({ bytes, mtimeMs }: Stamp): string {
  return `${bytes} ${mtimeMs}`;
}

function notOurs(path: string, line: number): AppError {
  return new AppError('conflict', `${path} holds something else: line ${line} is no line of this command`, {
    fix: 'give another --out',
  });
}

async function inWords<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOSPC' ? 'the disk is full' : code === 'ENOENT' ? 'there is no such folder' : code;
    throw new AppError('unavailable', `${path} cannot be written (${why ?? 'unknown fault'})`, {
      cause: error,
    });
  }
}
