import { nullStart } from '../column-batch.ts';
import { deltaReader } from './delta.ts';
import { damaged } from './faults.ts';
import { hybridReader } from './hybrid.ts';

/** Places of values in `bytes`, of the next rows that have one. */
export interface Texts {
  bytes: Uint8Array;
  starts: Uint32Array;
  ends: Uint32Array;
  /** Entry of the dictionary for each value, where there is one. */
  codes?: Uint32Array;
}

/** The values of one page, given out a few at a time. Each page is read once, to its end. */
export interface TextReader {
  /** The next values: `count`, or fewer but one at least where they take much room. */
  read(count: number): Texts;
}

/** Distinct values of a column chunk. */
export interface Dictionary extends Texts {
  count: number;
}

/** What values made anew may take at a time; a value longer than that ends the reading. */
const madeBytesMax = 16 * 1024 * 1024;

/** PLAIN BYTE_ARRAY: each value behind its length, pointed to where it lies. */
export function plainTexts(bytes: Uint8Array, from: number): TextReader {
  let at = from;
  const { length } = bytes;
  return {
    read(count) {
      const starts = new Uint32Array(count);
      const ends = new Uint32Array(count);
      for (let index = 0; index < count; index++) {
        const start = at + 4;
        if (start > length) throw damaged('a page holds fewer values than it says');
        const size =
          ((bytes[at] as number) |
            ((bytes[at + 1] as number) << 8) |
            ((bytes[at + 2] as number) << 16) |
            ((bytes[at + 3] as number) << 24)) >>>
          0;
        at = start + size;
        starts[index] = start;
        ends[index] = at;
        if (at > length) throw damaged('a value is longer than its page');
      }
      return { bytes, starts, ends };
    },
  };
}

/** PLAIN FIXED_LEN_BYTE_ARRAY. */
export function fixedTexts(bytes: Uint8Array, from: number, size: number): TextReader {
  let at = from;
  return {
    read(count) {
      if (count * size > bytes.length - at) throw damaged('a page holds fewer values than it says');
      const starts = new Uint32Array(count);
      const ends = new Uint32Array(count);
      for (let index = 0; index < count; index++) {
        starts[index] = at;
        at += size;
        ends[index] = at;
      }
      return { bytes, starts, ends };
    },
  };
}

/** RLE_DICTIONARY: numbers of entries, behind one byte that says how many bits each has. */
export function dictionaryTexts(bytes: Uint8Array, from: number, dictionary: Dictionary): TextReader {
  const width = bytes[from];
  const numbers = width === undefined ? undefined : hybridReader(bytes, from + 1, bytes.length, width);
  return {
    read(count) {
      const codes = new Uint32Array(count);
      // Numbers of no bits are all 0 and need no bytes.
      if (width === undefined) throw damaged('a page of dictionary entries is empty');
      if (width > 0) numbers?.read(codes, count);
      const starts = new Uint32Array(count);
      const ends = new Uint32Array(count);
      for (let index = 0; index < count; index++) {
        const code = codes[index] as number;
        if (code >= dictionary.count) throw damaged('a page points beyond its dictionary');
        starts[index] = dictionary.starts[code] as number;
        ends[index] = dictionary.ends[code] as number;
      }
      return { bytes: dictionary.bytes, starts, ends, codes };
    },
  };
}

/** DELTA_LENGTH_BYTE_ARRAY: all lengths first, then all values without anything between them. */
export function deltaLengthTexts(bytes: Uint8Array, from: number): TextReader {
  const lengths = deltaReader(bytes, from);
  let at = lengths.end;
  return {
    read(count) {
      const sizes = new Int32Array(count);
      lengths.read(sizes, count);
      const starts = new Uint32Array(count);
      const ends = new Uint32Array(count);
      for (let index = 0; index < count; index++) {
        const size = sizes[index] as number;
        if (size < 0 || size > bytes.length - at) throw damaged('a value is longer than its page');
        starts[index] = at;
        at += size;
        ends[index] = at;
      }
      return { bytes, starts, ends };
    },
  };
}

/** DELTA_BYTE_ARRAY: each value takes its start from the one before, so all are made anew. */
export function deltaTexts(bytes: Uint8Array, from: number): TextReader {
  const prefixes = deltaReader(bytes, from);
  const suffixes = deltaReader(bytes, prefixes.end);
  let at = suffixes.end;
  let last = new Uint8Array(0);
  let pending = { prefixes: new Int32Array(0), suffixes: new Int32Array(0), at: 0 };
  return {
    read(count) {
      if (pending.at === pending.prefixes.length) {
        pending = { prefixes: new Int32Array(count), suffixes: new Int32Array(count), at: 0 };
        prefixes.read(pending.prefixes, count);
        suffixes.read(pending.suffixes, count);
      }
      const { size, taken } = fitting(pending, count, last.length);
      const made = {
        bytes: new Uint8Array(size),
        starts: new Uint32Array(taken),
        ends: new Uint32Array(taken),
      };
      for (let index = 0, end = 0; index < taken; index++) {
        const prefix = pending.prefixes[pending.at] as number;
        const suffix = pending.suffixes[pending.at++] as number;
        if (suffix > bytes.length - at) throw damaged('a value is longer than its page');
        made.starts[index] = end;
        made.bytes.set(last.subarray(0, prefix), end);
        made.bytes.set(bytes.subarray(at, at + suffix), end + prefix);
        last = made.bytes.subarray(end, end + prefix + suffix);
        at += suffix;
        end += prefix + suffix;
        made.ends[index] = end;
      }
      return made;
    },
  };
}

/** How many of the next values fit into `madeBytesMax`, and the room they take. */
function fitting(
  next: { prefixes: Int32Array; suffixes: Int32Array; at: number },
  count: number,
  lastBytes: number,
) {
  let size = 0;
  let taken = 0;
  for (let index = next.at; taken < count && index < next.prefixes.length; index++, taken++) {
    const prefix = next.prefixes[index] as number;
    const suffix = next.suffixes[index] as number;
    if (prefix < 0 || suffix < 0 || prefix > lastBytes)
      throw damaged('a value starts with more than there is');
    lastBytes = prefix + suffix;
    if (lastBytes > madeBytesMax) throw damaged('a value is too long');
    if (size + lastBytes > madeBytesMax) break;
    size += lastBytes;
  }
  return { size, taken };
}

/** Puts the values at the rows that have one. @param present 1 for each of those rows. */
export function spread(texts: Texts, present: Uint8Array, rows: number): Texts {
  const starts = new Uint32Array(rows).fill(nullStart);
  const ends = new Uint32Array(rows).fill(nullStart);
  const codes = texts.codes && new Uint32Array(rows).fill(nullStart);
  for (let row = 0, index = 0; row < rows; row++) {
    if (present[row] === 0) continue;
    starts[row] = texts.starts[index] as number;
    ends[row] = texts.ends[index] as number;
    if (codes !== undefined) codes[row] = texts.codes?.[index] as number;
    index += 1;
  }
  return { bytes: texts.bytes, starts, ends, ...(codes === undefined ? {} : { codes }) };
}
