import { existsSync } from 'node:fs';
import { type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../errors.ts';
import { type Io, write } from '../io.ts';

/** Where results go, written in order and made durable on demand. */
export interface Output {
  /** Bytes written, also those of the run that this one goes on from. */
  readonly bytes: number;
  append(data: string | Buffer): Promise<void>;
  /** Returns when all that was appended would survive a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export function partOf(path: string): string {
  return `${path}.part`;
}

/**
 * Opens `path.part` and cuts it to the length that is known to be good.
 * @param bytes 0 starts a new one.
 * @throws AppError when it cannot be opened, or is shorter than that.
 */
export async function openPart(path: string, bytes: number): Promise<Output> {
  const part = partOf(path);
  const file = await inWords(part, () => open(part, bytes === 0 ? 'w' : 'r+'));
  const { size } = await file.stat();
  if (size < bytes) {
    await file.close();
    throw new AppError('conflict', `${part} is shorter than it was`, { fix: 'give --fresh to start again' });
  }
  await file.truncate(bytes);
  return partOutput(part, file, bytes);
}

function partOutput(part: string, file: FileHandle, start: number): Output {
  let bytes = start;
  return {
    get bytes() {
      return bytes;
    },
    async append(data) {
      const chunk = Buffer.from(data as string);
      for (let at = 0; at < chunk.length; ) {
        const { bytesWritten } = await inWords(part, () => file.write(chunk, at, chunk.length - at, bytes));
        at += bytesWritten;
        bytes += bytesWritten;
      }
    },
    sync: () => inWords(part, () => file.datasync()),
    close: () => file.close(),
  };
}

/** Decisions to stdout: nothing is kept to go on from. */
export function stdoutOutput(io: Io): Output {
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    async append(data) {
      const text = data.toString();
      bytes += Buffer.byteLength(text);
      if (text !== '') await write(io, text);
    },
    sync: async () => {},
    close: async () => {},
  };
}

/** Gives the part its name. Does nothing when a stopped run has done that before. */
export async function renamePart(path: string): Promise<void> {
  try {
    await rename(partOf(path), path);
  } catch (error) {
    const isDone = (error as NodeJS.ErrnoException).code === 'ENOENT' && existsSync(path);
    if (!isDone) throw fault(path, error);
  }
  await syncFolder(path);
}

/** Writes a whole small file so that a reader sees the old one or the new one, also after a power cut. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const aside = `${path}.tmp`;
  await inWords(path, async () => {
    await writeFile(aside, text, { flush: true });
    await rename(aside, path);
  });
  await syncFolder(path);
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** A rename is durable once the folder is; some systems cannot sync a folder, and none can do more there. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

async function inWords<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fault(path, error);
  }
}

function fault(path: string, error: unknown): AppError {
  const { code } = error as NodeJS.ErrnoException;
  const why = code === 'ENOSPC' ? 'the disk is full' : code === 'ENOENT' ? 'there is no such folder' : code;
  return new AppError('unavailable', `${path} cannot be written (${why ?? 'unknown fault'})`, {
    cause: error,
  });
}
