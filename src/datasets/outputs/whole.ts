import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../errors.ts';

/**
 * Writes a file so that whoever looks for it finds all of it or nothing, also after a power cut.
 * @param write makes the file at the path it is given, which is beside the file and ends in `.part`.
 * @throws AppError `unavailable` when the file system refuses.
 */
export async function writeWhole<T>(path: string, write: (aside: string) => Promise<T>): Promise<T> {
  const aside = `${path}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await rm(aside, { force: true });
    const written = await write(aside);
    const file = await open(aside, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
    await syncFolder(dirname(path));
    return written;
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {});
    throw inWords(path, error);
  }
}

/** A rename is durable once the folder is; some systems cannot sync a folder, and none can do more there. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

function inWords(path: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof AppError || syscall === undefined || code === undefined) return error;
  const why = code === 'ENOSPC' ? 'the disk is full' : code;
  return new AppError('unavailable', `${path} cannot be written (${why})`, { cause: error });
}
