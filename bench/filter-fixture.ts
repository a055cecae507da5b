import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from './child.ts';
import { filterSubjectText } from './filter-web.ts';
import { measured } from './measured.ts';
import { fillRegistry, type Size } from './snapshot-registry.ts';

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
  const current = readFileSync(join(folder, 'current'), 'utf8').trim();
  return { folder, files: join(folder, 'snapshots', current) };
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
