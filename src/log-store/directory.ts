import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LogFiles } from './ports.ts';

/** Log files in a folder: written aside, synced, renamed, and the folder synced, in that order. */
export function directoryFiles(folder: string): LogFiles {
  const made = new Set<string>();
  return {
    async read(path) {
      try {
        return new Uint8Array(await readFile(join(folder, path)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    async write(path, bytes) {
      const target = join(folder, path);
      const parent = dirname(target);
      if (!made.has(parent)) {
        await makeFolder(parent);
        made.add(parent);
      }
      const aside = join(parent, `.${randomUUID()}.part`);
      try {
        const handle = await open(aside, 'wx', 0o644);
        try {
          await handle.writeFile(bytes);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(aside, target);
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
      await syncFolder(parent);
    },
  };
}

/** Makes a folder and everything above it durable, or a crash could lose the folder with what was synced in it. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let at = path; ; at = dirname(at)) {
    await syncFolder(dirname(at));
    if (at === first) return;
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
