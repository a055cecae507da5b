import { readdir, stat } from 'node:fs/promises';
import { join, matchesGlob, sep } from 'node:path';
import { AppError } from '../../errors.ts';
import { formatOf, formats } from '../open.ts';
import type { ByteSource } from './byte-source.ts';
import { openFileSource } from './file-source.ts';
import { openHttpSource } from './http-source.ts';
import type { SourceDeps } from './requests.ts';
import { listS3, openS3Source, parseS3 } from './s3.ts';

/** Everything a dataset can be kept in; `tar` is a WebDataset. */
export const datasetFormats = [...formats, 'parquet', 'tar'] as const;
export type DatasetFormat = (typeof datasetFormats)[number];

export interface DatasetInput {
  /** A path, an https:// or s3:// address, or `-`. */
  address: string;
  format: DatasetFormat;
}

/** More files than that are named by several runs. */
export const inputsMax = 200_000;
const foldersMax = 100_000;
const depthMax = 32;

/** The format a name announces: `part-0.parquet`, `00001.tar.gz`, `DATA.CSV.zst`. */
export function datasetFormatOf(name: string): DatasetFormat | undefined {
  const path = (isRemote(name) === 'http' ? new URL(name).pathname : name).toLowerCase();
  if (path.endsWith('.parquet') || path.endsWith('.parq') || path.endsWith('.pq')) return 'parquet';
  if (/\.(tar|tgz|tar\.gz|tar\.zst)$/.test(path)) return 'tar';
  return formatOf(path);
}

/**
 * Finds the files meant by what was given: files, folders, globs (`*`, `?`, `[`, `{`), `https://`, `s3://bucket/key`,
 * `s3://bucket/folder/` and globs of those, and `-` for stdin. Files of a folder come in the order of their names;
 * those that start with `_` or `.` are the leavings of the tools that write such folders.
 * @param format what the caller says all of them are.
 * @throws AppError naming what was given.
 */
export async function findInputs(
  deps: SourceDeps,
  given: readonly string[],
  format?: DatasetFormat,
): Promise<DatasetInput[]> {
  const inputs: DatasetInput[] = [];
  for (const address of given) {
    const found = await filesOf(deps, address).catch((error: unknown) => {
      throw named(address, error);
    });
    inputs.push(...(found === undefined ? [oneInput(address, format)] : several(address, found, format)));
    if (inputs.length > inputsMax)
      throw new AppError('too-large', `${address} makes more than ${inputsMax} files`);
  }
  return inputs;
}

/**
 * Opens an input for reading in any order.
 * @throws AppError naming the address when it cannot be opened; reads throw clauses to follow it.
 */
export async function openSource(deps: SourceDeps, address: string): Promise<ByteSource> {
  const remote = isRemote(address);
  if (remote === undefined) return openFileSource(address);
  const opened = remote === 's3' ? openS3Source(deps, address) : openHttpSource(deps, address);
  return opened.catch((error: unknown) => {
    throw named(address, error);
  });
}

