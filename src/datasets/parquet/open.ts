import { AppError } from '../../errors.ts';
import { type ColumnMap, type ColumnWishes, type Field, findColumns } from '../columns.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import { UnsupportedParquet } from './faults.ts';
import { type Footer, readFooter } from './footer.ts';
import { type ParquetColumn, parquetColumns } from './schema.ts';

export interface ParquetFile {
  rows: number;
  footer: Footer;
  columns: ParquetColumn[];
}

/** The columns of a file to read, by what they are taken for. */
export type ChosenColumns = Partial<Record<Field | 'id', ParquetColumn>>;

/** Reads what a file says of itself. @throws AppError `invalid` with a clause to follow the file's name. */
export async function openParquet(source: ByteSource): Promise<ParquetFile> {
  const footer = await readFooter(source);
  const rows = footer.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  return { rows, footer, columns: parquetColumns(footer.schema) };
}

/** Names of the columns as they are called in words and options: a list has one, whatever it holds. */
export function parquetHeader({ columns }: ParquetFile): string[] {
  return [...new Set(columns.map(({ name }) => name))];
}

/**
 * Finds the columns to check as in any dataset, knowing besides what each can hold: numbers are never a digest, and
 * lists are not looked into.
 * @returns the columns, and sentences worth telling before the run.
 * @throws AppError `invalid` as `findColumns`; `UnsupportedParquet` for an id of a type that cannot be read.
 */
export function chooseColumns(
  file: ParquetFile,
  wishes: ColumnWishes,
): { chosen: ChosenColumns; notes: string[] } {
  const header = parquetHeader(file);
  const columns = header.map((name) => file.columns.find((column) => column.name === name) as ParquetColumn);
  const { map, notes } = findColumns(header, wishes, (at) => unfit(columns[at] as ParquetColumn));
  const chosen: ChosenColumns = {};
  for (const [field, at] of Object.entries(map) as [keyof ColumnMap, number][])
    chosen[field] = columns[at] as ParquetColumn;
  const { id } = chosen;
  if (id?.isRepeated) throw new AppError('invalid', `cannot take its column ${id.name} as id: it ${lists}`);
  if (id !== undefined && !isBytes(id) && id.numbers === undefined) {
    throw new UnsupportedParquet(id.name, `of type ${id.type} as id`);
  }
  return { chosen, notes };
}

const lists = 'is a list or map, with any number of values in a row';

function unfit(column: ParquetColumn): string | undefined {
  if (column.isRepeated) return lists;
  return isBytes(column) ? undefined : `holds numbers (${column.type}), no text and no digest`;
}

function isBytes({ type }: ParquetColumn): boolean {
  return type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY';
}
