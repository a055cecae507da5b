import { resolve } from 'node:path';
import { AppError } from '../../errors.ts';
import { openParquet, type ParquetFile } from '../parquet/open.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import { making, type OpenDuckDb, onePath, text, withDuckDb } from './duckdb.ts';
import { rowsMax } from './row-bits.ts';

/** DuckDB collects a row group in memory before it is written, so wide rows make small groups. */
const groupBytes = 48 * 1024 * 1024;
const groupRowsMax = 122_880;
/** DuckDB's rows come in vectors of so many, and it asks whether a group is full after each. */
const vectorRows = 2_048;
/**
 * What DuckDB may hold. Rows with pictures in them need more: a vector of them is in memory about eight times while
 * it is read, collected and compressed (measured from 20 to 100 kB a row).
 */
const memoryMbMin = 256;
const memoryMbMax = 2_000;
const copiesOfVector = 8;
const decimalDigitsMax = 38;

export interface RewriteParquet {
  source: ByteSource;
  /** Path of the same file. */
  address: string;
  isChosen: (row: number) => boolean;
  path: string;
  work: string;
}

/** Copies the chosen rows with DuckDB, a bit for each row told to it. */
export async function rewriteParquet({
  source,
  address,
  isChosen,
  path,
  work,
}: RewriteParquet): Promise<void> {
  const file = await openParquet(source);
  refuseLossy(file);
  const { blobValue } = await import('@duckdb/node-api');
  const copy = async ({ connection }: OpenDuckDb) => {
    const chosen = await connection.prepare('CREATE TEMP TABLE chosen AS SELECT $1::BLOB::BIT AS bits');
    chosen.bind([blobValue(bitsOf(file.rows, isChosen))]);
    await chosen.run();
    // The number of a row is a column that `*` does not hold.
    await connection.run(
      `COPY (SELECT * FROM read_parquet(${onePath(address)}, hive_partitioning = false)
             WHERE get_bit((SELECT bits FROM chosen), file_row_number::INTEGER) = 1)
       TO ${text(resolve(path))}
       (FORMAT parquet, CODEC zstd, ROW_GROUP_SIZE ${groupRows(file)}, USE_TMP_FILE false)`,
    );
  };
  await making(`a copy of ${address}`, () => withDuckDb(work, copy, memoryMb(file)));
}

/** A bit for each row from the first on, the highest bit of a byte first, as DuckDB reads bytes as bits. */
function bitsOf(rows: number, isChosen: (row: number) => boolean): Uint8Array {
  if (rows > rowsMax) throw new AppError('too-large', `has more than ${rowsMax} rows`);
  const bits = new Uint8Array(Math.ceil(rows / 8) + 1);
  for (let row = 0; row < rows; row++) {
    if (isChosen(row + 1)) bits[row >>> 3] = (bits[row >>> 3] as number) | (0x80 >>> (row & 7));
  }
  return bits;
}

/** The bytes of a row, on average, in the row group where that is the most. */
function rowBytes({ footer }: ParquetFile): number {
  const each = footer.row_groups.map(
    (group) => Number(group.total_byte_size) / Math.max(1, Number(group.num_rows)),
  );
  return each.reduce((most, bytes) => Math.max(most, bytes), 1);
}

function groupRows(file: ParquetFile): number {
  const fitting = Math.floor(groupBytes / rowBytes(file) / vectorRows) * vectorRows;
  return Math.min(groupRowsMax, Math.max(vectorRows, fitting));
}

function memoryMb(file: ParquetFile): number {
  const wanted = 64 + Math.ceil((copiesOfVector * vectorRows * rowBytes(file)) / 1e6);
  return Math.min(memoryMbMax, Math.max(memoryMbMin, wanted));
}

/** What DuckDB would change without a word. */
function refuseLossy({ footer }: ParquetFile): void {
  const [root, ...rest] = footer.schema;
  const fix = 'write the file anew without that, or take the decisions only';
  const names = new Map<string, string>();
  let at = 0;
  for (let child = 0; child < (root?.num_children ?? 0); child++) {
    const name = rest[at]?.name ?? '';
    const other = names.get(name.toLowerCase());
    if (other !== undefined) {
      const why = `has two columns that DuckDB takes for one, ${other} and ${name}`;
      throw new AppError('invalid', why, { field: name, fix });
    }
    if (name.toLowerCase() === 'file_row_number') {
      const why = `has a column ${name}, which is what DuckDB calls the number of a row`;
      throw new AppError('invalid', why, { field: name, fix });
    }
    names.set(name.toLowerCase(), name);
    at += leavesBelow(rest, at);
  }
  for (const { name, precision } of rest) {
    if (precision === undefined || precision <= decimalDigitsMax) continue;
    const why = `has a column ${name} of decimals of ${precision} digits, and DuckDB keeps ${decimalDigitsMax}`;
    throw new AppError('invalid', why, { field: name, fix });
  }
}

/** How many elements of a schema one of them takes, itself included. */
function leavesBelow(elements: readonly { num_children?: number }[], at: number): number {
  let open = 1;
  let taken = 0;
  while (open > 0 && at + taken < elements.length) {
    open += (elements[at + taken]?.num_children ?? 0) - 1;
    taken += 1;
  }
  return taken;
}
