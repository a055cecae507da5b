import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonBytesMax, pictureBytesMax, readWebDataset, type Sample } from '../../src/datasets/webdataset.ts';
import { seeded } from '../../src/demo/seeded.ts';
import { AppError } from '../../src/errors.ts';
import { mutated } from '../fuzz/mutations.ts';
import { inChunks } from './chunks.ts';

interface Member {
  name: string;
  body?: Buffer | string;
  /** The type flag of POSIX ustar: 0 a file, 5 a folder, x and g attributes, L a long name, S sparse. */
  flag?: string;
  size?: number;
}

/** POSIX ustar, byte by byte, so that broken ones can be made as well. */
function tar(members: readonly Member[], end = true): Buffer {
  const blocks = members.flatMap(({ name, body = '', flag = '0', size }) => {
    const bytes = Buffer.from(body as string);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write('0000644\0', 100);
    header.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write(flag, 156);
    header.write('ustar\x0000', 257, 'latin1');
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(end ? 1_024 : 0)]);
}

function attribute(key: string, value: string): string {
  const length = Buffer.byteLength(` ${key}=${value}\n`);
  const digits = String(length + String(length + 2).length).length;
  return `${length + digits} ${key}=${value}\n`;
}

async function read(bytes: Buffer, pictures = false, sizes: number[] = [700]): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const sample of readWebDataset(inChunks(bytes, sizes), { pictures })) samples.push(sample);
  return samples;
}

const brief = (samples: Sample[]) =>
  samples.map(
    ({ number, key, cells, pictures, broken }) =>
      `${number} ${key}: ${JSON.stringify(cells) ?? '-'} [${pictures.map(({ name, size }) => `${name.slice(key.length)} ${size}`)}]${broken === undefined ? '' : ` ${broken}`}`,
  );

const two: Member[] = [
  { name: '00000.jpg', body: 'JPEG' },
  { name: '00000.json', body: '{"url":"https://a.example/","sha256":"00"}' },
  { name: '00000.txt', body: 'a caption' },
  { name: '00001.json', body: '{"url":"https://b.example/"}' },
  { name: '00001.webp', body: 'WEBP!' },
];
const twoBriefly = [
  '1 00000: {"url":"https://a.example/","sha256":"00"} [.jpg 4]',
  '2 00001: {"url":"https://b.example/"} [.webp 5]',
];

