import { damaged } from './faults.ts';

/** Numbers of Parquet's RLE / bit-packed hybrid, given out a few at a time. */
export interface HybridReader {
  /** Writes the next `count` numbers to the start of `out`. @throws AppError `invalid` when there are fewer. */
  read(out: Uint32Array, count: number): void;
  /** When the next `count` numbers are of one run of equals: takes them and returns the number; else undefined. */
  readEqual(count: number): number | undefined;
}

const widthMax = 32;

/**
 * Reads `bytes` from `at` to `end` (Parquet encodings, RLE = 3) without trusting any count in them.
 * @param width bits of a number.
 */
export function hybridReader(bytes: Uint8Array, at: number, end: number, width: number): HybridReader {
  if (width > widthMax) throw damaged(`numbers of ${width} bits`);
  const run = { left: 0, packed: false, value: 0 };
  const packed = bitReader(bytes, width);

  function nextRun(): void {
    const header = varint();
    run.packed = (header & 1) === 1;
    const size = Math.floor(header / 2);
    if (size === 0) throw damaged('a run of no numbers');
    if (run.packed) {
      run.left = size * 8;
      // Writers may leave out the last group's unused bytes, so that only what is used has to be there.
      packed.start(at, end);
      at = Math.min(end, at + size * width);
      return;
    }
    run.left = size;
    run.value = 0;
    for (let shift = 0; shift < width; shift += 8) {
      if (at >= end) throw damaged('a run of numbers ends early');
      run.value += (bytes[at++] as number) * 2 ** shift;
    }
  }

  function varint(): number {
    let value = 0;
    for (let index = 0; index < 5; index++) {
      if (at >= end) throw damaged('its runs of numbers end early');
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    throw damaged('a run of numbers without end');
  }

  return {
    read(out, count) {
      for (let done = 0; done < count; ) {
        if (run.left === 0) nextRun();
        const taken = Math.min(run.left, count - done);
        if (run.packed) packed.read(out, done, taken);
        else out.fill(run.value, done, done + taken);
        run.left -= taken;
        done += taken;
      }
    },
    readEqual(count) {
      if (count === 0) return undefined;
      if (run.left === 0) nextRun();
      if (run.packed || run.left < count) return undefined;
      run.left -= count;
      return run.value;
    },
  };
}

/** Bits of one packed run, least significant first. */
export function bitReader(bytes: Uint8Array, width: number) {
  let at = 0;
  let end = 0;
  let held = 0;
  let bits = 0;
  const unit = 2 ** width;
  const mask = unit - 1;
  return {
    start(from: number, to: number): void {
      at = from;
      end = to;
      held = 0;
      bits = 0;
    },
    read(out: Uint32Array | Int32Array, from: number, count: number): void {
      if (Math.ceil((count * width - bits) / 8) > end - at) throw damaged('its packed numbers end early');
      if (width <= 24) {
        for (let index = from; index < from + count; index++) {
          for (; bits < width; bits += 8) held |= (bytes[at++] as number) << bits;
          out[index] = held & mask;
          held >>>= width;
          bits -= width;
        }
        return;
      }
      // Wider numbers do not fit the 32 bits of integer operators beside what is left of a byte.
      for (let index = from; index < from + count; index++) {
        for (; bits < width; bits += 8) held += (bytes[at++] as number) * 2 ** bits;
        out[index] = held % unit;
        held = Math.floor(held / unit);
        bits -= width;
      }
    },
  };
}
