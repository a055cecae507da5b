import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileFacts } from '../../datasets/open.ts';
import { AppError } from '../../errors.ts';
import { allowEverything } from '../../net/address.ts';
import { cachedResolver } from '../../net/cached-resolver.ts';
import { createFetcher } from '../../net/fetcher-node.ts';
import { createResolver } from '../../net/resolver.ts';
import { readVersion } from '../../paths.ts';
import { type GatherJournal, openGatherJournal } from '../../snapshots/gather-journal.ts';
import { gatherSignals } from '../../snapshots/gather-signals.ts';
import { manifestFile, readSignalsManifest, type SignalsManifest } from '../../snapshots/signals-manifest.ts';
import { writeSignals } from '../../snapshots/write-signals.ts';
import { number } from '../filter/summary.ts';
import { exitDone, exitSomething, exitUnfinished, type Io, say, sentenceOf, write } from '../io.ts';
import { type GatherOptions, readGatherOptions } from './options.ts';
import { type Collected, collectOrigins } from './origins.ts';
import { createProgress, type GatherCount, gatherWords } from './progress.ts';

/** The files of one site follow one another on one connection. */
const keepMs = 2_000;

/** `withhold signals gather`: collects the origins of a dataset, asks each once, and writes what they said. */
export async function gather(args: string[], io: Io): Promise<number> {
  const options = readGatherOptions(args);
  const part = `${options.out}.part`;
  const refused = await finishedBefore(options, part);
  if (refused !== undefined) return tell(refused, options, io);
  if (options.fresh) await rm(part, { recursive: true, force: true });
  await inWords(part, async () => mkdir(part, { recursive: true }));
  const journal = await inWords(part, async () => openGatherJournal(join(part, 'work.sqlite')));
  try {
    await holdToRun(options, journal);
    const manifest = await inWords(part, () => workOn(options, part, journal, io));
    if (manifest === null) return exitUnfinished;
    journal.close();
    await rm(part, { recursive: true, force: true });
    return tell(manifest, options, io);
  } finally {
    journal.close();
  }
}

