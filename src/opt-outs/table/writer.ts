import { addToFilter, filterShift, filterWordsFor, marks } from './filter.ts';
import { type KeyHash, keyHashOf, shiftBits } from './key-hash.ts';
import { hashKeyBytes, keyBytesMax, keysPerBlock, keyTags, textByteMin, writeLength } from './keys.ts';
import {
  emptyHead,
  type Head,
  headBytes,
  placesOf,
  probesMax,
  rowBytes,
  rowsMax,
  sameKeyBit,
} from './layout.ts';
import { sectionWriter, type Write } from './section-writer.ts';
import { numberOfKind, slotOf, type Terms } from './table.ts';
import { createTermsWriter, type WrittenTerms } from './terms-writer.ts';

/** One row, as a writer takes it; the memory is the caller's and may be used again for the next. */
export interface NewRow {
  /** Number of its kind, by `kindOrder`. */
  kind: number;
  key: Uint8Array;
  keyLength: number;
  /** 16 bytes. */
  rid: Uint8Array;
  /** Milliseconds since 1970, NaN for none. */
  sinceMs: number;
  seq: number;
  /** Number of its terms, in the order they were added. */
  terms: number;
  /** For a hash key other than SHA-256 the row of the work's SHA-256, else -1. */
  primaryRow: number;
}

export interface TableWriter {
  /** Before the first row. */
  addTerms(terms: Terms): void;
  /**
   * In the order of keys (bytewise), then kinds (by name), then rids.
   * @throws RangeError for a row that is out of order, there already, or not sound.
   */
  addRow(row: NewRow): void;
  /** Writes what needs all rows. @throws RangeError when they are fewer than was said. */
  finish(): void;
}

/** Slots per key: at a load of 0.75 a key that is not there costs two cache lines at most. */
const slotsPerRow = 4 / 3;

const work = numberOfKind('work');
const domain = numberOfKind('domain');
const prefix = numberOfKind('prefix');
const url = numberOfKind('url');

/**
 * Writes the file of a table while its rows stream by. Its memory is the slots (11 bytes a row), a byte for each row
 * with a text, five bytes for each of the terms, and buffers.
 *
 * @param options `rows` is how many will come; `seed` 64 random bits in two words.
 * @throws RangeError for more rows than a table can have.
 */
export function createTableWriter(
  options: { rows: number; seed: readonly [number, number] },
  write: Write,
): TableWriter {
  const { rows } = options;
  if (!Number.isInteger(rows) || rows < 0 || rows > rowsMax)
    throw new RangeError(`no table has ${rows} rows`);
  const terms = createTermsWriter(write);
  let rowsOf: RowsWriter | undefined;
  const begin = () => {
    rowsOf ??= createRowsWriter(options, terms.finish(), write);
    return rowsOf;
  };
  return {
    addTerms(each) {
      if (rowsOf !== undefined) throw new RangeError('terms come before rows');
      terms.add(each);
    },
    addRow: (row) => begin().add(row),
    finish: () => begin().finish(),
  };
}

interface RowsWriter {
  add(row: NewRow): void;
  finish(): void;
}

