import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { LogFault } from '../follow/fault.ts';
import type { LogSource } from '../follow/source.ts';
import type { LogState } from '../follow/state.ts';
import { ask, type TransportOptions } from '../follow/transport.ts';
import { fromUtf8, toUtf8 } from '../log/encoding.ts';
import type { LogPolicy } from '../log/log-policy.ts';
import {
  manifestCharsMax,
  manifestName,
  type SnapshotContent,
  type VerifiedManifest,
} from '../log/snapshot-manifest.ts';
import { directoryFiles } from '../log-store/directory.ts';
import { type OfferedSnapshot, offeredSnapshot } from './offered.ts';
import { type ProvenSnapshot, proveSnapshot } from './prove-snapshot.ts';
import { pullFiles } from './pull-files.ts';
import { proofName, pullingFolder, snapshotFolder } from './pulled-folder.ts';
import { requireSamples } from './sample.ts';

/** A checkpoint that was refused is evidence against whoever signed it. */
export const refusedPath = 'refused-checkpoint';

export interface Puller {
  server: string;
  /** With the key for /v1. */
  options: TransportOptions;
  /** The registry's log, which is asked without a key. */
  source: LogSource;
  /** Everything lies in it; nobody else may be writing there. */
  folder: string;
  /** The keys that are believed. */
  policy: LogPolicy;
  /** Rows whose openings are held to the log. */
  samples: number;
  /** Takes a snapshot that is past its date. */
  allowStale: boolean;
  /** Unix ms. */
  now(): number;
  /** Told what a person may want to know, in the words of a log line. */
  tell(words: string): void;
  /** Told how many bytes of how many are here. */
  onBytes?: (bytes: number, of: number) => void;
}

export interface Wanted {
  /** Only a snapshot of a log that is no larger. */
  sizeMax?: number | undefined;
  /** The furthest verified state of the log in this folder. */
  known: LogState | null;
  /** Digest of the manifest that is here: it is not fetched again. */
  digest?: string | undefined;
}

/** A snapshot that is here whole, every file of it verified, and where the log goes on from there. */
export interface Pulled {
  manifest: VerifiedManifest;
  begin: LogState;
}

/**
 * Brings the newest snapshot of a registry into its folder: the manifest held to the pinned keys and to the log, every
 * file to the manifest, and rows taken at chance to their leaves. A pull that was stopped goes on where it was.
 * @returns null when it is the one that is here.
 * @throws LogFault naming what is false, and then nothing is replaced; AppError `not-found` when there is none,
 * `unavailable` when it is past its date, the disk is full or the registry is not there.
 */
export async function pullSnapshot(puller: Puller, wanted: Wanted): Promise<Pulled | null> {
  const { server, options, folder } = puller;
  const offered = await offeredSnapshot(server, options, wanted.sizeMax);
  if (offered.digest === wanted.digest) return null;
  const { text, proven } = await proveOffered(puller, offered, wanted.known);
  const { content } = proven.manifest;
  if (!puller.allowStale) requireFresh(content, server, puller.now());
  const { files, size } = content;
  const aside = await prepareFolder(folder, size, text);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const url = `${server}/v1/snapshots/${size}`;
  const onStep = (here: number) => puller.onBytes?.(here, bytes);
  await pullFiles({ url, options, folder: aside, files, onStep });
  await requireSamples(puller, aside, proven.manifest);
  await directoryFiles(aside).write(proofName, toUtf8(proven.proof));
  await rm(snapshotFolder(folder, size), { recursive: true, force: true });
  await rename(aside, snapshotFolder(folder, size));
  await syncFolder(join(folder, 'snapshots'));
  return { manifest: proven.manifest, begin: proven.begin };
}

async function proveOffered(
  { server, options, source, folder, policy }: Puller,
  { size, seq }: OfferedSnapshot,
  known: LogState | null,
): Promise<{ text: string; proven: ProvenSnapshot }> {
  const url = `${server}/v1/snapshots/${size}/${manifestName}`;
  const bytes = await ask(options, { url, accept: 'application/json', bytesMax: manifestCharsMax });
  const note = await source.checkpoint();
  if (note === null)
    throw new LogFault('the checkpoint', 'is missing, though there is a snapshot of the log');
  try {
    const text = fromUtf8(bytes);
    if (text === null) throw new LogFault('the manifest', 'is no text');
    const proven = await proveSnapshot(source, { text, seq, note }, { policy, state: known });
    if (proven.manifest.content.size === size) return { text, proven };
    throw new LogFault('the manifest', `is of log size ${proven.manifest.content.size}, not of ${size}`);
  } catch (error) {
    if (error instanceof LogFault) await directoryFiles(folder).write(refusedPath, toUtf8(note));
    throw error;
  }
}

/** @throws AppError `unavailable` for a snapshot that may not be used any more. */
export function requireFresh({ notAfter }: Pick<SnapshotContent, 'notAfter'>, where: string, now: number) {
  if (Date.parse(notAfter) >= now) return;
  throw new AppError(
    'unavailable',
    `the snapshot of ${where} was to be used until ${notAfter} and no longer`,
    {
      fix: 'what was erased since may still be in it: pull a newer one, or say --allow-stale',
    },
  );
}

/** The folder where a snapshot gathers, with its manifest; files of the same manifest that are there already stay. */
async function prepareFolder(folder: string, size: number, text: string): Promise<string> {
  const aside = pullingFolder(folder, size);
  await mkdir(join(folder, 'snapshots'), { recursive: true, mode: 0o700 });
  const done = snapshotFolder(folder, size);
  // Made whole by a run that ended before it was taken into use.
  if (!(await exists(aside)) && (await manifestIn(done)) === text) await rename(done, aside);
  if ((await manifestIn(aside)) !== text) await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true, mode: 0o700 });
  await directoryFiles(aside).write(manifestName, toUtf8(text));
  return aside;
}

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null;

/** The manifest in a folder as it lies there; null where there is none. */
export async function manifestIn(folder: string): Promise<string | null> {
  return readFile(join(folder, manifestName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
