import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { text, withDuckDb } from '../../../src/datasets/outputs/duckdb.ts';
import { type ListName, listNames, requireIds, writeLists } from '../../../src/datasets/outputs/lists.ts';
import type { OnReview } from '../../../src/datasets/outputs/parts.ts';
import { type Decision, decisions, writeParts } from './parts.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'withhold-lists-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The two examples of DataComp's README, and one that differs in its lower half alone. */
const uids = [
  '6e356964a967af455c8016b75d691203',
  '139E4A9B22A614771F06C700A8EBE150',
  '139e4a9b22a614770000000000000001',
];

const some: Decision[] = [
  { id: uids[0] as string, url: 'https://a.example/z' },
  { id: uids[1] as string, url: 'https://a.example/,"q"', outcome: 'review' },
  { id: uids[2] as string, url: 'https://a.example/z', file: 'b.csv', row: 7 },
  { id: 'ffffffffffffffffffffffffffffffff', url: 'https://kept.example/', outcome: 'disputed' },
  { id: uids[0] as string, url: 'https://ä.example/\n2', record: '', trust: '', reason: '' },
  { id: uids[2]?.toUpperCase() as string, url: '' },
  { id: 'no uid', url: '', outcome: 'bad' },
];

async function lists(wanted: readonly ListName[], onReview: OnReview, rows: readonly Decision[] = some) {
  const to = join(folder, 'lists');
  rmSync(to, { recursive: true, force: true });
  const all = decisions(...rows);
  const parts = writeParts(folder, all.slice(0, 3), [], all.slice(3));
  return { to, written: await writeLists({ parts, onReview, wanted, to, work: join(folder, 'work') }) };
}

/** What NEP 1 says of the file, and its pairs. */
function npy(path: string): { header: string; pairs: [bigint, bigint][] } {
  const bytes = readFileSync(path);
  expect(bytes.toString('latin1', 0, 8)).toBe('\x93NUMPY\x01\x00');
  const start = 10 + bytes.readUInt16LE(8);
  expect(start % 64).toBe(0);
  const header = bytes.toString('latin1', 10, start);
  expect(header.endsWith('\n')).toBe(true);
  const pairs: [bigint, bigint][] = [];
  for (let at = start; at < bytes.length; at += 16) {
    pairs.push([bytes.readBigUInt64LE(at), bytes.readBigUInt64LE(at + 8)]);
  }
  return { header: header.trimEnd(), pairs };
}

const pairOf = (uid: string): [bigint, bigint] => [
  BigInt(`0x${uid.slice(0, 16)}`),
  BigInt(`0x${uid.slice(16)}`),
];

describe('img2dataset', () => {
  test('each removed URL once, as it stands, in order of bytes; what is no line is told', async () => {
    const { to, written } = await lists(['img2dataset'], 'drop');
    expect(written).toEqual([
      { name: 'img2dataset', file: 'img2dataset-removed.txt', entries: 2, unlisted: 2 },
    ]);
    expect(readFileSync(join(to, 'img2dataset-removed.txt'), 'utf8')).toBe(
      'https://a.example/,"q"\nhttps://a.example/z\n',
    );
  });

  test('the order of bytes is that of sort in the C locale', async () => {
    const urls = [
      'https://Z.example/',
      'https://a.example/',
      'https://é.example/',
      'https://a.example/B',
      'HTTP://x',
    ];
    const { to } = await lists(
      ['img2dataset'],
      'keep',
      urls.map((url) => ({ url })),
    );
    const sorted = urls.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(readFileSync(join(to, 'img2dataset-removed.txt'), 'utf8')).toBe(
      sorted.map((url) => `${url}\n`).join(''),
    );
  });
});

