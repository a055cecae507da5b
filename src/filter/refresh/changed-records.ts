import { bytesFromHex, bytesToHex } from '../../images/hash256.ts';
import { keyOf, keyTags } from '../../opt-outs/table/keys.ts';
import { type RecordTable, rowPlaces, rowWords, tableOver } from '../../opt-outs/table/layout.ts';
import { primaryRow, recordAt, type TableRecord } from '../../opt-outs/table/table.ts';
import type { SharedRecords } from '../../snapshots/shared-records.ts';

/** A record as it is since a state of the log, with what else a work can be found by. */
export interface ChangedRecord {
  record: TableRecord;
  /** Of a work, where it is known. */
  md5: string | null;
}

/** Every record in force that came, or came to say something else, at this size of the log or later. */
export function changedSince({ base, newer, hidden }: SharedRecords, size: number): ChangedRecord[] {
  const changed = new Map<string, ChangedRecord>();
  const add = (table: RecordTable, row: number) => {
    const record = recordAt(table, row);
    const known = changed.get(record.rid) ?? { record, md5: null };
    changed.set(record.rid, known);
    const key = keyAt(table, row);
    if (key !== null) known.md5 = key;
  };
  const table = tableOver(base);
  for (let row = 0; row < table.head.rows; row += 1) {
    if ((table.rowWords[row * rowWords + rowPlaces.seq] as number) < size) continue;
    const isHidden = hidden !== null && ((hidden[row >>> 3] as number) & (1 << (row & 7))) !== 0;
    if (!isHidden) add(table, row);
  }
  if (newer !== null) {
    const recent = tableOver(newer);
    for (let row = 0; row < recent.head.rows; row += 1) {
      if ((recent.rowWords[row * rowWords + rowPlaces.seq] as number) >= size) add(recent, row);
    }
  }
  return [...changed.values()];
}

/** The MD5 a row of a work names it by; null for any other row. */
function keyAt(table: RecordTable, row: number): string | null {
  const { works, aliases } = table.head;
  if (row < works || row >= works + aliases || primaryRow(table, row) === row) return null;
  const key = keyOf(table.keys, row);
  return key[0] === keyTags.md5 ? bytesToHex(key.subarray(1)) : null;
}

/** Which of these records are no longer in force as they were before that size of the log. */
export function changedOrGone(
  { base, newer, hidden }: SharedRecords,
  rids: readonly string[],
  size: number,
): Set<string> {
  const left = new Map<number, { rid: string; words: Uint32Array }[]>();
  for (const rid of rids) {
    const words = new Uint32Array(bytesFromHex(rid.replaceAll('-', '')).buffer as ArrayBuffer);
    const last = words[3] as number;
    const same = left.get(last);
    if (same === undefined) left.set(last, [{ rid, words }]);
    else same.push({ rid, words });
  }
  const gone = new Set(rids);
  const see = (table: RecordTable, isHidden: (row: number) => boolean) => {
    const { rowWords: all, head } = table;
    for (let row = 0, at = 0; row < head.rows; row += 1, at += rowWords) {
      const same = left.get(all[at + 3] as number);
      if (same === undefined || (all[at + rowPlaces.seq] as number) >= size || isHidden(row)) continue;
      for (const { rid, words } of same) {
        if (words[0] === all[at] && words[1] === all[at + 1] && words[2] === all[at + 2]) gone.delete(rid);
      }
    }
  };
  see(tableOver(base), (row) => hidden !== null && ((hidden[row >>> 3] as number) & (1 << (row & 7))) !== 0);
  if (newer !== null) see(tableOver(newer), () => false);
  return gone;
}
