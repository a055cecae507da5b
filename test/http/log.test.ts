import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { readMigrations } from '../../db/migrations-files.ts';
import { openSqlite } from '../../db/sqlite.ts';
import { migrationsFolder } from '../../src/paths.ts';
import { logSuite } from './log.suite.ts';

describe('the consent log on Node over SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-log-'));
  let count = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  logSuite(async () => {
    count += 1;
    const database = openSqlite(join(folder, `registry-${count}.sqlite`));
    await migrate(database, readMigrations(migrationsFolder));
    return database;
  });
});
