import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decisionFields } from '../../../src/datasets/decisions.ts';
import { readDataset } from '../../../src/datasets/open.ts';
import { decisionFormats, writeDecisions } from '../../../src/datasets/outputs/decisions.ts';
import { count, text, withDuckDb } from '../../../src/datasets/outputs/duckdb.ts';
import { badRowsOf, droppedRowsOf } from '../../../src/datasets/outputs/parts.ts';
import { inChunks } from '../chunks.ts';
import { type Decision, decisions, whole, writeParts } from './parts.ts';

let folder = '';
let work = '';
beforeAll(() => {
  // A path with wildcards, quotes and blanks in it is a path like any other.
  folder = mkdtempSync(join(tmpdir(), "withhold it's [a] *?{run}-"));
  work = join(folder, 'work');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function rowsIn(path: string): Promise<Record<string, unknown>[]> {
  if (path.endsWith('.parquet')) {
    return withDuckDb(work, async ({ connection }) => {
      // As bytes: the driver takes a byte order mark at the start of a text away.
      const columns = decisionFields.map(([name, type]) => (type === 'BIGINT' ? name : `encode("${name}")`));
      const found = await connection.runAndReadAll(
        `SELECT ${columns.join(', ')} FROM read_parquet(${globbed(path)})`,
      );
      return found
        .getRowsJS()
        .map((row) => Object.fromEntries(decisionFields.map(([name], at) => [name, plain(row[at])])));
    });
  }
  const rows: Record<string, unknown>[] = [];
  let header: string[] = [];
  for await (const event of readDataset(
    inChunks(readFileSync(path)),
    path.endsWith('.csv') ? 'csv' : 'jsonl',
  )) {
    if (event.kind === 'header') header = event.columns;
    else if (event.kind === 'broken') throw new Error(`line ${event.line} ${event.why}`);
    else if (!Array.isArray(event.cells)) rows.push(event.cells as Record<string, unknown>);
    else {
      const cells = event.cells as string[];
      const numbers = ['row'];
      rows.push(
        Object.fromEntries(
          header.map((name, at) => [name, numbers.includes(name) ? Number(cells[at]) : cells[at] || null]),
        ),
      );
    }
  }
  return rows;
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value;
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

const globbed = (path: string) => text(path.replace(/[*?[]/g, '[$&]'));

const hostile: Decision[] = [
  { url: 'https://a.example/,"x"' },
  { url: 'https://a.example/\nsecond', id: 'line\r\nbreak' },
  { url: 'https://a.example/\rreturn', id: '\\N' },
  { url: '', id: 'NULL', reason: '' },
  { url: '#comment', id: ' blanks ' },
  { url: 'https://ä.example/日本/😀\u0000', id: '"' },
  { url: `https://a.example/${'"'.repeat(1_000_000)}`, id: "it's" },
];

describe('decisions of many parts in one file', () => {
  test.each(decisionFormats)('%s: every text, every column, in order', async (format) => {
    const first = decisions(...hostile);
    const second = decisions({ file: 'b.parquet', row: 5_000_000_000, outcome: 'bad', url: '' });
    const parts = writeParts(join(folder, format), first, [], second, []);
    const to = join(folder, `all.${format}`);
    await writeDecisions({ parts, to, format, work });
    const found = await rowsIn(to);
    expect(found).toEqual([...first, ...second].map(whole));
    expect(Object.keys(found[0] ?? {})).toEqual(decisionFields.map(([name]) => name));
  });

  test('jsonl: numbers are numbers, and what is not there is null', async () => {
    const parts = writeParts(join(folder, 'null'), decisions({ url: '' }));
    const to = join(folder, 'null.jsonl');
    await writeDecisions({ parts, to, format: 'jsonl', work });
    expect(readFileSync(to, 'utf8')).toMatch(/^\{"file":"a.parquet","row":1,.*"url":null,/);
  });

  test('parquet: the types of decisionFields, compressed by Zstandard', async () => {
    const parts = writeParts(join(folder, 'types'), decisions({}));
    const to = join(folder, 'types.parquet');
    await writeDecisions({ parts, to, format: 'parquet', work });
    await withDuckDb(work, async ({ connection }) => {
      const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM read_parquet(${globbed(to)})`);
      expect(described.getRowsJS().map(([name, type]) => [name, type])).toEqual(decisionFields);
      const others = `SELECT count(*) FROM parquet_metadata(${globbed(to)}) WHERE compression <> 'ZSTD'`;
      expect(await count(connection, others)).toBe(0);
    });
  });

  test.each(decisionFormats)('%s: nothing decided, however that is said', async (format) => {
    for (const parts of [[], writeParts(join(folder, 'none'), [], [])]) {
      const to = join(folder, `none.${format}`);
      await writeDecisions({ parts, to, format, work });
      if (format === 'jsonl') expect(readFileSync(to, 'utf8')).toBe('');
      else if (format === 'parquet') expect(await rowsIn(to)).toEqual([]);
      else expect(readFileSync(to, 'utf8')).toBe(`${decisionFields.map(([name]) => name).join(',')}\n`);
    }
  });

  test.each(decisionFormats)(
    '%s: the same parts give the same bytes, over several row groups',
    async (format) => {
      const rows = Array.from({ length: 150_000 }, (_, index) => ({
        ...{ id: `id-${index * 7}`, url: `https://h${index % 97}.example/${index}`, record: `r${index % 5}` },
      }));
      const parts = writeParts(join(folder, 'same'), rows.slice(0, 75_000), rows.slice(75_000));
      const made: Buffer[] = [];
      for (const name of ['one', 'two']) {
        const to = join(folder, `${name}.${format}`);
        await writeDecisions({ parts, to, format, work });
        made.push(readFileSync(to));
      }
      expect(made[0]?.equals(made[1] as Buffer)).toBe(true);
    },
  );

  test.each([
    ['inside a quote', '1,"a.parquet', /000000\.csv is cut short: its last line has no end$/],
    ['inside a line', '1,a.parquet', /cut short/],
    ['between two columns', '1,a.parquet\n', /torn\.csv cannot be written: .*CSV/],
    ['before it was made', undefined, /cannot be opened/],
  ])('a part cut short %s leaves what was there before', async (_where, body, why) => {
    const [path = ''] = writeParts(join(folder, 'torn'), decisions({}));
    const to = join(folder, 'torn.csv');
    writeFileSync(to, 'before');
    if (body === undefined) rmSync(path);
    else writeFileSync(path, body);
    await expect(writeDecisions({ parts: [path], to, format: 'jsonl', work })).rejects.toThrow(why);
    expect(readFileSync(to, 'utf8')).toBe('before');
    expect(existsSync(`${to}.part`)).toBe(false);
    expect(readdirSync(work)).toEqual([]);
  });

  test('a folder that cannot be is said in words', async () => {
    writeFileSync(join(folder, 'file'), '');
    const to = join(folder, 'file', 'all.csv');
    await expect(writeDecisions({ parts: [], to, format: 'csv', work })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/all\.csv cannot be written \(E(NOTDIR|EXIST)\)$/),
    });
  });

  test('any texts come back', async () => {
    const cell = fc.string({ unit: 'binary', maxLength: 12 }).map((each) => each.toWellFormed());
    const special = fc.constantFrom(
      '"',
      '""',
      ',',
      '\r',
      '\n',
      '\r\n',
      '\\',
      ' ',
      '#',
      'null',
      '\u0000',
      '\ufeff',
    );
    const texts = fc.array(fc.oneof(cell, special), { maxLength: 4 }).map((each) => each.join(''));
    const row = fc.record({ id: texts, url: texts, reason: texts });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (rows) => {
        const made = decisions(...rows);
        const parts = writeParts(join(folder, 'any'), made);
        for (const format of decisionFormats) {
          const to = join(folder, `any.${format}`);
          await writeDecisions({ parts, to, format, work });
          expect(await rowsIn(to)).toEqual(made.map(whole));
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('the rows of one file', () => {
  const some = () =>
    writeParts(
      join(folder, 'rows'),
      decisions({ row: 2 }, { row: 5, outcome: 'review' }, { row: 6, outcome: 'bad' }),
      decisions({ file: "b's.csv", row: 1 }, { file: "b's.csv", row: 9, outcome: 'disputed' }),
      decisions({ row: 70_001, outcome: 'licensed' }, { row: 5_000_000_000 }),
    );

  test.each<[string, 'keep' | 'drop', number[]]>([
    ['a.parquet', 'keep', [2, 5_000_000_000]],
    ['a.parquet', 'drop', [2, 5, 5_000_000_000]],
    ["b's.csv", 'keep', [1]],
    ['c.csv', 'drop', []],
  ])('%s with reviews to %s', async (file, onReview, expected) => {
    expect(await all(droppedRowsOf({ parts: some(), file, work }, onReview))).toEqual(expected);
  });

  test('bad ones', async () => {
    expect(await all(badRowsOf({ parts: some(), file: 'a.parquet', work }))).toEqual([6]);
  });

  test('many, and no folder is left when only some are taken', async () => {
    const parts = writeParts(join(folder, 'many'), decisions(...Array.from({ length: 10_000 }, () => ({}))));
    const found = await all(droppedRowsOf({ parts, file: 'a.parquet', work }, 'keep'));
    expect(found).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
    for await (const row of droppedRowsOf({ parts, file: 'a.parquet', work }, 'keep')) if (row === 3) break;
    expect(readdirSync(work)).toEqual([]);
  });
});
