import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csvLines } from '../../../src/datasets/csv.ts';
import { type RewriteInput, rewriteInput } from '../../../src/datasets/outputs/rewrite.ts';
import { openSource } from '../../../src/datasets/sources/inputs.ts';
import type { SourceDeps } from '../../../src/datasets/sources/requests.ts';

const deps: SourceDeps = { fetch, env: {}, sleep: async () => {} };
let folder = '';
let server: Server;
let origin = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'withhold-rewrite-'));
  server = createServer((request, response) => {
    const bytes = readFileSync(join(folder, request.url?.replace(/\?.*/, '') ?? ''));
    const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = bytes.subarray(Number(start), Number(last) + 1);
    response.writeHead(206, {
      etag: '"one"',
      'content-range': `bytes ${start}-${Number(start) + part.length - 1}/${bytes.length}`,
    });
    response.end(part);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

let turn = 0;
async function rewritten(
  name: string,
  bytes: Buffer | string,
  change: Partial<RewriteInput> = {},
): Promise<Buffer> {
  turn += 1;
  const to = join(folder, `out-${turn}`);
  const address = join(folder, name);
  writeFileSync(address, bytes);
  const format = name.includes('.csv') ? 'csv' : name.includes('.tsv') ? 'tsv' : 'jsonl';
  const input: RewriteInput = {
    ...{ address, format, name, dropped: [], bad: [], write: 'kept', to, work: join(folder, 'work') },
    ...change,
  };
  expect(await rewriteInput(deps, input)).toBe(true);
  expect(readdirSync(to)).toEqual([name]);
  return readFileSync(join(to, name));
}

const csv = 'id,url\r\n1,https://a/\r\n\r\n2,"x,\n""y"""\n3,too,many\n4,ä\r\n5,"last"';

describe('CSV, TSV and JSONL, byte for byte', () => {
  test.each<[string, string, number[], string, string]>([
    ['a.csv', csv, [1, 4], 'id,url\r\n2,"x,\n""y"""\n5,"last"', 'id,url\r\n1,https://a/\r\n4,ä\r\n'],
    [
      'a.csv',
      csv,
      [5],
      csv.replace('\r\n\r\n', '\r\n').replace('3,too,many\n', '').replace('5,"last"', ''),
      'id,url\r\n5,"last"',
    ],
    [
      'a.csv',
      `\ufeff${csv}`,
      [1, 2, 3, 4, 5],
      '\ufeffid,url\r\n',
      '\ufeffid,url\r\n1,https://a/\r\n2,"x,\n""y"""\n4,ä\r\n5,"last"',
    ],
    ['a.csv', 'id,url\n', [], 'id,url\n', 'id,url\n'],
    ['a.tsv', 'id\turl\n1\t"x\n2\ty"\n', [2], 'id\turl\n1\t"x\n', 'id\turl\n2\ty"\n'],
    ['a.jsonl', '{"a":1}\nnot\n\n {"a": 2}\r\n{"a":3}', [1, 4], ' {"a": 2}\r\n', '{"a":1}\n{"a":3}'],
    ['a.jsonl', '\ufeff{"a":1}\n{"a":2}\n', [1], '\ufeff{"a":2}\n', '\ufeff{"a":1}\n'],
  ])('%s %j without %j', async (name, bytes, dropped, kept, removed) => {
    expect((await rewritten(name, bytes, { dropped })).toString()).toBe(kept);
    expect((await rewritten(name, bytes, { dropped, write: 'dropped' })).toString()).toBe(removed);
  });

  test('a bad row is in neither', async () => {
    const bytes = 'id\n1\n2\n3\n';
    expect((await rewritten('b.csv', bytes, { dropped: [1], bad: [2] })).toString()).toBe('id\n3\n');
    expect((await rewritten('b.csv', bytes, { dropped: [1], bad: [2], write: 'dropped' })).toString()).toBe(
      'id\n1\n',
    );
  });

  test.each([
    ['c.csv.gz', gzipSync, gunzipSync],
    ['c.csv.zst', zstdCompressSync, zstdDecompressSync],
    ['c.csv', (bytes: Buffer) => bytes, (bytes: Buffer) => bytes],
    // The bytes decide, not the name.
    ['c.jsonl.gz', (bytes: Buffer) => bytes, (bytes: Buffer) => bytes],
  ])('%s is compressed as the input was, the same bytes every time', async (name, compress, expand) => {
    const rows = Array.from(
      { length: 60_000 },
      (_, row) => `{"row":${row + 1},"url":"https://h${row % 977}.example/"}\n`,
    );
    const isJson = name.includes('jsonl');
    const lines = isJson
      ? rows
      : ['row,url\n', ...rows.map((_, row) => `${row + 1},"https://h.example/\n"\n`)];
    const odd = rows.flatMap((_, row) => (row % 2 === 0 ? [row + 1] : []));
    const bytes = compress(Buffer.from(lines.join('')));
    const made = [
      await rewritten(name, bytes, { dropped: Float64Array.from(odd) }),
      await rewritten(name, bytes, { address: `${origin}/${name}?secret`, dropped: later(odd) }),
    ];
    const expected = lines.filter((_, at) => (isJson ? at % 2 === 1 : at % 2 === 0));
    expect(expand(made[0] as Buffer).toString() === expected.join('')).toBe(true);
    expect(made[0]?.equals(made[1] as Buffer)).toBe(true);
  });

  test('kept and dropped are all of it', async () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 6 });
    const table = fc.array(fc.tuple(fc.constant('x'), cell, fc.constantFrom('', '"', '\n', ',')), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(table, fc.array(fc.integer({ min: 1, max: 20 })), async (rows, dropped) => {
        const lines = rows.map((row) => csvLines([row]));
        const bytes = `a,b,c\n${lines.join('')}`;
        for (const write of ['kept', 'dropped'] as const) {
          const chosen = lines.filter((_, at) => dropped.includes(at + 1) === (write === 'dropped'));
          expect((await rewritten('p.csv', bytes, { dropped, write })).toString()).toBe(
            `a,b,c\n${chosen.join('')}`,
          );
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a run that goes on', () => {
  const asked = (name: string, change: Partial<RewriteInput> = {}): RewriteInput => ({
    ...{ address: join(folder, name), format: 'csv', name, dropped: [], bad: [], write: 'kept' },
    ...{ to: join(folder, 'again'), work: join(folder, 'work') },
    ...change,
  });

  test('leaves what is whole as it is, and makes anew what is not', async () => {
    writeFileSync(join(folder, 'd.csv'), 'id\n1\n');
    const out = join(folder, 'again', 'd.csv');
    expect(await rewriteInput(deps, asked('d.csv'))).toBe(true);
    const { ino } = statSync(out);
    expect(await rewriteInput(deps, asked('d.csv', { dropped: [1] }))).toBe(false);
    expect(statSync(out).ino).toBe(ino);
    rmSync(out);
    writeFileSync(`${out}.part`, 'a piece of another run');
    expect(await rewriteInput(deps, asked('d.csv'))).toBe(true);
    expect(readFileSync(out, 'utf8')).toBe('id\n1\n');
    expect(existsSync(`${out}.part`)).toBe(false);
  });

  test.each<[string, Buffer | string, Partial<RewriteInput>, string | RegExp]>([
    [
      'e.csv.gz',
      gzipSync('id\n1\n').subarray(0, 20),
      {},
      'is damaged: its compressed data ends early or is broken',
    ],
    ['e.csv', '', {}, 'is empty: a header line is needed'],
    ['e.csv', 'id\n', { version: 'another' }, 'has changed since it was filtered'],
    ['e.csv', 'id\n', { bad: [0] }, /has no row 0/],
  ])(
    '%s %#: what cannot be read is said with its address, and leaves nothing',
    async (name, bytes, change, why) => {
      writeFileSync(join(folder, name), bytes);
      const message = typeof why === 'string' ? `${join(folder, name)} ${why}` : expect.stringMatching(why);
      await expect(rewriteInput(deps, asked(name, change))).rejects.toMatchObject({
        name: 'AppError',
        message,
      });
      expect(readdirSync(join(folder, 'again')).filter((each) => each.startsWith(name))).toEqual([]);
    },
  );

  test('the version of a file that did not change is taken', async () => {
    writeFileSync(join(folder, 'f.csv'), 'id\n');
    const source = await openSource(deps, join(folder, 'f.csv'));
    await source.close();
    expect(await rewriteInput(deps, asked('f.csv', { version: source.version }))).toBe(true);
  });

  test.each<[Partial<RewriteInput>, RegExp]>([
    [{ address: '-' }, /stdin is gone/],
    [{ address: 'https://h.example/a.parquet', format: 'parquet' }, /only local Parquet is written anew/],
    [{ address: 's3://bucket/a.parquet', format: 'parquet' }, /only local Parquet is written anew/],
    [{ address: '/nowhere/a.csv' }, /^there is no file \/nowhere\/a\.csv$/],
  ])('%j is refused with what helps', async (change, message) => {
    const error = { name: 'AppError', message: expect.stringMatching(message) };
    await expect(rewriteInput(deps, asked('none.csv', change))).rejects.toMatchObject(error);
  });
});

async function* later(rows: readonly number[]): AsyncGenerator<number> {
  yield* rows;
}
