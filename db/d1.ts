import { drizzle } from 'drizzle-orm/d1';
import { type Database, statementsPerBatchMax } from './database.ts';
import * as schema from './schema.ts';

type D1 = Parameters<typeof drizzle>[0];

/** The registry's database on Cloudflare D1. */
export function openD1(binding: D1): Database {
  const db = drizzle(binding, { schema });
  type Batch = Parameters<typeof db.batch>[0];
  return {
    db: db as unknown as Database['db'],
    async atomically(statements) {
      if (statements.length > statementsPerBatchMax) throw new RangeError('too many statements in one batch');
      if (statements.length > 0) await db.batch(statements as unknown as Batch);
    },
    async migrate(statements) {
      await db.batch(statements.map((statement) => db.run(statement)) as unknown as Batch);
    },
    close: () => {},
  };
}
