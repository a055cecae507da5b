import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { snappyCompress } from 'hysnappy';
import { describe, expect, test } from 'vitest';
import { decompress } from '../../../src/datasets/parquet/codecs.ts';
import { deltaReader } from '../../../src/datasets/parquet/delta.ts';
import { hybridReader } from '../../../src/datasets/parquet/hybrid.ts';
import { readPageHeader } from '../../../src/datasets/parquet/page-header.ts';
import { deltaTexts, plainTexts } from '../../../src/datasets/parquet/texts.ts';
import { checkStruct } from '../../../src/datasets/parquet/thrift.ts';
import { seeded } from '../../../src/demo/seeded.ts';
import { AppError } from '../../../src/errors.ts';
import { joined, mutated } from '../../fuzz/mutations.ts';
import { memorySource, readColumns } from './tables.ts';

const folder = join(import.meta.dirname, '../../vectors/parquet');
const files = readdirSync(folder).filter((name) => name.endsWith('.parquet'));
const samples = files.map((name) => new Uint8Array(readFileSync(join(folder, name))));
/** `WITHHOLD_FUZZ=1000000` for a long look. */
const cases = Number(process.env.WITHHOLD_FUZZ ?? 1_500);
const wishes = [
  { named: { id: 'id' } },
  { named: { id: 'uid', url: 'meta.url' } },
  { named: { id: 'short' } },
];

/** What reading may do with any bytes: give rows, or say in words why not. */
async function stands(bytes: Uint8Array, which: number): Promise<'read' | 'refused'> {
  try {
    await readColumns(memorySource(bytes), wishes[which % wishes.length]);
    return 'read';
  } catch (error) {
    if (error instanceof AppError) return 'refused';
    throw error;
  }
}

describe('real files with some bytes changed are read or refused in words', () => {
  test('anywhere', { timeout: 600_000 }, async () => {
    const random = seeded(20_261_124);
    const outcomes = { read: 0, refused: 0 };
    for (let number = 0; number < cases; number++) {
      outcomes[await stands(mutated(random, [random.pick(samples)]), number)] += 1;
    }
    expect(outcomes.refused).toBeGreaterThan(cases / 10);
  });

  test('in the pages, the footer as it was', { timeout: 600_000 }, async () => {
    const random = seeded(7);
    const outcomes = { read: 0, refused: 0 };
    for (let number = 0; number < cases; number++) {
      const sample = Uint8Array.from(random.pick(samples));
      const pagesEnd = sample.length - 8 - Buffer.from(sample).readUInt32LE(sample.length - 8);
      for (let times = 1 + random.below(3); times > 0; times--)
        sample[random.below(pagesEnd)] = random.below(256);
      outcomes[await stands(sample, number)] += 1;
    }
    expect(outcomes.read).toBeGreaterThan(cases / 10);
    expect(outcomes.refused).toBeGreaterThan(cases / 10);
  });

  test('in the footer, its length true', { timeout: 600_000 }, async () => {
    const random = seeded(8);
    const outcomes = { read: 0, refused: 0 };
    for (let number = 0; number < cases; number++) {
      const sample = random.pick(samples);
      const start = sample.length - 8 - Buffer.from(sample).readUInt32LE(sample.length - 8);
      const footer = mutated(random, [sample.subarray(start, -8)]);
      const trailer = Buffer.from('....PAR1');
      trailer.writeUInt32LE(footer.length);
      outcomes[await stands(joined(sample.subarray(0, start), footer, trailer), number)] += 1;
    }
    expect(outcomes.refused).toBeGreaterThan(cases / 10);
  });
});

test('every file is refused when it is cut short, whatever the length', async () => {
  const sample = samples[0] as Uint8Array;
  for (let length = 0; length < sample.length; length += 37) {
    expect(await stands(sample.subarray(0, length), 0), `${length} bytes`).toBe('refused');
  }
});

