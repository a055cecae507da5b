import { AppError } from '../../errors.ts';
import { type ColumnMap, type ColumnUse, type ColumnWishes, findColumns } from '../columns.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import { UnsupportedParquet } from './faults.ts';
import { type Footer, readFooter } from './footer.ts';
import type { NumberForm } from './numbers.ts';
import { type ParquetColumn, parquetColumns } from './schema.ts';

export interface ParquetFile {
  rows: number;
  footer: Footer;
  columns: ParquetColumn[];
}

/** The columns of a file to read, by what they are taken for. */
export type ChosenColumns = Partial<Record<ColumnUse, ParquetColumn>>;

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
  const { id, crawled_at: crawledAt } = chosen;
  if (id !== undefined) refuseAs(id, 'id', isTime(id));
  if (crawledAt !== undefined) refuseAs(crawledAt, 'time of collection', !isTime(crawledAt));
  return { chosen, notes };
}

/** @param isOther whether its numbers, as what they are, cannot be that. */
function refuseAs(column: ParquetColumn, what: string, isOther: boolean): void {
  if (column.isRepeated)
    throw new AppError('invalid', `cannot take its column ${column.name} as ${what}: it ${lists}`);
  if (isBytes(column) && column.numbers === undefined) return;
  if (column.numbers === undefined || isOther)
    throw new UnsupportedParquet(column.name, `of type ${column.type} as ${what}`);
}

const isTime = ({ numbers }: ParquetColumn): boolean => numbers !== undefined && times.includes(numbers);
const times: readonly NumberForm[] = ['date', 'milliseconds', 'microseconds', 'nanoseconds'];

const lists = 'is a list or map, with any number of values in a row';

function unfit(column: ParquetColumn): string | undefined {
  if (column.isRepeated) return lists;
  return isBytes(column) ? undefined : `holds numbers (${column.type}), no text and no digest`;
}

function isBytes({ type }: ParquetColumn): boolean {
  return type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY';
}
