import { damaged } from './faults.ts';

/** A place in bytes of Thrift's compact protocol, and how many values may still be read. */
export interface ThriftReader {
  bytes: Uint8Array;
  at: number;
  /** Guards against bytes made to become more objects than they are worth. */
  valuesLeft: number;
}

/** Fields by id; texts and lists are passed over. */
export type ThriftStruct = Map<number, number | boolean | ThriftStruct>;

const depthMax = 24;
const varintBytesMax = 10;
const kind = {
  stop: 0,
  yes: 1,
  no: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  struct: 12,
};

/** Thrown when the bytes end inside a struct, which more bytes may cure. */
export const endedEarly = damaged('its headers end early');

/**
 * Reads one struct (Thrift compact protocol), without its texts and lists.
 * @throws AppError `invalid`; `endedEarly` itself when the bytes end first.
 */
export function readStruct(reader: ThriftReader, depth = 0): ThriftStruct {
  if (depth > depthMax) throw damaged('its headers are nested too deep');
  const fields: ThriftStruct = new Map();
  let id = 0;
  for (;;) {
    const head = byteOf(reader);
    const type = head & 0x0f;
    if (type === kind.stop) return fields;
    id = head >> 4 === 0 ? zigzag(varint(reader)) : id + (head >> 4);
    countValue(reader);
    if (type === kind.yes || type === kind.no) fields.set(id, type === kind.yes);
    else if (type === kind.struct) fields.set(id, readStruct(reader, depth + 1));
    else if (type === kind.i16 || type === kind.i32 || type === kind.i64) {
      fields.set(id, zigzag(varint(reader)));
    } else skip(reader, type, depth);
  }
}

/** Passes over one struct, checking that every length in it is true. @throws as `readStruct`. */
export function checkStruct(reader: ThriftReader, depth = 0): void {
  if (depth > depthMax) throw damaged('its headers are nested too deep');
  for (;;) {
    const head = byteOf(reader);
    const type = head & 0x0f;
    if (type === kind.stop) return;
    if (head >> 4 === 0) varint(reader);
    countValue(reader);
    if (type !== kind.yes && type !== kind.no) skip(reader, type, depth);
  }
}

function skip(reader: ThriftReader, type: number, depth: number): void {
  switch (type) {
    case kind.yes:
    case kind.no:
    case kind.byte:
      byteOf(reader);
      return;
    case kind.i16:
    case kind.i32:
    case kind.i64:
      varint(reader);
      return;
    case kind.double:
      advance(reader, 8);
      return;
    case kind.binary:
      advance(reader, varint(reader));
      return;
    case kind.list:
    case kind.set:
      skipList(reader, depth + 1);
      return;
    case kind.struct:
      checkStruct(reader, depth + 1);
      return;
    default:
      throw damaged(`its headers hold a value of unknown type ${type}`);
  }
}

function skipList(reader: ThriftReader, depth: number): void {
  if (depth > depthMax) throw damaged('its headers are nested too deep');
  const head = byteOf(reader);
  const size = head >> 4 === 15 ? varint(reader) : head >> 4;
  // Every element takes at least one byte.
  if (size > reader.bytes.length - reader.at) throw endedEarly;
  for (let left = size; left > 0; left--) {
    countValue(reader);
    skip(reader, head & 0x0f, depth);
  }
}

function countValue(reader: ThriftReader): void {
  reader.valuesLeft -= 1;
  if (reader.valuesLeft < 0) throw damaged('its headers hold too many values');
}

function byteOf(reader: ThriftReader): number {
  const byte = reader.bytes[reader.at];
  if (byte === undefined) throw endedEarly;
  reader.at += 1;
  return byte;
}

function advance(reader: ThriftReader, bytes: number): void {
  if (bytes > reader.bytes.length - reader.at) throw endedEarly;
  reader.at += bytes;
}

/** Unsigned LEB128; above 2^53 the last digits are lost, which no length or count of ours can be. */
function varint(reader: ThriftReader): number {
  let value = 0;
  let unit = 1;
  for (let bytes = 0; bytes < varintBytesMax; bytes++) {
    const byte = byteOf(reader);
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) return value;
    unit *= 128;
  }
  throw damaged('its headers hold a number without end');
}

function zigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
