import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { Input } from './inputs.ts';
import type { FilterOptions } from './options.ts';
import { removeFile, replaceFile } from './output.ts';
import type { Tally } from './tally.ts';

/**
 * What a stopped run needs to go on: which run it is, and how far its outputs are known to be good. Written after
 * the outputs are durable, so it never promises more than they hold.
 */
export interface Journal {
  version: 1;
  /** Digest of the options that shape the outputs. */
  options: string;
  inputs: InputMark[];
  started: string;
  rows: number;
  outBytes: number;
  rowsOutBytes: number;
  tally: Tally;
  /** Whether every row is done and only the renaming may be missing. */
  whole: boolean;
}

interface InputMark {
  path: string;
  size: number;
  mtimeMs: number;
  /** SHA-256 of the first and the last bytes. */
  edges: string;
}

const edgeBytes = 64 * 1024;
const journalBytesMax = 16 * 1024 * 1024;

const Journal = z.object({
  version: z.literal(1),
  options: z.string(),
  inputs: z.array(z.object({ path: z.string(), size: z.number(), mtimeMs: z.number(), edges: z.string() })),
  started: z.string(),
  rows: z.number().int().min(0),
  outBytes: z.number().int().min(0),
  rowsOutBytes: z.number().int().min(0),
  tally: z.looseObject({ rows: z.number() }),
  whole: z.boolean(),
});

export function journalOf(out: string): string {
  return `${out}.resume.json`;
}

/** The journal of a run that starts now. */
export async function newJournal(
  options: FilterOptions,
  server: string,
  inputs: readonly Input[],
  started: string,
  tally: Tally,
): Promise<Journal> {
  const marks: InputMark[] = [];
  for (const { path, facts } of inputs) {
    if (facts !== undefined)
      marks.push({ path: resolve(path), ...facts, edges: await edgesOf(path, facts.size) });
  }
  const digest = optionsDigest(options, server, inputs);
  return {
    version: 1,
    options: digest,
    inputs: marks,
    started,
    rows: 0,
    outBytes: 0,
    rowsOutBytes: 0,
    tally,
    whole: false,
  };
}

/**
 * Finds the stopped run that this run would go on from.
 * @param fresh the journal this run would start with, to compare.
 * @returns undefined when there is none.
 * @throws AppError `conflict` when there is one that does not fit, or none although `--resume` was given.
 */
export async function findStopped(options: FilterOptions, fresh: Journal): Promise<Journal | undefined> {
  const path = journalOf(options.out);
  if (options.resume === 'never') {
    await removeFile(path);
    return undefined;
  }
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new AppError('unavailable', `${path} cannot be read (${error.code})`);
  });
  if (text === undefined) {
    if (options.resume === 'may') return undefined;
    throw new AppError('conflict', `there is no stopped run to go on with: no ${path}`, {
      fix: 'leave out --resume to start one',
    });
  }
  const fix = `give --fresh to start again, or another --out`;
  const stopped = text.length <= journalBytesMax ? parse(text) : undefined;
  if (stopped === undefined) throw new AppError('conflict', `${path} is damaged`, { fix });
  const difference = differenceOf(stopped, fresh);
  if (difference === undefined) return stopped;
  throw new AppError('conflict', `${path} belongs to a stopped run with ${difference}`, { fix });
}

export async function writeJournal(options: FilterOptions, journal: Journal): Promise<void> {
  await replaceFile(journalOf(options.out), `${JSON.stringify(journal)}\n`);
}

function parse(text: string): Journal | undefined {
  try {
    return Journal.parse(JSON.parse(text)) as unknown as Journal;
  } catch {
    return undefined;
  }
}

function differenceOf(stopped: Journal, fresh: Journal): string | undefined {
  const paths = (journal: Journal) => journal.inputs.map(({ path }) => path).join('\0');
  if (paths(stopped) !== paths(fresh)) return 'other inputs';
  const changed = fresh.inputs.find(
    (mark, at) => JSON.stringify(mark) !== JSON.stringify(stopped.inputs[at]),
  );
  if (changed !== undefined) return `another ${changed.path}: the file has changed since`;
  return stopped.options === fresh.options ? undefined : 'other options';
}

/** Over everything that shapes the outputs; how fast the run goes is no part of it. */
function optionsDigest(options: FilterOptions, server: string, inputs: readonly Input[]): string {
  const { asking, outFormat, rows, onReview } = options;
  const shape = {
    server,
    agent: asking.agent ?? null,
    usage: asking.usage,
    outFormat,
    rows: rows === undefined ? null : { write: rows.write, out: resolve(rows.out) },
    onReview,
    inputs: inputs.map(({ format, map }) => ({ format, map: Object.entries(map).sort() })),
  };
  return createHash('sha256').update(JSON.stringify(shape)).digest('hex');
}

async function edgesOf(path: string, size: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.alloc(edgeBytes);
    for (const position of [0, Math.max(0, size - edgeBytes)]) {
      const { bytesRead } = await file.read(buffer, 0, edgeBytes, position);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}
