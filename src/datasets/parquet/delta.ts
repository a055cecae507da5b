import { damaged } from './faults.ts';
import { bitReader } from './hybrid.ts';

/** Numbers of DELTA_BINARY_PACKED, given out a few at a time. */
export interface DeltaReader {
  /** How many there are in all. */
  values: number;
  /** Offset behind the last of them. */
  end: number;
  /** Writes the next `count` numbers to the start of `out`. @throws AppError `invalid` when there are fewer. */
  read(out: Int32Array | BigInt64Array, count: number): void;
}

/** Bounds what a few bytes can claim to hold; writers use 128 or 256. */
const blockValuesMax = 65_536;
/** DuckDB writes deltas of INT32 in up to 33 bits. */
const bitsMax = 64;

interface Place {
  bytes: Uint8Array;
  at: number;
  end: number;
}

interface Shape {
  parts: number;
  partValues: number;
  values: number;
  first: bigint;
}

/**
 * Opens the numbers that start at `at` (Parquet encodings, DELTA_BINARY_PACKED = 5).
 * Read as INT32 they wrap at 32 bits and as INT64 at 64, as the format says.
 * @throws AppError `invalid` where the bytes cannot be that.
 */
export function deltaReader(bytes: Uint8Array, at: number): DeltaReader {
  const place = { bytes, at, end: bytes.length };
  const shape = readShape(place);
  const end = endOf({ ...place }, shape);
  const blocks = blockReader(place, shape);
  let given = 0;
  let last = shape.first;
  let lastInt = Number(BigInt.asIntN(32, last));
  const read32 = (out: Int32Array, count: number) => {
    for (let index = 0; index < count; index++) {
      if (given++ > 0) lastInt = (lastInt + blocks.nextInt()) | 0;
      out[index] = lastInt;
    }
  };
  const read64 = (out: BigInt64Array, count: number) => {
    for (let index = 0; index < count; index++) {
      if (given++ > 0) last = BigInt.asIntN(64, last + blocks.nextBig());
      out[index] = last;
    }
  };
  return {
    values: shape.values,
    end,
    read(out, count) {
      if (count > shape.values - given) throw damaged('its deltas are too few');
      if (out instanceof Int32Array) read32(out, count);
      else read64(out, count);
    },
  };
}

function readShape(place: Place): Shape {
  const blockValues = Number(unsigned(place));
  const parts = Number(unsigned(place));
  const values = Number(unsigned(place));
  const partValues = blockValues / parts;
  const fits = blockValues >= 8 && blockValues <= blockValuesMax && values <= 0x7fffffff;
  if (!fits || !Number.isInteger(partValues) || partValues % 8 !== 0) {
    throw damaged('deltas in blocks of an impossible size');
  }
  return { parts, partValues, values, first: signed(place) };
}

/** Steps from block to block; parts that hold no value have no bytes. */
function endOf(place: Place, { parts, partValues, values }: Shape): number {
  let left = values - 1;
  while (left > 0) {
    unsigned(place);
    const widths = take(place, parts);
    for (let part = 0; part < parts && left > 0; part++, left -= partValues) {
      const width = place.bytes[widths + part] as number;
      if (width > bitsMax) throw damaged(`deltas of ${width} bits`);
      take(place, (width * partValues) / 8);
    }
  }
  return place.at;
}

/** Gives delta after delta; `endOf` has seen that all bytes are there. */
function blockReader(place: Place, { parts, partValues }: Shape) {
  const lows = new Uint32Array(partValues);
  const highs = new Uint32Array(partValues);
  let minDelta = 0n;
  let minInt = 0;
  let widths = 0;
  let part = parts;
  let index = partValues;
  let isWide = false;

  function nextPart(): void {
    if (part === parts) {
      minDelta = signed(place);
      minInt = Number(BigInt.asIntN(32, minDelta));
      widths = take(place, parts);
      part = 0;
    }
    const width = place.bytes[widths + part] as number;
    const from = take(place, (width * partValues) / 8);
    isWide = width > 32;
    unpack(place.bytes, from, place.at, width, lows, highs);
    part += 1;
    index = 0;
  }

  return {
    nextInt(): number {
      if (index === partValues) nextPart();
      return (minInt + (lows[index++] as number)) | 0;
    },
    nextBig(): bigint {
      if (index === partValues) nextPart();
      const low = BigInt(lows[index] as number);
      const high = isWide ? BigInt(highs[index] as number) << 32n : 0n;
      index += 1;
      return minDelta + high + low;
    },
  };
}

/** Numbers of `width` bits, the bits above 32 apart. */
function unpack(
  bytes: Uint8Array,
  from: number,
  to: number,
  width: number,
  lows: Uint32Array,
  highs: Uint32Array,
): void {
  if (width <= 32) {
    const bits = bitReader(bytes, width);
    bits.start(from, to);
    bits.read(lows, 0, lows.length);
    return;
  }
  for (let index = 0, bit = from * 8; index < lows.length; index++, bit += width) {
    lows[index] = bitsAt(bytes, bit, 32);
    highs[index] = bitsAt(bytes, bit + 32, width - 32);
  }
}

function bitsAt(bytes: Uint8Array, bit: number, width: number): number {
  let value = 0;
  for (let done = 0; done < width; ) {
    const inByte = (bit + done) % 8;
    const taken = Math.min(8 - inByte, width - done);
    const byte = bytes[Math.floor((bit + done) / 8)] as number;
    value += ((byte >> inByte) & (2 ** taken - 1)) * 2 ** done;
    done += taken;
  }
  return value;
}

/** @returns where the bytes taken start. */
function take(place: Place, count: number): number {
  if (count > place.end - place.at) throw damaged('its deltas end early');
  place.at += count;
  return place.at - count;
}

function unsigned(place: Place): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = place.bytes[take(place, 1)] as number;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw damaged('a delta without end');
}

function signed(place: Place): bigint {
  const value = unsigned(place);
  return (value & 1n) === 0n ? value >> 1n : -((value + 1n) >> 1n);
}
