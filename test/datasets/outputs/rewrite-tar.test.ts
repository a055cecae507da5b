import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { type Header, pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rewriteInput, type Written } from '../../../src/datasets/outputs/rewrite.ts';
import { readWebDataset } from '../../../src/datasets/webdataset.ts';
import { inChunks } from '../chunks.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'withhold-rewrite-tar-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const end = Buffer.alloc(1_024);

/** A member with its headers and what fills its last block, without the end of a tar. */
async function member(
  header: Partial<Header> & { name: string },
  body: Buffer | string = '',
): Promise<Buffer> {
  const tar = pack();
  const facts = { mtime: new Date(1_700_000_000_000), mode: 0o640, uid: 1_234, gid: 99, uname: 'someone' };
  tar.entry({ ...facts, ...header }, Buffer.from(body as string));
  tar.finalize();
  const bytes = await buffer(tar);
  return bytes.subarray(0, -end.length);
}

let turn = 0;
async function rewritten(
  tar: Buffer,
  dropped: readonly number[],
  write: Written = 'kept',
  bad: readonly number[] = [],
) {
  turn += 1;
  const address = join(folder, `in-${turn}.tar`);
  const to = join(folder, 'out');
  writeFileSync(address, tar);
  const deps = { fetch, env: {}, sleep: async () => {} };
  const name = `${turn}.tar`;
  await rewriteInput(deps, { address, format: 'tar', name, dropped, bad, write, to, work: folder });
  return readFileSync(join(to, name));
}

async function keys(tar: Buffer): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of readWebDataset(inChunks(tar), { pictures: false })) found.push(key);
  return found;
}

const long = `${'folder-ä/'.repeat(30)}x`;

/** Three samples: one with names that need headers of their own, one whose bodies fill blocks exactly. */
const three = async () => [
  [
    await member({ name: 'a.json' }, '{"url":"https://a.example/"}'),
    await member({ name: 'a.jpg' }, Buffer.alloc(700_001, 7)),
  ],
  [
    await member({ name: `${long}.json`, pax: { comment: 'kept' } }, '{}'),
    await member({ name: `${long}.jpg` }, 'JPEG'),
  ],
  [await member({ name: 'c.json' }, `{${' '.repeat(510)}}`), await member({ name: 'c.txt' }, '')],
];

describe('samples of a WebDataset, byte for byte', () => {
  test.each<[number[], number[], number[]]>([
    [[], [1, 2, 3], []],
    [[1], [2, 3], [1]],
    [[2], [1, 3], [2]],
    [[3, 1], [2], [1, 3]],
    [[1, 2, 3], [], [1, 2, 3]],
  ])('without %j', async (dropped, kept, removed) => {
    const samples = await three();
    const tar = Buffer.concat([...samples.flat(), end]);
    const only = (rows: number[]) =>
      Buffer.concat([...rows.flatMap((row) => samples[row - 1] as Buffer[]), end]);
    expect((await rewritten(tar, dropped)).equals(only(kept))).toBe(true);
    expect((await rewritten(tar, dropped, 'dropped')).equals(only(removed))).toBe(true);
    if (kept.length > 0) expect(await keys(only(kept))).toHaveLength(kept.length);
  });

  test('a bad sample is in neither, and what belongs to none is left out', async () => {
    const [a = [], b = [], c = []] = await three();
    const odd = [
      await member({ name: 'folder/', type: 'directory' }),
      await member({ name: '._a.jpg' }, 'macOS'),
      await member({ name: 'README' }, 'r'.repeat(600)),
      await member({ name: 'link.json', type: 'symlink', linkname: 'a.json' }),
    ];
    const tar = Buffer.concat([...odd, a[0] as Buffer, ...odd, a[1] as Buffer, ...b, ...odd, ...c, end]);
    expect((await rewritten(tar, [3], 'kept', [2])).equals(Buffer.concat([...a, end]))).toBe(true);
    expect((await rewritten(tar, [3], 'dropped', [2])).equals(Buffer.concat([...c, end]))).toBe(true);
  });

  test('two tars in one file, and a tar without an end', async () => {
    const [a = [], b = [], c = []] = await three();
    const twice = Buffer.concat([...a, end, Buffer.alloc(8_192), ...b, ...c]);
    expect((await rewritten(twice, [1])).equals(Buffer.concat([...b, ...c, end]))).toBe(true);
    expect((await rewritten(twice, [])).equals(Buffer.concat([...a, ...b, ...c, end]))).toBe(true);
    expect((await rewritten(Buffer.concat(b), [])).equals(Buffer.concat([...b, end]))).toBe(true);
  });

  test.each([
    [gzipSync, gunzipSync],
    [zstdCompressSync, zstdDecompressSync],
  ])('compressed as a whole stays so (%#)', async (compress, expand) => {
    const samples = await three();
    const made = expand(await rewritten(compress(Buffer.concat([...samples.flat(), end])), [2]));
    expect(made.equals(Buffer.concat([...(samples[0] ?? []), ...(samples[2] ?? []), end]))).toBe(true);
  });

  test('samples count as their reader counts them', async () => {
    const name = fc.tuple(
      fc.constantFrom('a', 'b', 'c/a', 'ä'.repeat(80)),
      fc.constantFrom('.json', '.jpg', '.seg.png', ''),
    );
    const body = fc.uint8Array({ maxLength: 1_100 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(name, body), { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 12 })),
        async (members, dropped) => {
          const pieces = await Promise.all(
            members.map(([[start, tail], bytes]) => member({ name: `${start}${tail}` }, Buffer.from(bytes))),
          );
          const tar = Buffer.concat([...pieces, end]);
          const all = await keys(tar).catch(() => []);
          const kept = await rewritten(tar, dropped);
          const removed = await rewritten(tar, dropped, 'dropped');
          expect(kept.length + removed.length - end.length).toBe(
            pieces.reduce(
              (sum, piece, at) => sum + (members[at]?.[0][1] === '' ? 0 : piece.length),
              end.length,
            ),
          );
          const expected = all.filter((_, at) => !dropped.includes(at + 1));
          // Two samples of one key that come to stand side by side are read as one.
          const joined = expected.filter((key, at) => key !== expected[at - 1]);
          expect(kept.length === end.length ? [] : await keys(kept)).toEqual(joined);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a tar that is damaged leaves nothing', async () => {
    const tar = Buffer.concat([...(await three()).flat(), end]);
    await expect(rewritten(tar.subarray(0, 5_000), [])).rejects.toThrow(/\.tar is damaged, or no tar$/);
    expect(() => readFileSync(join(folder, 'out', `${turn}.tar`))).toThrow(/ENOENT/);
    expect(() => readFileSync(join(folder, 'out', `${turn}.tar.part`))).toThrow(/ENOENT/);
  });
});
