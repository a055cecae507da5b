import type { SubjectKind } from '../../../src/opt-outs/record.ts';
import { type RecordTable, tableOver } from '../../../src/opt-outs/table/layout.ts';
import { hashKeyOf, numberOfKind, type Terms } from '../../../src/opt-outs/table/table.ts';
import { createTableWriter, type NewRow } from '../../../src/opt-outs/table/writer.ts';

export const plainTerms = (kind: SubjectKind): Terms => ({
  kind,
  usages: { 'train-ai': 'disallow' },
  except: [],
  licence: null,
  contact: null,
  trust: 'domain',
  contested: false,
});

/** A row of a test: of `ridNumber` and `primaryRow` only what a test is about. */
export interface TestRow {
  terms: Terms;
  /** A text, or a key of `hashKeyOf`. */
  key: string | Uint8Array;
  ridNumber?: number;
  sinceMs?: number;
  seq?: number;
  primaryRow?: number;
}

export function ridBytes(number: number): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(12, number);
  return bytes;
}

export const ridText = (number: number): string =>
  `00000000-0000-0000-0000-0000${number.toString(16).padStart(8, '0')}`;

const bytesOf = (key: string | Uint8Array): Uint8Array =>
  typeof key === 'string' ? new TextEncoder().encode(key) : key;

/** The order rows have in a table. */
export function byKey(one: TestRow, other: TestRow): number {
  return (
    Buffer.compare(bytesOf(one.key), bytesOf(other.key)) ||
    numberOfKind(one.terms.kind) - numberOfKind(other.terms.kind) ||
    (one.ridNumber ?? 0) - (other.ridNumber ?? 0)
  );
}

export const testSeed: [number, number] = [0x243f6a88, 0x85a308d3];

/** Writes rows as they are given. @returns the file. */
export function fileOf(rows: readonly TestRow[], seed = testSeed, said = rows.length): ArrayBuffer {
  let file = new Uint8Array(8_192);
  let end = 0;
  const writer = createTableWriter({ rows: said, seed }, (bytes, at) => {
    if (at + bytes.length > file.length) {
      const larger = new Uint8Array(2 * (at + bytes.length));
      larger.set(file);
      file = larger;
    }
    file.set(bytes, at);
    end = Math.max(end, at + bytes.length);
  });
  const numbers = new Map<string, number>();
  for (const { terms } of rows) {
    const text = JSON.stringify(terms);
    if (numbers.has(text)) continue;
    numbers.set(text, numbers.size);
    writer.addTerms(terms);
  }
  // One row object for all, as a writer is used.
  const row: NewRow = {
    kind: 0,
    key: new Uint8Array(200_000),
    keyLength: 0,
    rid: ridBytes(0),
    sinceMs: Number.NaN,
    seq: 0,
    terms: 0,
    primaryRow: -1,
  };
  for (const each of rows) {
    const key = bytesOf(each.key);
    row.kind = numberOfKind(each.terms.kind);
    row.key.fill(0xff, 0, 1_000);
    row.key.set(key);
    row.keyLength = key.length;
    row.rid.set(ridBytes(each.ridNumber ?? 0));
    row.sinceMs = each.sinceMs ?? Number.NaN;
    row.seq = each.seq ?? 0;
    row.terms = numbers.get(JSON.stringify(each.terms)) as number;
    row.primaryRow = each.primaryRow ?? -1;
    writer.addRow(row);
  }
  writer.finish();
  return file.buffer.slice(0, end);
}

/** A table of rows in any order. */
export function tableOf(rows: readonly TestRow[], seed = testSeed): RecordTable {
  return tableOver(fileOf([...rows].sort(byKey), seed));
}

/** A SHA-256, or any 32 bytes, of one number. */
export const hexOf = (number: number, bytes = 32): string => number.toString(16).padStart(2 * bytes, '0');

export const sha256Key = (number: number): Uint8Array => hashKeyOf('sha256', hexOf(number));
