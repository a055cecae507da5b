import { appendSnapshotEvent, eventsBetween, snapshotEvents } from '../../db/log-events.ts';
import type { Deps, SnapshotFile } from '../deps.ts';
import { AppError } from '../errors.ts';
import { readPublished } from './sequence.ts';

/** A snapshot that everybody may rely on: its digest is in the published log. */
export interface OfferedSnapshot {
  /** Of the log it is of. */
  size: number;
  at: string;
  notAfter: string;
  /** SHA-256 of its manifest, as its leaf has it. */
  digest: string;
  /** Place of that leaf. */
  seq: number;
  /** Of all files together. */
  bytes: number;
  /** Records in force. */
  records: number;
}

/**
 * Puts a snapshot on its way into the log. Doing it twice is as good as once.
 * @throws AppError `conflict` when another of the same size is there.
 */
export async function publishSnapshot(
  { database }: Pick<Deps, 'database'>,
  snapshot: { size: number; digest: string; at: string },
): Promise<void> {
  const [known] = await snapshotEvents(database, [snapshot.size]);
  if (known === undefined) await database.atomically([appendSnapshotEvent(database, snapshot)]);
  else if (known.digest !== snapshot.digest) {
    throw new AppError('conflict', `another snapshot of log size ${snapshot.size} was published before`, {
      fix: 'build again when the log has grown',
    });
  }
}

/** When nothing changed a snapshot is made anew after this, so that the newest is never near its end. */
const renewAfterMs = 7 * 86_400_000;

/** Whether another snapshot would be better than this one: something happened to a record since, or it is a week old. */
export async function isOutdated(
  { database }: Pick<Deps, 'database'>,
  { size, at }: Pick<OfferedSnapshot, 'size' | 'at'>,
  nowMs: number,
): Promise<boolean> {
  if (nowMs - Date.parse(at) >= renewAfterMs) return true;
  return (await eventsBetween(database, size - 1, Number.MAX_SAFE_INTEGER, 1)).length > 0;
}

/** The snapshots that are offered, newest first. */
export async function offeredSnapshots(
  deps: Pick<Deps, 'database' | 'snapshots' | 'consentLog'>,
): Promise<OfferedSnapshot[]> {
  const stored = (await deps.snapshots?.list()) ?? [];
  if (stored.length === 0) return [];
  const events = await snapshotEvents(
    deps.database,
    stored.map(({ content }) => content.size),
  );
  const published = Number((await readPublished(deps.consentLog))?.size ?? 0);
  return stored
    .flatMap(({ content, digest }) => {
      const { size, at, notAfter, files, counts } = content;
      const seq = events.find((event) => event.digest === digest)?.seq ?? null;
      if (seq === null || seq >= published) return [];
      const { fingerprints: _notRecords, ...records } = counts;
      return [
        {
          ...{ size, at, notAfter, digest, seq },
          bytes: files.reduce((sum, file) => sum + file.bytes, 0),
          records: Object.values(records).reduce((sum, count) => sum + count, 0),
        },
      ];
    })
    .sort((a, b) => b.size - a.size);
}

/** One file of an offered snapshot. @throws AppError `not-found` for any other. */
export async function snapshotFile(
  deps: Pick<Deps, 'database' | 'snapshots' | 'consentLog'>,
  size: number,
  name: string,
): Promise<SnapshotFile> {
  const isOffered = (await offeredSnapshots(deps)).some((each) => each.size === size);
  const file = isOffered ? await deps.snapshots?.open(size, name) : null;
  if (file !== null && file !== undefined) return file;
  throw new AppError('not-found', 'There is no such file of a snapshot here.', {
    fix: 'See /v1/snapshots for the snapshots there are, and their manifest.json for their files.',
  });
}
