import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatOf, readDataset } from '../../src/datasets/open.ts';
import { unzstd } from '../../src/datasets/zstd.ts';
import { collect, inChunks, plain } from './chunks.ts';

const text = 'url\nhttps://a.example/\nhttps://b.example/\n';
const rows = ['header url', '2: https://a.example/', '3: https://b.example/'];
const parts = [Buffer.from(text.slice(0, 12)), Buffer.from(text.slice(12))];
/** A skippable frame of three bytes, RFC 8878 §3.1.2. */
const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

const read = async (bytes: Buffer, sizes?: number[]) =>
  plain(await collect(readDataset(inChunks(bytes, sizes), 'csv')));

describe('readDataset', () => {
  test.each([
    ['plain', Buffer.from(text)],
    ['gzip', gzipSync(text)],
    ['gzip of several members', Buffer.concat(parts.map((part) => gzipSync(part)))],
    ['zstd', zstdCompressSync(text)],
    ['zstd of several frames', Buffer.concat(parts.map((part) => zstdCompressSync(part)))],
    ['zstd with a skippable frame first', Buffer.concat([skippable, zstdCompressSync(text), skippable])],
  ])('%s', async (_name, bytes) => {
    expect(await read(bytes)).toEqual(rows);
    expect(await read(bytes, [1])).toEqual(rows);
    expect(await read(bytes, [5, 17])).toEqual(rows);
  });

  test.each([
    ['gzip cut short', gzipSync(text).subarray(0, -5)],
    ['zstd cut short', zstdCompressSync(text).subarray(0, -5)],
    ['zstd followed by something else', Buffer.concat([zstdCompressSync(text), Buffer.from('hello')])],
  ])('%s is refused', async (_name, bytes) => {
    await expect(read(bytes)).rejects.toThrow('is damaged');
  });

  test('Parquet is named as such', async () => {
    await expect(read(Buffer.from('PAR1\0\0'))).rejects.toThrow(
      'is Parquet, which this version does not read',
    );
  });

  test('a fault of the source reaches the reader through gzip', async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield gzipSync(text).subarray(0, 12);
      throw new Error('disk gone');
    }
    await expect(collect(readDataset(failing(), 'csv'))).rejects.toThrow('disk gone');
  });
});

test('unzstd gives back any content in any frames and any pieces', async () => {
  const frame = fc.uint8Array({ maxLength: 3_000 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 4 }),
      async (frames, sizes) => {
        const packed = Buffer.concat(frames.flatMap((part) => [zstdCompressSync(part), skippable]));
        const out: Buffer[] = [];
        for await (const part of unzstd(inChunks(packed, sizes))) out.push(part);
        expect(Buffer.concat(out).equals(Buffer.concat(frames))).toBe(true);
      },
    ),
  );
});

test.each([
  ['data.csv', 'csv'],
  ['DATA.CSV.GZ', 'csv'],
  ['a.b/c.tsv.zst', 'tsv'],
  ['x.ndjson', 'jsonl'],
  ['x.jsonl.gz', 'jsonl'],
  ['x.parquet', undefined],
  ['csv', 'csv'],
  ['x.json', undefined],
])('formatOf(%j) is %j', (path, format) => {
  expect(formatOf(path)).toBe(format);
});
