import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { duckdb, quoted, readFile } from './tables.ts';

const db = duckdb();

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => !value.includes('\0')),
  fc.webUrl(),
  fc.constantFrom('https://a.example/', 'https://b.example/1', ''),
);
const row = fc.record({
  url: fc.option(text, { freq: 6 }),
  page: fc.constantFrom('https://p.example/', 'https://q.example/', null),
  id: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 50n })),
  short: fc.integer(),
  digest: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 })),
});

const codecs = ['uncompressed', 'snappy', 'gzip', 'zstd'];

/** The rows, repeated so that runs and row groups fill. */
async function written(name: string, rows: string, options: string): Promise<string> {
  const path = join(db.folder, name);
  const columns = 'url, page, id, short, digest';
  await db.run(`COPY (SELECT url, page AS page_url, id, short, digest AS sha256, {'url': url, 'n': short} AS meta,
    [url, page] AS many FROM (VALUES ${rows}) AS t(${columns}), range(${options.includes('long') ? 400 : 1}))
    TO ${quoted(path)} (FORMAT parquet, ${options.replace('long', '')})`);
  return path;
}

describe('what DuckDB writes is read back', () => {
  test.each(codecs.flatMap((codec) => ['v1', 'v2'].map((version) => [codec, version] as const)))(
    '%s, version %s',
    async (codec, version) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(row, { minLength: 1, maxLength: 40 }),
          fc.constantFrom('', 'long'),
          fc.constantFrom(2_048, 4_096, 122_880),
          async (rows, long, groupRows) => {
            const sql = rows.map(
              ({ url, page, id, short, digest }) =>
                `(${quoted(url)}::VARCHAR, ${quoted(page)}::VARCHAR, '${id}'::BIGINT, '${short}'::INTEGER, ` +
                `${digest === null ? 'NULL' : `unhex('${Buffer.from(digest).toString('hex')}')`}::BLOB)`,
            );
            const options = `COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE ${groupRows} ${long}`;
            const path = await written(`${codec}-${version}.parquet`, sql.join(', '), options);
            const truth = await db.run(
              `SELECT url, page_url, id::VARCHAR, short::VARCHAR, lower(hex(sha256)), meta.url FROM read_parquet(${quoted(path)})`,
            );
            const column = (at: number) => truth.map((cells) => cells[at]);
            const named = { page_url: 'page_url', id: 'id' };
            const { read } = await readFile(path, { named });
            expect(read.url).toEqual(column(0));
            expect(read.page_url).toEqual(column(1));
            expect(read.id).toEqual(column(2));
            const nested = await readFile(path, { named: { url: 'META.url', id: 'short' } });
            expect(nested.read.url).toEqual(column(5));
            expect(nested.read.id).toEqual(column(3));
            const digests = await readFile(path, { named: {} }, 'hex');
            expect(digests.read.sha256).toEqual(column(4));
          },
        ),
        { numRuns: 5 },
      );
    },
    60_000,
  );
});

test('pages of different columns that end at different rows come in step', async () => {
  const path = join(db.folder, 'steps.parquet');
  await db.run(`COPY (SELECT 'https://' || repeat(md5(i::VARCHAR), 3) || '.example/' AS url, i AS id, (i % 7)::VARCHAR AS page_url
    FROM range(300000) t(i)) TO ${quoted(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 200000)`);
  const { read, rows } = await readFile(path, { named: { id: 'id' } });
  expect(rows).toBe(300_000);
  expect(read.id?.every((id, at) => id === String(at))).toBe(true);
  expect(read.page_url?.every((cell, at) => cell === String(at % 7))).toBe(true);
  expect(new Set(read.url).size).toBe(300_000);
});

test('UUIDs and unsigned numbers are ids', async () => {
  const path = join(db.folder, 'ids.parquet');
  await db.run(`COPY (SELECT 'u' AS url, uuid() AS a, 18446744073709551615::UBIGINT AS b, 4294967295::UINTEGER AS c,
    (-3)::TINYINT AS d, 200::UTINYINT AS e FROM range(5)) TO ${quoted(path)} (FORMAT parquet)`);
  for (const id of ['a', 'b', 'c', 'd', 'e']) {
    const truth = await db.run(`SELECT ${id}::VARCHAR FROM read_parquet(${quoted(path)})`);
    expect((await readFile(path, { named: { id } })).read.id).toEqual(truth.map(([cell]) => cell));
  }
});

test('no rows', async () => {
  const path = join(db.folder, 'none.parquet');
  await db.run(`COPY (SELECT 'u' AS url WHERE false) TO ${quoted(path)} (FORMAT parquet)`);
  expect(await readFile(path)).toMatchObject({ rows: 0, read: {} });
});

test.each([
  ['a list', { named: { url: 'many' } }, 'is a list or map'],
  ['numbers', { named: { sha256: 'n' } }, 'holds numbers (INT64), no text and no digest'],
  ['a list as id', { named: { id: 'many' } }, 'cannot take its column many as id'],
  ['a point in time as id', { named: { id: 'at' } }, 'has a column at of type INT64 as id'],
  [
    'what is not there',
    { named: { url: 'meta.nothing' } },
    'has no column meta.nothing: it has url, n, at, many, meta.x',
  ],
])('%s is refused', async (_name, wishes, words) => {
  const path = join(db.folder, 'refused.parquet');
  await db.run(`COPY (SELECT 'u' AS url, 1::BIGINT AS n, now() AS at, ['x'] AS many, {'x': 1} AS meta)
    TO ${quoted(path)} (FORMAT parquet)`);
  await expect(readFile(path, wishes)).rejects.toThrow(words);
});

test.each(['brotli', 'lz4_raw'])(
  'a column compressed with %s is named, for another reader',
  async (codec) => {
    const path = join(db.folder, `${codec}.parquet`);
    await db.run(`COPY (SELECT 'u' AS url) TO ${quoted(path)} (FORMAT parquet, COMPRESSION ${codec})`);
    await expect(readFile(path)).rejects.toMatchObject({
      name: 'UnsupportedParquet',
      column: 'url',
      message: `has a column url compressed with ${codec.toUpperCase()}, which is not read here`,
    });
  },
);
