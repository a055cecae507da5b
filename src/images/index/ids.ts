/**
 * Texts numbered from 0 in the order they came, in typed arrays: a million ids of 36 letters take 50 MB, a Map of them
 * three times that.
 */
export interface IdTable {
  /** All texts in UTF-8, one after the other. */
  bytes: Uint8Array;
  /** Where each text ends in `bytes`. */
  ends: Uint32Array;
  count: number;
  /** Open addressing: number + 1, 0 where free. A power of two long, at most half full of living texts. */
  slots: Uint32Array;
  slotsTaken: number;
}

const slotsAtFirst = 128;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function createIdTable(): IdTable {
  return {
    bytes: new Uint8Array(1_024),
    ends: new Uint32Array(64),
    count: 0,
    slots: new Uint32Array(slotsAtFirst),
    slotsTaken: 0,
  };
}

/** @returns the number a text was given last, or -1. */
export function numberOf(table: IdTable, text: string): number {
  const bytes = encoder.encode(text);
  return (table.slots[slotOf(table, bytes)] as number) - 1;
}

/**
 * Numbers a text anew, even one that had a number: the old number keeps its text, but is no longer found by it.
 * @throws RangeError when all texts together have 2^32 bytes.
 */
export function addId(table: IdTable, text: string): number {
  const bytes = encoder.encode(text);
  const start = endOf(table, table.count - 1);
  const end = start + bytes.length;
  if (end > 0xffffffff) throw new RangeError('too many ids');
  if (end > table.bytes.length) table.bytes = grown(table.bytes, Math.max(end, table.bytes.length * 2));
  if (table.count === table.ends.length) table.ends = grown(table.ends, table.ends.length * 2);
  table.bytes.set(bytes, start);
  const number = table.count;
  table.ends[number] = end;
  table.count += 1;
  const slot = slotOf(table, bytes);
  if (table.slots[slot] === 0) table.slotsTaken += 1;
  table.slots[slot] = number + 1;
  if (table.slotsTaken * 2 > table.slots.length) rehash(table);
  return number;
}

/** @returns the text of a number. */
export function textOf(table: IdTable, number: number): string {
  return decoder.decode(bytesOf(table, number));
}

function bytesOf(table: IdTable, number: number): Uint8Array {
  return table.bytes.subarray(endOf(table, number - 1), endOf(table, number));
}

const endOf = (table: IdTable, number: number): number => (number < 0 ? 0 : (table.ends[number] as number));

/** Where a text's number stands, or the free place where it would. */
function slotOf(table: IdTable, bytes: Uint8Array): number {
  const mask = table.slots.length - 1;
  let slot = hashOf(bytes) & mask;
  for (;;) {
    const number = (table.slots[slot] as number) - 1;
    if (number === -1 || equal(bytesOf(table, number), bytes)) return slot;
    slot = (slot + 1) & mask;
  }
}

function rehash(table: IdTable): void {
  const old = table.slots;
  table.slots = new Uint32Array(old.length * 2);
  const mask = table.slots.length - 1;
  for (const taken of old) {
    if (taken === 0) continue;
    let slot = hashOf(bytesOf(table, taken - 1)) & mask;
    while (table.slots[slot] !== 0) slot = (slot + 1) & mask;
    table.slots[slot] = taken;
  }
}

/** FNV-1a, its bits mixed once more because only the lowest are used. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  hash ^= hash >>> 16;
  return Math.imul(hash, 0x45d9f3b) ^ (hash >>> 13);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** A copy with more room. */
export function grown<T extends Uint8Array | Uint16Array | Uint32Array>(old: T, length: number): T {
  const larger = new (old.constructor as new (length: number) => T)(length);
  larger.set(old);
  return larger;
}
