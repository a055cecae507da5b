import { env } from 'cloudflare:test';
import { describe } from 'vitest';
import { openD1 } from '../../db/d1.ts';
import { migrate } from '../../db/migrate.ts';
import { bundledMigrations } from '../../db/migrations-bundled.ts';
import * as schema from '../../db/schema.ts';
import { storageSuite } from '../db/storage.suite.ts';

describe('storage on D1 in workerd', () => {
  storageSuite(async () => {
    const database = openD1(env.DB);
    await migrate(database, bundledMigrations);
    // Children before parents, or the foreign keys refuse.
    const children = [schema.fingerprints, schema.records, schema.proofs, schema.optOuts, schema.apiKeys];
    const rest = Object.values(schema).filter((table) => !children.some((child) => child === table));
    for (const table of [...children, ...rest]) await database.db.delete(table);
    return database;
  });
});
