import { resolve } from 'node:path';
import { type ColumnWishes, type Field, fields, hashTypes } from '../../datasets/columns.ts';
import { type Format, formatOf, formats } from '../../datasets/open.ts';
import { AppError } from '../../errors.ts';
import { itemsMax } from '../../http/schemas.ts';
import {
  type Arguments,
  type Asking,
  askOptions,
  readArguments,
  readAsking,
  readSnapshotWish,
  type SnapshotWish,
  snapshotOptions,
} from '../arguments.ts';
import type { Io } from '../io.ts';
import { refuseRunOptions, runOptions } from './run-options.ts';

export interface FilterOptions {
  asking: Asking;
  /** The snapshot that is asked in place of a registry. */
  snapshot: SnapshotWish | undefined;
  inputs: { path: string; format: Format }[];
  columns: ColumnWishes;
  /** `-` is stdout. */
  out: string;
  outFormat: 'csv' | 'jsonl';
  rows: { write: 'kept' | 'dropped'; out: string } | undefined;
  onReview: 'keep' | 'drop';
  batchItems: number;
  concurrency: number;
  retryForS: number;
  /** `must`: there has to be a stopped run; `never`: forget it. */
  resume: 'must' | 'may' | 'never';
  summaryJson: string | undefined;
  json: boolean;
}

export const columnOptions = {
  url: 'url',
  page_url: 'page-url',
  sha256: 'sha256',
  md5: 'md5',
  pdq: 'pdq',
} as const;

/** @throws AppError `invalid` for options that are unknown. */
export function readFilterArguments(args: string[]): Arguments {
  return readArguments(args, {
    ...askOptions,
    ...runOptions,
    ...snapshotOptions,
    out: 'string',
    'out-format': 'string',
    write: 'string',
    'rows-out': 'string',
    'on-review': 'string',
    'url-column': 'string',
    'page-url-column': 'string',
    'sha256-column': 'string',
    'md5-column': 'string',
    'pdq-column': 'string',
    'hash-type': 'string',
    'id-column': 'string',
    format: 'string',
    batch: 'string',
    concurrency: 'string',
    resume: 'boolean',
    fresh: 'boolean',
    'summary-json': 'string',
    json: 'boolean',
  });
}

/** @throws AppError `invalid` for options that are missing or at odds with each other. */
export function readFilterOptions(given: Arguments, io: Io): FilterOptions {
  refuseRunOptions(given);
  const options: FilterOptions = {
    asking: readAsking(given, io),
    snapshot: readSnapshotWish(given),
    inputs: readInputs(given),
    columns: readColumns(given),
    ...readOut(given),
    rows: readRowsOut(given),
    onReview: given.choice('on-review', ['keep', 'drop']) ?? 'keep',
    batchItems: given.count('batch', { min: 1, max: itemsMax, otherwise: 5_000 }),
    concurrency: given.count('concurrency', { min: 1, max: 16, otherwise: 4 }),
    retryForS: given.count('retry-for', { min: 0, max: 86_400, otherwise: 120 }),
    resume: given.flag('resume') ? 'must' : given.flag('fresh') ? 'never' : 'may',
    summaryJson: given.text('summary-json'),
    json: given.flag('json'),
  };
  if (given.flag('resume') && given.flag('fresh')) {
    throw new AppError('invalid', '--resume and --fresh exclude each other');
  }
  refuseOverlaps(options);
  return options;
}

/** The files named, each with its format. @throws AppError `invalid` where nothing tells the format. */
export function readInputs(given: Arguments): FilterOptions['inputs'] {
  if (given.rest.length === 0) {
    throw new AppError('invalid', 'no input was given', {
      fix: 'name a CSV, TSV or JSONL file, or - for stdin',
    });
  }
  const format = given.choice('format', formats);
  return given.rest.map((path) => {
    const known = format ?? formatOf(path);
    if (known !== undefined) return { path, format: known };
    const what = path === '-' ? 'what comes through stdin' : `what is in ${path}`;
    throw new AppError('invalid', `nothing tells ${what}`, { fix: 'say --format csv, tsv or jsonl' });
  });
}

function readColumns(given: Arguments): ColumnWishes {
  const named: ColumnWishes['named'] = {};
  for (const field of fields) {
    const name = given.text(`${columnOptions[field as Field]}-column`);
    if (name !== undefined) named[field] = name;
  }
  const id = given.text('id-column');
  if (id !== undefined) named.id = id;
  return { named, hashType: given.choice('hash-type', hashTypes) };
}

function readOut(given: Arguments): Pick<FilterOptions, 'out' | 'outFormat'> {
  const out = given.text('out');
  if (out === undefined || out === '') {
    throw new AppError('invalid', 'no --out was given', {
      fix: 'say where decisions go: --out decisions.csv',
    });
  }
  const wish = given.choice('out-format', ['csv', 'jsonl']);
  if (out === '-') return { out, outFormat: wish ?? 'csv' };
  refuseCompressed('out', out);
  const ending = formatOf(out);
  const outFormat = wish ?? (ending === 'tsv' ? undefined : ending);
  if (outFormat === undefined) {
    throw new AppError('invalid', `--out ${out} ends in neither .csv nor .jsonl`, {
      fix: 'add --out-format',
    });
  }
  return { out, outFormat };
}

function readRowsOut(given: Arguments): FilterOptions['rows'] {
  const write = given.choice('write', ['kept', 'dropped']);
  const out = given.text('rows-out');
  if (write === undefined && out === undefined) return undefined;
  if (write === undefined || out === undefined) {
    throw new AppError('invalid', '--write kept or dropped and --rows-out FILE need each other');
  }
  refuseCompressed('rows-out', out);
  return { write, out };
}

function refuseCompressed(option: string, path: string): void {
  if (!/\.(gz|zst)$/i.test(path)) return;
  throw new AppError('invalid', `--${option} is written plain, so that a stopped run can go on`, {
    fix: `name it ${path.replace(/\.(gz|zst)$/i, '')} and compress it afterwards`,
  });
}

/** No file may be two things at once: an output would be written over an input, or over another output. */
function refuseOverlaps(options: FilterOptions): void {
  const { inputs, out, rows, summaryJson } = options;
  if (inputs.filter(({ path }) => path === '-').length > 1)
    throw new AppError('invalid', 'stdin can be read once');
  if (out === '-' && options.json) {
    throw new AppError('invalid', '--json and --out - would both write to stdout', {
      fix: 'use --summary-json',
    });
  }
  if (rows?.out === '-') throw new AppError('invalid', '--rows-out has to be a file');
  const taken = new Set(inputs.flatMap(({ path }) => (path === '-' ? [] : [resolve(path)])));
  for (const path of [out, rows?.out, summaryJson]) {
    if (path === undefined || path === '-') continue;
    if (taken.has(resolve(path))) throw new AppError('invalid', `${path} is named twice`);
    taken.add(resolve(path));
  }
}
