import type { ColumnUse } from './columns.ts';

/** In `starts` where a row has no value. */
export const nullStart = 0xffffffff;

/** No batch has more rows, so that what is kept of one stays in a processor's cache. */
export const batchRowsMax = 65_536;

/**
 * What a column's file says about its values: `text` is UTF-8, `bytes` is not said. For hashes the length decides:
 * 64 characters are a SHA-256 in hex, 32 bytes the digest itself.
 */
export type HashForm = 'text' | 'bytes';

/**
 * The values of one column for the rows of a batch: row i is `bytes.subarray(starts[i], ends[i])`, and has no value
 * where `starts[i]` is `nullStart`. Nothing is copied where the file's own page can be pointed into.
 */
export interface TextColumn {
  form: HashForm;
  bytes: Uint8Array;
  starts: Uint32Array;
  ends: Uint32Array;
  /** The distinct values the rows point to, where the file keeps such a list: each needs to be looked up once. */
  dictionary?: { values: DictionaryValues; codes: Uint32Array };
}

/** Distinct values in the `bytes` of the column they belong to; the same object for all batches they serve. */
export interface DictionaryValues {
  starts: Uint32Array;
  ends: Uint32Array;
}

/**
 * Some rows of a dataset, by column. Its arrays may point into memory shared with other batches: what crosses
 * threads is a `RowGroupPlan`, not a batch.
 */
export interface ColumnBatch {
  /** 0-based number of the first row in its file. */
  firstRow: number;
  rows: number;
  columns: Partial<Record<ColumnUse, TextColumn>>;
}
