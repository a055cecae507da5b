import { closeSync, createReadStream, openSync, readFileSync, readSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvLines, readCsv } from '../../datasets/csv.ts';
import { type DecisionField, decisionFields } from '../../datasets/decisions.ts';
import { writeWhole } from '../../datasets/outputs/whole.ts';
import { AppError } from '../../errors.ts';
import { bytesFromHex } from '../../images/hash256.ts';

/** One line of the decisions. */
export type Decision = Record<DecisionField, string>;

const indexName = 'decisions.index';
const names = decisionFields.map(([name]) => name);
const ridBytes = 16;

/**
 * Where decisions stand and what they rest on, as arrays that are read as they lie: of each decision the end of its
 * line, its row and its input, then of each record its id, sorted, and its decisions.
 */
interface Arrays {
  /** One more than there are decisions: the header ends at the first. */
  ends: Float64Array;
  rows: Float64Array;
  inputs: Uint32Array;
  rids: Uint8Array;
  /** `of[firsts[i]]` to `of[firsts[i + 1]]` are the decisions that rest on record i. */
  firsts: Uint32Array;
  of: Uint32Array;
}

/** Makes the arrays over one memory, for so many decisions and records and places in `of`. */
function arraysOver(
  buffer: ArrayBuffer,
  [decisions, records, places]: readonly [number, number, number],
): Arrays {
  let at = headBytes;
  const next = (bytes: number) => {
    at += bytes;
    return at - bytes;
  };
  return {
    ends: new Float64Array(buffer, next(8 * (decisions + 1)), decisions + 1),
    rows: new Float64Array(buffer, next(8 * decisions), decisions),
    rids: new Uint8Array(buffer, next(ridBytes * records), ridBytes * records),
    inputs: new Uint32Array(buffer, next(4 * decisions), decisions),
    firsts: new Uint32Array(buffer, next(4 * (records + 1)), records + 1),
    of: new Uint32Array(buffer, next(4 * places), places),
  };
}

const headBytes = 32;
const sizeOf = ([decisions, records, places]: readonly [number, number, number]) =>
  headBytes + 8 * (2 * decisions + 1) + ridBytes * records + 4 * (decisions + records + 1 + places);

/** Notes where each decision of a run stands. @param decisions path of decisions as CSV with a header. */
export async function buildDecisionIndex(
  decisions: string,
  inputs: readonly string[],
  folder: string,
): Promise<void> {
  const numbers = new Map(inputs.map((name, at) => [name, at]));
  const [ends, rows, inputOf]: [number[], number[], number[]] = [[], [], []];
  const byRecord = new Map<string, number[]>();
  let end = 0;
  const place = Object.fromEntries(names.map((name, at) => [name, at])) as Record<DecisionField, number>;
  for await (const event of readCsv(createReadStream(decisions) as AsyncIterable<Buffer>, {
    delimiter: ',',
    quote: '"',
  })) {
    if (event.kind === 'broken')
      throw new AppError('invalid', `${decisions} is damaged: line ${event.line} ${event.why}`);
    end += event.raw.length;
    ends.push(end);
    if (event.kind === 'header') continue;
    const cells = event.cells as readonly string[];
    const number = rows.push(Number(cells[place.row])) - 1;
    inputOf.push(numbers.get(cells[place.file] as string) ?? 0xffffffff);
    const record = cells[place.record] as string;
    if (record === '') continue;
    const own = byRecord.get(record);
    if (own === undefined) byRecord.set(record, [number]);
    else own.push(number);
  }
  const records = [...byRecord].sort(([a], [b]) => (a < b ? -1 : 1));
  const of = records.flatMap(([, own]) => own);
  const counts = [rows.length, records.length, of.length] as const;
  const buffer = new ArrayBuffer(sizeOf(counts));
  new Float64Array(buffer, 0, 3).set(counts);
  const arrays = arraysOver(buffer, counts);
  arrays.ends.set(ends);
  arrays.rows.set(rows);
  arrays.inputs.set(inputOf);
  arrays.of.set(of);
  for (const [at, [rid, own]] of records.entries()) {
    arrays.rids.set(bytesOfRid(rid), ridBytes * at);
    arrays.firsts[at + 1] = (arrays.firsts[at] as number) + own.length;
  }
  await writeWhole(join(folder, indexName), (aside) => writeFile(aside, new Uint8Array(buffer)));
}

export const bytesOfRid = (rid: string): Uint8Array => bytesFromHex(rid.replaceAll('-', ''));

export interface DecisionIndex {
  /** Ids of all records that decisions rest on, 16 bytes each. */
  rids: Uint8Array;
  /** The decisions that rest on a record, by its place in `rids`. */
  of(record: number): Decision[];
  /** The decision on a row; null where nothing was found for it. */
  ofRow(input: number, row: number): Decision | null;
  close(): void;
}

/** @throws AppError `invalid` for a damaged index. */
export function openDecisionIndex(decisions: string, folder: string): DecisionIndex {
  const arrays = readArrays(join(folder, indexName));
  const { ends, rows, inputs, firsts } = arrays;
  const file = openSync(decisions, 'r');
  const read = (decision: number): Decision => {
    const [from, to] = [ends[decision] as number, ends[decision + 1] as number];
    const bytes = Buffer.alloc(to - from);
    readSync(file, bytes, 0, bytes.length, from);
    return parseLine(bytes.toString('utf8'));
  };
  const isBefore = (at: number, input: number, row: number) =>
    (inputs[at] as number) < input || (inputs[at] === input && (rows[at] as number) < row);
  return {
    rids: arrays.rids,
    of: (record) => [...arrays.of.subarray(firsts[record], firsts[record + 1])].map(read),
    ofRow(input, row) {
      let [low, high] = [0, rows.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (isBefore(middle, input, row)) low = middle + 1;
        else high = middle;
      }
      return inputs[low] === input && rows[low] === row ? read(low) : null;
    },
    close: () => closeSync(file),
  };
}

function readArrays(path: string): Arrays {
  const bytes = readFileSync(path);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  const counts = [...new Float64Array(buffer, 0, 3)] as [number, number, number];
  if (bytes.length >= headBytes && sizeOf(counts) === bytes.length) return arraysOver(buffer, counts);
  throw new AppError('invalid', `${path} is damaged`, { fix: 'filter the dataset again' });
}

/** Reads the cells of one line of CSV (RFC 4180). */
export function parseLine(line: string): Decision {
  const cells: string[] = [];
  const text = line.replace(/\r?\n$/, '');
  for (let at = 0; at <= text.length; ) {
    if (text[at] !== '"') {
      const end = text.indexOf(',', at);
      cells.push(text.slice(at, end < 0 ? text.length : end));
      at = (end < 0 ? text.length : end) + 1;
      continue;
    }
    let end = at + 1;
    while (end < text.length && (text[end] !== '"' || text[end + 1] === '"'))
      end += text[end] === '"' ? 2 : 1;
    cells.push(text.slice(at + 1, end).replaceAll('""', '"'));
    at = end + 2;
  }
  return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ''])) as Decision;
}

/** Decisions with what changed of each, as CSV lines with a header. */
export function changeLines(changes: readonly Record<string, string>[], columns: readonly string[]): string {
  return csvLines([columns, ...changes.map((change) => columns.map((name) => change[name] ?? ''))]);
}
