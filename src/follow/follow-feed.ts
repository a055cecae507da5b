import { AppError } from '../errors.ts';
import { isAboutRecord } from '../log/leaf.ts';
import type { Copy } from './copy.ts';
import { LogFault } from './fault.ts';
import { type FeedEvent, feedPage, requireFeed } from './feed.ts';
import { grow } from './grow.ts';
import type { LogSource } from './source.ts';
import { type LogState, openNext } from './state.ts';
import type { TransportOptions } from './transport.ts';

/** Seconds the registry may wait for news before it answers. */
const waitSeconds = 25;
/** When it has to end: how often the feed may lag behind its own log before that is said. */
const lagsMax = 30;

/** How many leaves of a log are read. */
export interface LeavesRead {
  read: bigint;
  size: bigint;
}

/** What reading the log needs. */
export interface Growing {
  source: LogSource;
  /** Verifier keys that are believed. */
  keys: readonly string[];
  copy: Copy;
  /** Told how many leaves are read while the log is brought up to a checkpoint. */
  onStep?: (leaves: LeavesRead) => void;
}

export interface Following extends Growing {
  server: string;
  options: TransportOptions;
  /** Told what a person may want to know, in the words of a log line. */
  tell(words: string): void;
  /**
   * Told what an answer of the registry held, once it is verified and stored; also of answers that hold nothing.
   * @param upTo the verified state that all events given so far reach; null while more of them are to come.
   */
  onPage?: (events: readonly FeedEvent[], upTo: LogState | null) => void | Promise<void>;
}

/**
 * Brings a copy up to its registry.
 * @returns when everything is stored, with `isOnce`; else goes on until it is stopped.
 * @throws LogFault for a log that is wrong, and then nothing of the page is stored; AppError when the registry could
 * not be read.
 */
export async function followFeed(following: Following, { isOnce }: { isOnce: boolean }): Promise<void> {
  const { server, options, copy } = following;
  let saidUnopened = 0;
  for (let lags = 0; ; ) {
    const after = copy.cursor();
    const waitS = isOnce ? Math.min(1, lags) : waitSeconds;
    const page = await feedPage(server, options, { after, waitS }).catch((error: unknown) =>
      requireNoRollback(following, error),
    );
    await growTo(following, page.checkpoint);
    const size = Number(copy.state().frontier.size);
    await requireFeed(page, after, size, copy.leaf);
    if (page.records.length > 0) await copy.saveEvents(page.records, page.next);
    const isLagging = await isBehind(copy, size);
    await following.onPage?.(page.records, isLagging ? null : copy.state());
    if (page.records.length > 0) {
      lags = 0;
      continue;
    }
    const { records, unopened } = copy.count();
    if (unopened > saidUnopened)
      following.tell(`${unopened} of ${records} records are not opened, and not erased yet`);
    saidUnopened = unopened;
    if (!isOnce) continue;
    if (!isLagging) return;
    lags += 1;
    if (lags > lagsMax)
      throw new AppError('unavailable', `the feed of ${server} does not keep up with its log`);
  }
}

/** A registry that refuses our cursor may have lost what it signed, which only its checkpoint can tell. */
async function requireNoRollback({ source, keys, copy }: Following, error: unknown): Promise<never> {
  if (error instanceof AppError && error.code === 'invalid' && copy.state().note !== null) {
    const note = await source.checkpoint();
    if (note !== null) await openNext(note, copy.state(), keys);
  }
  throw error;
}

/**
 * Brings the copy of the log to a checkpoint the registry gave.
 * @throws LogFault for a log that is wrong.
 */
export async function growTo({ source, keys, copy, onStep }: Growing, note: string | null): Promise<void> {
  const state = copy.state();
  if (note === state.note) return;
  if (note === null)
    throw new LogFault('the checkpoint', `is gone: the log had ${state.frontier.size} leaves`);
  const opened = await openNext(note, state, keys);
  const grown = await grow(source, state, opened, {
    keep: copy.log.write,
    onStep: (read) => onStep?.({ read, size: opened.size }),
  });
  await copy.saveState({ ...grown, note, origin: opened.origin });
}

/** Whether the log holds a leaf of a record behind the cursor. */
async function isBehind(copy: Copy, size: number): Promise<boolean> {
  for (let seq = copy.cursor() + 1; seq < size; seq += 1) {
    if (isAboutRecord(await copy.leaf(seq))) return true;
  }
  return false;
}
