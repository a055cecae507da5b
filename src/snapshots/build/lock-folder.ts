import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { AppError } from '../../errors.ts';

/**
 * Holds a folder for one process, until closed; the system takes the lock back from whoever dies.
 * @throws AppError `conflict` with these words when another process holds it.
 */
export function lockFolder(folder: string, taken: string): { close(): void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = new Sqlite(join(folder, 'lock.sqlite'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    if (!(cause instanceof Sqlite.SqliteError) || cause.code !== 'SQLITE_BUSY') throw cause;
    throw new AppError('conflict', taken, { fix: 'wait for it to end', cause });
  }
}