function createRowsWriter(
  { rows, seed }: { rows: number; seed: readonly [number, number] },
  { kinds, bytes: termBytes }: WrittenTerms,
  write: Write,
): RowsWriter {
  const hash = keyHashOf(seed);
  const slotCount = Math.max(1, Math.ceil(rows * slotsPerRow));
  const head: Omit<Head, 'format'> = {
    ...emptyHead,
    seed: [seed[0], seed[1]],
    rows,
    terms: kinds.length,
    termBytes,
    slots: slotCount,
  };
  const places = placesOf(head);
  const rowSection = sectionWriter(write, places.rows.at, rowBytes);
  const blockSection = sectionWriter(write, places.blocks.at, 4);
  const keySection = sectionWriter(write, places.keys.at, keyBytesMax);
  const slots = createSlots(slotCount);
  const rowView = new DataView(rowSection.room.buffer);
  const blockView = new DataView(blockSection.room.buffer);
  const last = { key: new Uint8Array(keyBytesMax), length: 0, kind: 0, rid: new Uint8Array(16) };
  let filter: Int32Array | undefined;
  let shift = 0;
  let next = 0;

  const fail = (what: string) => new RangeError(`row ${next}: ${what}`);

  /** @returns how many bytes the key shares with the last one; its own length when they are the same. */
  function sharedWithLast({ kind, key, keyLength, rid }: NewRow): number {
    if (next === 0) return 0;
    const shared = sharedBytes(last.key, last.length, key, keyLength);
    if (
      shared < keyLength &&
      (shared === last.length || (key[shared] as number) > (last.key[shared] as number))
    )
      return shared;
    const isSame = shared === keyLength && shared === last.length;
    if (!isSame || kind < last.kind || (kind === last.kind && !isBehind(rid, last.rid))) {
      throw fail('not behind the one before');
    }
    return shared;
  }

  function addKey(key: Uint8Array, length: number, shared: number): void {
    const kept = next % keysPerBlock === 0 ? 0 : shared;
    if (kept === 0 && next % keysPerBlock === 0) {
      blockView.setUint32(blockSection.reserve(4), keySection.bytes(), true);
      blockSection.took(4);
    }
    const rest = length - kept;
    const { room } = keySection;
    const from = keySection.reserve(rest + 6);
    let at = writeLength(room, writeLength(room, from, kept), rest);
    for (let byte = kept; byte < length; byte += 1, at += 1) room[at] = key[byte] as number;
    keySection.took(at - from);
    if (keySection.bytes() >= 2 ** 32) throw fail('the keys are too long for one table');
  }

  function addText(kind: number, key: Uint8Array, length: number): void {
    if (filter === undefined) {
      filter = new Int32Array(filterWordsFor(rows - next));
      shift = filterShift(filter.length);
    }
    hashText(hash, key, length);
    if (kind === domain || kind === prefix) addToFilter(filter, shift, state.a, state.b, marks.key);
    if (kind === url) addToFilter(filter, shift, state.hostA, state.hostB, marks.urls);
    if (kind === prefix) addToFilter(filter, shift, state.hostA, state.hostB, marks.prefixes);
  }

  return {
    add(row) {
      const { kind, key, keyLength, primaryRow } = row;
      if (next === rows) throw fail('more rows than was said');
      const tag = checkRow(row, kinds, head, fail);
      const shared = sharedWithLast(row);
      const isSame = next > 0 && shared === keyLength && shared === last.length;
      if (tag >= textByteMin) addText(kind, key, keyLength);
      else hashText(hash, key, keyLength);
      if (!isSame) slots.add(state.a, state.b, next);
      addKey(key, keyLength, shared);
      const at = rowSection.reserve(rowBytes);
      rowSection.room.set(row.rid, at);
      rowView.setFloat64(at + 16, row.sinceMs, true);
      rowView.setUint32(at + 24, row.seq, true);
      const word = primaryRow < 0 ? row.terms : primaryRow;
      rowView.setUint32(at + 28, isSame ? word + sameKeyBit : word, true);
      rowSection.took(rowBytes);
      last.key.set(key.subarray(shared, keyLength), shared);
      last.length = keyLength;
      last.kind = kind;
      last.rid.set(row.rid);
      if (tag === keyTags.sha256) head.works += 1;
      else if (tag < textByteMin) head.aliases += 1;
      next += 1;
    },
    finish() {
      if (next !== rows) throw new RangeError(`${rows} rows were said to come, and ${next} came`);
      for (const section of [rowSection, blockSection, keySection]) section.flush();
      write(new Uint8Array(slots.words.buffer), places.slots.at);
      head.probes = slots.probes();
      head.keyBytes = keySection.bytes();
      filter ??= new Int32Array(filterWordsFor(0));
      head.filterWords = filter.length;
      write(new Uint8Array(filter.buffer), placesOf(head).filter.at);
      write(headBytes(head), 0);
    },
  };
}

/** @returns the first byte of a sound row's key. */
function checkRow(
  { kind, key, keyLength, primaryRow, terms, seq }: NewRow,
  kinds: Uint8Array,
  { works }: { works: number },
  fail: (what: string) => RangeError,
): number {
  const tag = keyLength === 0 ? 0 : (key[0] as number);
  const isHash = tag < textByteMin;
  if (isHash ? hashKeyBytes[tag] !== keyLength || tag === 0 : keyLength > keyBytesMax) {
    throw fail('this is no key');
  }
  if (isHash !== (kind === work)) throw fail('works have hashes for keys, all else has texts');
  if (kinds[terms] !== kind) throw fail('its terms are of another kind, or there are none');
  if (!Number.isInteger(seq) || seq < 0 || seq >= 2 ** 32) throw fail('its place in the log has 32 bits');
  const isAlias = isHash && tag !== keyTags.sha256;
  // Tags are in order, so all rows an alias can name are there already.
  if (isAlias ? !(primaryRow >= 0 && primaryRow < works) : primaryRow >= 0) {
    throw fail('it names no row of a work by its SHA-256, or has no need to');
  }
  return tag;
}

function sharedBytes(one: Uint8Array, oneLength: number, other: Uint8Array, otherLength: number): number {
  const end = Math.min(oneLength, otherLength);
  let at = 0;
  while (at < end && one[at] === other[at]) at += 1;
  return at;
}

function isBehind(rid: Uint8Array, last: Uint8Array): boolean {
  const at = sharedBytes(last, 16, rid, 16);
  return at < 16 && (rid[at] as number) > (last[at] as number);
}

/** State of the hash at the end of the last key, and behind the bracket that ends its host. */
const state = { a: 0, b: 0, hostA: 0, hostB: 0 };
const bracket = 0x29;

function hashText({ startA, startB, timesA, timesB }: KeyHash, key: Uint8Array, length: number): void {
  let a = startA;
  let b = startB;
  let inHost = true;
  for (let at = 0; at < length; at += 1) {
    const byte = key[at] as number;
    a = Math.imul(a ^ byte, timesA);
    a ^= a >>> shiftBits;
    b = Math.imul(b ^ byte, timesB);
    b ^= b >>> shiftBits;
    if (inHost && byte === bracket) {
      inHost = false;
      state.hostA = a;
      state.hostB = b;
    }
  }
  state.a = a;
  state.b = b;
}

function createSlots(count: number) {
  const words = new Int32Array(2 * count).fill(-1);
  let probes = 1;
  return {
    words,
    probes: () => probes,
    add(a: number, b: number, row: number): void {
      let slot = slotOf(a, count);
      let probe = 1;
      for (; words[2 * slot + 1] !== -1; probe += 1) slot = slot + 1 === count ? 0 : slot + 1;
      if (probe > probesMax) throw new RangeError('this seed scatters the keys badly: take another');
      words[2 * slot] = b;
      words[2 * slot + 1] = row;
      if (probe > probes) probes = probe;
    },
  };
}
