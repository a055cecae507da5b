import { existsSync } from 'node:fs';
import { snapshotEvents } from '../db/log-events.ts';
import { isOutdated, publishSnapshot } from './actions/snapshots.ts';
import type { Config } from './config.ts';
import type { Clock, ConsentLog } from './deps.ts';
import { AppError } from './errors.ts';
import { databaseFile, openDatabase } from './open.ts';
import { openConsentLog } from './open-log.ts';
import { buildSnapshot } from './snapshots/build/build.ts';
import type { BuiltSnapshot } from './snapshots/build/built.ts';
import { lockFolder } from './snapshots/build/lock-folder.ts';
import { readStored, removePastEnd, removeStored, snapshotsFolder, storedSizes } from './snapshots/stored.ts';

export interface MadeSnapshot extends BuiltSnapshot {
  /** False when the newest one is as good: nothing happened to any record since. */
  isNew: boolean;
}

/**
 * Makes a snapshot of the registry in a data folder, whose service may run meanwhile, and puts it on its way into the
 * log. Older ones are then removed: all but `snapshot_keep`, and whatever is past its end.
 *
 * @param signal aborted to give up, which leaves nothing behind.
 * @throws AppError `not-found` without a registry, `conflict` while another process makes one, `unavailable` while the
 * log is empty, when the disk is full, or when told to stop.
 */
export async function makeSnapshot(
  config: Config,
  clock: Clock = Date.now,
  signal?: AbortSignal,
): Promise<MadeSnapshot> {
  const file = databaseFile(config);
  if (!existsSync(file)) throw new AppError('not-found', `there is no database at ${file}`);
  const root = snapshotsFolder(config);
  const lock = lockFolder(root, 'another snapshot is being built in this data folder');
  try {
    const database = await openDatabase(config);
    const { consentLog, closeLock } = await openConsentLog(config);
    try {
      await removeUseless(database, consentLog, root);
      const newest = await newestOf(consentLog, root);
      if (newest !== null && !(await isOutdated({ database }, newest.content, clock()))) {
        return { ...newest, isNew: false };
      }
      const source = { databaseFile: file, log: consentLog, clock };
      const built = await buildSnapshot(signal === undefined ? source : { ...source, signal }, root);
      const { size, at } = built.content;
      await publishSnapshot({ database }, { size, at, digest: built.digest });
      await removePastEnd(root, consentLog, clock());
      await removeOld(database, root, config.snapshot_keep);
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

async function newestOf(log: ConsentLog, root: string): Promise<BuiltSnapshot | null> {
  const [size] = storedSizes(root);
  return size === undefined ? null : readStored(root, size, log);
}

/**
 * Removes what can never be offered: what a build left that died between its last two steps, so that the log will not
 * hear of it, and what was damaged.
 */
async function removeUseless(database: Database, log: ConsentLog, root: string): Promise<void> {
  const sizes = storedSizes(root);
  const events = await snapshotEvents(database, sizes);
  for (const size of sizes) {
    const stored = await readStored(root, size, log);
    if (!events.some(({ digest }) => digest === stored?.digest)) removeStored(root, size);
  }
}

/** The newest that is offered stays until another one is: a new one waits for its place in the log first. */
async function removeOld(database: Database, root: string, keep: number): Promise<void> {
  const sizes = storedSizes(root);
  const offered = (await snapshotEvents(database, sizes)).filter(({ seq }) => seq !== null);
  const newestOffered = Math.max(...offered.map(({ size }) => size));
  for (const size of sizes.slice(keep)) {
    if (size !== newestOffered) removeStored(root, size);
  }
}
