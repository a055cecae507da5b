import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { AppError } from '../errors.ts';
import { hashBytes } from '../log/hash.ts';
import { isAboutRecord } from '../log/leaf.ts';
import { tilePath, tileWidth, widthInTree } from '../log/tile-path.ts';
import { readRoot } from '../log/tile-proofs.ts';
import { directoryFiles } from '../log-store/directory.ts';
import type { LogFiles } from '../log-store/ports.ts';
import { leafReader } from './copy.ts';
import type { FeedEvent } from './feed.ts';
import { segmentWidth } from './segments.ts';
import { type LogState, parseState } from './state.ts';

/** A verified copy of log and feed as it lies in a folder, read beside whoever keeps it. */
export interface StoredCopy {
  /** The log as far as it was verified. */
  state: LogState;
  /** Every event below this leaf is stored; at most the size of the log. */
  reached: number;
  /** The stored events of some leaves, in order. @throws AppError `invalid` for a damaged file. */
  events(from: number, to: number): AsyncGenerator<FeedEvent>;
  /** Root of the log at a size from where the copy began to where it is. @throws AppError `invalid` for lost tiles. */
  rootAt(size: number): Promise<Uint8Array>;
}

/**
 * Opens a copy without taking it from the process that keeps it.
 * @returns null where there is none, or it was not begun. @throws AppError `invalid` for a damaged one.
 */
export async function readStoredCopy(folder: string): Promise<StoredCopy | null> {
  const stored = readCursor(folder);
  if (stored === null) return null;
  const { state, cursor } = stored;
  const log = directoryFiles(join(folder, 'log'));
  return {
    state,
    reached: await reachedBy(log, cursor, Number(state.frontier.size)),
    events: (from, to) => storedEvents(join(folder, 'records'), from, Math.min(to, cursor + 1)),
    rootAt: (size) => rootAt(log, size, state.frontier.size),
  };
}

/** Both in one transaction, for the log may grow meanwhile. */
function readCursor(folder: string): { state: LogState; cursor: number } | null {
  const path = join(folder, 'copy.sqlite');
  if (!existsSync(path)) return null;
  let rows: { key: string; value: string }[];
  try {
    const database = new Sqlite(path, { readonly: true, fileMustExist: true });
    try {
      rows = database.prepare(`SELECT key, value FROM state`).all() as typeof rows;
    } finally {
      database.close();
    }
  } catch (cause) {
    throw new AppError('invalid', `${path} cannot be read (${(cause as Error).message})`, {
      fix: 'remove the folder it is in and pull again',
      cause,
    });
  }
  const values = new Map(rows.map(({ key, value }) => [key, value]));
  const [state, cursor] = [values.get('log'), values.get('cursor')];
  if (state === undefined || cursor === undefined) return null;
  return { state: parseState(state, path), cursor: Number(cursor) };
}

/** The log is stored before its events, so they may end before it does. */
async function reachedBy(log: LogFiles, cursor: number, size: number): Promise<number> {
  const leafAt = leafReader(log);
  let seq = cursor + 1;
  while (seq < size && !isAboutRecord(await leafAt(seq, size))) seq += 1;
  return seq;
}

async function* storedEvents(folder: string, from: number, to: number): AsyncGenerator<FeedEvent> {
  if (from >= to || !existsSync(folder)) return;
  const names = (await readdir(folder)).filter((name) => /^\d{12,}\.ndjson$/.test(name)).sort();
  for (const name of names) {
    const first = Number.parseInt(name, 10);
    if (first + segmentWidth <= from || first >= to) continue;
    const text = await readFile(join(folder, name), 'utf8');
    // What follows the last line end is being written, and behind what was counted.
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      if (line === '') continue;
      const event = parseEvent(line, join(folder, name));
      if (event.seq >= to) return;
      if (event.seq >= from) yield event;
    }
  }
}

function parseEvent(line: string, path: string): FeedEvent {
  try {
    return JSON.parse(line) as FeedEvent;
  } catch (cause) {
    throw new AppError('invalid', `${path} is damaged`, {
      fix: 'remove the folder it is in and pull again',
      cause,
    });
  }
}

/** A copy keeps full tiles and, at the right edge of its own size, partial ones that may be wider than asked for. */
async function rootAt(log: LogFiles, size: number, copied: bigint): Promise<Uint8Array> {
  return readRoot(size, async (level, index, width) => {
    for (const held of [tileWidth, widthInTree(copied, level, index)]) {
      const bytes = held < width ? null : await log.read(tilePath(level, index, held));
      if (bytes !== null) return bytes.subarray(0, width * hashBytes);
    }
    throw new AppError('invalid', `the copy has lost tile ${index} of level ${level}`, {
      fix: 'remove the folder it is in and pull again',
    });
  });
}
