import { drizzle } from 'drizzle-orm/d1';
import { type Database, statementsPerBatchMax } from './database.ts';
import * as schema from './schema.ts';

/** The part of a D1 binding that is used here, so that no Workers types reach the rest of the project. */
interface D1 {
  prepare(statement: string): unknown;
  batch(statements: unknown[]): Promise<unknown>;
}

/** The registry's database on Cloudflare D1. */
export function openD1(binding: D1): Database {
  const db = drizzle(binding as Parameters<typeof drizzle>[0], { schema });
  type Batch = Parameters<typeof db.batch>[0];
  return {
    db: db as unknown as Database['db'],
    async atomically(statements) {
      if (statements.length > statementsPerBatchMax) throw new RangeError('too many statements in one batch');
      if (statements.length > 0) await db.batch(statements as unknown as Batch);
    },
    async migrate(statements) {
      await binding.batch(statements.map((statement) => binding.prepare(statement)));
    },
    close: () => {},
  };
}
