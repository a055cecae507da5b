import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { LogLock } from './ports.ts';

/**
 * The lock in a SQLite file of its own. It must never be copied, restored or edited: it is what keeps a restored
 * backup or a second process from signing a second history.
 * @param path created when absent.
 */
export function sqliteLock(path: string): LogLock & { close(): void } {
  const fresh = !existsSync(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const database = new Sqlite(path);
  if (fresh) chmodSync(path, 0o600);
  database.pragma('journal_mode = DELETE');
  database.pragma('synchronous = EXTRA');
  database.pragma('busy_timeout = 5000');
  database.exec(
    'CREATE TABLE IF NOT EXISTS lock (id INTEGER PRIMARY KEY CHECK (id = 1), checkpoint TEXT NOT NULL) STRICT',
  );
  const read = database.prepare('SELECT checkpoint FROM lock').pluck();
  const create = database.prepare('INSERT OR IGNORE INTO lock (id, checkpoint) VALUES (1, ?)');
  const swap = database.prepare('UPDATE lock SET checkpoint = ? WHERE checkpoint = ?');
  return {
    async read() {
      return (read.get() as string | undefined) ?? null;
    },
    async replace(before, after) {
      const { changes } = before === null ? create.run(after) : swap.run(after, before);
      return changes === 1;
    },
    close: () => database.close(),
  };
}
