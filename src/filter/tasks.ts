import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunInput } from './inputs.ts';
import { readPart } from './run-folder.ts';
import { type FilterTask, partEndings, type StreamTask, streamPart } from './work.ts';

/** Name of the first part of an input, without its number. */
const firstPart = (folder: string, input: number) => join(folder, String(input).padStart(6, '0'));

/** The parts of an input that are whole, in the order of their rows, up to the first that is missing. */
export function* wholeParts(folder: string, { reading }: RunInput, input: number): Generator<string> {
  const parts = firstPart(folder, input);
  if (reading.kind === 'row-groups') {
    for (const { index } of reading.plans) yield streamPart(parts, index);
    return;
  }
  for (let number = 0; existsSync(`${streamPart(parts, number)}${partEndings.counts}`); number += 1) {
    yield streamPart(parts, number);
  }
}

/** What is still to be done, and how much of it is. */
export interface Remaining {
  tasks: FilterTask[];
  /** Rows that are done, dropped ones among them, and bytes read for them. */
  rows: number;
  dropped: number;
  bytes: number;
  /** Bytes to be read in all. */
  total: number;
}

export function remainingTasks(folder: string, inputs: readonly RunInput[], pixels: boolean): Remaining {
  const all: Remaining = { tasks: [], rows: 0, dropped: 0, bytes: 0, total: 0 };
  for (const [at, input] of inputs.entries()) {
    if (input.reading.kind === 'row-groups') addRowGroups(all, folder, input, at);
    else addStream(all, folder, input, at, pixels);
  }
  return all;
}

function addRowGroups(
  all: Remaining,
  folder: string,
  { name, address, reading }: RunInput,
  at: number,
): void {
  if (reading.kind !== 'row-groups') return;
  for (const plan of reading.plans) {
    const part = streamPart(firstPart(folder, at), plan.index);
    const bytes = plan.chunks.reduce((sum, { start, end }) => sum + end - start, 0);
    all.total += bytes;
    const done = readPart(part);
    if (done === null) all.tasks.push({ kind: 'row-group', input: at, address, name, plan, part });
    else {
      all.rows += done.rows;
      all.dropped += done.dropped;
      all.bytes += bytes;
    }
  }
}

function addStream(all: Remaining, folder: string, input: RunInput, at: number, pixels: boolean): void {
  const { name, address, format, size, reading } = input;
  if (reading.kind !== 'stream' || format === 'parquet') return;
  all.total += size;
  const done = { parts: 0, rows: 0 };
  let isWhole = false;
  for (const part of wholeParts(folder, input, at)) {
    const stored = readPart(part);
    if (stored === null) break;
    done.parts += 1;
    done.rows += stored.rows;
    all.dropped += stored.dropped;
    isWhole = stored.last;
  }
  all.rows += done.rows;
  if (isWhole) {
    all.bytes += size;
    return;
  }
  const { map, header } = reading;
  const task: StreamTask = {
    kind: 'stream',
    input: at,
    address,
    name,
    format,
    map,
    header,
    pixels,
    parts: firstPart(folder, at),
    done,
  };
  all.tasks.push(task);
}

/** All parts that are whole, input by input, in the order of their rows. */
export function* partsOf({ folder, inputs }: { folder: { parts: string }; inputs: readonly RunInput[] }) {
  for (const [input, each] of inputs.entries()) {
    for (const path of wholeParts(folder.parts, each, input)) {
      const part = readPart(path);
      if (part !== null) yield { input, path, part };
    }
  }
}

/** Where the digest of an input is kept while a run is under way. */
export const digestPath = (parts: string, input: number): string =>
  join(parts, `${String(input).padStart(6, '0')}.sha256`);

/** @returns 64 hex digits, null where it is not known. */
export function readDigest(path: string): string | null {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).sha256 : null;
}
