import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { AppError } from '../errors.ts';

/**
 * Holds a folder for one process, until closed; the system takes the lock back from whoever dies.
 * @throws AppError `conflict` with these words and what to do when another process holds it, `invalid` when there can
 * be no such folder.
 */
export function lockFolder(folder: string, taken: string, fix: string): { close(): void } {
  let lock: Sqlite.Database | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    lock = new Sqlite(join(folder, 'lock.sqlite'), { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock?.close();
    const { code } = cause as { code?: string };
    if (code === 'SQLITE_BUSY') throw new AppError('conflict', taken, { fix, cause });
    throw new AppError('invalid', `${folder} cannot be used (${code ?? String(cause)})`, {
      fix: 'name a folder that you may write to',
      cause,
    });
  }
}