/** @returns null when it was stopped. */
async function workOn(
  options: GatherOptions,
  part: string,
  journal: GatherJournal,
  io: Io,
): Promise<SignalsManifest | null> {
  try {
    const collected = await collect(options, journal, io);
    if (!(await fetchAll(options, journal, io))) throw new AppError('unavailable', 'stopped');
    const { agent, userAgent, token } = options;
    return await writeSignals(
      journal,
      { aside: join(part, 'snapshot'), folder: options.out },
      {
        ...{ tool: `withhold/${readVersion()}`, agent, userAgent, robotsToken: token },
        ...{ started: startOf(journal), finished: new Date().toISOString() },
        ...collected,
      },
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { origins, gathered } = journal.counts();
    say(io, sentenceOf(error));
    if (journal.note('collected') !== null)
      say(
        io,
        `${number(gathered)} of ${number(origins)} origins are gathered and kept; give the same command again to go on`,
      );
    return null;
  }
}

async function collect(options: GatherOptions, journal: GatherJournal, io: Io): Promise<Collected> {
  const done = journal.note('collected');
  if (done !== null) return JSON.parse(done) as Collected;
  let read = 0;
  const progress = createProgress(io, Date.now, () => `${number(read)} rows read`);
  try {
    const collected = await collectOrigins(options, io, journal, (rows) => {
      read = rows;
      progress.tick();
    });
    journal.setNote('collected', JSON.stringify(collected));
    return collected;
  } finally {
    progress.end();
  }
}

/** @returns whether everything is gathered. */
async function fetchAll(options: GatherOptions, journal: GatherJournal, io: Io): Promise<boolean> {
  const { origins, gathered, documents, documentsGathered } = journal.counts();
  if (gathered > 0) say(io, `going on: ${number(gathered)} of ${number(origins)} origins are there already`);
  else say(io, `${number(origins)} origins, asked as ${options.userAgent}`);
  const count: GatherCount = {
    ...{ done: gathered + documentsGathered, total: origins + documents },
    ...{ now: 0, unreachable: 0 },
  };
  const progress = createProgress(io, Date.now, (seconds) => gatherWords(count, seconds));
  const resolver = cachedResolver(createResolver(), Date.now);
  const fetcher = createFetcher({
    ...{ userAgent: options.userAgent, resolver, keepMs },
    ...(options.allowPrivate ? { allow: allowEverything } : {}),
  });
  const stop = () => void fetcher.close();
  io.signal.addEventListener('abort', stop);
  try {
    return await gatherSignals(
      {
        ...{ fetcher, resolver, now: Date.now, signal: io.signal },
        onDone(unreachable) {
          count.done += 1;
          count.now += 1;
          count.total = Math.max(count.total, count.done);
          if (unreachable) count.unreachable += 1;
          progress.tick();
        },
      },
      journal,
      { runsMax: options.concurrency, token: options.token },
    );
  } finally {
    io.signal.removeEventListener('abort', stop);
    progress.end();
    await fetcher.close();
  }
}

/** A run that got as far as the new name, and no further, is done. */
async function finishedBefore(options: GatherOptions, part: string): Promise<SignalsManifest | undefined> {
  if (!existsSync(join(options.out, manifestFile))) return undefined;
  if (existsSync(join(part, 'work.sqlite')) && !options.fresh) {
    await rm(part, { recursive: true, force: true });
    return readSignalsManifest(options.out);
  }
  throw new AppError('conflict', `${options.out} is there already`, {
    fix: 'name another folder with --out',
  });
}

/** What a stopped run gathered is only gone on with by the same run. */
async function holdToRun(options: GatherOptions, journal: GatherJournal): Promise<void> {
  const inputs: object[] = [];
  for (const { path, format } of options.inputs)
    inputs.push({ path, format, ...(path === '-' ? {} : await fileFacts(path)) });
  const { columns, agent, userAgent, allowPrivate } = options;
  const run = JSON.stringify({ inputs, columns: columns.named, agent, userAgent, allowPrivate });
  const before = journal.note('run');
  if (before === run) return;
  if (before !== null)
    throw new AppError(
      'conflict',
      `${options.out}.part belongs to a stopped run with other inputs or options`,
      {
        fix: 'give --fresh to start again, or another --out',
      },
    );
  journal.setNote('run', run);
  journal.setNote('started', new Date().toISOString());
}

function startOf(journal: GatherJournal): string {
  return journal.note('started') ?? new Date().toISOString();
}

async function tell(manifest: SignalsManifest, options: GatherOptions, io: Io): Promise<number> {
  const { origins, outcomes, failures, rows, urlsUnusable } = manifest;
  const counts = (source: string) =>
    Object.entries(outcomes[source] ?? {})
      .map(([state, count]) => `${number(count)} ${state}`)
      .join(', ') || 'none';
  say(io, `${number(rows)} rows name ${number(origins)} origins; ${number(urlsUnusable)} URLs name none`);
  for (const source of Object.keys(outcomes)) say(io, `${source}: ${counts(source)}`);
  const unreachable = outcomes['robots.txt']?.unreachable ?? 0;
  if (unreachable > 0) {
    const why = Object.entries(failures).map(([kind, count]) => `${number(count)} ${kind}`);
    say(io, `cannot be reached: ${why.join(', ')}`);
  }
  say(io, `the signals snapshot is in ${options.out}`);
  if (options.json) await write(io, `${JSON.stringify(manifest, null, 2)}\n`);
  return unreachable > 0 ? exitSomething : exitDone;
}

async function inWords<T>(part: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof AppError || typeof code !== 'string') throw error;
    if (/^SQLITE_(BUSY|LOCKED)/.test(code))
      throw new AppError('conflict', `another run is at work in ${part}`, { cause: error });
    if (!/^(E[A-Z]+$|SQLITE_)/.test(code)) throw error;
    const why = /^(ENOSPC|SQLITE_FULL)$/.test(code) ? 'the disk is full' : code;
    throw new AppError('unavailable', `${part} cannot be written (${why})`, { cause: error });
  }
}
