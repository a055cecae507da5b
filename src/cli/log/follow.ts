import { AppError } from '../../errors.ts';
import { openCopy } from '../../follow/copy.ts';
import { LogFault } from '../../follow/fault.ts';
import { followFeed, type LeavesRead } from '../../follow/follow-feed.ts';
import { pinnedKeys } from '../../follow/pin.ts';
import { httpSource } from '../../follow/source.ts';
import { registryAddress } from '../../follow/transport.ts';
import { readArguments } from '../arguments.ts';
import { exitDone, exitSomething, type Io, say, write } from '../io.ts';
import { sayEvery } from './progress.ts';

/** An answer that never comes: a copy waits as long as it takes. */
const yearSeconds = 366 * 86_400;

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
    const onStep = sayEvery(io, ({ read, size }: LeavesRead) => `${read} of ${size} leaves read`);
    const tell = (words: string) => say(io, words);
    await followFeed({ server, options, source, keys, copy, tell, onStep }, { isOnce });
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
