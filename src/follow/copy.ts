import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { AppError } from '../errors.ts';
import { toUtf8 } from '../log/encoding.ts';
import { parseBundle } from '../log/entry-bundle.ts';
import { type Leaf, parseLeaf } from '../log/leaf.ts';
import { tilePath, tileWidth } from '../log/tile-path.ts';
import { directoryFiles } from '../log-store/directory.ts';
import type { LogFiles } from '../log-store/ports.ts';
import type { FeedEvent } from './feed.ts';
import { partialPaths } from './grow.ts';
import { openSegments } from './segments.ts';
import { emptyState, formatState, type LogState, parseState } from './state.ts';

/**
 * A verified copy of a registry in a folder:
 *
 *     policy              the keys that are believed
 *     log/                checkpoint, tiles and entries, as the registry serves them
 *     records/*.ndjson    every event by seq, with what opens its leaf
 *     copy.sqlite         how far the copy is, and the newest version of each record; no record itself
 */
export interface Copy {
  /** The folder itself. */
  files: LogFiles;
  /** Its log, by paths below /log/. */
  log: LogFiles;
  state(): LogState;
  /** Last event that is stored; -1 for none. */
  cursor(): number;
  /** Makes a verified checkpoint the copy's own; its tiles are stored already. */
  saveState(state: LogState): Promise<void>;
  /** A leaf of the stored log. */
  leaf(seq: number): Promise<Leaf>;
  /** Stores events and moves the cursor. Of a record without an opening nothing is left in any file afterwards. */
  saveEvents(events: readonly FeedEvent[], cursor: number): Promise<void>;
  /** Records, those whose opening is withheld though the log does not say they were erased, and those erased. */
  count(): { records: number; unopened: number; erased: number };
  close(): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS current (
    rid TEXT PRIMARY KEY, seq INTEGER NOT NULL, ver INTEGER NOT NULL, type TEXT NOT NULL, at TEXT NOT NULL,
    opened INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS places (
    rid TEXT NOT NULL, segment INTEGER NOT NULL, PRIMARY KEY (rid, segment)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS current_unopened ON current (rid) WHERE opened = 0 AND type <> 'erased';
`;

/**
 * @param begin what a new copy takes as verified: it holds what the log says behind it and nothing of before. A copy
 * that was begun goes on from where it is. Default: an empty log.
 * @throws AppError `conflict` when another process keeps this copy.
 */
export async function openCopy(folder: string, begin: LogState = emptyState): Promise<Copy> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = lockFolder(folder);
  try {
    return await openLocked(folder, begin, lock);
  } catch (error) {
    lock.close();
    throw error;
  }
}

async function openLocked(folder: string, begin: LogState, lock: Sqlite.Database): Promise<Copy> {
  const database = new Sqlite(join(folder, 'copy.sqlite'));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(schema);
  const files = directoryFiles(folder);
  const log = directoryFiles(join(folder, 'log'));
  const segments = openSegments(join(folder, 'records'));
  const read = database.prepare('SELECT value FROM state WHERE key = ?').pluck();
  const set = database.prepare(
    'INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const text = (key: string) => read.get(key) as string | undefined;
  const stored = text('log');
  let state = stored === undefined ? begin : parseState(stored, join(folder, 'copy.sqlite'));
  let cursor = Number(text('cursor') ?? Number(begin.frontier.size) - 1);
  if (stored === undefined && begin.note !== null) {
    await log.write('checkpoint', toUtf8(begin.note));
    database.exec('BEGIN IMMEDIATE');
    set.run('cursor', String(cursor));
    set.run('log', formatState(begin));
    database.exec('COMMIT');
  }
  await segments.repair(cursor);
  const placesOf = database.prepare('SELECT segment FROM places WHERE rid = ?').pluck();
  const writes = {
    current: database.prepare(
      `INSERT INTO current VALUES (@rid, @seq, @ver, @type, @at, @opened) ON CONFLICT DO UPDATE SET
       seq = excluded.seq, ver = excluded.ver, type = excluded.type, at = excluded.at, opened = excluded.opened`,
    ),
    place: database.prepare('INSERT OR IGNORE INTO places VALUES (?, ?)'),
    forget: database.prepare('DELETE FROM places WHERE rid = ?'),
  };
  const unopened = database
    .prepare(`SELECT count(*) FROM current WHERE opened = 0 AND type <> 'erased'`)
    .pluck();
  const records = database.prepare('SELECT count(*) FROM current').pluck();
  const erased = database.prepare(`SELECT count(*) FROM current WHERE type = 'erased'`).pluck();
  const leafAt = leafReader(log);
  return {
    files,
    log,
    state: () => state,
    cursor: () => cursor,
    leaf: (seq) => leafAt(seq, Number(state.frontier.size)),
    async saveState(next) {
      await log.write('checkpoint', toUtf8(next.note ?? ''));
      set.run('log', formatState(next));
      const kept = new Set(partialPaths(next.frontier));
      const stale = partialPaths(state.frontier).filter((path) => !kept.has(path));
      state = next;
      for (const path of stale) await rm(join(folder, 'log', path), { force: true });
    },
    async saveEvents(events, next) {
      const gone = new Set(events.filter(({ record }) => record === null).map(({ rid }) => rid));
      const left = events.map((event) =>
        gone.has(event.rid) ? { ...event, record: null, salt: null } : event,
      );
      await segments.append(left);
      const touched = new Set([...gone].flatMap((rid) => placesOf.all(rid) as number[]));
      for (const segment of touched) await segments.purge(segment, gone);
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const { rid, seq, ver, type, at, record } of left) {
          writes.current.run({ rid, seq, ver, type, at, opened: record === null ? 0 : 1 });
          if (record !== null) writes.place.run(rid, segments.of(seq));
        }
        for (const rid of gone) writes.forget.run(rid);
        set.run('cursor', String(next));
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
      cursor = next;
    },
    count: () => ({
      records: records.get() as number,
      unopened: unopened.get() as number,
      erased: erased.get() as number,
    }),
    close() {
      database.close();
      lock.close();
    },
  };
}

/** Two processes in one folder would tear its files; the system takes this lock back from whoever dies. */
export function lockFolder(folder: string): Sqlite.Database {
  const lock = new Sqlite(join(folder, 'lock.sqlite'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    throw new AppError('conflict', `another process keeps the copy in ${folder}`, {
      fix: 'stop it first',
      cause,
    });
  }
}

/** Reads leaves in order without parsing their bundle for each. */
export function leafReader(log: LogFiles): (seq: number, size: number) => Promise<Leaf> {
  let held = { path: '', entries: [] as Uint8Array[] };
  return async (seq, size) => {
    const index = Math.floor(seq / tileWidth);
    const width = Math.min(tileWidth, size - index * tileWidth);
    const path = tilePath('entries', index, width);
    if (held.path !== path) {
      const bytes = await log.read(path);
      if (bytes === null)
        throw new AppError('invalid', `the copy has lost ${path}`, { fix: 'begin a new one' });
      held = { path, entries: parseBundle(bytes, width) };
    }
    return parseLeaf(held.entries[seq - index * tileWidth] ?? new Uint8Array());
  };
}
