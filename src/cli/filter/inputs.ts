import { type ColumnMap, findColumns } from '../../datasets/columns.ts';
import { type Format, fileBytes, fileFacts, readDataset } from '../../datasets/open.ts';
import type { DatasetEvent, HeaderRead } from '../../datasets/rows.ts';
import { AppError } from '../../errors.ts';
import type { Io } from '../io.ts';
import type { FilterOptions } from './options.ts';

/** One input whose header has been read and whose columns are known. */
export interface Input {
  /** As it is called in words and reports: the path, or `stdin`. */
  name: string;
  path: string;
  format: Format;
  /** Absent for stdin. */
  facts: { size: number; mtimeMs: number } | undefined;
  header: HeaderRead;
  map: ColumnMap;
  notes: string[];
  /** The rows from the first on; can be called once. */
  rows: (onBytes: (count: number) => void) => AsyncGenerator<DatasetEvent>;
}

/** What has to be known to open inputs. */
export type Opening = Pick<FilterOptions, 'inputs' | 'columns' | 'rows'>;

/**
 * Looks into every input before anything is asked, so that a missing column in the last file is told at once.
 * @throws AppError with the input's name in its sentence.
 */
export async function openInputs(options: Opening, io: Io): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const { path, format } of options.inputs) {
    inputs.push(path === '-' ? await openStdin(options, format, io) : await openFile(options, path, format));
  }
  if (options.rows !== undefined) refuseMixedRows(inputs);
  return inputs;
}

async function openFile(options: Opening, path: string, format: Format): Promise<Input> {
  const facts = await fileFacts(path);
  const events = named(
    path,
    readDataset(
      fileBytes(path, () => {}),
      format,
    ),
  );
  const header = await headerOf(events);
  await events.return(undefined);
  return {
    ...columnsOf(path, header, options),
    path,
    format,
    facts,
    rows: (onBytes) => named(path, readDataset(fileBytes(path, onBytes), format)),
  };
}

async function openStdin(options: Opening, format: Format, io: Io): Promise<Input> {
  let tell = (_count: number) => {};
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const chunk of io.stdin) {
      tell(chunk.length);
      yield Buffer.from(chunk);
    }
  }
  const events = named('stdin', readDataset(bytes(), format));
  const header = await headerOf(events);
  return {
    ...columnsOf('stdin', header, options),
    path: '-',
    format,
    facts: undefined,
    rows: (onBytes) => {
      tell = onBytes;
      return events;
    },
  };
}

function columnsOf(name: string, header: HeaderRead, options: Opening) {
  return { name, header, ...inWords(name, () => findColumns(header.columns, options.columns)) };
}

async function headerOf(events: AsyncGenerator<DatasetEvent>): Promise<HeaderRead> {
  const first = await events.next();
  if (first.done || first.value.kind !== 'header') throw new Error('a reader gave no header');
  return first.value;
}

/** Puts the input's name before the readers' clauses. */
async function* named(name: string, events: AsyncGenerator<DatasetEvent>): AsyncGenerator<DatasetEvent> {
  try {
    yield* events;
  } catch (error) {
    throw withName(name, error);
  }
}

function inWords<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw withName(name, error);
  }
}

function withName(name: string, error: unknown): unknown {
  if (error instanceof AppError) {
    return new AppError(error.code, `${name} ${error.message}`, {
      cause: error,
      ...(error.field === undefined ? {} : { field: error.field }),
    });
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^E[A-Z]+$/.test(code)) return error;
  return new AppError('unavailable', `${name} cannot be read any further (${code})`, { cause: error });
}

function refuseMixedRows(inputs: Input[]): void {
  const [first, ...others] = inputs;
  for (const other of others) {
    const same =
      other.format === first?.format &&
      (other.format === 'jsonl' || other.header.columns.join('\0') === first.header.columns.join('\0'));
    if (same) continue;
    throw new AppError('invalid', `${other.name} has other columns than ${first?.name}`, {
      fix: 'rows are written unchanged into one file: run filter once for each',
    });
  }
}