describe('datacomp', () => {
  test.each<[OnReview, string[]]>([
    ['keep', [uids[2] as string, uids[0] as string]],
    ['drop', [uids[2] as string, uids[1] as string, uids[0] as string]],
  ])('each removed uid once, upper half first, sorted (reviews: %s)', async (onReview, expected) => {
    const { to, written } = await lists(['datacomp'], onReview);
    expect(written).toMatchObject([{ name: 'datacomp', entries: expected.length, unlisted: 0 }]);
    const { header, pairs } = npy(join(to, 'datacomp-removed.npy'));
    expect(header).toBe(
      `{'descr': [('f0', '<u8'), ('f1', '<u8')], 'fortran_order': False, 'shape': (${expected.length},), }`,
    );
    expect(pairs).toEqual(expected.map(pairOf));
  });

  test('the bytes of the pair 0x0102030405060708, 0x090a0b0c0d0e0f10', async () => {
    const { to } = await lists(['datacomp'], 'keep', [{ id: '0102030405060708090a0b0c0d0e0f10' }]);
    expect(readFileSync(join(to, 'datacomp-removed.npy')).subarray(-16).toString('hex')).toBe(
      '0807060504030201100f0e0d0c0b0a09',
    );
  });

  test('no uids are an array without any', async () => {
    const { to } = await lists(['datacomp'], 'keep', [{ outcome: 'bad' }]);
    expect(npy(join(to, 'datacomp-removed.npy'))).toMatchObject({
      header: expect.stringContaining("'shape': (0,), }"),
      pairs: [],
    });
  });

  test('more than are turned into bytes at once, with the same one on both sides of a batch', async () => {
    const ids = Array.from({ length: 25_000 }, (_, index) =>
      (index * 2_654_435_761).toString(16).padStart(32, '0'),
    );
    const rows = [...ids, ...ids, ...ids].map((id, index) => ({
      ...{ row: index, file: 'a.parquet', outcome: 'dropped', id },
    }));
    const to = join(folder, 'lists');
    const parts = writeParts(folder, rows);
    await writeLists({ parts, onReview: 'keep', wanted: ['datacomp'], to, work: join(folder, 'work') });
    expect(npy(join(to, 'datacomp-removed.npy')).pairs).toEqual(ids.toSorted().map(pairOf));
  });

  test('any uids', async () => {
    const digits = fc.string({
      unit: fc.constantFrom(...'0123456789abcdefABCDEF'),
      minLength: 32,
      maxLength: 32,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(digits, { minLength: 1, maxLength: 40 }), async (given) => {
        const { to } = await lists(
          ['datacomp'],
          'keep',
          given.map((id) => ({ id })),
        );
        const expected = [...new Set(given.map((id) => id.toLowerCase()))].sort();
        expect(npy(join(to, 'datacomp-removed.npy')).pairs).toEqual(expected.map(pairOf));
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ['', /^row 7 of b\.csv has no id, and the list for datacomp needs uids of 32 hex digits$/],
    ['139e4a9b22a61477', /has the id 139e4a9b22a61477, and/],
    [`${uids[0]}\n`, /needs uids/],
    [`${uids[0]}0`, /needs uids/],
    ['x'.repeat(32), /needs uids/],
    ['x'.repeat(100), /has the id x{60}, and/],
  ])('the id %j is refused with its place', async (id, message) => {
    const rows = [{ id: uids[0] as string }, { id, file: 'b.csv', row: 7 }, { id: 'another' }];
    await expect(lists(['datacomp'], 'keep', rows)).rejects.toMatchObject({
      ...{ code: 'invalid', field: 'id', message: expect.stringMatching(message) },
      fix: expect.stringContaining('--id-column'),
    });
    expect(existsSync(join(folder, 'lists', 'datacomp-removed.npy'))).toBe(false);
  });
});

describe('nemo', () => {
  test('each removed id once, in a column id of text, alone in its folder', async () => {
    const { to, written } = await lists(['nemo'], 'drop');
    expect(written).toEqual([
      { name: 'nemo', file: join('nemo', 'removed.parquet'), entries: 4, unlisted: 0 },
    ]);
    const file = `read_parquet(${text(join(to, 'nemo/removed.parquet'))})`;
    await withDuckDb(join(folder, 'work'), async ({ connection }) => {
      const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${file}`);
      expect(described.getRowsJS().map(([name, type]) => `${name} ${type}`)).toEqual(['id VARCHAR']);
      const found = await connection.runAndReadAll(`SELECT id FROM ${file}`);
      const ids = [...uids, uids[2]?.toUpperCase()].toSorted();
      expect(found.getRowsJS().flat()).toEqual(ids);
    });
  });

  test('a row without an id is refused with its place', async () => {
    await expect(lists(['nemo'], 'keep', [{ id: 'a' }, { id: '' }])).rejects.toMatchObject({
      message: 'row 2 of a.parquet has no id, and the list for nemo needs one of every row',
    });
  });
});

test('datatrove: documents in the form of its exclusion writer', async () => {
  const { to, written } = await lists(['datatrove'], 'keep', [
    { id: 'doc-1', url: 'https://a.example/"x"\n' },
    { id: '', url: 'https://a.example/2', file: 'b.csv', row: 9, trust: '', reason: '', record: '' },
    { id: '', url: '', column: 'sha256' },
    { outcome: 'review' },
  ]);
  expect(written).toMatchObject([{ name: 'datatrove', entries: 3, unlisted: 0 }]);
  const lines = readFileSync(join(to, 'datatrove-removed.jsonl'), 'utf8').trimEnd().split('\n');
  const shared = { verdict: 'disallow', source: 'registry', reserved_since: '2026-01-01T00:00:00.000Z' };
  const full = {
    ...shared,
    filter_reason: 'registry, domain: decides',
    record: 'r1',
    trust: 'domain',
    column: 'url',
  };
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      text: 'https://a.example/"x"\n',
      id: 'doc-1',
      metadata: { ...full, url: 'https://a.example/"x"\n', file: 'a.parquet', row: 1 },
    },
    {
      text: 'https://a.example/2',
      id: 'b.csv/9',
      metadata: {
        ...{ ...shared, url: 'https://a.example/2', filter_reason: 'dropped', column: 'url' },
        ...{ file: 'b.csv', row: 9 },
      },
    },
    {
      // Its reader skips a document without text.
      text: 'a.parquet/3',
      id: 'a.parquet/3',
      metadata: { ...full, column: 'sha256', file: 'a.parquet', row: 3 },
    },
  ]);
});

test('all lists at once, each the same bytes every time', async () => {
  const made = [];
  for (let turn = 0; turn < 2; turn++) {
    const { to, written } = await lists(listNames, 'drop');
    expect(written.map(({ name }) => name)).toEqual(listNames);
    made.push(written.map(({ file }) => readFileSync(join(to, file)).toString('base64')));
  }
  expect(made[0]).toEqual(made[1]);
});

test('lists of ids are refused before a run that has none', () => {
  expect(() => requireIds(['img2dataset', 'datatrove'], false)).not.toThrow();
  expect(() => requireIds(listNames, true)).not.toThrow();
  expect(() => requireIds(['nemo'], false)).toThrow(
    expect.objectContaining({ fix: expect.stringContaining('--id-column') }),
  );
  expect(() => requireIds(['img2dataset', 'datacomp'], false)).toThrow(
    /^the list for datacomp is one of ids/,
  );
});
