import { AppError } from '../../errors.ts';
import { batchRowsMax, type ColumnBatch, type DictionaryValues, type TextColumn } from '../column-batch.ts';
import { type ByteSource, gathered } from '../sources/byte-source.ts';
import { damaged, UnsupportedParquet } from './faults.ts';
import type { HybridReader } from './hybrid.ts';
import { type DataPage, dataPages } from './pages.ts';
import type { ChunkPlan, RowGroupPlan } from './plan.ts';
import { spread, type Texts } from './texts.ts';

/** Row groups whose wanted columns are together longer are read piece by piece instead of at once. */
const gatheredBytesMax = 32 * 1024 * 1024;

/** Rows of one column that are decoded and not yet given out. */
interface Cursor {
  plan: ChunkPlan;
  pages: AsyncGenerator<DataPage>;
  page: DataPage | undefined;
  /** Rows of the page whose levels are not read. */
  pageLeft: number;
  /** Rows whose levels are read and whose values are not. */
  awaited: Awaited | undefined;
  texts: Texts;
  values: DictionaryValues | undefined;
  rows: number;
  given: number;
}

interface Awaited {
  rows: number;
  /** How many of them have a value. */
  count: number;
  /** 1 for each row that has one; undefined where all have. */
  present: Uint8Array | undefined;
}

const none: Texts = { bytes: new Uint8Array(0), starts: new Uint32Array(0), ends: new Uint32Array(0) };

/**
 * Reads the wanted columns of a row group in batches of up to `batchRowsMax` rows. Memory holds a page and a batch
 * of each column, whatever the size of the row group.
 * @throws AppError with a clause to follow the file's name, naming row group and column.
 */
export async function* readRowGroup(source: ByteSource, plan: RowGroupPlan): AsyncGenerator<ColumnBatch> {
  const bytes = gathered(source, plan.chunks, gatheredBytesMax);
  const cursors = plan.chunks.map((chunk) => cursorOf(bytes, chunk, plan.rows));
  for (let row = 0; row < plan.rows; ) {
    for (const cursor of cursors) {
      if (cursor.given < cursor.rows) continue;
      await fill(cursor).catch((error: unknown) => {
        throw placed(error, cursor.plan.column, plan.index);
      });
    }
    const rows = Math.min(plan.rows - row, ...cursors.map((cursor) => cursor.rows - cursor.given));
    const columns: ColumnBatch['columns'] = {};
    for (const cursor of cursors) columns[cursor.plan.field] = takeRows(cursor, rows);
    yield { firstRow: plan.firstRow + row, rows, columns };
    row += rows;
  }
}

function cursorOf(source: ByteSource, plan: ChunkPlan, rows: number): Cursor {
  return {
    plan,
    pages: dataPages(source, plan, rows),
    page: undefined,
    pageLeft: 0,
    awaited: undefined,
    texts: none,
    values: undefined,
    rows: 0,
    given: 0,
  };
}

/** Decodes the next rows, of one page, in place of those given out. */
async function fill(cursor: Cursor): Promise<void> {
  while (cursor.awaited === undefined && cursor.pageLeft === 0) {
    const next = await cursor.pages.next();
    if (next.done) throw damaged('a column ends before its rows do');
    cursor.page = next.value;
    cursor.pageLeft = next.value.rows;
    const { dictionary } = next.value;
    if (dictionary === undefined) cursor.values = undefined;
    else cursor.values ??= { starts: dictionary.starts, ends: dictionary.ends };
  }
  const { levels, values } = cursor.page as DataPage;
  if (cursor.awaited === undefined) {
    const rows = Math.min(cursor.pageLeft, batchRowsMax);
    cursor.awaited = readLevels(levels, rows, cursor.plan.levelMax);
    cursor.pageLeft -= rows;
  }
  const { rows, count, present } = cursor.awaited;
  const texts = count === 0 ? none : values.read(count);
  const taken = texts.starts.length;
  cursor.rows = taken === count ? rows : rowsWith(taken, present);
  cursor.texts = present === undefined ? texts : spread(texts, present, cursor.rows);
  cursor.given = 0;
  cursor.awaited =
    taken === count
      ? undefined
      : { rows: rows - cursor.rows, count: count - taken, present: present?.subarray(cursor.rows) };
}

function readLevels(levels: HybridReader | undefined, rows: number, levelMax: number): Awaited {
  if (levels === undefined) return { rows, count: rows, present: undefined };
  const equal = levels.readEqual(rows);
  if (equal === levelMax) return { rows, count: rows, present: undefined };
  if (equal !== undefined && equal < levelMax) return { rows, count: 0, present: new Uint8Array(rows) };
  if (equal !== undefined) throw damaged('a definition level is too high');
  const read = new Uint32Array(rows);
  levels.read(read, rows);
  const present = new Uint8Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const level = read[row] as number;
    if (level > levelMax) throw damaged('a definition level is too high');
    if (level !== levelMax) continue;
    present[row] = 1;
    count += 1;
  }
  return { rows, count, present: count === rows ? undefined : present };
}

/** How many rows from the first on hold so many values. */
function rowsWith(values: number, present: Uint8Array | undefined): number {
  if (present === undefined) return values;
  let row = 0;
  for (let left = values; left > 0; row++) left -= present[row] as number;
  return row;
}

function takeRows(cursor: Cursor, rows: number): TextColumn {
  const { texts, plan, values, given: from } = cursor;
  cursor.given += rows;
  const to = from + rows;
  const { bytes, codes } = texts;
  const column = {
    form: plan.form,
    bytes,
    starts: texts.starts.subarray(from, to),
    ends: texts.ends.subarray(from, to),
  };
  if (codes === undefined || values === undefined) return column;
  return { ...column, dictionary: { values, codes: codes.subarray(from, to) } };
}

function placed(error: unknown, column: string, rowGroup: number): unknown {
  // zlib and typed arrays throw these where a claim could not be met.
  const known = error instanceof RangeError ? damaged('a length that cannot be', error) : error;
  if (!(known instanceof AppError) || known instanceof UnsupportedParquet) return known;
  return new AppError(known.code, `${known.message} (column ${column}, row group ${rowGroup})`, {
    cause: error,
    field: column,
  });
}
