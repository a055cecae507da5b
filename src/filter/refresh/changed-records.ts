import { bytesToHex } from '../../images/hash256.ts';
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

/**
 * Which of these records are no longer in force as they were before that size of the log.
 * @param rids 16 bytes each.
 * @returns their places among `rids`.
 */
export function changedOrGone(
  { base, newer, hidden }: SharedRecords,
  rids: Uint8Array,
  size: number,
): number[] {
  const words = new Uint32Array(rids.slice().buffer);
  const count = words.length / 4;
  // Open addressing by the last word, which is random in a UUIDv7.
  const mask = 2 ** Math.ceil(Math.log2(2 * count + 2)) - 1;
  const slots = new Int32Array(mask + 1).fill(-1);
  for (let rid = 0; rid < count; rid += 1) {
    let slot = (words[4 * rid + 3] as number) & mask;
    while (slots[slot] !== -1) slot = (slot + 1) & mask;
    slots[slot] = rid;
  }
  const isSeen = new Uint8Array(count);
  const see = (table: RecordTable, isHidden: (row: number) => boolean) => {
    const { rowWords: all, head } = table;
    for (let row = 0, at = 0; row < head.rows; row += 1, at += rowWords) {
      for (let slot = (all[at + 3] as number) & mask; slots[slot] !== -1; slot = (slot + 1) & mask) {
        const rid = slots[slot] as number;
        const isIt =
          words[4 * rid + 3] === all[at + 3] &&
          words[4 * rid + 2] === all[at + 2] &&
          words[4 * rid + 1] === all[at + 1] &&
          words[4 * rid] === all[at];
        if (isIt && (all[at + rowPlaces.seq] as number) < size && !isHidden(row)) isSeen[rid] = 1;
      }
    }
  };
  see(tableOver(base), (row) => hidden !== null && ((hidden[row >>> 3] as number) & (1 << (row & 7))) !== 0);
  if (newer !== null) see(tableOver(newer), () => false);
  return Array.from({ length: count }, (_, rid) => rid).filter((rid) => isSeen[rid] === 0);
}
