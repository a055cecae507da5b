import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';

export interface Migration {
  /** File name without ending, sorting in order: `0001_registry`. */
  name: string;
  text: string;
}

/**
 * Brings the schema up to date, one migration at a time, each all or nothing.
 * @returns the names applied now, in order.
 * @throws when the database holds a migration this program does not know: it was made by a newer version.
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<string[]> {
  await database.migrate([
    'CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID',
  ]);
  const rows = await database.db.all<{ name: string }>(sql`SELECT name FROM migrations ORDER BY name`);
  const applied = new Set(rows.map((row) => row.name));
  for (const name of applied) {
    if (!migrations.some((migration) => migration.name === name)) {
      throw new Error(
        `the database was made by a newer version of Withhold (migration ${name}); update first`,
      );
    }
  }
  const added: string[] = [];
  for (const migration of migrations) {
    if (applied.has(migration.name)) continue;
    if (!/^\d{4}_[a-z_]+$/.test(migration.name)) throw new Error(`not a migration name: ${migration.name}`);
    await database.migrate([
      ...splitStatements(migration.text),
      `INSERT INTO migrations (name) VALUES ('${migration.name}')`,
    ]);
    added.push(migration.name);
  }
  return added;
}

/** Splits a migration at the semicolons that end lines, which is how every migration here is written. */
export function splitStatements(text: string): string[] {
  return text
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
