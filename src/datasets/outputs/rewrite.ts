import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../errors.ts';
import { type DatasetFormat, openSource } from '../sources/inputs.ts';
import type { SourceDeps } from '../sources/requests.ts';
import { rewriteParquet } from './rewrite-parquet.ts';
import { rewriteTar } from './rewrite-tar.ts';
import { rewriteText } from './rewrite-text.ts';
import { type Rows, rowBits } from './row-bits.ts';
import { writeWhole } from './whole.ts';

export type Written = 'kept' | 'dropped';

export interface RewriteInput {
  /** A path, an `https://` or an `s3://` address. */
  address: string;
  format: DatasetFormat;
  /** Path of the output below `to`, one of `outputNames`. */
  name: string;
  /** 1-based numbers of rows in this file; what is neither dropped nor bad is kept, and what is bad is in neither. */
  dropped: Rows;
  bad: Rows;
  write: Written;
  to: string;
  work: string;
  /** `ByteSource.version` of the file that was filtered, to be sure that it is still that one. */
  version?: string | undefined;
}

/**
 * Writes the kept or the dropped rows of one input into a file of the same format, and of the same compression where
 * the file as a whole is compressed:
 *
 * - Parquet: all columns, nested ones too, and the order of rows, in Zstandard; metadata of the file are not kept.
 * - CSV, TSV, JSONL: the lines byte for byte, a byte order mark and the header with them; blank lines are left out.
 * - WebDataset: the members of each sample byte for byte, headers included; what belongs to no sample is left out.
 *
 * The same input and rows give the same bytes. A file that is there already is whole, and left as it is.
 * @returns whether it wrote anything.
 * @throws AppError naming the address.
 */
export async function rewriteInput(deps: SourceDeps, input: RewriteInput): Promise<boolean> {
  const { name, to, write } = input;
  const path = join(to, name);
  if (existsSync(path)) return false;
  refuseUnread(input);
  try {
    const dropped = await rowBits(input.dropped);
    const bad = await rowBits(input.bad);
    const isChosen = (row: number): boolean => !bad.has(row) && dropped.has(row) === (write === 'dropped');
    await writeWhole(path, (aside) => rewrite(deps, input, isChosen, aside));
    return true;
  } catch (error) {
    throw named(input, error);
  }
}

async function rewrite(
  deps: SourceDeps,
  { address, format, work, version }: RewriteInput,
  isChosen: (row: number) => boolean,
  path: string,
): Promise<void> {
  const source = await openSource(deps, address);
  try {
    if (version !== undefined && source.version !== version) {
      throw new AppError('conflict', 'has changed since it was filtered', { fix: 'filter it anew' });
    }
    if (format === 'parquet') await rewriteParquet({ source, address, isChosen, path, work });
    else if (format === 'tar') await rewriteTar(source, isChosen, path);
    else await rewriteText(source, format, isChosen, path);
  } finally {
    await source.close();
  }
}

function refuseUnread({ address, format }: RewriteInput): void {
  if (address === '-') {
    throw new AppError('invalid', 'what came through stdin is gone and cannot be written anew', {
      fix: 'keep it in a file and name that, or take the decisions only',
    });
  }
  if (format === 'parquet' && /^(https?|s3):\/\//i.test(address)) {
    throw new AppError('invalid', `${address} is Parquet elsewhere, and only local Parquet is written anew`, {
      fix: 'copy it here and name the copy, or take the decisions only',
    });
  }
}

/** Faults of reading are clauses to follow the address; others name a file already. */
function named({ address, name, to }: RewriteInput, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  if (error.message.includes(address) || error.message.includes(join(to, name))) return error;
  const { code, field, fix, cause } = error;
  return new AppError(code, `${address} ${error.message}`, {
    cause: cause ?? error,
    ...(field === undefined ? {} : { field }),
    ...(fix === undefined ? {} : { fix }),
  });
}
