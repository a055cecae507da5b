import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fields } from '../../datasets/columns.ts';
import { writeWhole } from '../../datasets/outputs/whole.ts';
import { verifyReport } from '../../datasets/report/filter-report.ts';
import {
  type FilterRunResult,
  type FilterRunWishes,
  filterRun,
  type RunWatch,
} from '../../datasets/run/filter-run.ts';
import { openRunInputs, type RunInput } from '../../datasets/run/inputs.ts';
import { type DatasetInput, findInputs } from '../../datasets/sources/inputs.ts';
import type { SourceDeps } from '../../datasets/sources/requests.ts';
import type { ByOutcome } from '../../datasets/tally/tally.ts';
import { AppError } from '../../errors.ts';
import { readVersion } from '../../paths.ts';
import { readOrMakeBuilderKey } from '../builder-key.ts';
import { reportPage } from '../filter-report/page.ts';
import { sendReport } from '../filter-report/send.ts';
import { exitDone, exitSomething, exitUnfinished, type Io, say, sentenceOf, write } from '../io.ts';
import { type OpenedForAnswers, openForAnswers, sayAsOf } from '../snapshot-asker.ts';
import { readLicences } from './licence-file.ts';
import { createProgress, type Progress } from './progress.ts';
import type { RunOptions } from './run-options.ts';
import { number } from './summary.ts';

