import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { type Database, statementsPerBatchMax } from './database.ts';
import { groupCommit } from './group-commit.ts';
import { keepStatements } from './kept-statements.ts';
import * as schema from './schema.ts';

/**
 * Opens (or creates) a SQLite file as the registry's database.
 * @param path file path; `:memory:` is refused by nothing but is for experiments only.
 */
export function openSqlite(path: string): Database & { readonly client: Sqlite.Database } {
  const fresh = !existsSync(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const client = new Sqlite(path);
  if (fresh) chmodSync(path, 0o600);
  client.pragma('journal_mode = WAL');
  // With WAL, FULL is what makes an answered 2xx survive a power cut.
  client.pragma('synchronous = FULL');
  client.pragma('foreign_keys = ON');
  client.pragma('busy_timeout = 5000');
  client.pragma('secure_delete = ON');
  const db = drizzle(keepStatements(client), { schema });
  // SQLite's own counter leaves out what this connection wrote, so batches are counted beside it.
  const others = client.prepare('PRAGMA data_version').pluck();
  let batches = 0;
  const group = groupCommit(client, () => {
    batches += 1;
  });
  return {
    client,
    db: db as unknown as Database['db'],
    async atomically(statements) {
      if (statements.length > statementsPerBatchMax) throw new RangeError('too many statements in one batch');
      await group.add(() => {
        for (const statement of statements) statement.run();
      });
    },
    revision: () => Number(others.get()) + batches,
    async migrate(statements) {
      client
        .transaction(() => {
          for (const statement of statements) client.exec(statement);
        })
        .immediate();
    },
    async scrub() {
      const [result] = client.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
      return result?.busy === 0;
    },
    close() {
      group.flush();
      client.close();
    },
  };
}
