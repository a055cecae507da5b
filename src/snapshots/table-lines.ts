import { hashKeyBytes, keyBytesMax } from '../opt-outs/table/keys.ts';
import { kindOrder } from '../opt-outs/table/table.ts';
import type { NewRow } from '../opt-outs/table/writer.ts';

/** The longest line: its key, as hex if need be, and six short fields. */
export const lineBytesMax = 2 * keyBytesMax + 256;

const tab = 0x09;
const lineEnd = 0x0a;
const minus = 0x2d;
const zero = 0x30;
const textMark = 0x74;
const hashMark = 0x68;
const ridHyphens: readonly number[] = [8, 13, 18, 23];
const ridChars = 36;

const kindNames = kindOrder.map((kind) => new TextEncoder().encode(kind));

/** Value of a lower-case hex digit, 255 for anything else. */
const hexValue = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(byte));
  return value < 0 ? 255 : value;
});

/** What `readLines` made of a line; the next line overwrites it. */
export function roomForRow(): NewRow {
  return {
    kind: 0,
    key: new Uint8Array(keyBytesMax),
    keyLength: 0,
    rid: new Uint8Array(16),
    sinceMs: Number.NaN,
    seq: 0,
    terms: 0,
    primaryRow: -1,
  };
}

/**
 * Reads rows from lines `kind \t key \t rid \t since in ms or nothing \t seq \t terms \t row of the work or nothing \n`,
 * where a key is `t` and a text, or `h`, its tag and the hash as lower-case hex. No line becomes a string, for a
 * registry has tens of millions.
 *
 * @param chunks pieces of the text, cut anywhere.
 * @param take is given the same row object each time.
 * @throws RangeError naming the line, for one of another form.
 */
export async function readLines(
  chunks: AsyncIterable<Uint8Array>,
  take: (row: NewRow) => void,
): Promise<void> {
  const row = roomForRow();
  // One kind of array for the reader, whatever the chunks are; and no line is cut in it.
  const room = new Uint8Array(4 * lineBytesMax);
  let used = 0;
  let line = 0;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const piece = chunk.subarray(from, from + room.length - used);
      room.set(piece, used);
      from += piece.length;
      used += piece.length;
      const end = room.lastIndexOf(lineEnd, used - 1) + 1;
      for (let at = 0; at < end; line += 1) {
        at = readLine(room, at, row);
        if (at < 0) throw new RangeError(`line ${line} of the rows is not of their form`);
        take(row);
      }
      room.copyWithin(0, end, used);
      used -= end;
      if (used > lineBytesMax) throw new RangeError(`line ${line} of the rows is too long`);
    }
  }
  if (used > 0) throw new RangeError(`line ${line} of the rows has no end`);
}

/** @returns where the next line begins, -1 for a line that is no row. There is a line end at or behind `from`. */
function readLine(bytes: Uint8Array, from: number, row: NewRow): number {
  let at = readKind(bytes, from, row);
  if (at > 0) at = readKey(bytes, at, row);
  if (at > 0) at = readRid(bytes, at, row);
  if (at > 0) at = readNumber(bytes, at, tab);
  row.sinceMs = number;
  if (at > 0) at = readNumber(bytes, at, tab);
  row.seq = number;
  if (at > 0) at = readNumber(bytes, at, tab);
  row.terms = number;
  if (at > 0) at = readNumber(bytes, at, lineEnd);
  row.primaryRow = Number.isNaN(number) ? -1 : number;
  const isSound = row.seq >= 0 && row.terms >= 0 && row.primaryRow >= -1;
  return isSound ? at : -1;
}

function readKind(bytes: Uint8Array, from: number, row: NewRow): number {
  for (let kind = 0; kind < kindNames.length; kind += 1) {
    const name = kindNames[kind] as Uint8Array;
    let at = 0;
    while (at < name.length && bytes[from + at] === name[at]) at += 1;
    if (at < name.length || bytes[from + at] !== tab) continue;
    row.kind = kind;
    return from + at + 1;
  }
  return -1;
}

function readKey(bytes: Uint8Array, from: number, row: NewRow): number {
  const { key } = row;
  let at = from + 1;
  let length = 0;
  if (bytes[from] === textMark) {
    for (let byte = bytes[at] as number; byte !== tab; byte = bytes[at] as number) {
      if (byte === lineEnd || length === keyBytesMax) return -1;
      key[length] = byte;
      length += 1;
      at += 1;
    }
  } else if (bytes[from] === hashMark) {
    const longest = Math.max(...hashKeyBytes);
    for (; bytes[at] !== tab; at += 2) {
      const value = hexByte(bytes, at);
      if (value < 0 || length === longest) return -1;
      key[length] = value;
      length += 1;
    }
  } else {
    return -1;
  }
  row.keyLength = length;
  return at + 1;
}

function readRid(bytes: Uint8Array, from: number, { rid }: NewRow): number {
  let length = 0;
  for (let at = 0; at < ridChars; ) {
    if (ridHyphens.includes(at)) {
      if (bytes[from + at] !== minus) return -1;
      at += 1;
      continue;
    }
    const value = hexByte(bytes, from + at);
    if (value < 0) return -1;
    rid[length] = value;
    length += 1;
    at += 2;
  }
  return bytes[from + ridChars] === tab ? from + ridChars + 1 : -1;
}

/** @returns -1 for anything but two lower-case hex digits. */
function hexByte(bytes: Uint8Array, at: number): number {
  const high = hexValue[bytes[at] as number] as number;
  const low = hexValue[bytes[at + 1] as number] as number;
  return high < 16 && low < 16 ? 16 * high + low : -1;
}

/** The number that `readNumber` read last, NaN where there was none. */
let number = Number.NaN;

/** More digits are no whole number any more. */
const digitsMax = 15;

function readNumber(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  const isNegative = bytes[at] === minus;
  if (isNegative) at += 1;
  const digitsAt = at;
  let value = 0;
  for (let byte = bytes[at] as number; byte !== end; byte = bytes[at] as number) {
    const digit = byte - zero;
    if (!(digit >= 0 && digit <= 9) || at - digitsAt === digitsMax) return -1;
    value = 10 * value + digit;
    at += 1;
  }
  if (isNegative && at === digitsAt) return -1;
  number = at === digitsAt ? Number.NaN : value;
  if (isNegative) number = -value;
  return at + 1;
}
