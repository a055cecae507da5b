import { AppError } from '../../errors.ts';
import { isAboutRecord } from '../../log/leaf.ts';
import { readArguments } from '../arguments.ts';
import { exitDone, exitSomething, type Io, say, write } from '../io.ts';
import { registryAddress, type TransportOptions } from '../transport.ts';
import { type Copy, openCopy } from './copy.ts';
import { LogFault } from './fault.ts';
import { feedPage, requireFeed } from './feed.ts';
import { grow } from './grow.ts';
import { pinnedKeys } from './pin.ts';
import { sayEvery } from './progress.ts';
import { httpSource, type LogSource } from './source.ts';
import { openNext } from './state.ts';

/** Seconds the registry may wait for news before it answers. */
const waitSeconds = 25;
/** An answer that never comes: a copy waits as long as it takes. */
const yearSeconds = 366 * 86_400;
/** With --once: how often the feed may lag behind its own log before that is said. */
const lagsMax = 30;

interface Following {
  server: string;
  options: TransportOptions;
  source: LogSource;
  keys: readonly string[];
  copy: Copy;
  io: Io;
}

/** `withhold log follow`: keeps a verified copy of a registry and follows it. */
export async function follow(args: string[], io: Io): Promise<number> {
  const given = readArguments(args, {
    dir: 'string',
    key: 'string',
    policy: 'string',
    once: 'boolean',
    'retry-for': 'string',
  });
  const [address, extra] = given.rest;
  const folder = given.text('dir');
  if (address === undefined || extra !== undefined || folder === undefined) {
    throw new AppError('invalid', 'log follow takes one registry and --dir DIR', { fix: 'see --help' });
  }
  const server = registryAddress(address);
  const isOnce = given.flag('once');
  const retryForS = given.count('retry-for', { min: 0, max: 86_400, otherwise: isOnce ? 120 : yearSeconds });
  const open = { signal: io.signal, retryForS, onRetry: (words: string) => say(io, words) };
  const source = httpSource(server, open);
  const options = { ...open, key: given.text('key') ?? (io.env.WITHHOLD_KEY?.trim() || undefined) };
  const copy = await openCopy(folder);
  try {
    const { keys, isNew } = await pinnedKeys(copy.files, source, given.text('policy'));
    if (isNew) say(io, `the keys of ${server} are believed from now on, as they stand in ${folder}/policy`);
    await run({ server, options, source, keys, copy, io }, isOnce);
    const { records } = copy.count();
    const { origin, frontier } = copy.state();
    await write(io, `${origin ?? server}: ${records} records, verified up to log size ${frontier.size}\n`);
    return exitDone;
  } catch (error) {
    // Being stopped is how a follower ends; what is stored is whole.
    if (!isOnce && io.signal.aborted) return exitDone;
    if (!(error instanceof LogFault)) throw error;
    say(io, `the log is wrong: ${error.message}`);
    say(io, `the copy in ${folder} is as it was when all was well`);
    return exitSomething;
  } finally {
    copy.close();
  }
}

/** @returns when everything is stored, with `isOnce`; else goes on until it is stopped. */
async function run(following: Following, isOnce: boolean): Promise<void> {
  const { server, options, copy, io } = following;
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
    if (page.records.length > 0) {
      await copy.saveEvents(page.records, page.next);
      lags = 0;
      continue;
    }
    const { records, unopened } = copy.count();
    if (unopened > saidUnopened)
      say(io, `${unopened} of ${records} records are not opened, and not erased yet`);
    saidUnopened = unopened;
    if (!isOnce) continue;
    if (!(await isBehind(copy, size))) return;
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

/** Brings the copy of the log to a checkpoint the registry gave. */
async function growTo({ source, keys, copy, io }: Following, note: string | null): Promise<void> {
  const state = copy.state();
  if (note === state.note) return;
  if (note === null)
    throw new LogFault('the checkpoint', `is gone: the log had ${state.frontier.size} leaves`);
  const opened = await openNext(note, state, keys);
  const onStep = sayEvery(io, (leaves: bigint) => `${leaves} of ${opened.size} leaves read`);
  const grown = await grow(source, state, opened, { keep: copy.log.write, onStep });
  await copy.saveState({ ...grown, note, origin: opened.origin });
}

/** Whether the log holds a leaf of a record behind the cursor. */
async function isBehind(copy: Copy, size: number): Promise<boolean> {
  for (let seq = copy.cursor() + 1; seq < size; seq += 1) {
    if (isAboutRecord(await copy.leaf(seq))) return true;
  }
  return false;
}
