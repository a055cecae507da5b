import type { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core';
import type * as schema from './schema.ts';

/**
 * One write: any drizzle insert, update or delete, not yet run. It is thenable and runs when awaited, so an async
 * function must never return one bare.
 */
export interface Statement {
  run(): unknown;
}

/**
 * The database as queries see it, the same over better-sqlite3 and D1.
 *
 * `db.transaction` is never used: D1 has none and better-sqlite3 refuses asynchronous ones. All writes that belong
 * together go through one `atomically`.
 */
export interface Database {
  readonly db: BaseSQLiteDatabase<'sync' | 'async', unknown, typeof schema>;
  /**
   * Runs at most 50 statements as one: all are applied, or none. A guard that must stop the batch has to be a
   * constraint, because a statement that matches no row does not fail.
   * @throws whatever the driver throws for the first statement that fails; nothing is then applied.
   */
  atomically(statements: readonly Statement[]): Promise<void>;
  /**
   * A number that differs from the one before whenever a batch was applied here, or anything was written by another
   * process, in between. Absent where the driver cannot tell.
   */
  revision?(): number;
  /** Runs the statements of one migration, all or none. Not for use outside db/migrate.ts. */
  migrate(statements: readonly string[]): Promise<void>;
  /**
   * Overwrites what was deleted wherever this driver leaves copies of it, such as a write-ahead log. Absent where the
   * platform gives no hand to it (D1).
   * @returns false when a reader stood in the way; it is then to be tried again.
   */
  scrub?(): Promise<boolean>;
  close(): void;
}

export const statementsPerBatchMax = 50;
/** D1 refuses strings over 2 MB; every list goes through one JSON parameter below this. */
export const jsonParameterBytesMax = 1_500_000;

/** Cuts rows into JSON arrays that each fit one parameter; the order of rows is kept. */
export function jsonParameters(rows: readonly unknown[]): string[] {
  const parameters: string[] = [];
  let current: string[] = [];
  let bytes = 2;
  for (const row of rows) {
    const json = JSON.stringify(row);
    // UTF-8 takes at most three bytes per UTF-16 unit.
    const size = json.length * 3 + 1;
    if (bytes + size > jsonParameterBytesMax && current.length > 0) {
      parameters.push(`[${current.join(',')}]`);
      current = [];
      bytes = 2;
    }
    current.push(json);
    bytes += size;
  }
  if (current.length > 0) parameters.push(`[${current.join(',')}]`);
  return parameters;
}

/** Whether an error is the refusal of a key, taken or gone: the loser of a race on one record version sees this. */
export function isConstraintViolation(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (/(UNIQUE|FOREIGN KEY) constraint failed|SQLITE_CONSTRAINT/.test(at.message)) return true;
    if ('code' in at && String(at.code).startsWith('SQLITE_CONSTRAINT')) return true;
  }
  return false;
}
