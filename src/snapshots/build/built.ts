import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConsentLog } from '../../deps.ts';
import { manifestName, type SnapshotContent, verifyManifest } from '../../log/snapshot-manifest.ts';

export interface BuiltSnapshot {
  content: SnapshotContent;
  /** SHA-256 of the manifest, 64 lower-case hex digits. */
  digest: string;
  folder: string;
}

/** A snapshot that lies in a folder. @throws AppError `invalid` when its manifest is not one of this log. */
export async function readBuilt(
  log: Pick<ConsentLog, 'keys' | 'checkSigner'>,
  folder: string,
): Promise<BuiltSnapshot> {
  const logs = log.keys.map((key) => ({ key, url: null }));
  const text = await readFile(join(folder, manifestName), 'utf8');
  const { content, digest } = await verifyManifest(text, { logs, checkKeys: [log.checkSigner.key] });
  return { content, digest, folder };
}
