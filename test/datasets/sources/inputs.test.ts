import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { datasetFormatOf, findInputs, openSource, streamed } from '../../../src/datasets/sources/inputs.ts';
import type { SourceDeps } from '../../../src/datasets/sources/requests.ts';

const deps: SourceDeps = { fetch, env: {}, sleep: async () => {} };
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'withhold-inputs-'));
  for (const name of [
    'set/b.parquet',
    'set/a.parquet',
    'set/sub/c.parquet',
    'set/sub/deep/d.parquet',
    'set/_SUCCESS',
    'set/.hidden.parquet',
    'set/_temporary/x.parquet',
    'set/notes.txt',
    'mixed/00000.tar',
    'mixed/00000.parquet',
    'mixed/00000_stats.json',
    'odd/what[1]*.csv',
    'odd/what1x.csv',
    'none/readme.md',
  ]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
  symlinkSync(join(folder, 'set'), join(folder, 'set/sub/circle'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const found = async (pattern: string, format?: 'parquet' | 'tar') =>
  (await findInputs(deps, [join(folder, pattern)], format)).map(({ address }) =>
    address.slice(folder.length + 1),
  );

describe('what is given becomes files', () => {
  test.each([
    ['set/a.parquet', ['set/a.parquet']],
    ['set', ['set/a.parquet', 'set/b.parquet', 'set/sub/c.parquet', 'set/sub/deep/d.parquet']],
    ['set/', ['set/a.parquet', 'set/b.parquet', 'set/sub/c.parquet', 'set/sub/deep/d.parquet']],
    ['set/*.parquet', ['set/a.parquet', 'set/b.parquet']],
    ['set/{b,sub/c}.parquet', ['set/b.parquet', 'set/sub/c.parquet']],
    ['set/*/?.parquet', ['set/sub/c.parquet']],
    ['s*/**/*.parquet', ['set/a.parquet', 'set/b.parquet', 'set/sub/c.parquet', 'set/sub/deep/d.parquet']],
    ['odd/what[1]*.csv', ['odd/what[1]*.csv']],
    ['odd/what[1]?.csv', ['odd/what1x.csv']],
  ])('%s', async (pattern, files) => {
    expect(await found(pattern)).toEqual(files);
  });

  test('of one format where a folder has two', async () => {
    await expect(found('mixed')).rejects.toMatchObject({
      message: `${join(folder, 'mixed')} holds files of several formats: parquet, tar`,
      fix: 'say --format parquet, or name the files by a pattern',
    });
    expect(await found('mixed', 'tar')).toEqual(['mixed/00000.tar']);
    expect(await found('mixed/*.parquet')).toEqual(['mixed/00000.parquet']);
  });

  test.each([
    ['none', 'none holds no dataset files'],
    ['none/*.csv', 'none/*.csv holds no dataset files'],
    ['nothing', 'nothing is not there (ENOENT)'],
    ['nothing/*.csv', 'leads to a folder that cannot be read'],
    ['none/readme.md', 'nothing tells what is in'],
  ])('%s is refused', async (pattern, words) => {
    await expect(found(pattern)).rejects.toThrow(words);
  });

  test('stdin is given a format, and Parquet is none', async () => {
    expect(await findInputs(deps, ['-'], 'jsonl')).toEqual([{ address: '-', format: 'jsonl' }]);
    await expect(findInputs(deps, ['-'])).rejects.toThrow('nothing tells what comes through stdin');
    await expect(findInputs(deps, ['-'], 'parquet')).rejects.toThrow('Parquet cannot be read from stdin');
  });

  test('addresses are as they are', async () => {
    expect(
      await findInputs(deps, ['https://data.example/x.parquet?key=a.csv', 'https://d.example/y.tar#x']),
    ).toEqual([
      { address: 'https://data.example/x.parquet?key=a.csv', format: 'parquet' },
      { address: 'https://d.example/y.tar#x', format: 'tar' },
    ]);
  });
});

test.each([
  ['a.parquet', 'parquet'],
  ['A.PARQUET', 'parquet'],
  ['x.tar', 'tar'],
  ['x.tar.gz', 'tar'],
  ['x.tgz', 'tar'],
  ['x.tar.zst', 'tar'],
  ['x.csv.gz', 'csv'],
  ['x.jsonl', 'jsonl'],
  ['x.parquet.gz', undefined],
  ['x.json', undefined],
])('datasetFormatOf(%j) is %j', (name, format) => {
  expect(datasetFormatOf(name)).toBe(format);
});

describe('local files', () => {
  test('are streamed whole, from any place', async () => {
    const path = join(folder, 'long.bin');
    const bytes = Buffer.alloc(2_500_000, 'withhold!');
    writeFileSync(path, bytes);
    const source = await openSource(deps, path);
    for (const start of [0, 1_048_577, bytes.length]) {
      const parts: Buffer[] = [];
      let told = 0;
      for await (const part of streamed(source, start, (count) => (told += count))) parts.push(part);
      expect(Buffer.concat(parts).equals(bytes.subarray(start))).toBe(true);
      expect(told).toBe(bytes.length - start);
    }
    await source.close();
  });

  test('that become shorter are not read as if they had not', async () => {
    const path = join(folder, 'shrinking.bin');
    writeFileSync(path, Buffer.alloc(1_000));
    const source = await openSource(deps, path);
    truncateSync(path, 500);
    await expect(source.read(400, 600)).rejects.toThrow('has become shorter while it was read');
    await source.close();
  });

  test.each([
    ['nothing.parquet', 'there is no file'],
    ['set', 'is not a file'],
  ])('%s is refused', async (name, words) => {
    await expect(openSource(deps, join(folder, name))).rejects.toThrow(words);
  });
});
