import { mkdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { type Copy, lockFolder, openCopy } from '../follow/copy.ts';
import type { FeedEvent } from '../follow/feed.ts';
import { followFeed, growTo } from '../follow/follow-feed.ts';
import type { LogState } from '../follow/state.ts';
import { pause } from '../follow/transport.ts';
import { parseVerifierKey } from '../log/note-key.ts';
import { type VerifiedManifest, verifyManifest } from '../log/snapshot-manifest.ts';
import { manifestIn, type Puller, pullSnapshot } from './pull.ts';
import { feedFolder, readCurrent, removeOthers, snapshotFolder, writeCurrent } from './pulled-folder.ts';

/** Whoever goes on following takes a newer snapshot when theirs is so old: the overlay stays small, files stay fresh. */
export const renewAfterMs = 7 * 86_400_000;
/** How often a newer snapshot is looked for then. */
const lookEveryMs = 3_600_000;

/** A snapshot in use, with the copy of log and feed that goes on from it. */
export interface Kept {
  manifest: VerifiedManifest;
  copy: Copy;
}

/** Whether a snapshot may not be used any more. @param now Unix ms. */
export const isPast = ({ manifest }: Pick<Kept, 'manifest'>, now: number): boolean =>
  Date.parse(manifest.content.notAfter) < now;

/**
 * Locks a folder for one process, which is who may change it.
 * @returns what gives it free. @throws AppError `conflict` when another process has it.
 */
export function lockPulled(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = lockFolder(folder);
  return () => lock.close();
}

/** What is in use in a folder already; null when there is nothing, or not all of it. Asks nobody. */
export async function openKept({ folder, policy }: Pick<Puller, 'folder' | 'policy'>): Promise<Kept | null> {
  const size = await readCurrent(folder);
  const text = size === null ? null : await manifestIn(snapshotFolder(folder, size));
  if (size === null || text === null) return null;
  const copy = await openCopy(feedFolder(folder, size));
  try {
    const announced = copy.state().announced.map((vkey) => ({ key: parseVerifierKey(vkey), url: null }));
    const manifest = await verifyManifest(text, { ...policy, logs: [...policy.logs, ...announced] });
    if (copy.state().note !== null && (await isWhole(snapshotFolder(folder, size), manifest))) {
      return { manifest, copy };
    }
  } catch (error) {
    copy.close();
    throw error;
  }
  copy.close();
  return null;
}

async function isWhole(folder: string, { content }: VerifiedManifest): Promise<boolean> {
  for (const { name, bytes } of content.files) {
    const found = await stat(join(folder, name)).catch(() => null);
    if (found?.size !== bytes) return false;
  }
  return true;
}

export interface PullNext {
  /** Only a snapshot of a log that is no larger. */
  sizeMax?: number | undefined;
  /** Whether the feed of the one in use is followed meanwhile, which then nobody else may touch. */
  isFollowed?: boolean;
}

/**
 * Pulls the newest snapshot if it is another than the one in use, brings its feed up to the end, and then takes it into
 * use: nobody who opens the folder meanwhile falls back behind what was known. The one before is not removed yet.
 * @returns null when the one in use is the newest.
 */
export async function pullNext(
  puller: Puller,
  kept: Kept | null,
  { sizeMax, isFollowed = false }: PullNext = {},
): Promise<Kept | null> {
  const known = kept?.copy.state() ?? null;
  const pulled = await pullSnapshot(puller, { known, sizeMax, digest: kept?.manifest.digest });
  if (pulled === null) return null;
  const { size } = pulled.manifest.content;
  // Made anew for the same size, it goes on with the same feed.
  const isSame = kept?.manifest.content.size === size;
  if (kept !== null && !isFollowed) {
    // Keys that the log has announced in between would not be known behind it.
    await growTo(following(puller, kept.copy), await puller.source.checkpoint());
  }
  const announced = kept?.copy.state().announced ?? [];
  const begin = { ...pulled.begin, announced };
  const copy = isSame ? kept.copy : await openCopy(feedFolder(puller.folder, size), begin);
  const next: Kept = { manifest: pulled.manifest, copy };
  try {
    if (!isSame) await catchUp(puller, next);
    await writeCurrent(puller.folder, size);
    return next;
  } catch (error) {
    if (!isSame) copy.close();
    throw error;
  }
}

/** Brings the feed of a snapshot up to its end. */
export async function catchUp(puller: Puller, { copy }: Kept): Promise<void> {
  await followFeed(following(puller, copy), { isOnce: true });
}

function following({ server, options, source, policy, tell }: Puller, copy: Copy) {
  const keys = policy.logs.map(({ key }) => key.vkey);
  return { server, options, source, keys, copy, tell };
}

export interface KeepFollowing {
  /** Told of every answer of the feed, as `Following` says. */
  onPage?: (events: readonly FeedEvent[], upTo: LogState | null) => void | Promise<void>;
  /** Told when a newer snapshot is in use; the older is removed when it returns. */
  onSwitch?: (next: Kept) => void | Promise<void>;
}

/**
 * Follows the feed, and takes a newer snapshot every week, for ever.
 * @returns never; @throws LogFault for a log that is wrong, AppError when it is stopped. `kept` is closed by then.
 */
export async function keepFollowing(puller: Puller, first: Kept, events: KeepFollowing = {}): Promise<never> {
  for (let kept = first; ; ) {
    const stop = new AbortController();
    const signals = [stop.signal, ...(puller.options.signal === undefined ? [] : [puller.options.signal])];
    const signal = AbortSignal.any(signals);
    const own: Puller = { ...puller, options: { ...puller.options, signal } };
    const { onPage } = events;
    const ended = followFeed(
      { ...following(own, kept.copy), ...(onPage === undefined ? {} : { onPage }) },
      { isOnce: false },
    ).then(() => null);
    const renewal = renewed(own, kept);
    try {
      const next = await Promise.race([ended, renewal]);
      if (next === null) continue;
      await events.onSwitch?.(next);
      stop.abort();
      await ended.catch(() => {});
      if (next.copy !== kept.copy) kept.copy.close();
      kept = next;
      await removeOthers(puller.folder, kept.manifest.content.size);
    } catch (error) {
      stop.abort();
      await ended.catch(() => {});
      const next = await renewal.catch(() => null);
      if (next !== null && next.copy !== kept.copy) next.copy.close();
      kept.copy.close();
      throw error;
    }
  }
}

/** Waits until the snapshot is old, and then until there is a newer one. */
async function renewed(puller: Puller, kept: Kept): Promise<Kept> {
  const { signal } = puller.options;
  let dueAt = Date.parse(kept.manifest.content.at) + renewAfterMs;
  for (;;) {
    const waitMs = Math.min(lookEveryMs, Math.max(0, dueAt - puller.now()));
    await pause(waitMs, signal);
    if (puller.now() < dueAt) continue;
    dueAt = puller.now() + lookEveryMs;
    try {
      const next = await pullNext(puller, kept, { isFollowed: true });
      if (next !== null) return next;
    } catch (error) {
      if (!(error instanceof AppError) || signal?.aborted) throw error;
      puller.tell(`no newer snapshot yet: ${error.message}`);
    }
  }
}
