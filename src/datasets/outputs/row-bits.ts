import { AppError } from '../../errors.ts';

/** 1-based numbers of rows in a file, in any order. */
export type Rows = Iterable<number> | AsyncIterable<number>;

/** A set of rows of one file, a bit each. */
export interface RowBits {
  has(row: number): boolean;
}

/** Files of more rows than that do not come; their bits would be 250 MB. */
export const rowsMax = 2_000_000_000;

/** @throws AppError `too-large` for rows beyond what a file can have here. */
export async function rowBits(rows: Rows): Promise<RowBits> {
  let bits = new Uint8Array(8_192);
  for await (const row of rows) {
    const at = row >>> 3;
    if (!(row >= 1 && row <= rowsMax)) throw new AppError('too-large', `has no row ${row}, or too many rows`);
    if (at >= bits.length) {
      const grown = new Uint8Array(Math.max(at + 1, bits.length * 2));
      grown.set(bits);
      bits = grown;
    }
    bits[at] = (bits[at] as number) | (1 << (row & 7));
  }
  return { has: (row) => (((bits[row >>> 3] ?? 0) >>> (row & 7)) & 1) === 1 };
}
