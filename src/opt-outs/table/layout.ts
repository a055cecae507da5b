import { type KeyHash, keyHashOf } from './key-hash.ts';
import { type KeyBlocks, keysPerBlock } from './keys.ts';

/** Sections begin at multiples of this, so that each can be read, or mapped, straight to where it is used. */
export const sectionAlignBytes = 4_096;

/** The head fills the first section. */
export const headBytesMax = sectionAlignBytes;

/** Row numbers, slot numbers and twice them stay whole numbers of 31 bits; a file has up to 8 GiB. */
export const rowsMax = 100_000_000;

/** More slots than this are never looked at for one key; at a load of 0.75 the longest run of 100 M is near 500. */
export const probesMax = 4_096;

export const rowBytes = 32;
export const rowWords = rowBytes / 4;

/** Where the parts of a row are: 16 bytes of rid, then these. */
export const rowPlaces = { since: 2, seq: 6, terms: 7 } as const;

/** Set in the word of the terms when the row before has the same key. */
export const sameKeyBit = 0x8000_0000;

const format = 'withhold records 1';

/** Everything from which the places of all sections follow, so that no file can say where one is. */
export interface Head {
  format: typeof format;
  /** 64 random bits in two words. */
  seed: [number, number];
  rows: number;
  /** Rows of works by their SHA-256, the first ones. */
  works: number;
  /** Rows that name works by their other hashes and ids, behind these. */
  aliases: number;
  terms: number;
  termBytes: number;
  slots: number;
  /** Slots looked at for the key that is farthest from its own. */
  probes: number;
  keyBytes: number;
  filterWords: number;
}

/** A table of records as it lies in memory. All parts are views of one buffer, which threads can share. */
export interface RecordTable {
  buffer: ArrayBufferLike;
  head: Head;
  hash: KeyHash;
  termTexts: Uint8Array;
  termEnds: Uint32Array;
  termKinds: Uint8Array;
  rowBytes: Uint8Array;
  rowWords: Uint32Array;
  rowNumbers: Float64Array;
  /** Two words each: second lane of the hash, and row, -1 where the slot is free. */
  slots: Int32Array;
  keys: KeyBlocks;
  filter: Int32Array;
}

export interface Place {
  at: number;
  bytes: number;
}

/** Where the sections of a file are, in their order, and where it ends. */
export function placesOf(head: Omit<Head, 'format' | 'seed'>): Record<SectionName, Place> & { end: number } {
  const lengths: Record<SectionName, number> = {
    termTexts: head.termBytes,
    termEnds: head.terms * 4,
    termKinds: head.terms,
    rows: head.rows * rowBytes,
    slots: head.slots * 8,
    blocks: Math.ceil(head.rows / keysPerBlock) * 4,
    keys: head.keyBytes,
    filter: head.filterWords * 4,
  };
  const places: Partial<Record<SectionName, Place>> = {};
  let next = headBytesMax;
  let end = next;
  for (const name of sectionNames) {
    const bytes = lengths[name];
    places[name] = { at: next, bytes };
    end = next + bytes;
    next = Math.ceil(end / sectionAlignBytes) * sectionAlignBytes;
  }
  return { ...(places as Record<SectionName, Place>), end };
}

/** The numbers of a head as long as nothing is known of the file. */
export const emptyHead = {
  rows: 0,
  works: 0,
  aliases: 0,
  terms: 0,
  termBytes: 0,
  slots: 0,
  probes: 0,
  keyBytes: 0,
  filterWords: 0,
};

/** In this order a file can be written while its rows stream by: only what needs all of them stands behind them. */
const sectionNames = [
  'termTexts',
  'termEnds',
  'termKinds',
  'rows',
  'slots',
  'blocks',
  'keys',
  'filter',
] as const;
type SectionName = (typeof sectionNames)[number];

/** @returns the head as the first bytes of a file. */
export function headBytes(head: Omit<Head, 'format'>): Uint8Array {
  const bytes = new Uint8Array(headBytesMax);
  bytes.set(new TextEncoder().encode(JSON.stringify({ format, ...head })));
  return bytes;
}

/**
 * Reads the head of a file.
 * @param bytes the file's first `headBytesMax` bytes, or all it has.
 * @throws RangeError when this is no such file, or its numbers cannot all be true.
 */
export function readHead(bytes: Uint8Array): Head {
  // A copy, for text is not decoded from shared memory everywhere.
  const text = new TextDecoder().decode(bytes.slice(0, headBytesMax));
  const end = text.indexOf('\0');
  if (!text.startsWith(`{"format":"${format}",`) || end < 0) {
    throw new RangeError('this is no table of records, or of another version');
  }
  const head = parsed(text.slice(0, end));
  if (head === null || !isSound(head)) throw new RangeError('the head of this table contradicts itself');
  return head;
}

function parsed(text: string): Head | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isCount = (value: unknown, max: number): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;

function isSound({ seed, rows, works, aliases, terms, slots, probes, ...head }: Head): boolean {
  return (
    Array.isArray(seed) &&
    seed.length === 2 &&
    seed.every((word) => isCount(word, 2 ** 32 - 1)) &&
    isCount(rows, rowsMax) &&
    isCount(works, rows) &&
    isCount(aliases, rows - works) &&
    isCount(terms, rows) &&
    isCount(slots, 2 * rowsMax) &&
    slots >= 1 &&
    isCount(probes, probesMax) &&
    isCount(head.termBytes, 2 ** 32 - 1) &&
    isCount(head.keyBytes, 2 ** 32 - 1) &&
    isCount(head.filterWords, 2 ** 31) &&
    head.filterWords >= 2 &&
    Number.isInteger(Math.log2(head.filterWords))
  );
}

/**
 * Makes a table of a file's bytes, which are used where they lie and may be shared between threads.
 * @throws RangeError when this is no such file, or not the whole of one.
 */
export function tableOver(buffer: ArrayBufferLike): RecordTable {
  const head = readHead(new Uint8Array(buffer, 0, Math.min(headBytesMax, buffer.byteLength)));
  const places = placesOf(head);
  checkLength(buffer.byteLength, places.end);
  const { termTexts, termEnds, termKinds, rows, slots, blocks, keys, filter } = places;
  return {
    buffer,
    head,
    hash: keyHashOf(head.seed),
    termTexts: new Uint8Array(buffer, termTexts.at, termTexts.bytes),
    termEnds: new Uint32Array(buffer, termEnds.at, head.terms),
    termKinds: new Uint8Array(buffer, termKinds.at, head.terms),
    rowBytes: new Uint8Array(buffer, rows.at, rows.bytes),
    rowWords: new Uint32Array(buffer, rows.at, head.rows * rowWords),
    rowNumbers: new Float64Array(buffer, rows.at, (head.rows * rowWords) / 2),
    slots: new Int32Array(buffer, slots.at, head.slots * 2),
    keys: {
      bytes: new Uint8Array(buffer, keys.at, keys.bytes),
      blocks: new Uint32Array(buffer, blocks.at, blocks.bytes / 4),
      rows: head.rows,
    },
    filter: new Int32Array(buffer, filter.at, head.filterWords),
  };
}

/** @throws RangeError unless a file has exactly the bytes its head speaks of. */
export function checkLength(fileBytes: number, wantedBytes: number): void {
  if (fileBytes !== wantedBytes) throw new RangeError(`the table has ${fileBytes} of ${wantedBytes} bytes`);
}
