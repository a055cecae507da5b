import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deltaReader } from '../../../src/datasets/parquet/delta.ts';
import { hybridReader } from '../../../src/datasets/parquet/hybrid.ts';

/** Encoders of our own, written from the format's Encodings.md, for widths and sizes that no writer here makes. */
function varint(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
}

const zigzag = (value: bigint) => varint(value >= 0n ? value << 1n : (-value << 1n) - 1n);

function packed(values: readonly bigint[], width: number): number[] {
  const bits = values.reduce((all, value, index) => all | (value << BigInt(index * width)), 0n);
  return Array.from({ length: (values.length * width) / 8 }, (_, index) =>
    Number((bits >> BigInt(8 * index)) & 255n),
  );
}

const widthOf = (values: readonly bigint[]) =>
  values.reduce((width, value) => Math.max(width, value.toString(2).length * Number(value > 0n)), 0);

function deltas(values: readonly bigint[], blockValues: number, parts: number, bits: number): number[] {
  const wrap = (value: bigint) => BigInt.asIntN(bits, value);
  const out = [
    ...varint(BigInt(blockValues)),
    ...varint(BigInt(parts)),
    ...varint(BigInt(values.length)),
    ...zigzag(values[0] ?? 0n),
  ];
  for (let at = 1; at < values.length; at += blockValues) {
    const block = values
      .slice(at, at + blockValues)
      .map((value, index) => wrap(value - (values[at + index - 1] as bigint)));
    const min = block.toSorted((a, b) => Number(a > b) * 2 - 1)[0] as bigint;
    const rest = block.map((value) => BigInt.asUintN(bits, value - min));
    const size = blockValues / parts;
    const pieces = Array.from({ length: parts }, (_, part) => rest.slice(part * size, (part + 1) * size));
    const widths = pieces.map((piece) => widthOf(piece));
    out.push(...zigzag(min), ...widths);
    pieces.forEach((piece, part) => {
      if (piece.length === 0) return;
      while (piece.length < size) piece.push(0n);
      out.push(...packed(piece, widths[part] as number));
    });
  }
  return out;
}

describe('DELTA_BINARY_PACKED', () => {
  const shape = fc.constantFrom([128, 4], [128, 1], [256, 8], [8, 1], [64, 4]);
  const reads = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });

  test.each([
    [32, Int32Array],
    [64, BigInt64Array],
  ] as const)('any numbers of %d bits, in any blocks, taken in any pieces', (bits, Numbers) => {
    const number = fc.oneof(
      fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n }),
      fc.bigInt({ min: 0n, max: 9n }),
    );
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1, maxLength: 300 }),
        shape,
        reads,
        (values, [block, parts], sizes) => {
          const tail = [1, 2, 3];
          const bytes = Uint8Array.from([
            9,
            ...deltas(values, block as number, parts as number, bits),
            ...tail,
          ]);
          const reader = deltaReader(bytes, 1);
          expect(reader.values).toBe(values.length);
          expect(reader.end).toBe(bytes.length - tail.length);
          const got: bigint[] = [];
          for (let turn = 0; got.length < values.length; turn++) {
            const count = Math.min(sizes[turn % sizes.length] as number, values.length - got.length);
            const out = new Numbers(count);
            reader.read(out, count);
            got.push(...Array.from(out, BigInt));
          }
          expect(got).toEqual(values);
          expect(() => reader.read(new Numbers(1), 1)).toThrow(/too few/);
        },
      ),
    );
  });
});

describe('the RLE / bit-packed hybrid', () => {
  test('any runs of any width, taken in any pieces', () => {
    const runs = fc.integer({ min: 0, max: 32 }).chain((width) => {
      const value = fc.bigInt({ min: 0n, max: 2n ** BigInt(width) - 1n });
      const equal = fc.record({ value, times: fc.integer({ min: 1, max: 50 }) });
      const pack = fc.array(fc.array(value, { minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 4 });
      return fc.record({
        width: fc.constant(width),
        runs: fc.array(fc.oneof(equal, pack), { minLength: 1, maxLength: 8 }),
      });
    });
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 70 }), fc.boolean(), (given, piece, tryEqual) => {
        const bytes: number[] = [];
        const values: number[] = [];
        for (const run of given.runs) {
          if (Array.isArray(run)) {
            bytes.push(...varint(BigInt(run.length * 2 + 1)), ...packed(run.flat(), given.width));
            values.push(...run.flat().map(Number));
          } else {
            const size = Math.ceil(given.width / 8);
            bytes.push(...varint(BigInt(run.times * 2)));
            for (let index = 0; index < size; index++)
              bytes.push(Number((run.value >> BigInt(8 * index)) & 255n));
            values.push(...new Array(run.times).fill(Number(run.value)));
          }
        }
        const reader = hybridReader(Uint8Array.from([...bytes, 255]), 0, bytes.length, given.width);
        const got: number[] = [];
        while (got.length < values.length) {
          const count = Math.min(piece, values.length - got.length);
          const equal = tryEqual ? reader.readEqual(count) : undefined;
          const out = new Uint32Array(count);
          if (equal === undefined) reader.read(out, count);
          else out.fill(equal);
          got.push(...out);
        }
        expect(got).toEqual(values);
        expect(() => reader.read(new Uint32Array(1), 1)).toThrow();
      }),
    );
  });
});
