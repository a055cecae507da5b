import { nullStart, type TextColumn } from '../datasets/column-batch.ts';
import { keyTags } from '../opt-outs/table/keys.ts';
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

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** What a cell of a hash column is. */
type Cell = 'nothing' | 'hash' | 'bad';

/**
 * Reads one hash, as hex or as the digest itself.
 * @param into takes its bytes, from `at` on.
 */
function readHash(column: TextColumn, row: number, role: HashRole, into: Uint8Array, at: number): Cell {
  const { bytes, form, starts, ends } = column;
  const size = shapes[role];
  const from = starts[row] as number;
  if (from === nullStart) return 'nothing';
  const to = ends[row] as number;
  if (to - from === size && form === 'bytes') {
    into.set(bytes.subarray(from, to), at);
    return 'hash';
  }
  if (readHex(bytes, from, to, size, into, at)) return 'hash';
  const text = decoder.decode(bytes.slice(from, to)).trim();
  if (text === '') return 'nothing';
  const cell = encoder.encode(text);
  return readHex(cell, 0, cell.length, size, into, at) ? 'hash' : 'bad';
}

function readHex(
  bytes: Uint8Array,
  from: number,
  to: number,
  size: number,
  into: Uint8Array,
  at: number,
): boolean {
  if (to - from !== 2 * size) return false;
  for (let byte = 0; byte < size; byte += 1) {
    const high = hexValue[bytes[from + 2 * byte] as number] as number;
    const low = hexValue[bytes[from + 2 * byte + 1] as number] as number;
    if (high > 15 || low > 15) return false;
    into[at + byte] = 16 * high + low;
  }
  return true;
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
    const cell = readHash(column, row, role, key, 1);
    if (cell === 'nothing') continue;
    asked[row] = 1;
    if (cell === 'bad') {
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
    const hash = new Uint8Array(shapes.pdq);
    const cell = readHash(column, row, 'pdq', hash, 0);
    if (cell === 'nothing') continue;
    asked[row] = 1;
    if (cell === 'hash') {
      found.rows.push(row);
      found.hashes.push(hash);
    } else findings.addBad(row, faultOfHash('pdq'));
  }
  return found;
}

const words = { sha256: 'SHA-256 of the file', md5: 'MD5 of the file', pdq: 'PDQ-256 hash' } as const;

/** In the words of the schema of a check. */
export function faultOfHash(role: HashRole): string {
  return `has an unusable ${role}: must be ${2 * shapes[role]} hex digits (${words[role]})`;
}
