import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { reportName } from '../datasets/report/filter-report.ts';
import { StoredPartRecords } from '../datasets/tally/record-tally.ts';
import { StoredTally } from '../datasets/tally/stored.ts';
import { AppError } from '../errors.ts';
import { lockFolder } from '../log-store/lock-folder.ts';
import { partEndings, type StoredPart } from './work.ts';

export const runFormat = 'withhold-filter-run/1';
export const runName = 'run.json';

const text = z.string();

/** What a run is: enough to know whether another may go on with it, and to filter again what changed since. */
export const RunFile = z.strictObject({
  format: z.literal(runFormat),
  /** Digest of everything that shapes the outputs: options, inputs and their states, what answers. */
  identity: text,
  started: text,
  /** The state of the registry's log that answers are true to. */
  source: z.strictObject({ origin: text, size: z.number().int(), root: text }),
  agent: text.nullable(),
  usage: text,
  onReview: z.enum(['keep', 'drop']),
  named: z.partialRecord(z.enum(['url', 'page_url', 'sha256', 'md5', 'pdq', 'id', 'crawled_at']), text),
  hashType: z.enum(['sha256', 'md5', 'pdq']).nullable(),
  pixels: z.boolean(),
  signals: z.strictObject({ folder: text, finished: text }).nullable(),
  decisions: text,
  licences: text.nullable(),
  refreshable: z.boolean(),
  inputs: z.array(
    z.strictObject({ name: text, address: text, format: text, size: z.number(), version: text }),
  ),
  /** Records that were held for review; null as long as that is not known. */
  held: z.array(text).nullable(),
});
export type RunFile = z.infer<typeof RunFile>;

const StoredPartFile = z.strictObject({
  rows: z.number().int(),
  dropped: z.number().int(),
  tally: StoredTally,
  records: StoredPartRecords,
  last: z.boolean(),
});

export function identityOf(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** The folder of a run, held for this process. */
export interface RunFolder {
  path: string;
  /** The run that is in it; a stopped one goes on. */
  file: RunFile;
  /** Whether a stopped run goes on. */
  isResumed: boolean;
  parts: string;
  save(): void;
  close(): void;
}

/**
 * Makes the folder of a run, or finds the stopped run that this one goes on with.
 * @param fresh whether what is there may go.
 * @throws AppError `conflict` for a folder with another run in it, or anything that is none.
 */
export function openRunFolder(path: string, wanted: RunFile, fresh: boolean): RunFolder {
  const lock = lockFolder(
    path,
    `another process works on ${path}`,
    'wait until it is done, or name another --out',
  );
  try {
    const known = readRunFile(path);
    const isRun = known !== null || readdirSync(path).every((name) => name.startsWith('lock.sqlite'));
    if (!isRun) {
      throw new AppError('conflict', `${path} is not empty, and holds no run`, { fix: 'name another --out' });
    }
    const canGoOn = known?.identity === wanted.identity && !existsSync(join(path, reportName));
    if (known !== null && !fresh && !canGoOn) refuseOther(path, known, wanted);
    if (known !== null && (fresh || !canGoOn)) {
      for (const name of readdirSync(path)) {
        if (!name.startsWith('lock.sqlite')) rmSync(join(path, name), { recursive: true });
      }
    }
    const isResumed = known !== null && canGoOn && !fresh;
    const parts = join(path, 'parts');
    mkdirSync(parts, { recursive: true });
    const folder: RunFolder = {
      path,
      file: isResumed ? known : wanted,
      isResumed,
      parts,
      save: () => writeWhole(join(path, runName), `${JSON.stringify(folder.file, null, 2)}\n`),
      close: () => lock.close(),
    };
    folder.save();
    return folder;
  } catch (error) {
    lock.close();
    throw error;
  }
}

function refuseOther(path: string, known: RunFile, wanted: RunFile): never {
  if (existsSync(join(path, reportName))) {
    throw new AppError('conflict', `${path} holds a run that is done`, {
      fix: 'name another --out, or give --fresh to replace it',
    });
  }
  const changed = wanted.inputs.find(({ name, version }) =>
    known.inputs.some((own) => own.name === name && own.version !== version),
  );
  const difference =
    changed === undefined
      ? differenceOf(known, wanted)
      : `another ${changed.name}: the file has changed since`;
  throw new AppError('conflict', `${path} belongs to a stopped run with ${difference}`, {
    fix: 'give --fresh to start again, or name another --out',
  });
}

function differenceOf(known: RunFile, wanted: RunFile): string {
  const names = ({ inputs }: RunFile) => inputs.map(({ name }) => name).join('\0');
  if (names(known) !== names(wanted)) return 'other inputs';
  if (JSON.stringify(known.source) !== JSON.stringify(wanted.source)) return 'another state of the registry';
  return 'other options';
}

/** @returns null where there is none. @throws AppError `invalid` for a damaged one. */
export function readRunFile(path: string): RunFile | null {
  const name = join(path, runName);
  if (!existsSync(name)) return null;
  try {
    return RunFile.parse(JSON.parse(readFileSync(name, 'utf8')));
  } catch (cause) {
    throw new AppError('invalid', `${name} is damaged`, { fix: 'give --fresh to start again', cause });
  }
}

/** @returns null where the part is not whole. */
export function readPart(part: string): StoredPart | null {
  const path = `${part}${partEndings.counts}`;
  if (!existsSync(path)) return null;
  const read = StoredPartFile.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (read.success) return read.data;
  throw new AppError('invalid', `${path} is damaged`, { fix: 'give --fresh to start again' });
}

export function removePart(part: string): void {
  for (const ending of Object.values(partEndings)) rmSync(`${part}${ending}`, { force: true });
}

function writeWhole(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { flush: true });
  renameSync(`${path}.new`, path);
}
