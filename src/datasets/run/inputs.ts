import { AppError } from '../../errors.ts';
import { type ColumnMap, type ColumnUse, type ColumnWishes, findColumns } from '../columns.ts';
import { readDataset } from '../open.ts';
import { chooseColumns, openParquet } from '../parquet/open.ts';
import { planRowGroups, type RowGroupPlan } from '../parquet/plan.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import { type DatasetFormat, type DatasetInput, openSource, streamed } from '../sources/inputs.ts';
import type { SourceDeps } from '../sources/requests.ts';
import { readWebDataset, type Sample } from '../webdataset.ts';

/** An input that was looked into: its columns are known. */
export interface RunInput {
  /** As it is called in decisions and reports. */
  name: string;
  address: string;
  format: DatasetFormat;
  size: number;
  /** Tells this state of the file from another. */
  version: string;
  /** Null where only reading to the end tells. */
  rows: number | null;
  /** Names of the columns that are used, as they stand in the file. */
  columns: Partial<Record<ColumnUse, string>>;
  notes: string[];
  /** What to read of it. */
  reading:
    | { kind: 'row-groups'; plans: RowGroupPlan[] }
    | { kind: 'stream'; map: ColumnMap; header: readonly string[] };
}

/** Files looked into at once. */
const openedAtOnce = 8;

/**
 * Looks into every input before any is filtered, so that a missing column in the last file is told at once.
 * @param inputs `name`: what to call it, where that is not its address.
 * @throws AppError with the input's name in its sentence.
 */
export async function openRunInputs(
  deps: SourceDeps,
  inputs: readonly (DatasetInput & { name?: string })[],
  wishes: ColumnWishes & { pixels: boolean },
): Promise<RunInput[]> {
  const opened: RunInput[] = [];
  let next = 0;
  const work = async () => {
    while (next < inputs.length) {
      const at = next;
      next += 1;
      opened[at] = await openInput(deps, inputs[at] as (typeof inputs)[number], wishes);
    }
  };
  await Promise.all(Array.from({ length: openedAtOnce }, work));
  return opened;
}

async function openInput(
  deps: SourceDeps,
  { address, format, name = address }: DatasetInput & { name?: string },
  wishes: ColumnWishes & { pixels: boolean },
): Promise<RunInput> {
  const source = await openSource(deps, address);
  try {
    const { size, version } = source;
    const about = { name, address, format, size, version };
    if (format === 'parquet') return { ...about, ...(await openRowGroups(source, wishes)) };
    return { ...about, ...(await openStream(source, format, wishes)) };
  } catch (error) {
    throw named(name, error);
  } finally {
    await source.close();
  }
}

async function openRowGroups(source: ByteSource, wishes: ColumnWishes) {
  const file = await openParquet(source);
  const { chosen, notes } = chooseColumns(file, wishes);
  const columns = Object.fromEntries(Object.entries(chosen).map(([use, { name }]) => [use, name]));
  const plans = planRowGroups(file, source.size, chosen);
  return { rows: file.rows, columns, notes, reading: { kind: 'row-groups' as const, plans } };
}

async function openStream(
  source: ByteSource,
  format: Exclude<DatasetFormat, 'parquet'>,
  wishes: ColumnWishes & { pixels: boolean },
) {
  const header = await headerOf(source, format);
  const { map, notes } = columnsOf(header, format, wishes);
  const columns: RunInput['columns'] = Object.fromEntries(
    Object.entries(map).map(([use, at]) => [use, header[at] as string]),
  );
  return { rows: null, columns, notes, reading: { kind: 'stream' as const, map, header } };
}

async function headerOf(source: ByteSource, format: Exclude<DatasetFormat, 'parquet'>): Promise<string[]> {
  if (format === 'tar') {
    for await (const sample of readWebDataset(streamed(source), { pictures: false })) {
      return headerOfSample(sample);
    }
    return [];
  }
  for await (const event of readDataset(streamed(source), format)) {
    if (event.kind === 'header') return event.columns;
  }
  return [];
}

const headerOfSample = ({ cells = {} }: Sample) => Object.keys(cells);

/** With pictures to look at, a tar needs no columns. */
function columnsOf(
  header: readonly string[],
  format: DatasetFormat,
  wishes: ColumnWishes & { pixels: boolean },
) {
  try {
    return findColumns(header, wishes);
  } catch (error) {
    const isEnough = format === 'tar' && wishes.pixels && Object.keys(wishes.named).length === 0;
    if (!isEnough) throw error;
    return { map: {} as ColumnMap, notes: ['only its pictures are checked'] };
  }
}

/** Puts the input's name before a reader's clause. */
export function named(name: string, error: unknown): unknown {
  if (error instanceof AppError) {
    const { code, field, fix, message } = error;
    return new AppError(code, message.startsWith(name) ? message : `${name} ${message}`, {
      cause: error,
      ...(field === undefined ? {} : { field }),
      ...(fix === undefined ? {} : { fix }),
    });
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z]+$/.test(code)) return error;
  return new AppError('unavailable', `${name} cannot be read any further (${code})`, { cause: error });
}
