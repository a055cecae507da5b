import type { AnswerRow } from '../../db/lookup.ts';
import { grown } from '../images/index/ids.ts';
import type { Terms } from '../opt-outs/table/table.ts';

/** A record in force, as an answer needs it. */
export interface OverlayRecord extends Terms {
  key: string;
  /** RFC 3339 UTC with milliseconds. */
  since: string | null;
  /** Of a work's file, where it is known. */
  md5: string | null;
  /** Of a work that can be found by it. */
  blockhash: string | null;
}

/** By what a record is found. */
export type FoundBy = 'text' | 'sha256' | 'md5' | 'blockhash' | 'rid';

/**
 * What became of records since the snapshot that lies below, newest state of each. A record that came up here hides
 * its row there, in force or not.
 *
 * A million changed URLs take 0.2 GB and a million works 0.35 GB (beside their fingerprints): each record is one piece
 * of JSON in one long array of bytes, and a place or four in one table of hashes. What a record said is overwritten as
 * soon as it says something else, or is erased.
 */
export interface Overlay {
  /**
   * Sets what a record is now: null when it is not in force. `isGone`: what it said is not known any more. `seq`: place
   * of this version in the log.
   */
  put(rid: string, record: OverlayRecord | null, isGone?: boolean, seq?: number): void;
  /** Whether a record came up here. */
  has(rid: string): boolean;
  isGone(rid: string): boolean;
  /** Every record that came up here, as it is now; null when it is not in force. */
  entries(): Generator<{ rid: string; record: OverlayRecord | null; seq: number }>;
  /** Records in force that are found by this. */
  find(by: FoundBy, value: string): AnswerRow[];
  /** Bytes of memory it takes. */
  bytes(): number;
}

/** What lies in the bytes of one record: rid, or rid and 1 when gone, or rid, key, number of its terms, since, hashes, seq. */
type Cell =
  | [rid: string, gone?: 1]
  | [
      rid: string,
      key: string,
      terms: number,
      since: number | null,
      md5: string | null,
      blockhash: string | null,
      seq: number,
    ];

type FullCell = Exclude<Cell, [rid: string, gone?: 1]>;

/** Below this many bytes that say nothing any more, closing the gaps is not worth it. */
const gapBytesMin = 65_536;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** @param seed 32 random bits, so that nobody can choose keys that fall on one place of the table. */
export function createOverlay(seed: number): Overlay {
  const terms = createTermsTable();
  let bytes = new Uint8Array(4_096);
  let starts = new Float64Array(64);
  let lengths = new Uint32Array(64);
  let count = 0;
  let used = 0;
  let gaps = 0;
  // Pairs: hash, number of the record + 1, which is 0 where the place is free.
  let slots = new Uint32Array(256);
  let taken = 0;

  const read = (entry: number): Cell => {
    const from = starts[entry] as number;
    return JSON.parse(decoder.decode(bytes.subarray(from, from + (lengths[entry] as number))));
  };

  function write(entry: number, cell: Cell): void {
    const text = encoder.encode(JSON.stringify(cell));
    if (used + text.length > bytes.length)
      bytes = grown(bytes, Math.max(used + text.length, bytes.length * 2));
    bytes.set(text, used);
    starts[entry] = used;
    lengths[entry] = text.length;
    used += text.length;
  }

  function clear(entry: number): void {
    const from = starts[entry] as number;
    const length = lengths[entry] as number;
    bytes.fill(0, from, from + length);
    gaps += length;
  }

  function closeGaps(): void {
    const old = bytes;
    bytes = new Uint8Array(Math.max(4_096, (used - gaps) * 2));
    used = 0;
    gaps = 0;
    for (let entry = 0; entry < count; entry += 1) {
      const from = starts[entry] as number;
      bytes.set(old.subarray(from, from + (lengths[entry] as number)), used);
      starts[entry] = used;
      used += lengths[entry] as number;
    }
    old.fill(0);
  }

  /** The records whose hash this is, until `take` says that it is enough. */
  function probe(hash: number, take: (entry: number) => boolean): number {
    const mask = slots.length / 2 - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const number = slots[2 * at + 1] as number;
      if (number === 0) return at;
      if (slots[2 * at] === hash && take(number - 1)) return at;
    }
  }

  function addKey(by: FoundBy, value: string, entry: number): void {
    const hash = hashOf(by, value, seed);
    const at = probe(hash, (other) => other === entry);
    if (slots[2 * at + 1] !== 0) return;
    slots[2 * at] = hash;
    slots[2 * at + 1] = entry + 1;
    taken += 1;
  }

  function addKeys(cell: Cell, entry: number): void {
    for (const [by, value] of keysOf(cell, terms)) addKey(by, value, entry);
    if (taken * 4 > slots.length) rehash();
  }

  /** Leaves behind what records were found by before. */
  function rehash(): void {
    let keys = 0;
    for (let entry = 0; entry < count; entry += 1) keys += keysOf(read(entry), terms).length;
    let length = 256;
    while (keys * 6 > length) length *= 2;
    slots = new Uint32Array(length);
    taken = 0;
    for (let entry = 0; entry < count; entry += 1) {
      for (const [by, value] of keysOf(read(entry), terms)) addKey(by, value, entry);
    }
  }

  function entryOf(rid: string): number | null {
    let found: number | null = null;
    probe(hashOf('rid', rid, seed), (entry) => {
      if (read(entry)[0] !== rid) return false;
      found = entry;
      return true;
    });
    return found;
  }

  function newEntry(): number {
    if (count === lengths.length) {
      lengths = grown(lengths, count * 2);
      const larger = new Float64Array(count * 2);
      larger.set(starts);
      starts = larger;
    }
    count += 1;
    return count - 1;
  }

  return {
    put(rid, record, isGone = false, seq = 0) {
      const known = entryOf(rid);
      if (known !== null) {
        const before = read(known);
        if (isFull(before)) terms.release(before[2]);
        clear(known);
      }
      const entry = known ?? newEntry();
      const cell: Cell =
        record === null ? (isGone ? [rid, 1] : [rid]) : cellOf(rid, record, terms.number(record), seq);
      write(entry, cell);
      addKeys(cell, entry);
      if (gaps >= gapBytesMin && gaps * 2 > used) closeGaps();
    },
    has: (rid) => entryOf(rid) !== null,
    *entries() {
      for (let entry = 0; entry < count; entry += 1) {
        const cell = read(entry);
        if (!isFull(cell)) yield { rid: cell[0], record: null, seq: 0 };
        else yield { rid: cell[0], record: recordOf(cell, terms.at(cell[2])), seq: cell[6] };
      }
    },
    isGone(rid) {
      const entry = entryOf(rid);
      return entry !== null && read(entry)[1] === 1;
    },
    find(by, value) {
      const found: AnswerRow[] = [];
      probe(hashOf(by, value, seed), (entry) => {
        const cell = read(entry);
        const isIt = keysOf(cell, terms).some(([own, key]) => own === by && key === value);
        if (isIt && isFull(cell)) found.push(rowOf(cell, terms.at(cell[2])));
        return false;
      });
      return found;
    },
    bytes: () => bytes.length + starts.byteLength + lengths.byteLength + slots.byteLength,
  };
}

