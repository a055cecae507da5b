import { join } from 'node:path';
import pino from 'pino';
import { AppError } from '../errors.ts';
import { createFingerprintThreads } from '../fingerprint-threads.ts';
import { LogFault } from '../follow/fault.ts';
import { registryAddress } from '../follow/transport.ts';
import { startReplica } from '../replica/replica.ts';
import { readReplicaConfig } from '../replica/settings.ts';
import { type OpenSnapshot, openSnapshot } from '../snapshots/open.ts';
import { samplesDefault, samplesMax } from '../snapshots/sample.ts';
import { readArguments } from './arguments.ts';
import { exitDone, exitSomething, type Io, say } from './io.ts';
import { stopped } from './serve.ts';

/** `withhold serve --replica`: answers what a registry answers, without it and without a database. */
export async function serveReplica(args: string[], io: Io): Promise<number> {
  const given = readArguments(args, {
    ...{ replica: 'string', dir: 'string', key: 'string', policy: 'string', samples: 'string' },
    'allow-stale': 'boolean',
  });
  const address = given.text('replica');
  if (address === undefined || given.rest.length > 0) {
    throw new AppError('invalid', '--replica takes the address of one registry', { fix: 'see --help' });
  }
  const server = registryAddress(address);
  const config = readReplicaConfig(io.env);
  const folder = given.text('dir') ?? join(io.env.WITHHOLD_DATA?.trim() || './data', 'replica');
  const replica = await startReplica(config, {
    ...{ server, folder, policy: given.text('policy'), allowStale: given.flag('allow-stale') },
    key: given.text('key') ?? (io.env.WITHHOLD_KEY?.trim() || undefined),
    samples: given.count('samples', { min: 0, max: samplesMax, otherwise: samplesDefault }),
    open: openWithThreads,
    log: pino({ level: config.log_level, base: null }, pino.destination(2)),
  });
  try {
    say(io, `a replica of ${server} in ${folder}, on ${replica.url}`);
    await Promise.race([replica.loaded, stopped(io.signal)]);
    if (!io.signal.aborted) say(io, 'the snapshot is loaded: it answers');
    await stopped(io.signal);
    say(io, 'finishing what is under way');
    return exitDone;
  } catch (error) {
    if (!(error instanceof LogFault)) throw error;
    say(io, `this is wrong: ${error.message}`);
    return exitSomething;
  } finally {
    await replica.close();
  }
}

/** Each snapshot has threads of its own, which end with it and give its memory back. */
async function openWithThreads(folder: string): Promise<OpenSnapshot> {
  const threads = createFingerprintThreads();
  try {
    const snapshot = await openSnapshot(folder, { threads });
    return { ...snapshot, close: () => snapshot.close().then(threads.close) };
  } catch (error) {
    await threads.close();
    throw error;
  }
}