describe('claims that no bytes stand behind', () => {
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];

  test('lists nested in lists, each of millions', () => {
    const bytes = Uint8Array.from([
      0x29,
      ...Array.from({ length: 500 }, () => [0xf9, ...varint(30_000_000)]).flat(),
    ]);
    expect(() => checkStruct({ bytes, at: 0, valuesLeft: 1_000 })).toThrow(/end early/);
  });

  test('structs nested without end', () => {
    const bytes = new Uint8Array(1_000_000).fill(0x1c);
    expect(() => checkStruct({ bytes, at: 0, valuesLeft: 1e9 })).toThrow(/nested too deep/);
    expect(() => readPageHeader(bytes, 0)).toThrow(/nested too deep/);
  });

  test('a number of a million bytes', () => {
    const bytes = new Uint8Array(1_000_000).fill(0x80);
    bytes[0] = 0x15;
    expect(() => checkStruct({ bytes, at: 0, valuesLeft: 10 })).toThrow(/without end/);
  });

  test('more values than any footer needs', () => {
    const bytes = Uint8Array.from([0x19, 0xf3, ...varint(200), ...new Array(200).fill(1), 0]);
    expect(() => checkStruct({ bytes, at: 0, valuesLeft: 1_000 })).not.toThrow();
    expect(() => checkStruct({ bytes, at: 0, valuesLeft: 100 })).toThrow(/too many values/);
  });

  test('a run of two thousand million numbers gives as many as are asked for', () => {
    const out = new Uint32Array(10);
    hybridReader(Uint8Array.from([...varint(2 ** 32 - 2), 1]), 0, 6, 1).read(out, 10);
    expect([...out]).toEqual(new Array(10).fill(1));
  });

  test.each([
    ['a run of none', [0], 1],
    ['a packed run of none', [1], 1],
    ['a run without its number', [20], 8],
    ['a packed run without its numbers', [3], 8],
    ['nothing', [], 1],
    ['a header without end', new Array(20).fill(0x80), 1],
  ])('%s is refused', (_name, bytes, width) => {
    const reader = hybridReader(Uint8Array.from(bytes), 0, bytes.length, width);
    expect(() => reader.read(new Uint32Array(8), 8)).toThrow(AppError);
  });

  test.each([
    ['no parts', [128, 1, 0, 4, 0]],
    ['blocks of nothing', [0, 4, 4, 0]],
    ['blocks of millions', [...varint(2 ** 26), 4, 4, 0]],
    ['parts of an odd size', [...varint(128), 3, 4, 0]],
    ['more numbers than there are bytes', [...varint(128), 4, ...varint(1_000_000), 0, 0, 0, 0, 0, 0]],
    ['deltas of 65 bits', [...varint(128), 4, 40, 0, 0, 65, 0, 0, 0, ...new Array(500).fill(0)]],
  ])('deltas with %s are refused', (_name, bytes) => {
    expect(() => deltaReader(Uint8Array.from(bytes), 0)).toThrow(AppError);
  });

  test('values that repeat their predecessor are made no longer than they may be', () => {
    // 128 + 64 × 128 values, each as long as the one before and one more: a square of their number.
    const lengths = (first: number, min: number, blocks: number) => [
      ...varint(65_536 / 8),
      ...varint(8),
      ...varint(blocks * 8_192),
      first * 2,
      ...Array.from({ length: blocks }, () => [min * 2, 0, 0, 0, 0, 0, 0, 0, 0]).flat(),
    ];
    const bytes = Uint8Array.from([...lengths(0, 1, 8), ...lengths(1, 0, 8), ...new Array(65_536).fill(97)]);
    const reader = deltaTexts(bytes, 0);
    let values = 0;
    for (let left = 65_536; left > 0; ) {
      const { starts, ends, bytes: made } = reader.read(left);
      expect(made.length).toBeLessThanOrEqual(16 * 1024 * 1024);
      values += starts.length;
      left -= starts.length;
      expect((ends.at(-1) as number) - (starts.at(-1) as number)).toBe(values);
      if (values > 20_000) break;
    }
  });

  test('a value longer than its page, and one whose length is cut', () => {
    expect(() => plainTexts(Uint8Array.from([5, 0, 0, 0, 97]), 0).read(1)).toThrow(/longer than its page/);
    expect(() => plainTexts(Uint8Array.from([255, 255, 255, 255, 97]), 0).read(1)).toThrow(
      /longer than its page/,
    );
    expect(() => plainTexts(Uint8Array.from([1, 0, 0]), 0).read(1)).toThrow(/fewer values/);
  });

  test.each(['SNAPPY', 'GZIP', 'ZSTD', 'UNCOMPRESSED'] as const)('%s of another length', (codec) => {
    const stored = codec === 'SNAPPY' ? snappyCompress(new Uint8Array(1_000)) : new Uint8Array(50).fill(3);
    expect(() => decompress(stored, codec, 900)).toThrow(AppError);
  });

  test('Snappy that copies from before its start, or writes on and on', () => {
    expect(() => decompress(Uint8Array.from([10, 0x00, 97, 0xfe, 0xff, 0xff]), 'SNAPPY', 10)).toThrow(
      AppError,
    );
    const flood = Uint8Array.from([4, 0x00, 97, ...Array.from({ length: 5_000 }, () => [0xfe, 1, 0]).flat()]);
    expect(() => decompress(flood, 'SNAPPY', 4)).toThrow(AppError);
    expect([...decompress(snappyCompress(Uint8Array.from([1, 2, 3])), 'SNAPPY', 3)]).toEqual([1, 2, 3]);
  });
});
