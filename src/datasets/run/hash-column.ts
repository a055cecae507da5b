import { keyTags } from '../../opt-outs/table/keys.ts';
import { nullStart, type TextColumn } from '../column-batch.ts';
import type { Findings } from './findings.ts';
import type { RecordFinder } from './record-finder.ts';

/** Bytes of each hash, and what the schema of a check says of one that is none. */
const shapes = { sha256: 32, md5: 16, pdq: 32 } as const;
export type HashRole = keyof typeof shapes;

/** Value of a hex digit in any case, 255 for anything else. */
const hexValue = Uint8Array.from({ length: 256 }, (_, byte) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return value < 0 ? 255 : value;
});

/**
 * Reads one hash, as hex or as the digest itself.
 * @param into takes its bytes, from `at` on.
 * @returns false when it is none.
 */
function readHash(column: TextColumn, row: number, role: HashRole, into: Uint8Array, at: number): boolean {
  const { bytes, form } = column;
  const size = shapes[role];
  let from = column.starts[row] as number;
  let to = column.ends[row] as number;
  if (to - from === size && form === 'bytes') {
    into.set(bytes.subarray(from, to), at);
    return true;
  }
  while (from < to && (bytes[from] as number) <= 0x20) from += 1;
  while (to > from && (bytes[to - 1] as number) <= 0x20) to -= 1;
  if (to - from !== 2 * size) return false;
  for (let byte = 0; byte < size; byte += 1) {
    const high = hexValue[bytes[from + 2 * byte] as number] as number;
    const low = hexValue[bytes[from + 2 * byte + 1] as number] as number;
    if (high > 15 || low > 15) return false;
    into[at + byte] = 16 * high + low;
  }
  return true;
}

/** Whether a row has anything but blanks. */
function isGiven({ bytes, starts, ends }: TextColumn, row: number): boolean {
  const from = starts[row] as number;
  if (from === nullStart) return false;
  for (let at = from; at < (ends[row] as number); at += 1) if ((bytes[at] as number) > 0x20) return true;
  return false;
}

/** Looks up every file hash of a column. */
export function scanHashes(
  column: TextColumn,
  rows: number,
  role: 'sha256' | 'md5',
  { finder, findings, asked }: { finder: RecordFinder; findings: Findings; asked: Uint8Array },
): void {
  const key = new Uint8Array(1 + shapes[role]);
  key[0] = keyTags[role];
  for (let row = 0; row < rows; row += 1) {
    if (!isGiven(column, row)) continue;
    asked[row] = 1;
    if (!readHash(column, row, role, key, 1)) {
      findings.addBad(row, faultOfHash(role));
      continue;
    }
    const count = finder.hash(key);
    if (count > 0) findings.addRecords(row, role, finder.found(), count);
  }
}

/** The PDQ hashes of a column that can be looked up, with the rows they stand in. */
export function readPdqs(
  column: TextColumn,
  rows: number,
  { findings, asked }: { findings: Findings; asked: Uint8Array },
): { rows: number[]; hashes: Uint8Array[] } {
  const found: { rows: number[]; hashes: Uint8Array[] } = { rows: [], hashes: [] };
  for (let row = 0; row < rows; row += 1) {
    if (!isGiven(column, row)) continue;
    asked[row] = 1;
    const hash = new Uint8Array(shapes.pdq);
    if (readHash(column, row, 'pdq', hash, 0)) {
      found.rows.push(row);
      found.hashes.push(hash);
    } else findings.addBad(row, faultOfHash('pdq'));
  }
  return found;
}

export function faultOfHash(role: HashRole): string {
  return `has an unusable ${role}: it is not ${2 * shapes[role]} hex digits`;
}
