import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ColumnWishes } from '../../src/datasets/columns.ts';
import { duckdb, quoted, readFile } from './parquet/tables.ts';
import { schemas } from './schemas.ts';

const rows = 25_000;
const db = duckdb();
const pathOf = (name: string) => join(db.folder, `${name}.parquet`);

beforeAll(async () => {
  for (const { name, sql, options } of schemas) {
    await db.run(`COPY (${sql(rows)}) TO ${quoted(pathOf(name))} (FORMAT parquet, ${options})`);
  }
}, 60_000);

const numberHash = 'column hash is not checked: it holds numbers (INT64), no text and no digest';
const whatHash = 'column hash is not checked: say what is in it with --hash-type sha256, md5 or pdq';

type Found = [schema: string, wishes: ColumnWishes, columns: Record<string, string>, notes: string[]];

describe('the columns to check of published datasets are found, and read as DuckDB reads them', () => {
  test.each<Found>([
    ['laion', { named: {} }, { url: 'URL' }, [numberHash]],
    ['laion', { named: { id: 'hash' } }, { url: 'URL', id: 'hash' }, []],
    ['datacomp', { named: { id: 'uid' } }, { url: 'url', sha256: 'sha256', id: 'uid' }, []],
    ['pd12m', { named: { id: 'id' } }, { url: 'url', id: 'id' }, [whatHash]],
    ['pd12m', { named: {}, hashType: 'md5' }, { url: 'url', md5: 'hash' }, []],
    ['cc2dataset', { named: {} }, { url: 'url', page_url: 'page_url' }, []],
    ['img2dataset', { named: { id: 'KEY' } }, { url: 'url', sha256: 'sha256', id: 'key' }, []],
    ['coyo', { named: { id: 'id' } }, { url: 'url', id: 'id' }, []],
  ])('%s, %j', async (name, wishes, columns, notes) => {
    const got = await readFile(pathOf(name), wishes);
    expect(got.rows).toBe(rows);
    expect(got.notes).toEqual(notes);
    expect(Object.keys(got.read).sort()).toEqual(Object.keys(columns).sort());
    for (const [field, column] of Object.entries(columns)) {
      const truth = await db.run(`SELECT "${column}"::VARCHAR FROM read_parquet(${quoted(pathOf(name))})`);
      expect(got.read[field as 'url']).toEqual(truth.map(([cell]) => cell));
    }
  });

  test.each(['sha256', 'md5', 'pdq'] as const)('numbers called hash are never %s', async (hashType) => {
    await expect(readFile(pathOf('laion'), { named: {}, hashType })).rejects.toThrow(
      'has a column hash that cannot be checked: it holds numbers (INT64), no text and no digest',
    );
    await expect(readFile(pathOf('laion'), { named: { [hashType]: 'hash' } })).rejects.toThrow(
      'cannot be checked',
    );
  });

  test('a lone hash asks what it is, and lone numbers are told to be no digest', async () => {
    const text = pathOf('text-hash');
    await db.run(`COPY (SELECT md5('x') AS hash) TO ${quoted(text)} (FORMAT parquet)`);
    await expect(readFile(text)).rejects.toThrow(
      'has only a column hash: what is in it? say --hash-type sha256, md5, pdq',
    );
    const number = pathOf('number-hash');
    await db.run(`COPY (SELECT 1::BIGINT AS hash) TO ${quoted(number)} (FORMAT parquet)`);
    await expect(readFile(number)).rejects.toThrow(`has no column to check: it has hash (${numberHash})`);
  });

  test('every schema says where it was seen', () => {
    for (const { source } of schemas) expect(source.length).toBeGreaterThan(40);
  });
});
