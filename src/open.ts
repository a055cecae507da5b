import { randomFillSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../db/migrate.ts';
import { readMigrations } from '../db/migrations-files.ts';
import { openSqlite } from '../db/sqlite.ts';
import { keepOrigin } from './actions/origin.ts';
import type { Config } from './config.ts';
import type { Random } from './deps.ts';
import { migrationsFolder } from './paths.ts';
import { newSecret, openSecrets, type Secrets } from './secrets.ts';
import { writeOnce } from './write-once.ts';

const pool = new Uint8Array(4_096);
let taken = pool.length;

/** Small amounts come from a larger one that is asked of the system at once; what was given out is wiped from it. */
export const random: Random = (bytes) => {
  if (bytes > pool.length / 16) return randomFillSync(new Uint8Array(bytes));
  if (taken + bytes > pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  const given = pool.slice(taken, taken + bytes);
  pool.fill(0, taken, taken + bytes);
  taken += bytes;
  return given;
};

export const databaseFile = (config: Config): string => join(config.data, 'withhold.sqlite');

/** Opens the database of a data folder, with its schema up to date and its origin checked. */
export async function openDatabase(config: Config): Promise<ReturnType<typeof openSqlite>> {
  const database = openSqlite(databaseFile(config));
  try {
    await migrate(database, readMigrations(migrationsFolder));
    await keepOrigin(database, config.origin);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The secrets of the service: from the settings, or in development from a file beside the database. */
export function openServiceSecrets(config: Config): Promise<Secrets> {
  return openSecrets(config.secrets ?? developmentSecrets(config.data), random);
}

function developmentSecrets(folder: string): string {
  const file = join(folder, 'secrets');
  if (!existsSync(file)) writeOnce(file, `${newSecret('dev', random)}\n`);
  return readFileSync(file, 'utf8').trim();
}
