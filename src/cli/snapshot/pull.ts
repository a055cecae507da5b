import { AppError } from '../../errors.ts';
import { LogFault } from '../../follow/fault.ts';
import { pinnedKeys } from '../../follow/pin.ts';
import { httpSource } from '../../follow/source.ts';
import { registryAddress } from '../../follow/transport.ts';
import { directoryFiles } from '../../log-store/directory.ts';
import {
  catchUp,
  isPast,
  type Kept,
  keepFollowing,
  lockPulled,
  openKept,
  pullNext,
} from '../../snapshots/keep.ts';
import { type Puller, refusedPath, requireFresh } from '../../snapshots/pull.ts';
import { removeOthers } from '../../snapshots/pulled-folder.ts';
import { samplesDefault, samplesMax } from '../../snapshots/sample.ts';
import { type Arguments, readArguments } from '../arguments.ts';
import { exitDone, exitSomething, type Io, say, write } from '../io.ts';
import { sayEvery } from '../log/progress.ts';

/** An answer that never comes: a follower waits as long as it takes. */
const yearSeconds = 366 * 86_400;

/** `withhold snapshot pull`: the whole registry in a folder, verified, and what changed since. */
export async function pull(args: string[], io: Io): Promise<number> {
  const given = readArguments(args, {
    ...{ size: 'string', policy: 'string', key: 'string', samples: 'string', 'retry-for': 'string' },
    ...{ once: 'boolean', follow: 'boolean', 'allow-stale': 'boolean' },
  });
  const [address, folder, extra] = given.rest;
  if (address === undefined || folder === undefined || extra !== undefined) {
    throw new AppError('invalid', 'snapshot pull takes one registry and one folder', { fix: 'see --help' });
  }
  const isEndless = given.flag('follow');
  if (isEndless && (given.flag('once') || given.text('size') !== undefined)) {
    throw new AppError('invalid', '--follow goes with neither --once nor --size');
  }
  const unlock = lockPulled(folder);
  try {
    const puller = await pullerOf(registryAddress(address), folder, given, io);
    const kept = await (isEndless ? startFollowing(puller) : pullOnce(puller, sizeOf(given)));
    await write(io, summaryOf(kept));
    sayErased(io, kept);
    if (isEndless) await keepFollowing(puller, kept, { onSwitch: (next) => write(io, summaryOf(next)) });
    kept.copy.close();
    return exitDone;
  } catch (error) {
    if (isEndless && io.signal.aborted) return exitDone;
    if (!(error instanceof LogFault)) throw error;
    say(io, `this is wrong: ${error.message}`);
    say(io, `what is in use in ${folder} is as it was; a checkpoint that was refused lies in ${refusedPath}`);
    return exitSomething;
  } finally {
    unlock();
  }
}

async function pullerOf(server: string, folder: string, given: Arguments, io: Io): Promise<Puller> {
  const otherwise = given.flag('follow') ? yearSeconds : 120;
  const retryForS = given.count('retry-for', { min: 0, max: 86_400, otherwise });
  const open = { signal: io.signal, retryForS, onRetry: (words: string) => say(io, words) };
  const source = httpSource(server, open);
  const { policy, isNew } = await pinnedKeys(directoryFiles(folder), source, given.text('policy'));
  if (isNew) say(io, `the keys of ${server} are believed from now on, as they stand in ${folder}/policy`);
  const sayBytes = sayEvery(io, ([here, of]: [number, number]) => `${mega(here)} of ${mega(of)} MB are here`);
  return {
    ...{ server, folder, source, policy, now: Date.now },
    options: { ...open, key: given.text('key') ?? (io.env.WITHHOLD_KEY?.trim() || undefined) },
    samples: given.count('samples', { min: 0, max: samplesMax, otherwise: samplesDefault }),
    allowStale: given.flag('allow-stale'),
    tell: (words) => say(io, words),
    onBytes: (here, of) => sayBytes([here, of]),
  };
}

const mega = (bytes: number): number => Math.ceil(bytes / 1_048_576);

function sizeOf(given: Arguments): number | undefined {
  const text = given.text('size');
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new AppError('invalid', `--size takes the size of a log, not ${text}`);
}

/** The newest snapshot, whatever there was, and its feed to the end. */
async function pullOnce(puller: Puller, sizeMax: number | undefined): Promise<Kept> {
  const before = await openKept(puller);
  try {
    const next = await pullNext(puller, before, { sizeMax });
    if (next === null && before !== null) {
      if (!puller.allowStale) requireFresh(before.manifest.content, puller.server, puller.now());
      await catchUp(puller, before);
      return before;
    }
    if (next === null) throw new AppError('not-found', `${puller.server} offers no snapshot`);
    if (before !== null && before.copy !== next.copy) before.copy.close();
    await removeOthers(puller.folder, next.manifest.content.size);
    return next;
  } catch (error) {
    before?.copy.close();
    throw error;
  }
}

/** What is there while it may be used, else the newest: a follower that is started again has nothing to fetch twice. */
async function startFollowing(puller: Puller): Promise<Kept> {
  const kept = await openKept(puller);
  if (kept !== null && !isPast(kept, puller.now())) {
    await catchUp(puller, kept);
    return kept;
  }
  kept?.copy.close();
  return pullOnce(puller, undefined);
}

function summaryOf({ manifest, copy }: Kept): string {
  const { checkpoint, content } = manifest;
  const { frontier } = copy.state();
  return (
    `${checkpoint.origin}: snapshot of log size ${content.size}, to be used until ${content.notAfter}; ` +
    `its feed is verified up to log size ${frontier.size}\n`
  );
}

function sayErased(io: Io, { manifest, copy }: Kept): void {
  const { erased } = copy.count();
  if (erased === 0) return;
  say(
    io,
    `${erased} records were erased since; where the files of this snapshot hold them, they have to be gone by ` +
      `${manifest.content.notAfter}: pull a newer one until then`,
  );
}