/** `withhold filter --snapshot DIR --out FOLDER`: filters a dataset on this machine, and leaves a report. */
export async function runFolder(options: RunOptions, io: Io): Promise<number> {
  const sources: SourceDeps = {
    fetch: globalThis.fetch,
    env: io.env,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
  const signer = await readOrMakeBuilderKey(io);
  const found = await findInputs(sources, options.inputs, options.format);
  const licences = options.licences === undefined ? null : await readLicences(options.licences);
  const inputs = await openRunInputs(sources, await spooled(found, options.out, io), options.columns);
  for (const line of columnsWords(inputs)) say(io, line);
  const works = options.columns.pixels || inputs.some(({ columns }) => columns.pdq !== undefined);
  const opened = await openForAnswers({ ...options.snapshot, works }, io);
  let progress: Progress | undefined;
  try {
    sayAsOf(io, opened);
    const wishes: FilterRunWishes = { ...options, licences };
    const watch = watchOf(io, (made) => {
      progress = made;
    });
    const deps = { ...depsOf(opened, options), sources, signer, signal: io.signal, watch };
    const result = await filterRun(deps, inputs, wishes);
    progress?.end();
    rmSync(spoolPath(options.out), { force: true });
    return await told(result, options, io);
  } catch (error) {
    progress?.end();
    if (io.signal.aborted) {
      say(io, 'stopped; what is done is kept');
      say(io, `give the same command again to go on (${options.out})`);
      return exitUnfinished;
    }
    if (error instanceof AppError && error.code === 'unavailable') {
      say(io, sentenceOf(error));
      say(io, `what is done is kept; give the same command again to go on (${options.out})`);
      return exitUnfinished;
    }
    throw error;
  } finally {
    await opened.close();
  }
}

function depsOf({ snapshot, signals }: OpenedForAnswers, options: RunOptions) {
  const folder = options.snapshot.signals;
  const [file] = signals?.manifest.files ?? [];
  return {
    snapshot,
    signals:
      signals === null || folder === undefined
        ? null
        : {
            ...folder,
            finished: signals.manifest.finished,
            origins: signals.manifest.origins,
            digest: `sha256:${file?.sha256}`,
          },
    versions: { withhold: readVersion(), node: process.version },
    clock: Date.now,
  };
}

const spoolPath = (out: string) => `${out}.stdin`;

/** What comes through stdin is kept beside the folder first, so that a stopped run can go on with it. */
async function spooled(
  inputs: readonly DatasetInput[],
  out: string,
  io: Io,
): Promise<(DatasetInput & { name?: string })[]> {
  const path = spoolPath(out);
  return Promise.all(
    inputs.map(async (input) => {
      if (input.address !== '-') return input;
      mkdirSync(join(out, '..'), { recursive: true });
      await pipeline(io.stdin, createWriteStream(path));
      return { ...input, address: path, name: 'stdin' };
    }),
  );
}

function watchOf(io: Io, made: (progress: Progress) => void): RunWatch {
  let progress: Progress | undefined;
  return {
    begins(resumedRows, bytesTotal) {
      if (progress === undefined && resumedRows > 0) {
        say(io, `going on: ${number(resumedRows)} rows are done already`);
      }
      progress = createProgress(io, Date.now, bytesTotal, resumedRows);
      made(progress);
    },
    progress: (state) => progress?.tick(state),
    say: (words) => (progress === undefined ? say(io, words) : progress.say(words)),
  };
}

/** Inputs shown by name; of a folder with thousands, those with the same columns are one line. */
function columnsWords(inputs: readonly RunInput[]): string[] {
  const groups = new Map<string, { names: string[]; notes: string[] }>();
  for (const { name, format, columns, notes } of inputs) {
    const used = [...fields, 'id', 'crawled_at']
      .flatMap((use) => {
        const column = columns[use as keyof typeof columns];
        return column === undefined ? [] : [`${use} from ${column}`];
      })
      .join(', ');
    const key = `(${format}): ${used === '' ? 'pictures alone' : used}`;
    const group = groups.get(key) ?? { names: [], notes };
    group.names.push(name);
    groups.set(key, group);
  }
  return [...groups].flatMap(([words, { names, notes }]) => {
    const which = names.length === 1 ? names[0] : `${names[0]} and ${number(names.length - 1)} more`;
    return [`${which} ${words}`, ...notes.map((note) => `${which}: ${note}`)];
  });
}

async function told(
  { report, content, records }: FilterRunResult,
  options: RunOptions,
  io: Io,
): Promise<number> {
  const { digest } = await verifyReport(report, []);
  const page = reportPage({ content, digest });
  await writeWhole(join(options.out, 'report.html'), (aside) => writeFile(aside, page));
  const { tally, signals } = content;
  if (signals === null)
    say(io, 'site signals NOT checked: what sites say themselves is in no decision (--signals)');
  say(io, outcomeWords(tally.rows, tally.outcomes));
  for (const { name, rows } of tally.reasons.groups.slice(0, 8)) {
    if (rows.dropped !== undefined) say(io, `${number(rows.dropped)} dropped: ${name}`);
  }
  for (const { file, line, why } of tally.badRows) say(io, `broken: ${file}, line ${line} ${why}`);
  const bad = tally.outcomes.bad ?? 0;
  if (bad > tally.badRows.length)
    say(io, `broken: ${number(bad - tally.badRows.length)} more, see verdict bad`);
  if (tally.held.length > 0)
    say(io, `${number(tally.held.length)} records are held for review: see the report`);
  say(io, `report and decisions are in ${options.out}`);
  if (options.reportTo !== undefined) {
    const sent = await sendReport(
      { key: options.key, signal: io.signal, onRetry: (words) => say(io, words) },
      options.reportTo,
      { dataset: content.dataset, digest, records: records() },
    );
    say(
      io,
      `told ${options.reportTo} what became of ${number(sent.sent)} records, ${number(sent.known)} of them its own`,
    );
  }
  if (options.json) await write(io, report);
  return bad > 0 ? exitSomething : exitDone;
}

function outcomeWords(rows: number, outcomes: ByOutcome): string {
  const kept = (outcomes.kept ?? 0) + (outcomes.nothing ?? 0);
  const parts = [`${number(kept)} kept`, `${number(outcomes.dropped ?? 0)} dropped`];
  if (outcomes.licensed !== undefined) parts.push(`${number(outcomes.licensed)} licensed`);
  const review = (outcomes.review ?? 0) + (outcomes.disputed ?? 0);
  parts.push(`${number(review)} to review`, `${number(outcomes.bad ?? 0)} broken`);
  return `${number(rows)} rows: ${parts.join(', ')}`;
}
