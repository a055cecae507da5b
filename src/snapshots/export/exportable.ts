import { readFile } from 'node:fs/promises';
import { AppError } from '../../errors.ts';
import type { FeedEvent } from '../../follow/feed.ts';
import { readStoredCopy } from '../../follow/stored-copy.ts';
import { toHex } from '../../log/encoding.ts';
import { parseLogPolicy } from '../../log/log-policy.ts';
import { type SnapshotContent, verifyManifest } from '../../log/snapshot-manifest.ts';
import { pointAt, readManifest, sizeToOpen } from '../open.ts';
import { manifestIn } from '../pull.ts';
import { feedFolder, readCurrent, snapshotFolder } from '../pulled-folder.ts';
import { requireFiles } from '../require-files.ts';

/** A snapshot on this machine with what the feed said since, of which nothing is in memory. */
export interface Exportable {
  /** Where its files are. */
  folder: string;
  content: SnapshotContent;
  origin: string;
  /** State of the log the snapshot with its feed is true to. */
  size: number;
  root: string;
  events: AsyncIterable<FeedEvent>;
}

async function* noEvents(): AsyncGenerator<FeedEvent> {}

/**
 * Finds what was pulled into a folder, or built in it.
 * @param policyPath the keys to believe, for a folder that was built; one that was pulled has its own.
 * @throws AppError as `openSnapshot`.
 */
export async function openExportable(dir: string, policyPath: string | undefined): Promise<Exportable> {
  const built = (await readCurrent(dir)) === null ? await manifestIn(dir) : null;
  if (built !== null) return openBuilt(dir, built, policyPath);
  const size = await sizeToOpen(dir, undefined);
  const copy = await readStoredCopy(feedFolder(dir, size));
  const { content, checkpoint, ...manifest } = await readManifest(dir, size, copy);
  const upTo = await pointAt({ content, checkpoint, ...manifest }, copy, Math.max(size, copy?.reached ?? 0));
  const folder = snapshotFolder(dir, size);
  await requireFiles(folder, content.files, false);
  return {
    ...{ folder, content, origin: checkpoint.origin, size: upTo.size, root: toHex(upTo.root) },
    events: copy === null ? noEvents() : copy.events(size, upTo.size),
  };
}

async function openBuilt(folder: string, text: string, policyPath: string | undefined): Promise<Exportable> {
  if (policyPath === undefined) {
    throw new AppError('invalid', `${folder} was not pulled, so it does not say whose keys to believe`, {
      fix: "give --policy FILE, which is the registry's /log/policy",
    });
  }
  const policy = parseLogPolicy(await readFile(policyPath, 'utf8'));
  const { content, checkpoint } = await verifyManifest(text, policy);
  await requireFiles(folder, content.files, false);
  const { origin, root } = checkpoint;
  return { folder, content, origin, size: content.size, root: toHex(root), events: noEvents() };
}
