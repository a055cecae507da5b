import type { TableRecord } from '../../opt-outs/table/table.ts';
import { addPartRecords, emptyRecordTally, type RecordTally } from '../tally/record-tally.ts';
import { restoreTally } from '../tally/stored.ts';
import { type HeldBounds, heldBounds, heldRecords } from '../tally/summary.ts';
import { emptyTally, mergeTally, type Tally } from '../tally/tally.ts';
import type { RecordFinder } from './record-finder.ts';
import type { StoredPart } from './work.ts';

/** What a whole run has counted. */
export interface Counted {
  tally: Tally;
  records: RecordTally;
  rowsOfInputs: number[];
}

/** Puts the counts of all parts together, in their order. @param parts of each input. */
export function countParts(
  parts: Iterable<{ input: number; part: StoredPart }>,
  finder: RecordFinder,
): Counted {
  const counted: Counted = { tally: emptyTally(), records: emptyRecordTally(finder.end), rowsOfInputs: [] };
  for (const { input, part } of parts) {
    mergeTally(counted.tally, restoreTally(part.tally));
    addPartRecords(counted.records, part.records);
    counted.rowsOfInputs[input] = (counted.rowsOfInputs[input] ?? 0) + part.rows;
  }
  return counted;
}

/** @param hitsMax most rows a record may drop by itself; undefined for the standard share of all rows. */
export function recordsToHold(
  { tally, records }: Counted,
  finder: RecordFinder,
  hitsMax: number | undefined,
): number[] {
  const bounds: HeldBounds =
    hitsMax === undefined ? heldBounds : { ...heldBounds, shareMax: 0, rowsMin: hitsMax };
  return heldRecords(records, tally.rows, bounds).filter((record) => mayHold(finder.recordAt(record)));
}

/**
 * Whether a record may be held for what it drops: a work may, which says nothing of where it lies. Any other record that
 * decides was proven for its place, and speaks for all of it, however many rows lie there: to hold it would be to pass
 * over a reservation for being a large one.
 */
const mayHold = ({ kind }: TableRecord): boolean => kind === 'work';

/** Whether a part has rows of one of these records. */
export function hasRecords({ records }: StoredPart, wanted: ReadonlySet<number>): boolean {
  if (records.others.some(([record]) => wanted.has(record))) return true;
  const words = Buffer.from(records.dropped, 'base64');
  for (let at = 0; at + 4 <= words.length; at += 4) if (wanted.has(words.readUInt32LE(at))) return true;
  return false;
}
