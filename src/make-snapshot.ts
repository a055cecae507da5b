import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { snapshotEvents } from '../db/log-events.ts';
import { hasChangedSince, publishSnapshot } from './actions/snapshots.ts';
import type { Config } from './config.ts';
import type { Clock } from './deps.ts';
import { databaseFile, openDatabase } from './open.ts';
import { openConsentLog } from './open-log.ts';
import { buildSnapshot } from './snapshots/build/build.ts';
import { type BuiltSnapshot, readBuilt } from './snapshots/build/built.ts';
import { lockFolder } from './snapshots/build/lock-folder.ts';
import { snapshotsFolder, storedSizes } from './snapshots/stored.ts';

/** When nothing changed a snapshot is made anew after this, so that the newest is never near its end. */
const renewAfterMs = 7 * 86_400_000;

export interface MadeSnapshot extends BuiltSnapshot {
  /** False when the newest one is as good: nothing happened to any record since. */
  isNew: boolean;
}

/**
 * Makes a snapshot of the registry in a data folder, whose service may run meanwhile, and puts it on its way into the
 * log. Older ones are then removed: all but `snapshot_keep`, and whatever is past its end.
 *
 * @throws AppError `conflict` while another process makes one, `unavailable` while the log is empty or the disk full.
 */
export async function makeSnapshot(config: Config, clock: Clock = Date.now): Promise<MadeSnapshot> {
  const root = snapshotsFolder(config);
  const lock = lockFolder(root, 'another snapshot is being built in this data folder');
  try {
    const database = await openDatabase(config);
    const { consentLog, closeLock } = await openConsentLog(config);
    try {
      await removeUnpublished(database, root);
      const newest = await newestOf(consentLog, root);
      const isFresh = newest !== null && clock() - Date.parse(newest.content.at) < renewAfterMs;
      if (isFresh && !(await hasChangedSince({ database }, newest.content.size))) {
        return { ...newest, isNew: false };
      }
      const built = await buildSnapshot({ databaseFile: databaseFile(config), log: consentLog, clock }, root);
      const { size, at } = built.content;
      await publishSnapshot({ database }, { size, at, digest: built.digest });
      await removeOld(consentLog, root, { keep: config.snapshot_keep, now: clock() });
      return { ...built, isNew: true };
    } finally {
      closeLock();
      database.close();
    }
  } finally {
    lock.close();
  }
}

type Database = Awaited<ReturnType<typeof openDatabase>>;
type Keys = Parameters<typeof readBuilt>[0];

async function newestOf(log: Keys, root: string): Promise<BuiltSnapshot | null> {
  const [size] = storedSizes(root);
  return size === undefined ? null : readBuilt(log, join(root, String(size)));
}

/** A build that died between its last two steps left a folder that the log will never hear of. */
async function removeUnpublished(database: Database, root: string): Promise<void> {
  const sizes = storedSizes(root);
  const published = await snapshotEvents(database, sizes);
  for (const size of sizes) {
    if (!published.some((event) => event.size === size)) remove(root, size);
  }
}

async function removeOld(
  log: Keys,
  root: string,
  { keep, now }: { keep: number; now: number },
): Promise<void> {
  for (const [place, size] of storedSizes(root).entries()) {
    const { content } = await readBuilt(log, join(root, String(size)));
    if (place >= keep || Date.parse(content.notAfter) < now) remove(root, size);
  }
}

const remove = (root: string, size: number): void =>
  rmSync(join(root, String(size)), { recursive: true, force: true });