/** The bytes of a source from `start` to its end, for formats that are read in one go. */
export async function* streamed(
  source: ByteSource,
  start = 0,
  onBytes: (count: number) => void = () => {},
): AsyncGenerator<Buffer> {
  const read = (at: number) => source.read(at, Math.min(source.size, at + streamBlockBytes));
  let next = start < source.size ? read(start) : undefined;
  for (let at = start; next !== undefined; ) {
    const bytes = await next;
    at += bytes.length;
    next = at < source.size ? read(at) : undefined;
    // Whoever stops reading never awaits the block that is under way.
    next?.catch(() => {});
    onBytes(bytes.length);
    yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

const streamBlockBytes = 1024 * 1024;
const globCharacters = /[*?[{]/;

/** Whether an address is that of another machine, and by which protocol. */
export function isRemote(address: string): 's3' | 'http' | undefined {
  if (/^s3:\/\//i.test(address)) return 's3';
  return /^https?:\/\//i.test(address) ? 'http' : undefined;
}

/** @returns undefined for an address that is one file itself. */
async function filesOf(deps: SourceDeps, address: string): Promise<string[] | undefined> {
  const remote = isRemote(address);
  if (address === '-' || remote === 'http') return undefined;
  if (remote === 's3') return s3FilesOf(deps, address);
  const facts = await stat(address).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || !globCharacters.test(address)) {
      throw new AppError(error.code === 'ENOENT' ? 'not-found' : 'invalid', `is not there (${error.code})`);
    }
    return undefined;
  });
  if (facts?.isDirectory()) return folderFiles(address, depthMax);
  if (facts !== undefined) return undefined;
  const base = fixedPart(address);
  const depth = address.includes('**') ? depthMax : address.slice(base.length).split(sep).length;
  const files = await folderFiles(base === '' ? '.' : base, depth, base);
  return files.filter((path) => matchesGlob(path, address));
}

async function s3FilesOf(deps: SourceDeps, address: string): Promise<string[] | undefined> {
  const { bucket, key } = parseS3(address);
  const isGlob = globCharacters.test(key);
  if (!isGlob && key !== '' && !key.endsWith('/')) return undefined;
  const keys = await listS3(deps, { bucket, key: isGlob ? fixedPart(key, '/') : key }, inputsMax);
  const wanted = keys.filter(
    (name) => !name.endsWith('/') && (isGlob ? matchesGlob(name, key) : isShown(name.slice(key.length))),
  );
  return wanted.sort(byteOrder).map((name) => `s3://${bucket}/${name}`);
}

/** The folders of a pattern before its first wildcard, with the separator behind them. */
function fixedPart(pattern: string, separator: string = sep): string {
  const wild = pattern.search(globCharacters);
  return pattern.slice(0, pattern.lastIndexOf(separator, wild) + 1);
}

function isShown(path: string): boolean {
  return path.split(/[/\\]/).every((name) => !name.startsWith('_') && !name.startsWith('.'));
}

/** All files below a folder, links to folders not followed. @param prefix put before the names. */
async function folderFiles(folder: string, depth: number, prefix = join(folder, sep)): Promise<string[]> {
  const files: string[] = [];
  const open = [{ path: folder, prefix, depth }];
  for (let done = 0; done < open.length; done++) {
    const { path, prefix: start, depth: left } = open[done] as (typeof open)[number];
    for (const entry of await entriesOf(path)) {
      if (!isShown(entry.name)) continue;
      const name = `${start}${entry.name}`;
      if (entry.isDirectory() && left > 1)
        open.push({ path: name, prefix: `${name}${sep}`, depth: left - 1 });
      else if (entry.isFile() || (entry.isSymbolicLink() && (await stat(name)).isFile())) files.push(name);
    }
    if (files.length > inputsMax || open.length > foldersMax) {
      throw new AppError('too-large', `holds more than ${inputsMax} files or ${foldersMax} folders`);
    }
  }
  return files.sort(byteOrder);
}

function entriesOf(path: string) {
  return readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    const code = error.code === 'ENOENT' ? 'not-found' : 'invalid';
    throw new AppError(code, `leads to a folder that cannot be read: ${path} (${error.code})`, {
      cause: error,
    });
  });
}

function byteOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function oneInput(address: string, format: DatasetFormat | undefined): DatasetInput {
  const known = format ?? datasetFormatOf(address);
  if (known === undefined) {
    const what = address === '-' ? 'what comes through stdin' : `what is in ${address}`;
    throw new AppError('invalid', `nothing tells ${what}`, {
      fix: `say --format ${datasetFormats.join(', ')}`,
    });
  }
  if (address === '-' && known === 'parquet') {
    throw new AppError('invalid', 'Parquet cannot be read from stdin: its footer says where everything is', {
      fix: 'name the file',
    });
  }
  return { address, format: known };
}

/** Files of a folder are of one format: a picture and its row, told twice, would count twice. */
function several(
  address: string,
  files: readonly string[],
  format: DatasetFormat | undefined,
): DatasetInput[] {
  const known = files.flatMap((path) => {
    const its = datasetFormatOf(path);
    return its === undefined || (format !== undefined && its !== format)
      ? []
      : [{ address: path, format: its }];
  });
  const kinds = [...new Set(known.map((input) => input.format))];
  if (kinds.length > 1) {
    throw new AppError('invalid', `${address} holds files of several formats: ${kinds.join(', ')}`, {
      fix: `say --format ${kinds[0]}, or name the files by a pattern`,
    });
  }
  if (known.length === 0) throw new AppError('not-found', `${address} holds no ${format ?? 'dataset'} files`);
  return known;
}

function named(address: string, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, field, fix, cause } = error;
  return new AppError(code, `${address} ${error.message}`, {
    cause: cause ?? error,
    ...(field === undefined ? {} : { field }),
    ...(fix === undefined ? {} : { fix }),
  });
}
