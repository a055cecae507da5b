import { rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { download, fileSha256 } from '../follow/download.ts';
import { LogFault } from '../follow/fault.ts';
import type { TransportOptions } from '../follow/transport.ts';
import type { SnapshotFile } from '../log/snapshot-manifest.ts';

/** Files under way at once. */
const filesAtOnce = 4;

export interface PullFiles {
  /** Address of the snapshot, without a slash at its end. */
  url: string;
  options: TransportOptions;
  /** Where the files are written; what is there of them already is not fetched again. */
  folder: string;
  files: readonly SnapshotFile[];
  /** Told how many bytes are here. */
  onStep?: (bytes: number) => void;
}

/**
 * Brings the files of a snapshot here and holds each to its digest. One that is wrong is fetched once more, for it may
 * have been written by a machine that lost its power.
 * @throws LogFault naming a file that is wrong twice; AppError when the registry could not be read or the disk is full.
 */
export async function pullFiles(pull: PullFiles): Promise<void> {
  const { folder, files } = pull;
  let here = 0;
  for (const file of files) here += Math.min(file.bytes, await sizeOf(join(folder, file.name)));
  await requireRoom(folder, files.reduce((sum, { bytes }) => sum + bytes, 0) - here);
  const waiting = [...files].sort((a, b) => b.bytes - a.bytes);
  const stop = new AbortController();
  const signals = [stop.signal, ...(pull.options.signal === undefined ? [] : [pull.options.signal])];
  const options = { ...pull.options, signal: AbortSignal.any(signals) };
  const count = (bytes: number) => {
    here += bytes;
    pull.onStep?.(here);
  };
  let failure: { error: unknown } | null = null;
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined && failure === null; file = waiting.shift()) {
      try {
        await pullFile({ ...pull, options }, file, count);
      } catch (error) {
        // The first fault is the one to tell of; it ends the others.
        failure ??= { error };
        stop.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: filesAtOnce }, worker));
  if (failure !== null) throw plainly((failure as { error: unknown }).error, folder);
}

async function pullFile(
  { url, options, folder }: PullFiles,
  { name, bytes, sha256 }: SnapshotFile,
  count: (bytes: number) => void,
): Promise<void> {
  const path = join(folder, name);
  for (let tries = 0; ; tries += 1) {
    await download(options, { url: `${url}/${name}`, path, bytes, sha256 }, count);
    if ((await fileSha256(path)) === sha256) return;
    await rm(path);
    if (tries === 1) throw new LogFault(name, 'is not the file that its signed manifest names');
    options.onRetry?.(`${name} is not what the manifest says; fetching it once more`);
    count(-bytes);
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}

async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  throw new AppError(
    'unavailable',
    `the disk of ${folder} has ${megabytes(bavail * bsize)} left, and ${megabytes(bytes)} are to come`,
    { fix: 'make room; the same command goes on where it stopped' },
  );
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1_048_576)} MB`;

function plainly(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new AppError('unavailable', `the disk of ${folder} is full`, {
    fix: 'make room; the same command goes on where it stopped',
    cause: error,
  });
}
