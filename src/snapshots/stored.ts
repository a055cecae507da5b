import { existsSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Config } from '../config.ts';
import type { ConsentLog, Snapshots } from '../deps.ts';
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

/** The snapshots of a folder, as the service gives them out. */
export function storedSnapshots(root: string, log: Pick<ConsentLog, 'keys' | 'checkSigner'>): Snapshots {
  // What lies there never changes, so each is read and verified once.
  const known = new Map<number, Promise<BuiltSnapshot>>();
  const built = (size: number): Promise<BuiltSnapshot> => {
    const read = known.get(size) ?? readBuilt(log, join(root, String(size)));
    known.set(size, read);
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
