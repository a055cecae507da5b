/**
 * What a reader gives: the header first, then every data row in order. A broken row is an event like any other,
 * so that one bad line never ends a run.
 */
export type DatasetEvent = HeaderRead | RowRead | RowBroken;

export interface HeaderRead {
  kind: 'header';
  columns: string[];
  /** The header as it stands in the file, line end included; empty where the format has none. */
  raw: Buffer;
}

export interface RowRead {
  kind: 'row';
  /** 1-based line at which the row starts. */
  line: number;
  /** The row as it stands in the file, line end included. */
  raw: Buffer;
  /** Cells by position (CSV, TSV) or by name (JSONL). */
  cells: readonly string[] | Readonly<Record<string, unknown>>;
}

export interface RowBroken {
  kind: 'broken';
  line: number;
  /** A short clause: `has 3 cells where the header has 4`. */
  why: string;
}

/** No record of a CSV and no line of a JSONL file may be longer; a longer one is a broken row, not an end. */
export const recordBytesMax = 4 * 1024 * 1024;

export const tooLong = `is longer than ${recordBytesMax / 1024 / 1024} MB`;
