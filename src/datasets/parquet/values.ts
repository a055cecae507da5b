import { UnsupportedParquet } from './faults.ts';
import { deltaNumbers, plainNumbers } from './numbers.ts';
import { encodings } from './page-header.ts';
import type { ChunkPlan } from './plan.ts';
import { deltaLengthTexts, deltaTexts, fixedTexts, plainTexts, type TextReader } from './texts.ts';

const names = Object.fromEntries(
  Object.entries({
    BIT_PACKED: encodings.bitPacked,
    BYTE_STREAM_SPLIT: encodings.byteStreamSplit,
    RLE: encodings.rle,
    DELTA_BINARY_PACKED: encodings.deltaBinaryPacked,
    DELTA_LENGTH_BYTE_ARRAY: encodings.deltaLength,
    DELTA_BYTE_ARRAY: encodings.delta,
  }).map(([name, number]) => [number, name]),
);

/**
 * Reads the values of a page, from `from` to its end.
 * @throws UnsupportedParquet for an encoding that is not read for the column's type.
 */
export function valuesOf(plan: ChunkPlan, encoding: number, bytes: Uint8Array, from: number): TextReader {
  const reader =
    plan.numbers === undefined
      ? textsOf(plan, encoding, bytes, from)
      : numbersOf(plan, encoding, bytes, from);
  if (reader !== undefined) return reader;
  throw new UnsupportedParquet(plan.column, `of encoding ${names[encoding] ?? encoding} (${plan.type})`);
}

function numbersOf({ numbers }: ChunkPlan, encoding: number, bytes: Uint8Array, from: number) {
  if (numbers === undefined) return undefined;
  if (encoding === encodings.plain) return plainNumbers(bytes, from, numbers);
  if (encoding !== encodings.deltaBinaryPacked || numbers === 'uuid') return undefined;
  return deltaNumbers(bytes, from, numbers);
}

function textsOf(plan: ChunkPlan, encoding: number, bytes: Uint8Array, from: number): TextReader | undefined {
  const { type, fixedBytes } = plan;
  if (encoding === encodings.delta) return deltaTexts(bytes, from);
  if (type === 'FIXED_LEN_BYTE_ARRAY') {
    return encoding === encodings.plain ? fixedTexts(bytes, from, fixedBytes) : undefined;
  }
  if (encoding === encodings.plain) return plainTexts(bytes, from);
  return encoding === encodings.deltaLength ? deltaLengthTexts(bytes, from) : undefined;
}
