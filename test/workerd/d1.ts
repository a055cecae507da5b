import { env } from 'cloudflare:test';
import { openD1 } from '../../db/d1.ts';
import type { Database } from '../../db/database.ts';
import { migrate } from '../../db/migrate.ts';
import { bundledMigrations } from '../../db/migrations-bundled.ts';
import * as schema from '../../db/schema.ts';

/** The D1 database of the test, with its schema and empty. */
export async function emptyD1(): Promise<Database> {
  const database = openD1(env.DB);
  await migrate(database, bundledMigrations);
  // Children before parents, or the foreign keys refuse.
  const children = [schema.fingerprints, schema.records, schema.proofs, schema.optOuts, schema.apiKeys];
  const rest = Object.values(schema).filter((table) => !children.some((child) => child === table));
  for (const table of [...children, ...rest]) await database.db.delete(table);
  return database;
}
