import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parse } from 'csv-parse/sync';
import { addLicence, type LicenceList, licenceColumns, licencesMax } from '../../datasets/run/licences.ts';
import { AppError } from '../../errors.ts';

const fileBytesMax = 512 * 1024 * 1024;
const fix = `make it a CSV file with one or more of the columns ${licenceColumns.join(', ')}; each line fills at least one`;

/**
 * Reads what the builder says to have rights to: a CSV file with a header.
 * @throws AppError naming file and line.
 */
export async function readLicences(path: string) {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new AppError('not-found', `${path} cannot be read (${cause.code})`, { cause, field: 'licences' });
  });
  if (bytes.length > fileBytesMax) throw new AppError('too-large', `${path} is larger than 512 MB`);
  const list: Record<keyof LicenceList, string[]> = {
    ...{ domains: [], prefixes: [], urls: [], sha256: [], md5: [], records: [] },
  };
  const lines = linesOf(path, bytes);
  for (const [at, line] of lines.entries()) {
    const given = licenceColumns.filter((column) => (line[column] ?? '').trim() !== '');
    const place = `${path}, line ${at + 2}`;
    if (given.length === 0) throw new AppError('invalid', `${place} says nothing that is licensed`, { fix });
    for (const column of given) {
      try {
        addLicence(list, column, (line[column] as string).trim());
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        throw new AppError('invalid', `${place}: ${error.message}`, { fix, cause: error });
      }
    }
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { list, name: basename(path), sha256, entries: lines.length };
}

function linesOf(path: string, bytes: Buffer): Record<string, string>[] {
  let lines: Record<string, string>[];
  try {
    const header = (names: string[]) => names.map((name) => name.trim().toLowerCase());
    lines = parse(bytes, { columns: header, bom: true, skip_empty_lines: true, trim: true });
  } catch (cause) {
    throw new AppError('invalid', `${path} is no CSV file: ${(cause as Error).message}`, { fix, cause });
  }
  if (lines.length > licencesMax)
    throw new AppError('too-large', `${path} has more than ${licencesMax} lines`);
  if (lines.length === 0) throw new AppError('invalid', `${path} has no line behind its header`, { fix });
  const known = Object.keys(lines[0] as object).filter((name) =>
    licenceColumns.some((column) => column === name),
  );
  if (known.length === 0)
    throw new AppError('invalid', `${path} has none of the columns of a licence file`, { fix });
  return lines;
}
