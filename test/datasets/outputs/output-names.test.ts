import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outputNames } from '../../../src/datasets/outputs/output-names.ts';

describe('the name of an output', () => {
  test.each<[string, string[], string[]]>([
    ['one file', ['/data/set/a.parquet'], ['a.parquet']],
    ['files of one folder', ['/data/a.csv', '/data/b.csv'], ['a.csv', 'b.csv']],
    [
      'folders below the shared one stay',
      ['/data/x/part-0.csv', '/data/y/part-0.csv', '/data/y/deep/part-0.csv'],
      ['x/part-0.csv', 'y/part-0.csv', 'y/deep/part-0.csv'],
    ],
    ['a path from here', ['a.csv', resolve('b.csv'), './sub/../sub/c.csv'], ['a.csv', 'b.csv', 'sub/c.csv']],
    [
      'one file twice',
      ['/d/a.tar.gz', '/d/a.tar.gz', '/d/a.tar.gz'],
      ['a.tar.gz', 'a-2.tar.gz', 'a-3.tar.gz'],
    ],
    ['capitals', ['/d/A.CSV.zst', '/d/a.csv.zst'], ['A.CSV.zst', 'a-2.csv.zst']],
    ['a number that is taken', ['/d/a.csv', '/d/a-2.csv', '/d/A.csv'], ['a.csv', 'a-2.csv', 'A-3.csv']],
    ['dots that are no ending', ['/d/v1.2', '/d/V1.2'], ['v1.2', 'V1.2-2']],
    [
      'addresses without their query, which may be a secret',
      [
        'https://h.example/a/x.csv?sig=1',
        'https://h.example/a/x.csv?sig=2',
        'https://h.example/b/x%20y.csv#z',
      ],
      ['a/x.csv', 'a/x-2.csv', 'b/x%20y.csv'],
    ],
    ['keys of a bucket', ['s3://b/k/what?.csv', 's3://b/k/../up.csv'], ['what_.csv', '__/up.csv']],
    ['two buckets', ['s3://one/a.csv', 's3://two/a.csv'], ['one/a.csv', 'two/a.csv']],
    ['a file called as a folder', ['s3://b/a', 's3://b/a/x'], ['a', 'a-2/x']],
    ['a folder called as a file', ['s3://b/a/x', 's3://b/a'], ['a/x', 'a-2']],
    ['a file called as another while it is written', ['s3://b/x.part', 's3://b/x'], ['x.part', 'x-2']],
    ['the other way round', ['s3://b/x', 's3://b/x.part'], ['x', 'x.part-2']],
    ['nothing', [], []],
  ])('%s', (_what, addresses, names) => {
    expect(outputNames(addresses)).toEqual(names);
  });

  test('a name longer than file systems take is cut, keeps its ending and stays its own', () => {
    const [one = '', two = ''] = outputNames([
      `s3://b/${'ä'.repeat(500)}1.csv.gz`,
      `s3://b/${'ä'.repeat(500)}2.csv.gz`,
    ]);
    expect(Buffer.byteLength(one)).toBeLessThan(200);
    expect(one).toMatch(/^ä+-[0-9a-f]{16}\.csv\.gz$/);
    expect(two).not.toBe(one);
  });

  test('any keys: no two are one file, none climbs out, and the same ones are named the same', () => {
    const part = fc.oneof(
      fc.constantFrom('a', 'A', 'a.csv', 'a.csv.part', 'a-2.csv', '..', '.', 'b', 'ä', 'a\u0308', ''),
      fc.string({ maxLength: 3 }),
    );
    const key = fc
      .array(part, { minLength: 1, maxLength: 4 })
      .map((parts) => `s3://bucket/${parts.join('/')}`);
    fc.assert(
      fc.property(fc.array(key, { maxLength: 12 }), (addresses) => {
        const names = outputNames(addresses);
        expect(outputNames(addresses)).toEqual(names);
        const files = names
          .flatMap((name) => [name, `${name}.part`])
          .map((name) => name.normalize('NFC').toLowerCase());
        expect(new Set(files).size).toBe(addresses.length * 2);
        for (const file of files) {
          expect(resolve('/out', file).startsWith('/out/')).toBe(true);
          expect(files.some((other) => other.startsWith(`${file}/`))).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });
});
