import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';

const rowBytes = 1_000;

export interface Floor {
  /** Appends of a kilobyte to one file, each synced. */
  fsyncs: number;
  /** Transactions of one row of a kilobyte, with the settings of the registry. */
  commits: number;
  /** Rows of a kilobyte, 64 to a transaction. */
  groupedRows: number;
}

/** What this disk gives anybody, in operations a second. */
export function measureFloor(folder: string, seconds: number): Floor {
  const text = 'x'.repeat(rowBytes);
  const handle = openSync(join(folder, 'floor'), 'w');
  const fsyncs = each(seconds, () => {
    writeSync(handle, text);
    fsyncSync(handle);
  });
  closeSync(handle);
  const database = new Sqlite(join(folder, 'floor.sqlite'));
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'secure_delete = ON'])
    database.pragma(pragma);
  database.exec('CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT)');
  const insert = database.prepare('INSERT INTO line (text) VALUES (?)');
  const commits = each(seconds, () => insert.run(text));
  const many = database.transaction(() => {
    for (let row = 0; row < 64; row += 1) insert.run(text);
  });
  const groupedRows = each(seconds, many) * 64;
  database.close();
  return { fsyncs, commits, groupedRows };
}

function each(seconds: number, one: () => void): number {
  const from = performance.now();
  const until = from + seconds * 1_000;
  let done = 0;
  for (; performance.now() < until; done += 1) one();
  return done / ((performance.now() - from) / 1_000);
}
