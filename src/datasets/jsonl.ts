import { AppError } from '../errors.ts';
import { type ByteWindow, byteWindow } from './byte-window.ts';
import { type DatasetEvent, type RowBroken, type RowRead, recordBytesMax, tooLong } from './rows.ts';
import { withoutBom } from './utf8.ts';

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
  for await (const event of readLines(source)) {
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

async function* readLines(source: AsyncIterable<Buffer>): AsyncGenerator<RowRead | RowBroken> {
  const window = byteWindow();
  let line = 1;
  let searched = 0;
  let dropping = false;
  for await (const chunk of withoutBom(source)) {
    window.append(chunk);
    for (let end = window.lineFeed(searched); end >= 0; end = window.lineFeed(0)) {
      const event = takeLine(window, end + 1, line, dropping);
      if (event !== undefined) yield event;
      dropping = false;
      line += 1;
    }
    if (window.length > recordBytesMax) {
      window.take(window.length);
      dropping = true;
    }
    searched = window.length;
  }
  const event = takeLine(window, window.length, line, dropping);
  if (event !== undefined) yield event;
}

function takeLine(
  window: ByteWindow,
  bytes: number,
  line: number,
  dropping: boolean,
): RowRead | RowBroken | undefined {
  const raw = window.take(bytes);
  if (dropping || raw.length > recordBytesMax) return { kind: 'broken', line, why: tooLong };
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(raw);
    if (text.trim() === '') return undefined;
    value = JSON.parse(text);
  } catch (error) {
    return { kind: 'broken', line, why: error instanceof SyntaxError ? 'is not JSON' : 'is not UTF-8' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { kind: 'broken', line, why: 'is not a JSON object' };
  }
  return { kind: 'row', line, raw, cells: value as Record<string, unknown> };
}
