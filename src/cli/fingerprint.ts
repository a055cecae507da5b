import { availableParallelism } from 'node:os';
import { readLines } from '../datasets/lines.ts';
import { createDecoder } from '../decode.ts';
import { AppError } from '../errors.ts';
import { readArguments } from './arguments.ts';
import { number } from './filter/summary.ts';
import { type Kept, openKept } from './fingerprint/kept.ts';
import { type PictureLine, tableHead, tableRow } from './fingerprint/line.ts';
import { type Count, createProgress, type Progress } from './fingerprint/progress.ts';
import { type Outcome, readFile } from './fingerprint/read.ts';
import { type Found, walk } from './fingerprint/walk.ts';
import {
  exitDone,
  exitSomething,
  exitUnfinished,
  type Io,
  printable,
  say,
  sentenceOf,
  stopIfAsked,
  write,
} from './io.ts';

const threadsMax = 64;
const pathBytesMax = 16 * 1024;
/** Files in memory beyond those under way, so that no thread waits for a disk. */
const readAhead = 2;
/** Further files that are no pictures are counted and not named. */
const skippedNamedMax = 100;

interface Options {
  paths: string[];
  json: boolean;
  out: string | undefined;
  threads: number;
}

/** `withhold fingerprint`: makes the fingerprints of picture files, as the registry makes them. */
export async function run(args: string[], io: Io): Promise<number> {
  const options = readOptions(args);
  const kept = options.out === undefined ? undefined : await openKept(options.out);
  if (kept !== undefined && kept.before > 0)
    say(
      io,
      `${options.out} holds ${number(kept.before)} pictures; those that have not changed are not read again`,
    );
  const count: Count = { read: 0, kept: 0, skipped: 0, bad: 0 };
  const progress = createProgress(io, Date.now, count, countAhead(options, io));
  try {
    await readAll(options, io, kept, count, progress);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    progress.say(sentenceOf(error));
    if (options.out !== undefined)
      say(
        io,
        `${number(count.read + count.kept)} pictures are in ${options.out}; give the same command again to go on`,
      );
    return exitUnfinished;
  } finally {
    progress.end();
    await kept?.close();
  }
  say(io, summary(count, options.out));
  return count.bad > 0 ? exitSomething : exitDone;
}

function readOptions(args: string[]): Options {
  const given = readArguments(args, { json: 'boolean', out: 'string', threads: 'string' });
  if (given.rest.length === 0) {
    throw new AppError('invalid', 'no picture was named', { fix: 'give files or folders, or see --help' });
  }
  return {
    paths: given.rest,
    json: given.flag('json'),
    out: given.text('out'),
    threads: given.count('threads', {
      min: 1,
      max: threadsMax,
      otherwise: Math.min(threadsMax, availableParallelism()),
    }),
  };
}

async function readAll(
  options: Options,
  io: Io,
  kept: Kept | undefined,
  count: Count,
  progress: Progress,
): Promise<void> {
  const { threads, out, json } = options;
  const inFlight = threads + readAhead;
  const decoder = createDecoder({ threads, queueMax: inFlight });
  const outcomeOf = async (found: Found): Promise<Outcome> => {
    if (found.kind !== 'file') return found;
    if (kept?.has(found.path, found.stamp)) return { kind: 'kept' };
    return readFile(decoder, found.path, found.isNamed);
  };
  let head = out === undefined && !json ? tableHead : '';
  const show = async (line: PictureLine) => {
    await kept?.append(line);
    if (json) await write(io, `${JSON.stringify(line)}\n`);
    else if (out === undefined) await write(io, head + tableRow(line));
    head = '';
  };
  try {
    for await (const outcome of inOrder(walk(pathsOf(options.paths, io), out), inFlight, outcomeOf)) {
      stopIfAsked(io);
      count[outcome.kind] += 1;
      if (outcome.kind === 'read') await show(outcome.line);
      else if (outcome.kind !== 'kept') tell(outcome, count, progress);
      progress.tick();
    }
  } finally {
    await decoder.close();
  }
}

function tell(outcome: Extract<Outcome, { why: string }>, count: Count, progress: Progress): void {
  const { kind, path, why } = outcome;
  if (kind === 'bad') progress.say(`${path}: ${why}`);
  else if (count.skipped <= skippedNamedMax) progress.say(`${path}: passed over: ${why}`);
  if (kind === 'skipped' && count.skipped === skippedNamedMax)
    progress.say('what else is passed over is counted and not named');
}

/** Runs `work` on up to `inFlight` inputs at once and gives the results in the order of the inputs. */
async function* inOrder<In, Out>(
  inputs: AsyncIterable<In>,
  inFlight: number,
  work: (input: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const waiting: Promise<Out>[] = [];
  for await (const input of inputs) {
    const result = work(input);
    // Who waits for it learns of a fault; until somebody does, it is not one that ends the process.
    result.catch(() => {});
    waiting.push(result);
    if (waiting.length >= inFlight) yield await (waiting.shift() as Promise<Out>);
  }
  for (const result of waiting) yield await result;
}

async function* pathsOf(paths: readonly string[], io: Io): AsyncGenerator<string> {
  for (const path of paths) {
    if (path !== '-') {
      yield path;
      continue;
    }
    for await (const { number: at, raw } of readLines(io.stdin, pathBytesMax)) {
      if (raw === undefined) throw new AppError('invalid', `line ${at} of stdin is too long for a path`);
      const line = raw.toString('utf8').replace(/\r?\n$/, '');
      if (line !== '') yield line;
    }
  }
}

/** Counts the files beside the work, for the time that is left; nobody reads that where there is no terminal. */
function countAhead({ paths, out }: Options, io: Io): () => number | undefined {
  let total: number | undefined;
  const all = async () => {
    let files = 0;
    for await (const _ of walk(pathsOf(paths, io), out)) {
      if (io.signal.aborted) return;
      files += 1;
    }
    total = files;
  };
  if (io.isTty && !paths.includes('-')) all().catch(() => {});
  return () => total;
}

function summary({ read, kept, skipped, bad }: Count, out: string | undefined): string {
  const parts = [`${number(read)} fingerprinted`];
  if (kept > 0) parts.push(`${number(kept)} known already`);
  if (skipped > 0) parts.push(`${number(skipped)} passed over`);
  if (bad > 0) parts.push(`${number(bad)} cannot be read`);
  return printable(out === undefined ? parts.join(', ') : `${parts.join(', ')}; they are in ${out}`);
}