const isFull = (cell: Cell): cell is FullCell => cell.length === 7;

function cellOf(rid: string, record: OverlayRecord, terms: number, seq: number): FullCell {
  const { key, since, md5, blockhash } = record;
  return [rid, key, terms, since === null ? null : Date.parse(since), md5, blockhash, seq];
}

function keysOf(cell: Cell, terms: TermsTable): [by: FoundBy, value: string][] {
  const keys: [FoundBy, string][] = [['rid', cell[0]]];
  if (!isFull(cell)) return keys;
  const [, key, number, , md5, blockhash] = cell;
  keys.push([terms.at(number).kind === 'work' ? 'sha256' : 'text', key]);
  if (md5 !== null) keys.push(['md5', md5]);
  if (blockhash !== null) keys.push(['blockhash', blockhash]);
  return keys;
}

function rowOf([rid, key, , since]: FullCell, terms: TermsText): AnswerRow {
  const state = 'active' as const;
  return { rid, key, state, ...terms, since: since === null ? null : new Date(since).toISOString() };
}

function recordOf([, key, , since, md5, blockhash]: FullCell, terms: TermsText): OverlayRecord {
  const { usages, except, ...same } = terms;
  const iso = since === null ? null : new Date(since).toISOString();
  return { ...same, usages: JSON.parse(usages), except: JSON.parse(except), key, since: iso, md5, blockhash };
}

type TermsText = Omit<AnswerRow, 'rid' | 'key' | 'state' | 'since'>;

/** What records have in common, once each, as long as one of them says it. */
interface TermsTable {
  number(terms: Terms): number;
  release(number: number): void;
  at(number: number): TermsText;
}

function createTermsTable(): TermsTable {
  const numbers = new Map<string, number>();
  const all: ({ text: string; row: TermsText; uses: number } | null)[] = [];
  const free: number[] = [];
  return {
    number({ kind, usages, except, licence, contact, trust, contested }) {
      const shared = { usages: JSON.stringify(usages), except: JSON.stringify(except) };
      const row = { kind, ...shared, licence, contact, trust, contested };
      const text = JSON.stringify(row);
      const known = numbers.get(text);
      if (known !== undefined) {
        (all[known] as { uses: number }).uses += 1;
        return known;
      }
      const number = free.pop() ?? all.length;
      all[number] = { text, row, uses: 1 };
      numbers.set(text, number);
      return number;
    },
    release(number) {
      const terms = all[number];
      if (terms == null) return;
      terms.uses -= 1;
      if (terms.uses > 0) return;
      numbers.delete(terms.text);
      all[number] = null;
      free.push(number);
    },
    at(number) {
      const terms = all[number];
      if (terms == null) throw new RangeError(`there are no terms ${number}`);
      return terms.row;
    },
  };
}

const places: readonly FoundBy[] = ['text', 'sha256', 'md5', 'blockhash', 'rid'];

/** FNV-1a over UTF-16 units with the finish of MurmurHash3. */
function hashOf(by: FoundBy, value: string, seed: number): number {
  let hash = Math.imul(seed ^ places.indexOf(by), 0x01000193);
  for (let at = 0; at < value.length; at += 1) hash = Math.imul(hash ^ value.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
