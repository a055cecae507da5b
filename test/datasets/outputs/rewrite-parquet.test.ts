import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenDuckDb, onePath, text, withDuckDb } from '../../../src/datasets/outputs/duckdb.ts';
import { type RewriteInput, rewriteInput } from '../../../src/datasets/outputs/rewrite.ts';
import { openParquet, parquetHeader } from '../../../src/datasets/parquet/open.ts';
import { openFileSource } from '../../../src/datasets/sources/file-source.ts';

let folder = '';
let work = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "withhold it's [p] year=2026 *-"));
  work = join(folder, 'work');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function made(name: string, query: string, settings = 'CODEC zstd'): Promise<string> {
  const path = join(folder, name);
  await run(`COPY (${query}) TO ${text(path)} (FORMAT parquet, ${settings})`);
  return path;
}

async function run(sql: string): Promise<unknown[][]> {
  const rows = async ({ connection }: OpenDuckDb) => (await connection.runAndReadAll(sql)).getRowsJS();
  return withDuckDb(work, rows, 1_000);
}

let turn = 0;
async function rewritten(address: string, change: Partial<RewriteInput> = {}): Promise<string> {
  turn += 1;
  const to = join(folder, `out-${turn}`);
  await rewriteInput(
    { fetch, env: {}, sleep: async () => {} },
    {
      ...{ address, format: 'parquet', name: 'a.parquet', dropped: [], bad: [], write: 'kept', to, work },
      ...change,
    },
  );
  expect(readdirSync(to)).toEqual(['a.parquet']);
  return join(to, 'a.parquet');
}

const rowsOf = (path: string, where = 'true') =>
  run(`SELECT * FROM read_parquet(${onePath(path)}, hive_partitioning = false) WHERE ${where}`);

/** Every kind of column that data sets have, nested ones and nulls among them. */
const wide = `SELECT range AS n, 'https://h' || range % 97 || '.example/' || range AS "URL", (range % 256)::UTINYINT AS u8,
  if(range % 3 = 0, NULL, [range, NULL, range + 1]) AS list,
  {'a': range::VARCHAR, 'b': {'c': [{'d': range % 2 = 0}], 'e': NULL::DATE}} AS struct,
  MAP {'k' || range: [range::DOUBLE / 3]} AS map, unhex(printf('%08x', range)) AS bytes,
  (range / 7)::DECIMAL(38, 9) AS decimal, make_timestamp(range) AS at, make_timestamp(range)::TIMESTAMPTZ AS tz,
  make_timestamp_ns(range) AS ns, '\\u00e4"' || chr(0) AS "a column, ""quoted""", uuid_blank AS uuid, NULL::INTEGER AS none
  FROM range(20000), (SELECT '00000000-0000-4000-8000-000000000001'::UUID AS uuid_blank)`;

