import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { directoryFiles } from '../log-store/directory.ts';

/**
 * The folder of whoever pulls:
 *
 *     policy              the keys that are believed
 *     current             the size of the log whose snapshot is in use
 *     snapshots/<N>/      its files as they were served, and `manifest.proof`
 *     feed-<N>/           a verified copy of log and feed from there on
 *     snapshots/.pulling-<N>/   one that is on its way
 */
const currentName = 'current';

/** The proof that the log has the manifest as a leaf, beside it (C2SP tlog-proof, the leaf in its extra data). */
export const proofName = 'manifest.proof';

export const snapshotFolder = (folder: string, size: number): string =>
  join(folder, 'snapshots', String(size));
export const pullingFolder = (folder: string, size: number): string =>
  join(folder, 'snapshots', `.pulling-${size}`);
export const feedFolder = (folder: string, size: number): string => join(folder, `feed-${size}`);

/** The size of the log whose snapshot is in use; null before the first. */
export async function readCurrent(folder: string): Promise<number | null> {
  const text = await readFile(join(folder, currentName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return /^\d{1,15}\n$/.test(text) ? Number(text) : null;
}

/** Takes another snapshot into use, at once or not at all. */
export async function writeCurrent(folder: string, size: number): Promise<void> {
  await directoryFiles(folder).write(currentName, new TextEncoder().encode(`${size}\n`));
}

/** Removes every snapshot and feed but those of one size, and what was on its way. */
export async function removeOthers(folder: string, size: number): Promise<void> {
  const removeBut = async (path: string, pattern: RegExp, kept: string) => {
    for (const name of await readdir(path)) {
      if (pattern.test(name) && name !== kept) await rm(join(path, name), { recursive: true, force: true });
    }
  };
  await removeBut(join(folder, 'snapshots'), /^(?:\.pulling-)?\d+$/, String(size));
  await removeBut(folder, /^feed-\d+$/, `feed-${size}`);
}
