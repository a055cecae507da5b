import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { readMigrations } from '../db/migrations-files.ts';
import type { Config } from './config.ts';
import { AppError } from './errors.ts';
import { databaseFile } from './open.ts';
import { migrationsFolder } from './paths.ts';

/**
 * Copies the database while the service runs, by SQLite's online backup. The copy appears whole or not at all.
 * Secrets are not in it: keep WITHHOLD_SECRETS, or in development the file `secrets`, beside your backups.
 * @returns the size of the copy in bytes.
 * @throws AppError `not-found` without a database, `conflict` when the target exists.
 */
export async function backup(config: Config, target: string): Promise<number> {
  const source = databaseFile(config);
  if (!existsSync(source)) throw new AppError('not-found', `there is no database at ${source}`);
  if (existsSync(target)) throw new AppError('conflict', `${target} exists already; name another file`);
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.part`;
  rmSync(partial, { force: true });
  const database = new Sqlite(source, { readonly: true });
  try {
    await database.backup(partial);
  } finally {
    database.close();
  }
  seal(partial);
  verify(partial);
  renameSync(partial, target);
  return statSync(target).size;
}

/**
 * Puts a backup in the place of the database. What was there is kept beside it.
 * @returns where the previous database was moved, or null when there was none.
 * @throws AppError `broken` kinds of `invalid` when the file is no sound backup of this service, `conflict` while the
 * service runs.
 */
export function restore(config: Config, file: string, now: Date): string | null {
  if (!existsSync(file)) throw new AppError('not-found', `there is no file ${file}`);
  const origin = verify(file);
  if (origin !== config.origin) {
    throw new AppError(
      'conflict',
      `this backup belongs to ${origin}, but WITHHOLD_ORIGIN is ${config.origin}`,
    );
  }
  const target = databaseFile(config);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const aside = existsSync(target)
    ? `${target}.before-restore-${now.toISOString().replaceAll(/[:.]/g, '')}`
    : null;
  if (aside !== null) refuseWhileOpen(target);
  const partial = `${target}.part`;
  copyFileSync(file, partial);
  seal(partial);
  if (aside !== null) renameSync(target, aside);
  for (const ending of ['-wal', '-shm']) rmSync(`${target}${ending}`, { force: true });
  renameSync(partial, target);
  return aside;
}

/** Leaving WAL mode needs every other connection gone, which tells a running service from a stopped one. */
function refuseWhileOpen(path: string): void {
  const database = new Sqlite(path, { timeout: 0 });
  try {
    database.pragma('journal_mode = DELETE');
  } catch (cause) {
    throw new AppError('conflict', 'the service is running on this data; stop it first', { cause });
  } finally {
    database.close();
  }
}

/** @returns the origin the database belongs to. @throws AppError `invalid` when it is not one of ours, or damaged. */
function verify(path: string): string {
  let database: Sqlite.Database;
  try {
    database = new Sqlite(path, { readonly: true });
  } catch (cause) {
    throw new AppError('invalid', `${path} cannot be opened as a database`, { cause });
  }
  try {
    const [sound] = database.pragma('integrity_check', { simple: false }) as { integrity_check: string }[];
    if (sound?.integrity_check !== 'ok')
      throw new AppError('invalid', `${path} is damaged: ${sound?.integrity_check}`);
    const known = new Set(readMigrations(migrationsFolder).map((migration) => migration.name));
    const applied = database.prepare('SELECT name FROM migrations').all() as { name: string }[];
    const newer = applied.find(({ name }) => !known.has(name));
    if (newer !== undefined) {
      throw new AppError(
        'invalid',
        `${path} was made by a newer version of Withhold (${newer.name}); update first`,
      );
    }
    const row = database.prepare("SELECT value FROM meta WHERE key = 'origin'").get() as
      | { value: string }
      | undefined;
    return row?.value ?? '';
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('invalid', `${path} is not a database of Withhold`, { cause });
  } finally {
    database.close();
  }
}

/** On disk before it gets its name, and readable by its owner only. */
function seal(path: string): void {
  chmodSync(path, 0o600);
  const handle = openSync(path, 'r+');
  fsyncSync(handle);
  closeSync(handle);
}
