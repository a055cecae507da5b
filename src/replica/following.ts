import { setTimeout } from 'node:timers/promises';
import type { Log } from '../deps.ts';
import { AppError } from '../errors.ts';
import { LogFault } from '../follow/fault.ts';
import type { LogState } from '../follow/state.ts';
import { isPast, type Kept, keepFollowing, openKept, pullNext } from '../snapshots/keep.ts';
import type { OpenSnapshot } from '../snapshots/open.ts';
import type { Puller } from '../snapshots/pull.ts';
import { removeOthers } from '../snapshots/pulled-folder.ts';
import type { InUse } from './in-use.ts';

/** Following that broke is begun again after this at least, doubling up to the other. */
const retryMs = { first: 1_000, longest: 60_000 };

/** How a replica stands to its registry. */
export interface Standing {
  /** When the registry last gave an answer that held, Unix ms; null before the first. */
  heardAt: number | null;
  /** Why following has ended for good: the log is wrong. */
  fault: string | null;
  /** What stands in the way at present. */
  trouble: string | null;
}

export interface ReplicaFollowing {
  puller: Puller;
  inUse: InUse;
  standing: Standing;
  open(folder: string): Promise<OpenSnapshot>;
  log: Log;
}

/**
 * Takes what is in the folder if it may still be used, else pulls for as long as it takes. An old one is renewed while
 * it answers.
 * @throws AppError or LogFault when there is none to be had.
 */
export async function takeIntoUse({ puller, inUse, standing, open }: ReplicaFollowing): Promise<Kept> {
  const kept = await openKept(puller);
  if (kept !== null && (puller.allowStale || !isPast(kept, puller.now()))) {
    inUse.replace(await open(puller.folder));
    return kept;
  }
  try {
    const taken = await pullNext(puller, kept);
    if (taken === null) throw new AppError('not-found', `${puller.server} offers no newer snapshot`);
    if (kept !== null && kept.copy !== taken.copy) kept.copy.close();
    standing.heardAt = puller.now();
    inUse.replace(await open(puller.folder));
    await removeOthers(puller.folder, taken.manifest.content.size);
    return taken;
  } catch (error) {
    kept?.copy.close();
    throw error;
  }
}

/**
 * Follows the registry until it is stopped, and applies what it says to the snapshot that answers. What breaks is begun
 * again; a log that is wrong ends it, and the answers stay as they were.
 */
export async function followForReplica(following: ReplicaFollowing, first: Kept): Promise<void> {
  const { puller, inUse, standing, log } = following;
  const { signal } = puller.options;
  let kept: Kept | null = first;
  for (let failures = 0; !signal?.aborted; ) {
    try {
      if (kept === null) {
        kept = await openKept(puller);
        if (kept === null) throw new AppError('not-found', `there is no snapshot in ${puller.folder}`);
        inUse.replace(await following.open(puller.folder));
      }
      await keepFollowing(puller, kept, {
        onPage(events, upTo) {
          const snapshot = inUse.current();
          if (snapshot !== null) snapshot.apply(events, stateOf(upTo) ?? snapshot.asOf());
          Object.assign(standing, { heardAt: puller.now(), trouble: null });
          failures = 0;
        },
        async onSwitch({ manifest }) {
          inUse.replace(await following.open(puller.folder));
          log.info({ size: manifest.content.size }, 'a newer snapshot is in use');
        },
      });
    } catch (error) {
      kept = null;
      if (signal?.aborted) return;
      if (error instanceof LogFault) {
        standing.fault = error.message;
        log.error({ fault: error.message }, 'the log is wrong: nothing more is taken from this registry');
        return;
      }
      failures += 1;
      standing.trouble = wordsOf(error);
      log.warn({ error: standing.trouble, failures }, 'following the registry broke off');
      const waitMs = Math.min(retryMs.first * 2 ** (failures - 1), retryMs.longest);
      await setTimeout(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    }
  }
}

function stateOf(state: LogState | null): { size: number; root: Uint8Array; note: string } | null {
  if (state === null || state.note === null) return null;
  return { size: Number(state.frontier.size), root: state.root, note: state.note };
}

function wordsOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
