import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { readMigrations } from '../../db/migrations-files.ts';
import { openSqlite } from '../../db/sqlite.ts';
import { migrationsFolder } from '../../src/paths.ts';
import { reportsSuite } from './reports.suite.ts';

describe('reports of consumers on Node over SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-reports-'));
  let count = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  reportsSuite(async () => {
    count += 1;
    const database = openSqlite(join(folder, `registry-${count}.sqlite`));
    await migrate(database, readMigrations(migrationsFolder));
    return database;
  });
});
