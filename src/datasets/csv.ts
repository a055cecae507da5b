import { finished } from 'node:stream/promises';
import { CsvError, type Parser, parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { AppError } from '../errors.ts';
import { type ByteWindow, byteWindow } from './byte-window.ts';
import { type DatasetEvent, recordBytesMax, tooLong } from './rows.ts';
import { withoutBom } from './utf8.ts';

export interface CsvDialect {
  delimiter: ',' | '\t';
  /** `null` where quotes are ordinary characters, as in IANA's text/tab-separated-values. */
  quote: '"' | null;
}

/**
 * Reads CSV (RFC 4180) or TSV with a header line, in memory bounded by the longest record.
 *
 * The library is used strictly and never asked to skip: after a stray quote its skipping stays inside the quotes
 * and swallows the rows that follow, and after an over-long record it drops the rest of its buffer. Instead, the
 * line at which the broken record starts is the broken row, and reading starts anew at the next line.
 * @throws AppError `invalid` when there is no header that can be read; a clause to follow the file's name.
 */
export async function* readCsv(
  source: AsyncIterable<Buffer>,
  dialect: CsvDialect,
): AsyncGenerator<DatasetEvent> {
  const reading: Reading = { dialect, window: byteWindow(), line: 1, given: 0, columns: 0, events: [] };
  reading.parser = newParser(reading);
  for await (const chunk of withoutBom(source)) {
    reading.window.append(chunk);
    if (reading.parser !== undefined) await parseOn(reading, reading.parser, chunk);
    if (reading.parser === undefined) await startAnew(reading, false);
    yield* drain(reading);
  }
  while (reading.parser !== undefined && !(await finish(reading, reading.parser))) {
    await startAnew(reading, true);
    yield* drain(reading);
  }
  yield* drain(reading);
  if (reading.columns === 0) throw new AppError('invalid', 'is empty: a header line is needed');
}

/** @returns the rows as RFC 4180 lines ending in LF. */
export function csvLines(rows: readonly (readonly unknown[])[]): string {
  return stringify(rows as unknown[][]);
}

interface Reading {
  dialect: CsvDialect;
  /** Absent after a failure, until a new one starts at the next line. */
  parser?: Parser | undefined;
  failure?: Error | undefined;
  /** Bytes from the end of the last record on. */
  window: ByteWindow;
  /** 1-based line at which the window starts. */
  line: number;
  /** How many bytes of this parser's input the window no longer holds. */
  given: number;
  /** Whether the window starts inside a broken line that has been reported. */
  dropping?: boolean;
  columns: number;
  events: DatasetEvent[];
}

function newParser(reading: Reading): Parser {
  reading.given = 0;
  const parser = parse({
    delimiter: reading.dialect.delimiter,
    quote: reading.dialect.quote,
    record_delimiter: ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: recordBytesMax,
    on_record: (cells: string[], { bytes }) => {
      onRecord(reading, cells, bytes);
      return null;
    },
  });
  // Failures are taken from the callback of write; without a listener they would end the process.
  return parser.on('error', () => {}).resume();
}

function onRecord(reading: Reading, cells: string[], end: number): void {
  takeBlankLines(reading, end - reading.given);
  const raw = reading.window.take(end - reading.given);
  reading.given = end;
  const line = reading.line;
  reading.line += lineFeeds(raw);
  if (reading.columns === 0) {
    reading.columns = cells.length;
    reading.events.push({ kind: 'header', columns: cells, raw });
  } else if (cells.length !== reading.columns) {
    const cell = cells.length === 1 ? 'cell' : 'cells';
    const why = `has ${cells.length} ${cell} where the header has ${reading.columns}`;
    reading.events.push({ kind: 'broken', line, why });
  } else {
    reading.events.push({ kind: 'row', line, raw, cells });
  }
}

function parseOn(reading: Reading, parser: Parser, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    parser.write(chunk, (error) => {
      if (error) failed(reading, error);
      resolve();
    });
  });
}

/** @returns whether everything was parsed; false after a failure. */
async function finish(reading: Reading, parser: Parser): Promise<boolean> {
  parser.end();
  try {
    await finished(parser);
    return true;
  } catch (error) {
    failed(reading, error as Error);
    return false;
  }
}

function failed(reading: Reading, error: Error): void {
  reading.parser = undefined;
  reading.failure = error;
}

/** Reports the line at which the parser failed as broken and parses on behind it, as often as it takes. */
async function startAnew(reading: Reading, ended: boolean): Promise<void> {
  while (reading.parser === undefined) {
    if (!dropLine(reading) && !ended) return;
    const parser = newParser(reading);
    reading.parser = parser;
    if (reading.window.length > 0) await parseOn(reading, parser, reading.window.bytes());
  }
}

/** @returns whether the broken line's end has been reached. */
function dropLine(reading: Reading): boolean {
  const { window } = reading;
  if (!reading.dropping) {
    takeBlankLines(reading, window.length);
    const why = reasonOf(reading.failure);
    if (reading.columns === 0) throw new AppError('invalid', `cannot be read: its header line ${why}`);
    reading.events.push({ kind: 'broken', line: reading.line, why });
  }
  const end = window.lineFeed(0);
  window.take(end < 0 ? window.length : end + 1);
  reading.dropping = end < 0;
  if (end >= 0) reading.line += 1;
  return end >= 0;
}

function reasonOf(failure: Error | undefined): string {
  switch (failure instanceof CsvError ? failure.code : undefined) {
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return 'has a stray quote';
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'opens a quote that is never closed';
    case 'CSV_MAX_RECORD_SIZE':
      return `${tooLong}, or opens a quote that is never closed`;
    default:
      throw failure;
  }
}

function takeBlankLines(reading: Reading, bytesMax: number): void {
  const { window } = reading;
  let left = bytesMax;
  for (;;) {
    const feed = window.lineFeed(0);
    if (feed < 0 || feed > 1 || feed >= left) return;
    if (feed === 1 && window.first() !== 0x0d) return;
    window.take(feed + 1);
    reading.given += feed + 1;
    reading.line += 1;
    left -= feed + 1;
  }
}

function lineFeeds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) count += 1;
  return count;
}

function* drain(reading: Reading): Generator<DatasetEvent> {
  const { events } = reading;
  reading.events = [];
  yield* events;
}
