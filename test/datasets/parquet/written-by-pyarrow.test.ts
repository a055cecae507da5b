import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openParquet, parquetHeader } from '../../../src/datasets/parquet/open.ts';
import { readFile, withFile } from './tables.ts';

/** Written by pyarrow 26 with test/vectors/parquet/write.py: encodings and page versions that DuckDB does not write. */
const folder = join(import.meta.dirname, '../../vectors/parquet');
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
const files = readdirSync(folder).filter((name) => /^(plain|dictionary|delta|old)-.*\.parquet$/.test(name));

describe.each(files)('%s', (name) => {
  const path = join(folder, name);

  test.each(['id', 'short', 'uid'])('texts, and %s as id', async (id) => {
    const { read } = await readFile(path, { named: { id } });
    expect(read.url).toEqual(expected.url);
    expect(read.page_url).toEqual(expected.page_url);
    // Before format version 2 there were no UUIDs, so that the bytes of one are but bytes.
    if (name !== 'old-version.parquet' || id !== 'uid') expect(read.id).toEqual(expected[id]);
  });

  test('digests as bytes', async () => {
    expect((await readFile(path, { named: {} }, 'hex')).read.sha256).toEqual(expected.sha256);
  });

  test('a field of a struct that may be missing, as the field may', async () => {
    expect((await readFile(path, { named: { url: 'meta.url' } })).read.url).toEqual(expected['meta.url']);
  });

  test('lists and maps have one name, and are passed over', async () => {
    const header = await withFile(path, async (source) => parquetHeader(await openParquet(source)));
    expect(header).toEqual([
      'url',
      'page_url',
      'id',
      'short',
      'sha256',
      'uid',
      'many',
      'meta.url',
      'faces',
      'tags',
    ]);
  });
});

test('an encoding that is not read is named, and hinders no other column', async () => {
  const path = join(folder, 'byte-stream-split.parquet');
  expect((await readFile(path)).read.url).toEqual(expected.url);
  await expect(readFile(path, { named: { id: 'id' } })).rejects.toThrow(
    'has a column id of encoding BYTE_STREAM_SPLIT (INT64), which is not read here',
  );
});
