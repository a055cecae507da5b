import type { Match } from '../../consent/evidence.ts';

/** The columns a row can be found by, in the order in which they speak. */
export const roles = ['url', 'page_url', 'sha256', 'md5', 'pixels', 'pdq'] as const;
export type Role = (typeof roles)[number];

/** A record that was found for a row. */
export interface FoundRecord {
  record: number;
  role: Role;
  match?: Match;
}

/**
 * What was found for the rows of one batch, column by column. Only rows with something are in it, so that it costs
 * nothing where nearly all have nothing.
 */
export interface Findings {
  addRecords(row: number, role: Role, records: Uint32Array, count: number, match?: Match): void;
  addMatch(row: number, role: Role, record: number, match: Match): void;
  /** The row is broken; the first reason counts. */
  addBad(row: number, why: string): void;
  /** A URL of the row has no key. */
  addUnkeyed(row: number): void;
  /** Rows of which anything is known, in order. */
  rows(): number[];
  /** The only record of a row that has one from one column and nothing else; -1 for others. */
  single(row: number): number;
  of(row: number): RowFindings | undefined;
  clear(): void;
}

export interface RowFindings {
  found: FoundRecord[];
  bad: string | undefined;
  unkeyed: boolean;
}

export function createFindings(): Findings {
  // By row: a lone record of a column is kept as a number, which nearly all are; anything more becomes an object.
  const singles = new Map<number, number>();
  const more = new Map<number, RowFindings>();
  const full = (row: number): RowFindings => {
    const known = more.get(row);
    if (known !== undefined) return known;
    const single = singles.get(row);
    const found = single === undefined ? [] : [unpacked(single)];
    singles.delete(row);
    const fresh: RowFindings = { found, bad: undefined, unkeyed: false };
    more.set(row, fresh);
    return fresh;
  };
  return {
    addRecords(row, role, records, count, match) {
      if (count === 0) return;
      if (count === 1 && match === undefined && !singles.has(row) && !more.has(row)) {
        singles.set(row, packed(records[0] as number, role));
        return;
      }
      const { found } = full(row);
      for (let at = 0; at < count; at += 1) {
        found.push({ record: records[at] as number, role, ...(match === undefined ? {} : { match }) });
      }
    },
    addMatch(row, role, record, match) {
      full(row).found.push({ record, role, match });
    },
    addBad(row, why) {
      full(row).bad ??= why;
    },
    addUnkeyed(row) {
      full(row).unkeyed = true;
    },
    rows: () => [...singles.keys(), ...more.keys()].sort((a, b) => a - b),
    single: (row) => singles.get(row) ?? -1,
    of(row) {
      const single = singles.get(row);
      if (single === undefined) return more.get(row);
      return { found: [unpacked(single)], bad: undefined, unkeyed: false };
    },
    clear() {
      singles.clear();
      more.clear();
    },
  };
}

/** Record and role in one number; roles are few. */
const packed = (record: number, role: Role): number => record * 8 + roles.indexOf(role);
export const recordOfSingle = (single: number): number => Math.floor(single / 8);
export const roleOfSingle = (single: number): Role => roles[single % 8] as Role;
const unpacked = (single: number): FoundRecord => ({
  record: recordOfSingle(single),
  role: roleOfSingle(single),
});
