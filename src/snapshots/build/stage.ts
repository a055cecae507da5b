import { closeSync, openSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { readLeaf } from '../../actions/sequence.ts';
import type { ConsentLog } from '../../deps.ts';
import { AppError } from '../../errors.ts';
import { isAboutRecord } from '../../log/leaf.ts';

/** Records of one staging file: read by one thread while the next file is written by another. */
const recordsPerFile = 1_000_000;
const charsPerWrite = 4 * 1024 * 1024;

/** A running service writes places down right behind the checkpoint that has them: how often, and when, to look again. */
const looksMax = 50;
const lookEveryMs = 100;

/** Records in force at one size of the log, as lines `seq, at, salt, canonical record`, separated by tabs. */
export interface StagedFile {
  path: string;
  records: number;
  /** Whether works are among them. */
  hasWorks: boolean;
}

/**
 * Reads what was published below a size and is in force there, each record in the version that was newest then, from
 * a database that may change meanwhile: all of it is read in one transaction.
 *
 * @param pathOf where the n-th staging file goes.
 * @throws AppError `unavailable` when the database goes on not knowing all places of the log.
 */
export async function* stageRecords(
  databaseFile: string,
  log: Pick<ConsentLog, 'files'>,
  size: number,
  pathOf: (n: number) => string,
): AsyncGenerator<StagedFile> {
  const database = new Sqlite(databaseFile, { readonly: true });
  try {
    // Both passes are of one state of the database, so one transaction spans them.
    const later = await beginKnowing(database, log, size);
    yield* writeRecords(database, size, later, pathOf);
  } finally {
    database.close();
  }
}

/** Begins to read at a state of the database that knows all places below a size. @returns as `laterTimes`. */
async function beginKnowing(
  database: Sqlite.Database,
  log: Pick<ConsentLog, 'files'>,
  size: number,
): Promise<Map<number, string>> {
  for (let look = 1; ; look += 1) {
    database.exec('BEGIN');
    try {
      return await laterTimes(database, log, size);
    } catch (error) {
      database.exec('ROLLBACK');
      const isBehind = error instanceof AppError && error.code === 'unavailable';
      if (!isBehind || look === looksMax) throw error;
      await setTimeout(lookEveryMs);
    }
  }
}

/**
 * Time never runs back in the log, whatever the clock did: an event after a later one has that one's time in its leaf.
 * @returns the times in the leaves that are not the events' own, by place.
 */
async function laterTimes(
  database: Sqlite.Database,
  log: Pick<ConsentLog, 'files'>,
  size: number,
): Promise<Map<number, string>> {
  const later = new Map<number, string>();
  let at = '';
  let next = 0;
  /** Leaves of no event are those of keys, and of snapshots that a restored backup has never heard of. */
  const passOthers = async (to: number) => {
    for (; next < to; next += 1) {
      const leaf = await readLeaf(log, next, size);
      if (isAboutRecord(leaf)) {
        throw new AppError('unavailable', `the database has not written down place ${next} of the log yet`, {
          fix: 'start the service, which does so first of all',
        });
      }
      at = leaf.at > at ? leaf.at : at;
    }
  };
  const places = database
    .prepare<[number]>('SELECT seq, at FROM record_events WHERE seq < ? ORDER BY seq')
    .raw();
  for (const row of places.iterate(size)) {
    const [seq, own] = row as [number, string];
    if (seq > next) await passOthers(seq);
    if (own < at) later.set(seq, at);
    else at = own;
    next = seq + 1;
  }
  await passOthers(size);
  return later;
}

/** As canonical JSON has it; in another record's text it would only cost a look. */
const workMark = '"kind":"work"';

type EventRow = [rid: string, seq: number, state: string, at: string, salt: string | null, record: string];

async function* writeRecords(
  database: Sqlite.Database,
  size: number,
  later: ReadonlyMap<number, string>,
  pathOf: (n: number) => string,
): AsyncGenerator<StagedFile> {
  const versions = database
    .prepare<[number]>(
      `SELECT rid, seq, state, at, salt, canonical FROM record_events
       WHERE seq < ? AND leaf_type <> 'snapshot' ORDER BY rid, version`,
    )
    .raw();
  let files = 0;
  let file = openPart(pathOf(files));
  let newest: EventRow | null = null;
  const keep = (row: EventRow | null) => {
    if (row === null) return;
    const [, seq, state, at, salt, record] = row;
    // What was erased since is gone from all versions.
    if (state !== 'active' || salt === null) return;
    file.line(`${seq}\t${later.get(seq) ?? at}\t${salt}\t${record}\n`, record.includes(workMark));
  };
  try {
    for (const row of versions.iterate(size)) {
      const event = row as EventRow;
      if (newest !== null && event[0] !== newest[0]) {
        keep(newest);
        if (file.records() === recordsPerFile) {
          yield file.end();
          files += 1;
          file = openPart(pathOf(files));
        }
      }
      newest = event;
    }
    keep(newest);
    yield file.end();
  } finally {
    file.end();
  }
}

function openPart(path: string) {
  const handle = openSync(path, 'wx', 0o600);
  let records = 0;
  let hasWorks = false;
  let text = '';
  let isOpen = true;
  return {
    records: () => records,
    line(line: string, isWork: boolean) {
      text += line;
      records += 1;
      hasWorks ||= isWork;
      if (text.length < charsPerWrite) return;
      // Unlike writeSync this goes on until all of it is written, or throws: a disk may fill up within a line.
      writeFileSync(handle, text);
      text = '';
    },
    end(): StagedFile {
      if (isOpen) {
        isOpen = false;
        try {
          if (text !== '') writeFileSync(handle, text);
        } finally {
          closeSync(handle);
        }
      }
      return { path, records, hasWorks };
    },
  };
}
