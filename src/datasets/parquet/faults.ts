import { AppError } from '../../errors.ts';

/** A Parquet file in order, of a kind not read here; DuckDB may read it. */
export class UnsupportedParquet extends AppError {
  readonly column: string;

  constructor(column: string, what: string) {
    super('invalid', `has a column ${column} ${what}, which is not read here`, {
      field: column,
      fix: 'write the file anew with zstd, snappy, gzip or no compression and plain or dictionary encoding',
    });
    this.name = 'UnsupportedParquet';
    this.column = column;
  }
}

/** @param why a clause: `a page ends early`. */
export function damaged(why: string, cause?: unknown): AppError {
  return new AppError('invalid', `is damaged: ${why}`, cause === undefined ? {} : { cause });
}
