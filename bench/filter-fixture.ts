import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from './child.ts';
import { changeRegistry } from './filter-changes.ts';
import { filterSubjectText } from './filter-web.ts';
import { measured } from './measured.ts';
import { fillRegistry, type Size } from './snapshot-registry.ts';

const changedShare = 0.001;
const size: Size = { domains: 1_000_000, prefixes: 200_000, urls: 5_000_000, works: 0 };

/** A snapshot that was pulled: what `--snapshot` takes, and where its files are. */
export interface PulledSnapshot {
  folder: string;
  files: string;
}

/** A snapshot of 1 M domains, 200,000 prefixes and 5 M URLs in a folder: made and pulled unless it is there. */
export async function filterSnapshot(root: string): Promise<PulledSnapshot> {
  const data = join(root, 'data');
  const folder = join(root, 'pulled');
  if (!existsSync(join(folder, 'current'))) {
    if (!existsSync(data)) {
      await fillRegistry(`${data}.part`, size, filterSubjectText);
      renameSync(`${data}.part`, data);
    }
    await pull(data, folder);
  }
  return pulledIn(folder);
}

function pulledIn(folder: string): PulledSnapshot {
  const current = readFileSync(join(folder, 'current'), 'utf8').trim();
  return { folder, files: join(folder, 'snapshots', current) };
}

/** The same, with one record in a thousand withdrawn or new: made and pulled unless it is there. */
export async function laterSnapshot(root: string): Promise<PulledSnapshot> {
  const folder = join(root, 'pulled-later');
  if (!existsSync(join(folder, 'current'))) {
    const data = join(root, 'data');
    changeRegistry(data, changedShare);
    await pull(data, folder);
  }
  return pulledIn(folder);
}

/** Has the newest snapshot of the registry in a folder made, and pulls it into another. */
async function pull(data: string, folder: string): Promise<void> {
  const service = await startChild('./service.ts', [data]);
  try {
    await measured(['snapshot', 'build'], { WITHHOLD_DATA: data });
    await measured(['snapshot', 'pull', service.origin, folder]);
  } finally {
    await service.stop();
  }
}
