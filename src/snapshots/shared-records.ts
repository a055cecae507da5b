import { bytesFromHex } from '../images/hash256.ts';
import type { KeyTag } from '../opt-outs/table/keys.ts';
import { type RecordTable, rowWords } from '../opt-outs/table/layout.ts';
import { hashKeyOf, numberOfKind, type Terms } from '../opt-outs/table/table.ts';
import { createTableWriter, type NewRow } from '../opt-outs/table/writer.ts';
import type { Overlay, OverlayRecord } from './overlay.ts';

/** Records in memory that threads share: a table, and what became of some of its records since. */
export interface SharedRecords {
  /** The bytes of a compiled table. */
  base: ArrayBufferLike;
  /** A small table of what came up since; null where nothing did. */
  newer: ArrayBufferLike | null;
  /** One bit per row of `base`, set where the record has changed since; null where none has. */
  hidden: Uint8Array | null;
}

/** @returns the records of a snapshot as they are now. Nothing is copied but what has changed since it was made. */
export function shareRecords(table: RecordTable, overlay: Overlay): SharedRecords {
  const changed: { rid: string; record: OverlayRecord | null; seq: number }[] = [...overlay.entries()];
  if (changed.length === 0) return { base: table.buffer, newer: null, hidden: null };
  const rids = changed.map(({ rid }) => ridBytes(rid));
  return {
    base: table.buffer,
    newer: compiled(changed.flatMap(({ rid, record, seq }) => (record ? [{ rid, record, seq }] : []))),
    hidden: hiddenRows(table, rids),
  };
}

const ridBytes = (rid: string) => bytesFromHex(rid.replaceAll('-', ''));

/** Rows whose rid is one of these: a pass over all rows, since a record that is gone does not say where it was. */
function hiddenRows({ rowWords: words, head }: RecordTable, rids: readonly Uint8Array[]): Uint8Array {
  const wanted = new Map<number, Uint32Array[]>();
  for (const bytes of rids) {
    const rid = new Uint32Array(bytes.slice().buffer);
    // The last word of a UUIDv7 is random, so it tells nearly all of them apart.
    const last = rid[3] as number;
    const same = wanted.get(last);
    if (same === undefined) wanted.set(last, [rid]);
    else same.push(rid);
  }
  const hidden = new Uint8Array(new SharedArrayBuffer(Math.ceil(head.rows / 8)));
  for (let row = 0, at = 0; row < head.rows; row += 1, at += rowWords) {
    const same = wanted.get(words[at + 3] as number);
    if (same?.some((rid) => rid[0] === words[at] && rid[1] === words[at + 1] && rid[2] === words[at + 2])) {
      hidden[row >>> 3] = (hidden[row >>> 3] as number) | (1 << (row & 7));
    }
  }
  return hidden;
}

interface Changed {
  rid: string;
  record: OverlayRecord;
  seq: number;
}

/** A table of these records alone. */
function compiled(records: readonly Changed[]): ArrayBufferLike {
  const { all, numbers } = termsOf(records);
  const rows = rowsOf(records, numbers);
  const primaries = new Map<string, number>();
  for (const [at, { isPrimary, ridText }] of rows.entries()) if (isPrimary) primaries.set(ridText, at);
  const seed = crypto.getRandomValues(new Uint32Array(2));
  const file = growingBytes();
  const writer = createTableWriter(
    { rows: rows.length, seed: [seed[0] as number, seed[1] as number] },
    file.write,
  );
  for (const terms of all) writer.addTerms(terms);
  for (const { isAlias, ridText, ...row } of rows) {
    writer.addRow({ ...row, primaryRow: isAlias ? (primaries.get(ridText) as number) : -1 });
  }
  writer.finish();
  return file.shared();
}

function termsOf(records: readonly Changed[]): { all: Terms[]; numbers: number[] } {
  const known = new Map<string, number>();
  const all: Terms[] = [];
  const numbers = records.map(({ record }) => {
    const { kind, usages, except, licence, contact, trust, contested } = record;
    const terms: Terms = { kind, usages, except, licence, contact, trust, contested };
    const text = JSON.stringify(terms);
    const number = known.get(text) ?? all.push(terms) - 1;
    known.set(text, number);
    return number;
  });
  return { all, numbers };
}

interface SortedRow extends NewRow {
  ridText: string;
  isPrimary: boolean;
  isAlias: boolean;
}

function rowsOf(records: readonly Changed[], terms: readonly number[]): SortedRow[] {
  const encoder = new TextEncoder();
  const rows = records.flatMap(({ rid, record, seq }, at): SortedRow[] => {
    const row = (key: Uint8Array, isPrimary: boolean, isAlias: boolean): SortedRow => ({
      kind: numberOfKind(record.kind),
      key,
      keyLength: key.length,
      rid: ridBytes(rid),
      sinceMs: record.since === null ? Number.NaN : Date.parse(record.since),
      seq,
      terms: terms[at] as number,
      primaryRow: -1,
      ...{ ridText: rid, isPrimary, isAlias },
    });
    if (record.kind !== 'work') return [row(encoder.encode(record.key), false, false)];
    const aliases: [KeyTag, string | null][] = [
      ['md5', record.md5],
      ['blockhash', record.blockhash],
      ['rid', rid.replaceAll('-', '')],
    ];
    return [
      row(hashKeyOf('sha256', record.key), true, false),
      ...aliases.flatMap(([tag, hex]) => (hex === null ? [] : [row(hashKeyOf(tag, hex), false, true)])),
    ];
  });
  return rows.sort((a, b) => Buffer.compare(a.key, b.key) || a.kind - b.kind || Buffer.compare(a.rid, b.rid));
}

/** A file in memory that grows as it is written, at any place. */
function growingBytes() {
  let bytes = new Uint8Array(1 << 16);
  let end = 0;
  return {
    write(piece: Uint8Array, at: number): void {
      end = Math.max(end, at + piece.length);
      if (end > bytes.length) {
        const larger = new Uint8Array(Math.max(end, 2 * bytes.length));
        larger.set(bytes);
        bytes = larger;
      }
      bytes.set(piece, at);
    },
    shared(): SharedArrayBuffer {
      const buffer = new SharedArrayBuffer(end);
      new Uint8Array(buffer).set(bytes.subarray(0, end));
      return buffer;
    },
  };
}
