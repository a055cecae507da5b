import { eventsBetween, type FeedRow } from '../../db/log-events.ts';
import type { ConsentLog, Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { openCheckpoint } from '../log/checkpoint.ts';

import { publishedText, readLeaf } from './sequence.ts';

/** Rows read from the database at a time, so that a long stream holds few of them. */
const rowsPerRead = 500;
/** A page ends behind the record that passes this, so that large records do not make a huge answer. */
export const pageCharsMax = 8 * 1024 * 1024;
/** How often a waiting answer looks whether there is something new. */
const lookEveryMs = 200;
/** How often it reads the stored checkpoint, which another process or isolate may have published. */
const readEveryMs = 1_000;

/** The published state of the log, up to which the feed is shown. */
export interface FeedState {
  /** Leaves below this are shown. */
  size: number;
  /** The signed checkpoint of that size; null while the log is empty. */
  checkpoint: string | null;
}

export interface FeedRange {
  /** Last place that is known already; -1 for none. */
  after: number;
  /** Most records to give. */
  limit: number;
  /** Leaves below this are shown. */
  size: number;
}

/** One event of the feed, as the JSON text it is sent as. */
export interface FeedEvent {
  seq: number;
  json: string;
}

/** The state that is published now, whichever process published it. */
export async function feedState(deps: Deps): Promise<FeedState> {
  const log = deps.consentLog;
  const text = await publishedText(log);
  if (text === null) return { size: 0, checkpoint: null };
  if (text === log.published?.note) return { size: log.published.size, checkpoint: text };
  const { size } = await openCheckpoint(text, log.keys, log.origin);
  return { size: Number(size), checkpoint: text };
}

/** @throws AppError `invalid` for a cursor that this log has not come to: whoever holds it saw another log. */
export function requireCursor(after: number, size: number): void {
  if (after < size || after === -1) return;
  throw new AppError(
    'invalid',
    `This is a future cursor: the log has ${size} entries, none of them is ${after}.`,
    {
      field: 'after',
      fix: 'Send the `next` of the last answer. If this is it, the log was put back to an older state: stop and ask.',
    },
  );
}

/**
 * Waits until something behind a cursor is published.
 * @param signal aborted when nobody waits any more.
 * @returns the state to answer with, after `waitMs` at the latest.
 */
export async function feedStateWithNews(
  deps: Deps,
  after: number,
  waitMs: number,
  signal: AbortSignal,
): Promise<FeedState> {
  let state = await feedState(deps);
  requireCursor(after, state.size);
  const stop = deps.stopping === undefined ? signal : AbortSignal.any([signal, deps.stopping]);
  for (let waitedMs = 0; waitedMs < waitMs && !stop.aborted; waitedMs += lookEveryMs) {
    if (await hasNews(deps, after, state.size)) return state;
    await pause(Math.min(lookEveryMs, waitMs - waitedMs), stop);
    const isNewer = (deps.consentLog.published?.size ?? 0) > state.size;
    if (isNewer || waitedMs % readEveryMs === 0) state = await feedState(deps);
  }
  return state;
}

/** A published leaf without an event behind the cursor is one of a key or a snapshot, or its place is not stored yet. */
async function hasNews({ database }: Deps, after: number, size: number): Promise<boolean> {
  return size - 1 > after && (await eventsBetween(database, after, size, 1)).length > 0;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

/** The events of a range in order, read a few at a time. */
export async function* feedEvents(deps: Deps, range: FeedRange): AsyncGenerator<FeedEvent> {
  const { consentLog, database } = deps;
  let last = range.after;
  let at = '';
  for (let left = range.limit; left > 0; ) {
    const rows = await eventsBetween(database, last, range.size, Math.min(left, rowsPerRead));
    for (const row of rows) {
      at = await leafTime(consentLog, row, range.size, at !== '' && row.seq === last + 1 ? at : null);
      last = row.seq;
      yield { seq: row.seq, json: eventJson(row, at) };
    }
    if (rows.length < Math.min(left, rowsPerRead)) return;
    left -= rows.length;
  }
}

/**
 * The time in the leaf of an event. It is the event's own unless a leaf before has a later one, so only the first of a
 * run has to be read.
 * @param before the time of the leaf directly before; null when it is not known.
 */
async function leafTime(
  log: Pick<ConsentLog, 'files'>,
  row: FeedRow,
  size: number,
  before: string | null,
): Promise<string> {
  if (before === null) return (await readLeaf(log, row.seq, size)).at;
  return row.at > before ? row.at : before;
}

/** One event as JSON. The record is stored as canonical JSON and goes out as it is. */
function eventJson(row: FeedRow, at: string): string {
  const { seq, leafType, rid, version, commitment, salt, canonical } = row;
  const isOpen = leafType !== 'erased' && salt !== null && canonical !== null;
  const opening = isOpen ? `"record":${canonical},"salt":"${salt}"` : '"record":null,"salt":null';
  return `{"seq":${seq},"type":"${leafType}","rid":"${rid}","ver":${version},"at":"${at}",${opening},"commit":"${commitment}"}`;
}
