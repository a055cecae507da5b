import type { ColumnChunk, RowGroup } from 'hyparquet';
import type { HashForm } from '../column-batch.ts';
import type { ColumnUse } from '../columns.ts';
import { type Codec, codecs } from './codecs.ts';
import { damaged, UnsupportedParquet } from './faults.ts';
import type { NumberForm } from './numbers.ts';
import type { ChosenColumns, ParquetFile } from './open.ts';
import type { ParquetColumn } from './schema.ts';

/** What to read of one row group: plain data, which any thread that opens the file can go by. */
export interface RowGroupPlan {
  /** 0-based number of the row group. */
  index: number;
  /** 0-based number of its first row in the file. */
  firstRow: number;
  rows: number;
  chunks: ChunkPlan[];
}

/** Where one column of a row group lies and how its values are to be read. */
export interface ChunkPlan {
  field: ColumnUse;
  column: string;
  type: string;
  fixedBytes: number;
  form: HashForm;
  /** For whole numbers and UUIDs, which become text. */
  numbers: NumberForm | undefined;
  levelMax: number;
  codec: Codec;
  /** Offsets in the file. */
  start: number;
  end: number;
}

/** Old writers left a dictionary page's header out of the chunk's length (PARQUET-816). */
const slackBytes = 100;

/**
 * @returns what to read, row group by row group; those without rows are left out.
 * @throws AppError `invalid` for places outside the file; `UnsupportedParquet` for what is not read here.
 */
export function planRowGroups(file: ParquetFile, fileBytes: number, chosen: ChosenColumns): RowGroupPlan[] {
  const dataEnd = fileBytes - file.footer.metadata_length - 8;
  const plans: RowGroupPlan[] = [];
  let firstRow = 0;
  for (const [index, group] of file.footer.row_groups.entries()) {
    const rows = Number(group.num_rows);
    if (!(rows >= 0) || !Number.isSafeInteger(firstRow + rows))
      throw damaged('a row group of an impossible size');
    if (rows > 0) plans.push({ index, firstRow, rows, chunks: chunksOf(group, rows, dataEnd, chosen) });
    firstRow += rows;
  }
  return plans;
}

function chunksOf(group: RowGroup, rows: number, dataEnd: number, chosen: ChosenColumns): ChunkPlan[] {
  return (Object.entries(chosen) as [ColumnUse, ParquetColumn][]).map(([field, column]) => {
    const chunk = group.columns[column.at];
    if (chunk === undefined) throw damaged(`a row group without column ${column.name}`);
    const { codec, start, end } = placeOf(chunk, column, rows, dataEnd);
    const { name, type, fixedBytes, levelMax, isText, numbers } = column;
    // A UUID's bytes may be a digest to check; only as an id it becomes text.
    const asNumbers = field === 'id' || field === 'crawled_at' ? numbers : undefined;
    const form = isText || asNumbers !== undefined ? 'text' : 'bytes';
    return { field, column: name, type, fixedBytes, form, numbers: asNumbers, levelMax, codec, start, end };
  });
}

function placeOf(chunk: ColumnChunk, { name, type }: ParquetColumn, rows: number, dataEnd: number) {
  const { meta_data: facts, file_path: elsewhere } = chunk;
  if (elsewhere !== undefined && elsewhere !== '') throw new UnsupportedParquet(name, 'kept in another file');
  if (chunk.crypto_metadata !== undefined || chunk.encrypted_column_metadata !== undefined) {
    throw new UnsupportedParquet(name, 'that is encrypted');
  }
  if (facts === undefined) throw damaged(`column ${name} is not described`);
  if (facts.type !== type) throw damaged(`column ${name} has two types`);
  if (Number(facts.num_values) !== rows)
    throw damaged(`column ${name} has another number of rows than its row group`);
  const codec = codecs.find((known) => known === facts.codec);
  if (codec === undefined)
    throw new UnsupportedParquet(name, `compressed with ${facts.codec ?? 'an unknown codec'}`);
  const dictionary = Number(facts.dictionary_page_offset ?? 0);
  const data = Number(facts.data_page_offset);
  // Writers set a dictionary offset of 0, or one behind the data, where there is none.
  const start = dictionary > 0 && dictionary < data ? dictionary : data;
  const end = start + Number(facts.total_compressed_size);
  if (!(start >= 4 && end >= start && end <= dataEnd)) throw damaged(`column ${name} lies outside the file`);
  return { codec, start, end: Math.min(end + slackBytes, dataEnd) };
}