describe('members that stand together are a sample', () => {
  test.each([
    ['plain', tar(two)],
    ['gzip', gzipSync(tar(two))],
    ['zstd', zstdCompressSync(tar(two))],
    ['without an end', tar(two, false)],
  ])('%s', async (_name, bytes) => {
    for (const sizes of [[1], [513, 7], [1_000_000]])
      expect(brief(await read(bytes, false, sizes))).toEqual(twoBriefly);
  });

  test.each<[string, Member[], string[]]>([
    [
      'folders are part of the key',
      [
        { name: 'a/x.json', body: '{}' },
        { name: 'b/x.json', body: '{}' },
      ],
      ['1 a/x: {} []', '2 b/x: {} []'],
    ],
    [
      'the key ends at the first dot of the name',
      [
        { name: 'v1.0/x.seg.png', body: 'p' },
        { name: 'v1.0/x.json', body: '{}' },
      ],
      ['1 v1.0/x: {} [.seg.png 1]'],
    ],
    [
      'endings in any case',
      [
        { name: 'x.JSON', body: '{}' },
        { name: 'x.JPG', body: 'j' },
      ],
      ['1 x: {} [.JPG 1]'],
    ],
    ['no .json', [{ name: 'x.jpg', body: 'j' }], ['1 x: - [.jpg 1] has no .json member']],
    ['no JSON in it', [{ name: 'x.json', body: '{' }], ['1 x: - [] has a .json member that is not JSON']],
    [
      'no UTF-8 in it',
      [{ name: 'x.json', body: Buffer.from([0x22, 0xff, 0x22]) }],
      ['1 x: - [] has a .json member that is not JSON'],
    ],
    [
      'no object in it',
      [{ name: 'x.json', body: '[1]' }],
      ['1 x: - [] has a .json member that is no object'],
    ],
    [
      'the same ending twice',
      [
        { name: 'x.json', body: '{"a":1}' },
        { name: 'x.json', body: '{"a":2}' },
      ],
      ['1 x: {"a":1} [] has more than one member .json'],
    ],
    [
      'folders, links and what macOS adds are passed over',
      [
        { name: 'd/', flag: '5' },
        { name: 'x.jpg', flag: '2' },
        { name: '._x.json', body: 'm' },
        { name: 'README', body: 'r' },
        { name: 'x.json', body: '{}' },
      ],
      ['1 x: {} []'],
    ],
    [
      'a long name',
      [
        { name: '././@LongLink', flag: 'L', body: `${'d/'.repeat(200)}x.json\0` },
        { name: 'cut', body: '{}' },
      ],
      [`1 ${'d/'.repeat(200)}x: {} []`],
    ],
    [
      'a name in attributes',
      [
        { name: 'pax', flag: 'x', body: attribute('path', 'ä/x.json') },
        { name: 'cut', body: '{}' },
      ],
      ['1 ä/x: {} []'],
    ],
    [
      'a sparse file of attributes',
      [
        { name: 'pax', flag: 'x', body: attribute('GNU.sparse.major', '1') },
        { name: 'x.jpg', body: 'map' },
        { name: 'x.json', body: '{}' },
      ],
      ['1 x: {} [] has a sparse member .jpg'],
    ],
    [
      'an old sparse file is passed over',
      [
        { name: 'x.jpg', flag: 'S', body: 'map' },
        { name: 'x.json', body: '{}' },
      ],
      ['1 x: {} []'],
    ],
  ])('%s', async (_name, members, expected) => {
    expect(brief(await read(tar(members)))).toEqual(expected);
  });

  test('any members', async () => {
    const name = fc.constantFrom('a', 'b', 'c/a');
    const ending = fc.constantFrom('json', 'jpg', 'png', 'txt', 'seg.png');
    const body = fc.uint8Array({ maxLength: 1_500 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(name, ending, body), {
          selector: ([key, end]) => `${key}.${end}`,
          minLength: 1,
        }),
        fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 3 }),
        async (members, sizes) => {
          const sorted = members.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
          const samples = await read(
            tar(sorted.map(([key, end, bytes]) => ({ name: `${key}.${end}`, body: bytes }))),
            true,
            sizes,
          );
          expect(samples.map(({ key }) => key)).toEqual([...new Set(sorted.map(([key]) => key))]);
          const pictures = samples.flatMap((sample) => sample.pictures);
          const expected = sorted.filter(([, end]) => /jpg|png/.test(end));
          expect(pictures.map((picture) => picture.name)).toEqual(
            expected.map(([key, end]) => `${key}.${end}`),
          );
          pictures.forEach(
            ({ bytes }, at) =>
              void expect(Buffer.from(bytes ?? []).equals(expected[at]?.[2] as Buffer)).toBe(true),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});

test('pictures come when they are wanted, large ones only by name', async () => {
  const bytes = tar([
    ...two,
    { name: '2.json', body: '{}' },
    { name: '2.jpg', body: Buffer.alloc(pictureBytesMax + 1) },
  ]);
  const wanted = await read(bytes, true, [65_536]);
  expect(wanted.map(({ pictures }) => pictures.map((picture) => picture.bytes?.length))).toEqual([
    [4],
    [5],
    [undefined],
  ]);
  const unwanted = await read(bytes, false, [65_536]);
  expect(unwanted.flatMap(({ pictures }) => pictures.map((picture) => picture.bytes))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

describe('hostile tars', () => {
  test.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'holds no members'],
    ['only an end', tar([]), 'holds no members'],
    ['no tar', Buffer.alloc(2_000, 'hello'), 'is damaged, or no tar'],
    [
      'cut in a body',
      tar([{ name: 'x.json', body: '{}', size: 5_000 }]).subarray(0, 2_000),
      'is damaged, or no tar',
    ],
    [
      'a body of 8 GB that is not there',
      tar([{ name: 'x.jpg', size: 8 ** 11 - 1 }]),
      'is damaged, or no tar',
    ],
    ['attributes of 8 GB', tar([{ name: 'p', flag: 'x', size: 8 ** 11 - 1 }]), 'is damaged, or no tar'],
    [
      'a size below nothing',
      tar([
        { name: 'p', flag: 'x', body: attribute('size', '-5') },
        { name: 'x.json', body: '{}' },
      ]),
      'is damaged, or no tar',
    ],
    ['cut gzip', gzipSync(tar(two)).subarray(0, -9), 'its compressed data ends early'],
    [
      'a name without end',
      tar([
        { name: 'p', flag: 'x', body: attribute('path', `${'x'.repeat(5_000)}.json`) },
        { name: 'x', body: '{}' },
      ]),
      'a name without end',
    ],
  ])('%s', async (_name, bytes, words) => {
    await expect(read(bytes)).rejects.toThrow(words);
  });

  test('headers without end are not collected', async () => {
    const piece = tar([{ name: '././@LongLink', flag: 'L', body: 'x'.repeat(400_000) }], false);
    async function* flood(): AsyncGenerator<Buffer> {
      for (let count = 0; count < 1_000; count++) yield piece;
    }
    const reading = async () => {
      for await (const _ of readWebDataset(flood(), { pictures: false }));
    };
    await expect(reading()).rejects.toThrow('its headers have no end');
  });

  test('JSON that is too long, and too many members', async () => {
    const long = await read(
      tar([
        { name: 'x.json', body: `"${'y'.repeat(jsonBytesMax)}"` },
        { name: 'x.jpg', body: 'j' },
      ]),
      false,
      [65_536],
    );
    expect(brief(long)).toEqual(['1 x: - [.jpg 1] has a .json member over 4 MB']);
    const many = Array.from({ length: 1_200 }, (_, index) => ({ name: `x.${index}` }));
    const [sample] = await read(tar([...many, { name: 'x.json', body: '{}' }]), false, [65_536]);
    expect(sample?.broken).toBe('has more than 1000 members');
  });

  test('any bytes changed', { timeout: 120_000 }, async () => {
    const random = seeded(4);
    const samples = [
      tar(two),
      gzipSync(tar(two)),
      tar([
        { name: 'pax', flag: 'x', body: attribute('path', 'a/x.json') },
        { name: 'cut', body: '{}' },
      ]),
    ];
    const outcomes = { read: 0, refused: 0 };
    for (let number = 0; number < 1_500; number++) {
      try {
        await read(Buffer.from(mutated(random, samples)), true, [1_000]);
        outcomes.read += 1;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        outcomes.refused += 1;
      }
    }
    expect(outcomes.read).toBeGreaterThan(10);
    expect(outcomes.refused).toBeGreaterThan(50);
  });

  test('a reader that stops leaves nothing open', async () => {
    let closed = false;
    let made = 0;
    async function* source(): AsyncGenerator<Buffer> {
      try {
        for (; ; made++) yield tar([{ name: `${made}.json`, body: '{}' }], false);
      } finally {
        closed = true;
      }
    }
    for await (const sample of readWebDataset(source(), { pictures: false })) if (sample.number === 3) break;
    await expect.poll(() => closed).toBe(true);
  });
});
