import {
  assignSeq,
  assignSnapshotSeq,
  knownEvents,
  lastSeq,
  type PendingEvent,
  pendingEvents,
  snapshotLeafType,
} from '../../db/log-events.ts';
import { keepMeta, readMeta } from '../../db/meta.ts';
import type { ConsentLog, Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { append, frontierRoot, loadFrontier } from '../log/append.ts';
import { type OpenedCheckpoint, openCheckpoint, signCheckpoint } from '../log/checkpoint.ts';
import { fromUtf8, sameBytes, toUtf8 } from '../log/encoding.ts';
import { appendEntries, parseBundle } from '../log/entry-bundle.ts';
import { leafHash } from '../log/hash.ts';
import { isAboutRecord, type Leaf, leafBytes, leafVersion, parseLeaf, requireLeaf } from '../log/leaf.ts';
import type { NoteSigner } from '../log/note-key.ts';
import { tilePath, tileWidth } from '../log/tile-path.ts';
import { readRoot } from '../log/tile-proofs.ts';

/** Leaves of one batch. What is more waits for the next, a moment later. */
export const leavesPerBatchMax = 20_000;

export const checkpointPath = 'checkpoint';

/**
 * Gives every waiting event its place in the log and publishes a checkpoint that includes it. The order is what makes
 * it safe at every point of a crash: tiles durable, then the signed checkpoint into the lock, then published, then
 * the places into the database.
 * @returns how many leaves were added.
 * @throws AppError `conflict` when the lock, the published log and the database do not fit together; the message says
 * what to do, and nothing is signed.
 */
export async function sequence(deps: Deps): Promise<number> {
  const log = deps.consentLog;
  const held = await settle(deps);
  const pending = await pendingEvents(deps.database, leavesPerBatchMax);
  const size = held.checkpoint?.size ?? 0n;
  const extra =
    held.checkpoint === null
      ? await keyLeaves(deps, log.signers)
      : await keyLeaves(deps, newSigners(log, held.checkpoint));
  if (pending.length === 0 && extra.length === 0) return 0;
  const last = await lastLeafTime(log, size);
  const leaves: Leaf[] = [...extra];
  for (const event of pending) leaves.push(leafOf(event));
  // Time never runs back in the log, whatever the clock did between two events.
  let at = last;
  const entries = leaves.map((leaf) => {
    if (leaf.at > at) at = leaf.at;
    return leafBytes({ ...leaf, at });
  });
  const root = await store(log, size, entries);
  const next = { origin: log.origin, size: size + BigInt(entries.length), root, extensions: [] };
  const signed = await signCheckpoint(next, log.signers);
  if (!(await log.lock.replace(held.note, signed))) {
    throw new AppError('conflict', 'Another process signed a checkpoint of this log at the same moment.', {
      fix: 'Nothing is lost: it goes on from there at the next turn.',
    });
  }
  await log.files.write(checkpointPath, toUtf8(signed));
  const first = Number(size) + extra.length;
  const places = pending.map(({ rid, version }, index) => ({ rid, version, seq: first + index }));
  await deps.database.atomically(assignSeq(deps.database, places));
  log.published = { note: signed, size: Number(next.size), root };
  return entries.length;
}

function leafOf({ leafType, rid, version, commitment, at }: PendingEvent): Leaf {
  if (leafType === snapshotLeafType) {
    return requireLeaf({ v: leafVersion, type: 'snapshot', digest: commitment, at });
  }
  return requireLeaf({ v: leafVersion, type: leafType, rid, ver: version, commit: commitment, at });
}

interface Held {
  note: string | null;
  checkpoint: OpenedCheckpoint | null;
}

/**
 * Brings lock, published checkpoint and database to one state after whatever happened before: a crash between two
 * steps is finished, anything else is refused.
 */
async function settle(deps: Deps): Promise<Held> {
  const log = deps.consentLog;
  const note = await log.lock.read();
  const published = await readPublished(log);
  if (note === null) {
    if (published !== null) throw aheadOfLock(published.size, 0n);
    if ((await lastSeq(deps.database)) >= 0) throw lostLock();
    return { note, checkpoint: null };
  }
  const checkpoint = await openCheckpoint(note, log.keys, log.origin);
  if (published !== null && published.size > checkpoint.size)
    throw aheadOfLock(published.size, checkpoint.size);
  if (
    published !== null &&
    published.size === checkpoint.size &&
    !sameBytes(published.root, checkpoint.root)
  ) {
    throw aheadOfLock(published.size, checkpoint.size);
  }
  // Signed and not published: the tiles are durable since before it was signed, so publishing finishes that step.
  if (published === null || published.size < checkpoint.size) {
    await requireTiles(log, checkpoint);
    await log.files.write(checkpointPath, toUtf8(note));
  }
  await fitDatabase(deps, checkpoint.size);
  log.published = { note, size: Number(checkpoint.size), root: checkpoint.root };
  return { note, checkpoint };
}

/** A folder put back from an older copy looks like a step that was not finished, but lacks its tiles. */
async function requireTiles(log: ConsentLog, { size, root }: OpenedCheckpoint): Promise<void> {
  const read = await readRoot(size, readTileOf(log)).catch((error: unknown) => {
    if (error instanceof AppError) return null;
    throw error;
  });
  if (read === null || !sameBytes(read, root)) throw olderFolder(size);
}

/** The published checkpoint, null for none. @throws AppError `invalid` when it is not signed by this log's key. */
export async function readPublished(log: ConsentLog): Promise<OpenedCheckpoint | null> {
  const bytes = await log.files.read(checkpointPath);
  return bytes === null ? null : openCheckpoint(bytes, log.keys, log.origin);
}

/** Gives the database the places it missed; refuses one that lacks what the log holds. */
async function fitDatabase(deps: Deps, size: bigint): Promise<void> {
  let from = (await lastSeq(deps.database)) + 1;
  if (BigInt(from) > size) throw aheadOfLog(from, size);
  while (BigInt(from) < size) {
    const leaves = await readLeaves(deps.consentLog, from, Number(size));
    const records = leaves.flatMap(({ leaf, seq }) =>
      isAboutRecord(leaf) ? [{ rid: leaf.rid, version: leaf.ver, commitment: leaf.commit, seq }] : [],
    );
    const known = await knownEvents(deps.database, records);
    const missing = records.find(({ rid, version }) => !known.has(`${rid} ${version}`));
    if (missing !== undefined) throw olderDatabase(missing.seq, size);
    const snapshots = leaves.flatMap(({ leaf, seq }) =>
      leaf.type === 'snapshot' ? [{ digest: leaf.digest, seq }] : [],
    );
    await deps.database.atomically([
      ...assignSeq(deps.database, records),
      ...assignSnapshotSeq(deps.database, snapshots),
    ]);
    from += leaves.length;
  }
}

/** Leaves from a place on, to the end of its bundle or of the log. @throws AppError `unavailable` when one is gone. */
export async function readLeaves(
  log: Pick<ConsentLog, 'files'>,
  from: number,
  size: number,
): Promise<{ seq: number; leaf: Leaf }[]> {
  const index = Math.floor(from / tileWidth);
  const width = Math.min(tileWidth, size - index * tileWidth);
  const path = tilePath('entries', BigInt(index), width);
  const bytes = await log.files.read(path);
  if (bytes === null) throw new AppError('unavailable', `The log has lost ${path}.`);
  return parseBundle(bytes, width)
    .map((entry, at) => ({ seq: index * tileWidth + at, leaf: parseLeaf(entry) }))
    .slice(from - index * tileWidth);
}

/** One leaf. @throws AppError `unavailable` when its bundle is gone. */
export async function readLeaf(log: Pick<ConsentLog, 'files'>, seq: number, size: number): Promise<Leaf> {
  const index = Math.floor(seq / tileWidth);
  const width = Math.min(tileWidth, size - index * tileWidth);
  const entries = parseBundle(await mustRead(log, tilePath('entries', BigInt(index), width)), width);
  return parseLeaf(entries[seq - index * tileWidth] ?? new Uint8Array());
}

/** Stores the tiles and entries that new leaves fill or begin. @returns the root of the grown tree. */
async function store(log: ConsentLog, size: bigint, entries: readonly Uint8Array[]): Promise<Uint8Array> {
  const readTile = readTileOf(log);
  const grown = append(await loadFrontier(size, readTile), entries.map(leafHash));
  const held = Number(size % BigInt(tileWidth));
  const partial =
    held === 0 ? new Uint8Array() : await mustRead(log, tilePath('entries', size / BigInt(tileWidth), held));
  const writes = [
    ...grown.tiles.map(({ level, index, width, hashes }) => ({
      path: tilePath(level, index, width),
      bytes: hashes,
    })),
    ...appendEntries(size, partial, entries).map(({ index, width, bytes }) => ({
      path: tilePath('entries', index, width),
      bytes,
    })),
  ];
  await Promise.all(writes.map(({ path, bytes }) => log.files.write(path, bytes)));
  return frontierRoot(grown.frontier);
}

/** Tiles of the log as the proofs read them. */
export function readTileOf(log: Pick<ConsentLog, 'files'>) {
  return (level: number, index: bigint, width: number): Promise<Uint8Array> =>
    mustRead(log, tilePath(level, index, width));
}

async function mustRead(log: Pick<ConsentLog, 'files'>, path: string): Promise<Uint8Array> {
  const bytes = await log.files.read(path);
  if (bytes === null) throw new AppError('unavailable', `The log has lost ${path}.`);
  return bytes;
}

async function lastLeafTime(log: ConsentLog, size: bigint): Promise<string> {
  if (size === 0n) return '';
  const leaves = await readLeaves(log, Number(size) - 1, Number(size));
  return leaves[0]?.leaf.at ?? '';
}

/**
 * Says that keys sign from now on. Their time is written down before it is logged: a second attempt, here or in another
 * process, has to make the very same leaf, because both write it to the same tile.
 */
function keyLeaves(deps: Deps, signers: readonly NoteSigner[]): Promise<Leaf[]> {
  return Promise.all(
    signers.map(async ({ key }): Promise<Leaf> => {
      const name = `log-key ${key.vkey}`;
      const now = new Date(deps.clock()).toISOString();
      await deps.database.atomically([keepMeta(deps.database, name, now)]);
      return {
        v: leafVersion,
        type: 'key',
        key: key.vkey,
        at: (await readMeta(deps.database, name)) ?? now,
      };
    }),
  );
}

/** Keys that sign from now on and did not sign before: the log says so itself. */
function newSigners(log: ConsentLog, checkpoint: OpenedCheckpoint): NoteSigner[] {
  const before = new Set(checkpoint.signedBy.map(({ vkey }) => vkey));
  return log.signers.filter(({ key }) => !before.has(key.vkey));
}

function aheadOfLock(published: bigint, locked: bigint): AppError {
  return new AppError(
    'conflict',
    `The published log has ${published} entries, but the lock says ${locked} were signed: the lock was restored or replaced.`,
    {
      fix: 'Put the lock file back that belongs to this log. Do not sign without it: two histories could never be one again.',
    },
  );
}

function lostLock(): AppError {
  return new AppError('conflict', 'The database has entries of a log whose lock and tiles are gone.', {
    fix: 'Put the log folder and the lock back, or begin a new log under a new origin.',
  });
}

function aheadOfLog(from: number, size: bigint): AppError {
  return new AppError('conflict', `The database knows ${from} log entries, but the log has ${size}.`, {
    fix: 'The log folder was restored from an older copy: put the newest one back.',
  });
}

function olderFolder(size: bigint): AppError {
  return new AppError(
    'conflict',
    `${size} entries were signed, but the log folder does not have their tiles.`,
    {
      fix: 'The log folder was restored from an older copy: put the newest one back.',
    },
  );
}

function olderDatabase(seq: number, size: bigint): AppError {
  return new AppError(
    'conflict',
    `The log has ${size} entries, but entry ${seq} is of something this database has never seen: it is an older backup.`,
    {
      fix: 'Restore a newer backup. If there is none, what is missing has to be submitted again under a new log.',
    },
  );
}

/** Text of the published checkpoint. */
export async function publishedText(log: ConsentLog): Promise<string | null> {
  const bytes = await log.files.read(checkpointPath);
  return bytes === null ? null : fromUtf8(bytes);
}
