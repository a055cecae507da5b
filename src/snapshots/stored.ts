import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Config } from '../config.ts';
import type { ConsentLog, Snapshots } from '../deps.ts';
import { AppError } from '../errors.ts';
import { manifestName } from '../log/snapshot-manifest.ts';
import { type BuiltSnapshot, readBuilt } from './build/built.ts';

/** Where the service keeps the snapshots it offers, each in a folder named by the size of its log. */
export const snapshotsFolder = (config: Config): string => join(config.data, 'snapshots');

/** Sizes of the snapshots in a folder, newest first. */
export function storedSizes(root: string): number[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => /^\d{1,15}$/.test(name))
    .map(Number)
    .sort((a, b) => b - a);
}

/** Whose signatures a snapshot has to have. */
type Keys = Pick<ConsentLog, 'keys' | 'checkSigner'>;

/** A snapshot as it lies in a folder; null when it is gone or its manifest is none of this log's. */
export async function readStored(root: string, size: number, log: Keys): Promise<BuiltSnapshot | null> {
  try {
    return await readBuilt(log, join(root, String(size)));
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isGone || error instanceof AppError) return null;
    throw error;
  }
}

/** Removes a snapshot. Whoever has one of its files open can read it to the end. */
export function removeStored(root: string, size: number): void {
  rmSync(join(root, String(size)), { recursive: true, force: true });
}

/** Removes what is past its end: by then what was erased since must have left every copy. */
export async function removePastEnd(root: string, log: Keys, nowMs: number): Promise<void> {
  for (const size of storedSizes(root)) {
    const stored = await readStored(root, size, log);
    if (stored !== null && Date.parse(stored.content.notAfter) < nowMs) removeStored(root, size);
  }
}

/** The snapshots of a folder, as the service gives them out. */
export function storedSnapshots(root: string, log: Keys): Snapshots {
  // What lies there does not change, so each is read and verified once; but one that died may be made anew.
  const known = new Map<number, { mark: string; read: Promise<BuiltSnapshot> }>();
  const built = async (size: number): Promise<BuiltSnapshot> => {
    const folder = join(root, String(size));
    const { ino, mtimeMs } = statSync(join(folder, manifestName));
    const mark = `${ino} ${mtimeMs}`;
    const before = known.get(size);
    if (before?.mark === mark) return before.read;
    const read = readBuilt(log, folder);
    known.set(size, { mark, read });
    read.catch(() => known.delete(size));
    return read;
  };
  return {
    async list() {
      const sizes = storedSizes(root);
      for (const size of known.keys()) if (!sizes.includes(size)) known.delete(size);
      // One that is being removed, or was damaged, must not hide the others.
      const read = await Promise.allSettled(sizes.map(built));
      return read.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    },
    async open(size, name) {
      const snapshot = await built(size).catch(() => null);
      const file = snapshot?.content.files.find((each) => each.name === name);
      const isManifest = name === manifestName;
      if (snapshot === null || (file === undefined && !isManifest)) return null;
      const handle = await open(join(snapshot.folder, name), 'r').catch(() => null);
      if (handle === null) return null;
      return {
        bytes: (await handle.stat()).size,
        sha256: file?.sha256 ?? snapshot.digest,
        read(from, to) {
          if (from >= to) {
            void handle.close();
            return new Blob([]).stream();
          }
          const stream = handle.createReadStream({ start: from, end: to - 1, highWaterMark: 256 * 1024 });
          return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
        },
        close: () => handle.close(),
      };
    },
  };
}
