import { deltaReader } from './delta.ts';
import { damaged } from './faults.ts';
import type { TextReader, Texts } from './texts.ts';

/** How numbers are written out: ids are compared and listed as text, whatever their column's type. */
export type NumberForm =
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'uuid'
  | 'date'
  | 'milliseconds'
  | 'microseconds'
  | 'nanoseconds';

const digitsMax = 36;
const bytesOf = {
  ...{ int32: 4, uint32: 4, int64: 8, uint64: 8, uuid: 16, date: 4 },
  ...{ milliseconds: 8, microseconds: 8, nanoseconds: 8 },
} as const;
const dayMs = 86_400_000;

/** PLAIN INT32, INT64, or FIXED_LEN_BYTE_ARRAY(16) of UUIDs (RFC 9562), as text. */
export function plainNumbers(bytes: Uint8Array, from: number, form: NumberForm): TextReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytesOf[form];
  let at = from;
  return {
    read(count) {
      if (count * size > bytes.length - at) throw damaged('a page holds fewer values than it says');
      return written(count, () => {
        at += size;
        return form === 'uuid' ? uuidText(bytes, at - size) : numberAt(view, at - size, form);
      });
    },
  };
}

/** DELTA_BINARY_PACKED numbers, as text. */
export function deltaNumbers(bytes: Uint8Array, from: number, form: Exclude<NumberForm, 'uuid'>): TextReader {
  const isShort = bytesOf[form] === 4;
  const numbers = deltaReader(bytes, from);
  return {
    read(count) {
      const values = isShort ? new Int32Array(count) : new BigInt64Array(count);
      numbers.read(values, count);
      let index = 0;
      return written(count, () => textOf(values[index++] as number | bigint, form));
    },
  };
}

function written(count: number, next: () => string): Texts {
  const bytes = new Uint8Array(count * digitsMax);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  let end = 0;
  for (let index = 0; index < count; index++) {
    const text = next();
    starts[index] = end;
    for (let digit = 0; digit < text.length; digit++) bytes[end++] = text.charCodeAt(digit);
    ends[index] = end;
  }
  return { bytes: bytes.subarray(0, end), starts, ends };
}

function numberAt(view: DataView, at: number, form: Exclude<NumberForm, 'uuid'>): string {
  return textOf(bytesOf[form] === 4 ? view.getInt32(at, true) : view.getBigInt64(at, true), form);
}

/** @param value signed, as it is stored. */
function textOf(value: number | bigint, form: Exclude<NumberForm, 'uuid'>): string {
  if (form === 'date') return timeText(Number(value) * dayMs);
  if (form === 'milliseconds') return timeText(Number(value));
  if (form === 'microseconds') return timeText(Number(BigInt(value) / 1_000n));
  if (form === 'nanoseconds') return timeText(Number(BigInt(value) / 1_000_000n));
  if (typeof value === 'number') return String(form === 'uint32' ? value >>> 0 : value);
  return String(form === 'uint64' ? BigInt.asUintN(64, value) : value);
}

/** RFC 3339 UTC, empty for what no calendar has. */
function timeText(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? '' : time.toISOString();
}

function uuidText(bytes: Uint8Array, at: number): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset + at, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
