import { type ColumnMap, fields } from '../datasets/columns.ts';
import { AppError } from '../errors.ts';
import { type Answers, openAnswers } from './filter/answers.ts';
import { entriesOf } from './filter/entries.ts';
import { type Input, openInputs } from './filter/inputs.ts';
import { findStopped, type Journal, journalOf, newJournal } from './filter/journal.ts';
import { type FilterOptions, readFilterArguments, readFilterOptions } from './filter/options.ts';
import { removeFile, renamePart, replaceFile } from './filter/output.ts';
import { createProgress, type Progress } from './filter/progress.ts';
import { isFolderRun, readRunOptions } from './filter/run-options.ts';
import { number, type Summary, summaryOf, summaryWords } from './filter/summary.ts';
import { emptyTally } from './filter/tally.ts';
import { openOutputs, work } from './filter/work.ts';
import {
  BrokenPipe,
  exitDone,
  exitSomething,
  exitUnfinished,
  type Io,
  say,
  sentenceOf,
  write,
} from './io.ts';

/** `withhold filter`: asks about every row of a dataset and writes one decision a row, or filters it by a snapshot. */
export async function run(args: string[], io: Io): Promise<number> {
  const given = readFilterArguments(args);
  if (isFolderRun(given)) {
    const { runFolder } = await import('./filter/run.ts');
    return runFolder(readRunOptions(given, io.env), io);
  }
  const options = readFilterOptions(given, io);
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  const showing: Showing = { progress: undefined };
  const onRetry = (words: string) => showing.progress?.say(words);
  const client = await openAnswers(options, io, { signal, onRetry });
  try {
    return await filter({ options, client, io, stop, signal, showing });
  } finally {
    await client.close();
  }
}

/** What a person sees of a run, once it has begun. */
interface Showing {
  progress: Progress | undefined;
}

interface Run {
  options: FilterOptions;
  client: Answers;
  io: Io;
  stop: AbortController;
  signal: AbortSignal;
  showing: Showing;
}

async function filter({ options, client, io, stop, signal, showing }: Run): Promise<number> {
  const inputs = await openInputs(options, io);
  for (const input of inputs) announce(input, io);
  const started = new Date().toISOString();
  const fresh = await newJournal(options, client.server, inputs, started, emptyTally());
  const canResume = options.out !== '-' && inputs.every(({ facts }) => facts !== undefined);
  const stopped = canResume ? await findStopped(options, fresh) : undefined;
  refuseHopelessResume(options, canResume);
  const journal = stopped ?? fresh;
  if (stopped !== undefined && !stopped.whole) {
    say(io, `going on after row ${number(stopped.rows)}, where the last run stopped`);
  }
  if (!journal.whole) {
    const outputs = await openOutputs(options, io, journal, inputs[0] as Input);
    const progress = createProgress(io, Date.now, totalBytes(inputs), journal.rows);
    showing.progress = progress;
    let bytes = 0;
    const entries = entriesOf(inputs, options.rows !== undefined, (count) => {
      bytes += count;
    });
    try {
      await work({ options, client, signal, journal, outputs, canResume, entries }, () =>
        progress.tick({ rows: journal.rows, dropped: journal.tally.dropped, bytes }),
      );
    } catch (error) {
      stop.abort();
      progress.end();
      if (error instanceof BrokenPipe || !(error instanceof AppError)) throw error;
      say(io, sentenceOf(error));
      say(io, howToGoOn(options, journal, canResume));
      return exitUnfinished;
    } finally {
      await outputs.close();
    }
    progress.end();
  }
  return finish(options, client.server, journal, canResume, io);
}

/** Gives the outputs their names, then tells. After a stop in here, the next run comes straight back to it. */
async function finish(
  options: FilterOptions,
  server: string,
  journal: Journal,
  canResume: boolean,
  io: Io,
): Promise<number> {
  const finished = new Date().toISOString();
  const summary = summaryOf(options, server, journal.tally, { started: journal.started, finished });
  const json = `${JSON.stringify(summary, null, 2)}\n`;
  if (options.rows !== undefined) await renamePart(options.rows.out);
  if (options.out !== '-') await renamePart(options.out);
  if (options.summaryJson !== undefined) await replaceFile(options.summaryJson, json);
  if (canResume) await removeFile(journalOf(options.out));
  for (const line of summaryWords(summary)) say(io, line);
  sayWhere(options, summary, io);
  if (options.json) await write(io, json);
  return journal.tally.bad > 0 ? exitSomething : exitDone;
}

function sayWhere({ out, rows }: FilterOptions, summary: Summary, io: Io): void {
  if (out !== '-') say(io, `decisions are in ${out}`);
  if (rows !== undefined)
    say(io, `${number(summary.rowsWritten ?? 0)} ${rows.write} rows are in ${rows.out}`);
}

function announce({ name, format, header, map, notes }: Input, io: Io): void {
  const columns = [...fields, 'id' as const].flatMap((field: keyof ColumnMap) => {
    const at = map[field];
    return at === undefined ? [] : [`${field} from ${header.columns[at]}`];
  });
  say(io, `${name} (${format}): ${columns.join(', ')}`);
  for (const note of notes) say(io, `${name}: ${note}`);
}

function refuseHopelessResume(options: FilterOptions, canResume: boolean): void {
  if (canResume || options.resume !== 'must') return;
  throw new AppError('invalid', 'a run that reads stdin or writes to stdout cannot be resumed');
}

function howToGoOn(options: FilterOptions, journal: Journal, canResume: boolean): string {
  if (!canResume) return 'this run cannot be resumed: it reads stdin or writes to stdout';
  const rows = `${number(journal.rows)} rows are done and kept`;
  return `${rows}; give the same command again to go on (${journalOf(options.out)})`;
}

function totalBytes(inputs: readonly Input[]): number | undefined {
  if (inputs.some(({ facts }) => facts === undefined)) return undefined;
  return inputs.reduce((sum, { facts }) => sum + (facts?.size ?? 0), 0);
}
