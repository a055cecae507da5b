import { isUtf8 } from 'node:buffer';
import { AppError } from '../errors.ts';
import { readLines } from './lines.ts';
import { type DatasetEvent, type RowBroken, type RowRead, recordBytesMax, tooLong } from './rows.ts';

/** Columns of JSONL are the keys of its first rows: how many are looked at, and how much of them is held. */
const headRowsMax = 100;
const headBytesMax = 8 * 1024 * 1024;
const columnsMax = 1_000;

/**
 * Reads one JSON object a line (JSON Lines; RFC 8259), in memory bounded by the longest line.
 * @throws AppError `invalid` when not one line holds an object; a clause to follow the file's name.
 */
export async function* readJsonl(source: AsyncIterable<Buffer>): AsyncGenerator<DatasetEvent> {
  let head: (RowRead | RowBroken)[] | undefined = [];
  let headBytes = 0;
  for await (const event of readRows(source)) {
    if (head === undefined) {
      yield event;
      continue;
    }
    head.push(event);
    if (event.kind === 'row') headBytes += event.raw.length;
    if (head.length < headRowsMax && headBytes < headBytesMax) continue;
    yield* withHeader(head);
    head = undefined;
  }
  if (head !== undefined) yield* withHeader(head);
}

/** @returns one JSON object a line, each ending in LF. */
export function jsonLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

function* withHeader(head: (RowRead | RowBroken)[]): Generator<DatasetEvent> {
  const columns = new Set<string>();
  for (const event of head) {
    if (event.kind !== 'row') continue;
    for (const name of Object.keys(event.cells)) if (columns.size < columnsMax) columns.add(name);
  }
  if (head.length === 0) throw new AppError('invalid', 'is empty');
  if (columns.size === 0) throw new AppError('invalid', 'has no JSON object in its first lines');
  yield { kind: 'header', columns: [...columns], raw: Buffer.alloc(0) };
  yield* head;
}

async function* readRows(source: AsyncIterable<Buffer>): AsyncGenerator<RowRead | RowBroken> {
  for await (const { number, raw } of readLines(source, recordBytesMax)) {
    const event = rowOf(number, raw);
    if (event !== undefined) yield event;
  }
}

/** @returns undefined for a blank line. */
function rowOf(line: number, raw: Buffer | undefined): RowRead | RowBroken | undefined {
  if (raw === undefined) return { kind: 'broken', line, why: tooLong };
  if (!isUtf8(raw)) return { kind: 'broken', line, why: 'is not UTF-8' };
  const text = raw.toString('utf8');
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'broken', line, why: 'is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'broken', line, why: 'is not a JSON object' };
  }
  return { kind: 'row', line, raw, cells: value as Record<string, unknown> };
}
