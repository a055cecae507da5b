import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../errors.ts';
import type { SnapshotFile } from '../log/snapshot-manifest.ts';

/**
 * Holds the files of a snapshot to what its manifest says: what a crash or a full disk leaves behind is of another
 * length; a bad disk shows in the digests alone, for which everything is read.
 * @throws AppError `invalid` naming the file.
 */
export async function requireFiles(
  folder: string,
  files: readonly SnapshotFile[],
  digests: boolean,
): Promise<void> {
  const fix = 'remove this folder and pull again';
  for (const { name, bytes, sha256 } of files) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found?.size !== bytes) {
      const words = found === null ? 'is missing' : `has ${found.size} bytes, not ${bytes}`;
      throw new AppError('invalid', `${path} ${words}`, { fix });
    }
    if (digests && (await digestOf(path)) !== sha256) {
      throw new AppError('invalid', `${path} is not what the manifest says it is`, { fix });
    }
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