describe('Parquet with all its columns', () => {
  test.each([
    ['CODEC zstd'],
    ['CODEC snappy, ROW_GROUP_SIZE 2048'],
    ['CODEC gzip, PARQUET_VERSION v2'],
    ['CODEC uncompressed'],
  ])('%s', async (settings) => {
    const path = await made(`wide ${settings.length}.parquet`, wide, settings);
    const dropped = Array.from({ length: 20_000 }, (_, at) => at + 1).filter(
      (row) => row % 7 === 0 || row > 19_000,
    );
    const kept = await rewritten(path, { dropped: Float64Array.from(dropped), bad: [1, 2] });
    const removed = await rewritten(path, { dropped, bad: [1, 2], write: 'dropped' });
    const isRemoved = '(n + 1) % 7 = 0 OR n >= 19000';
    expect(await rowsOf(kept)).toEqual(await rowsOf(path, `n > 1 AND NOT (${isRemoved})`));
    expect(await rowsOf(removed)).toEqual(await rowsOf(path, isRemoved));
    const described = (file: string) =>
      run(`DESCRIBE SELECT * FROM read_parquet(${onePath(file)}, hive_partitioning = false)`);
    expect(await described(kept)).toEqual(await described(path));
    expect(await run(`SELECT DISTINCT compression FROM parquet_metadata(${onePath(kept)})`)).toEqual([
      ['ZSTD'],
    ]);
    const source = await openFileSource(kept);
    expect(await openParquet(source)).toMatchObject({ rows: 20_000 - dropped.length - 2 });
    expect(parquetHeader(await openParquet(source))).toContain('URL');
    await source.close();
  });

  test('order over many row groups, and the same bytes every time', async () => {
    const path = await made('many.parquet', `SELECT range AS n, md5(range::VARCHAR) AS m FROM range(500000)`);
    const dropped = Float64Array.from({ length: 100_000 }, (_, at) => at * 5 + 1);
    const [one, two] = [await rewritten(path, { dropped }), await rewritten(path, { dropped })];
    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
    const inOrder = `SELECT count(*)::INTEGER, bool_and(n > before), min(n % 5)::INTEGER FROM
      (SELECT n, coalesce(lag(n) OVER (), -1) AS before FROM read_parquet(${onePath(one)}))`;
    expect(await run(inOrder)).toEqual([[400_000, true, 1]]);
  });

  test('rows of 40 kB make small row groups, and fit in memory', async () => {
    const bytes = 'SELECT range AS n, repeat(md5(range::VARCHAR), 1280) AS bytes FROM range(5000)';
    const path = await made('big.parquet', bytes, 'ROW_GROUP_SIZE 2048, CODEC uncompressed');
    const kept = await rewritten(path, { dropped: [1] });
    const facts = `SELECT min(n)::INTEGER, count(*)::INTEGER, sum(length(bytes))::INTEGER FROM read_parquet(${onePath(kept)})`;
    expect(await run(facts)).toEqual([[1, 4_999, 4_999 * 40_960]]);
    const groups = `SELECT max(row_group_num_rows)::INTEGER FROM parquet_metadata(${onePath(kept)})`;
    // A vector that is not full is put together with the next.
    expect(await run(groups)).toEqual([[4_095]]);
  });

  test('no rows, and none chosen', async () => {
    const empty = await made('empty.parquet', 'SELECT 1 AS a, [2] AS b WHERE false');
    expect(await rowsOf(await rewritten(empty))).toEqual([]);
    const one = await made('one.parquet', 'SELECT 1 AS a, [2] AS b');
    expect(await rowsOf(await rewritten(one, { dropped: [1] }))).toEqual([]);
    expect(await rowsOf(await rewritten(one))).toEqual([[1, [2]]]);
  });
});

describe('what DuckDB would change is refused', () => {
  test('a column it calls something itself', async () => {
    const path = await made('number.parquet', 'SELECT 1 AS a, 2 AS File_Row_Number');
    await expect(rewritten(path)).rejects.toMatchObject({ code: 'invalid', field: 'File_Row_Number' });
  });

  test('two columns that differ in capitals alone', async () => {
    // DuckDB does not write such a file; of this one, one letter of a name is changed in schema and columns.
    const path = await made(
      'twins.parquet',
      'SELECT {\'url\': 1} AS first, 2 AS "ur_", 3 AS "URL"',
      'CODEC uncompressed',
    );
    const bytes = Buffer.from(readFileSync(path).toString('latin1').replaceAll('ur_', 'url'), 'latin1');
    writeFileSync(path, bytes);
    await expect(rewritten(path)).rejects.toMatchObject({
      message: `${path} has two columns that DuckDB takes for one, url and URL`,
    });
  });

  test('what is no Parquet', async () => {
    const path = join(folder, 'none.parquet');
    writeFileSync(path, 'not at all a file of that kind');
    await expect(rewritten(path)).rejects.toThrow(`${path} is no Parquet: it does not end in PAR1`);
  });

  test('text that is not UTF-8 is said, and leaves nothing', async () => {
    const path = await made(
      'latin.parquet',
      `SELECT 'xyz-marker' AS a`,
      'CODEC uncompressed, DICTIONARY_SIZE_LIMIT 1',
    );
    const bytes = Buffer.from(
      readFileSync(path).toString('latin1').replaceAll('xyz-marker', 'xy\xff-marker'),
      'latin1',
    );
    writeFileSync(path, bytes);
    await expect(rewritten(path)).rejects.toThrow(
      /^a copy of .*latin\.parquet cannot be written: .*(UTF|unicode)/i,
    );
    expect(readdirSync(join(folder, `out-${turn}`))).toEqual([]);
    expect(readdirSync(work)).toEqual([]);
  });
});
