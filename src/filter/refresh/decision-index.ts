import { closeSync, createReadStream, openSync, readFileSync, readSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csvLines, readCsv } from '../../datasets/csv.ts';
import { type DecisionField, decisionFields } from '../../datasets/decisions.ts';
import { writeWhole } from '../../datasets/outputs/whole.ts';
import { AppError } from '../../errors.ts';

/** One line of the decisions. */
export type Decision = Record<DecisionField, string>;

const indexName = 'decisions.index';
const names = decisionFields.map(([name]) => name);

/** For each decision: input, row, where its line begins and ends, then the records with the numbers of their decisions. */
interface Stored {
  inputs: number[];
  rows: number[];
  ends: number[];
  /** Ids of records, sorted, each once; `of[i]` are the decisions that rest on `records[i]`. */
  records: string[];
  of: number[][];
}

/** Notes where each decision of a run stands. @param decisions path of decisions as CSV with a header. */
export async function buildDecisionIndex(
  decisions: string,
  inputs: readonly string[],
  folder: string,
): Promise<void> {
  const numbers = new Map(inputs.map((name, at) => [name, at]));
  const stored: Stored = { inputs: [], rows: [], ends: [], records: [], of: [] };
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
    if (event.kind === 'header') {
      stored.ends.push(end);
      continue;
    }
    const cells = event.cells as readonly string[];
    const number = stored.rows.push(Number(cells[place.row])) - 1;
    stored.inputs.push(numbers.get(cells[place.file] as string) ?? -1);
    stored.ends.push(end);
    const record = cells[place.record] as string;
    if (record === '') continue;
    const own = byRecord.get(record);
    if (own === undefined) byRecord.set(record, [number]);
    else own.push(number);
  }
  for (const [record, own] of [...byRecord].sort(([a], [b]) => (a < b ? -1 : 1))) {
    stored.records.push(record);
    stored.of.push(own);
  }
  await writeWhole(join(folder, indexName), (aside) => writeFile(aside, JSON.stringify(stored)));
}

export interface DecisionIndex {
  /** Ids of all records that decisions rest on. */
  records: readonly string[];
  /** Numbers of the decisions that rest on a record, by its place in `records`. */
  of(record: number): readonly number[];
  read(decision: number): Decision;
  /** The decision on a row; null where nothing was found for it. */
  ofRow(input: number, row: number): Decision | null;
  close(): void;
}

export function openDecisionIndex(decisions: string, folder: string): DecisionIndex {
  const stored = JSON.parse(readFileSync(join(folder, indexName), 'utf8')) as Stored;
  const file = openSync(decisions, 'r');
  const read = (decision: number): Decision => {
    const [from, to] = [stored.ends[decision] as number, stored.ends[decision + 1] as number];
    const bytes = Buffer.alloc(to - from);
    readSync(file, bytes, 0, bytes.length, from);
    return parseLine(bytes.toString('utf8'));
  };
  const isBefore = (at: number, input: number, row: number) =>
    (stored.inputs[at] as number) < input ||
    (stored.inputs[at] === input && (stored.rows[at] as number) < row);
  return {
    records: stored.records,
    of: (record) => stored.of[record] ?? [],
    read,
    ofRow(input, row) {
      let [low, high] = [0, stored.rows.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (isBefore(middle, input, row)) low = middle + 1;
        else high = middle;
      }
      return stored.inputs[low] === input && stored.rows[low] === row ? read(low) : null;
    },
    close: () => closeSync(file),
  };
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
