import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Usage } from '../../consent/evidence.ts';
import { usages } from '../../consent/evidence.ts';
import { type ColumnWishes, hashTypes } from '../../datasets/columns.ts';
import { type DecisionFormat, decisionFormats } from '../../datasets/outputs/decisions.ts';
import { type ListName, listNames } from '../../datasets/outputs/lists.ts';
import type { OnReview } from '../../datasets/outputs/parts.ts';
import type { Written } from '../../datasets/outputs/rewrite.ts';
import { type DatasetFormat, datasetFormats } from '../../datasets/sources/inputs.ts';
import { AppError } from '../../errors.ts';
import { type Arguments, readSnapshotWish, type SnapshotWish } from '../arguments.ts';
import { columnOptions } from './options.ts';

/** What `withhold filter --snapshot DIR --out FOLDER` was asked for. */
export interface RunOptions {
  snapshot: SnapshotWish;
  inputs: readonly string[];
  format: DatasetFormat | undefined;
  columns: ColumnWishes & { pixels: boolean };
  out: string;
  dataset: string;
  agent: string | undefined;
  usage: Usage;
  onReview: OnReview;
  listsAll: boolean;
  decisions: DecisionFormat;
  lists: ListName[];
  write: Written | undefined;
  hitsMax: number | undefined;
  licences: string | undefined;
  threads: number;
  refreshable: boolean;
  fresh: boolean;
  reportTo: string | undefined;
  key: string | undefined;
  json: boolean;
}

/** Options of a run into a folder, beside those of a run into a file. */
export const runOptions = {
  'crawled-at': 'string',
  pixels: 'boolean',
  decisions: 'string',
  'list-all': 'boolean',
  lists: 'string',
  licences: 'string',
  'max-hits-per-record': 'string',
  threads: 'string',
  refreshable: 'boolean',
  dataset: 'string',
  'report-to': 'string',
} as const;

/** Options of a run into a file alone. */
const fileOptions = ['out-format', 'rows-out', 'batch', 'concurrency', 'retry-for', 'summary-json'] as const;

/** Threads beyond this only wait for each other. */
const threadsMax = 64;
const datasetCharsMax = 200;

/** Whether decisions go into a folder, with a report, rather than into one file. */
export function isFolderRun(given: Arguments): boolean {
  const out = given.text('out');
  if (given.text('snapshot') === undefined || out === undefined || out === '-') return false;
  return given.text('out-format') === undefined && !/\.(csv|jsonl|ndjson|tsv)(\.(gz|zst))?$/i.test(out);
}

/** @throws AppError `invalid` for an option that only a run into a folder has. */
export function refuseRunOptions(given: Arguments): void {
  for (const [name, type] of Object.entries(runOptions)) {
    const isGiven = type === 'boolean' ? given.flag(name) : given.text(name) !== undefined;
    if (!isGiven) continue;
    throw new AppError('invalid', `--${name} goes with --snapshot and a folder: --out run`, { field: name });
  }
}

/** @throws AppError `invalid` for options that are at odds with each other. */
export function readRunOptions(
  given: Arguments,
  env: Readonly<Record<string, string | undefined>>,
): RunOptions {
  for (const name of fileOptions) {
    if (given.text(name) === undefined) continue;
    throw new AppError('invalid', `--${name} goes with one file of decisions: --out decisions.csv`, {
      field: name,
    });
  }
  if (given.rest.length === 0) {
    throw new AppError('invalid', 'no input was given', {
      fix: 'name files, folders, globs, https:// or s3:// addresses, or -',
    });
  }
  if (given.rest.filter((input) => input === '-').length > 1)
    throw new AppError('invalid', 'stdin can be read once');
  const hitsMax = given.text('max-hits-per-record');
  const decisions = given.choice('decisions', decisionFormats) ?? 'csv';
  const keyOfRegistry = given.text('key') ?? env.WITHHOLD_KEY;
  return {
    snapshot: readSnapshotWish(given, given.text('report-to') === undefined ? [] : ['key']) as SnapshotWish,
    inputs: given.rest,
    format: given.choice('format', datasetFormats),
    columns: {
      named: namedColumns(given),
      hashType: given.choice('hash-type', hashTypes),
      pixels: given.flag('pixels'),
    },
    out: resolve(given.text('out') as string),
    dataset: readDatasetName(given),
    agent: given.text('agent'),
    usage: given.choice('usage', usages) ?? 'train-ai',
    onReview: given.choice('on-review', ['keep', 'drop']) ?? 'keep',
    listsAll: given.flag('list-all'),
    decisions,
    lists: readLists(given),
    write: given.choice('write', ['kept', 'dropped']),
    hitsMax:
      hitsMax === undefined
        ? undefined
        : given.count('max-hits-per-record', { min: 1, max: 999_999_999, otherwise: 1 }),
    licences: given.text('licences'),
    threads: given.count('threads', { min: 1, max: threadsMax, otherwise: availableParallelism() }),
    refreshable: given.flag('refreshable'),
    fresh: given.flag('fresh'),
    reportTo: given.text('report-to'),
    key: keyOfRegistry === '' ? undefined : keyOfRegistry,
    json: given.flag('json'),
  };
}

export function namedColumns(given: Arguments): ColumnWishes['named'] {
  const options = { ...columnOptions, id: 'id', crawled_at: undefined };
  const named: ColumnWishes['named'] = {};
  for (const use of Object.keys(options) as (keyof typeof options)[]) {
    const name = given.text(use === 'crawled_at' ? 'crawled-at' : `${options[use]}-column`);
    if (name !== undefined) named[use] = name;
  }
  return named;
}

/** What the dataset is called in the report: what was said, or the name of the first input. */
function readDatasetName(given: Arguments): string {
  const name = given.text('dataset')?.trim() ?? basename((given.rest[0] as string).replace(/[\\/]+$/, ''));
  const fitting = name === '' || name === '-' ? 'dataset' : name;
  if (fitting.length > datasetCharsMax || !fitting.isWellFormed()) {
    throw new AppError('invalid', `--dataset takes at most ${datasetCharsMax} characters`, {
      field: 'dataset',
    });
  }
  return fitting;
}

function readLists(given: Arguments): ListName[] {
  const wanted = (given.text('lists') ?? '').split(',').map((name) => name.trim());
  return [...new Set(wanted.filter((name) => name !== ''))].map((name) => {
    const known = listNames.find((one) => one === name);
    if (known !== undefined) return known;
    throw new AppError(
      'invalid',
      `--lists takes ${listNames.join(', ')}, with commas between them, not ${name}`,
      {
        field: 'lists',
      },
    );
  });
}
