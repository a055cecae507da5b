import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordLookup } from '../../db/lookup.ts';
import { oneThread, putWork } from '../actions/fingerprint-index.ts';
import type { FingerprintIndex, FingerprintThreads } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { FeedEvent } from '../follow/feed.ts';
import { readStoredCopy, type StoredCopy } from '../follow/stored-copy.ts';
import { type LogPolicy, parseLogPolicy } from '../log/log-policy.ts';
import { parseVerifierKey } from '../log/note-key.ts';
import { type VerifiedManifest, verifyManifest } from '../log/snapshot-manifest.ts';
import { goneRecord, type RecordNow, readFeedRecord } from './feed-record.ts';
import { tableName } from './file-names.ts';
import { loadTable } from './load-table.ts';
import { loadWorks, noFingerprints } from './load-works.ts';
import { snapshotLookup } from './lookup.ts';
import { createOverlay } from './overlay.ts';
import { manifestIn } from './pull.ts';
import { feedFolder, readCurrent, snapshotFolder } from './pulled-folder.ts';
import { requireFiles } from './require-files.ts';
import { type SharedRecords, shareRecords } from './shared-records.ts';

/** A state of the log. */
export interface LogPoint {
  size: number;
  root: Uint8Array;
  /** The signed checkpoint it is known by: of this size, or a later one that has grown out of it. */
  note: string;
}

/** A snapshot with what the feed said since: the registry as it was at one size of its log, in memory. */
export interface OpenSnapshot {
  manifest: VerifiedManifest;
  /** State of the log the answers are true to: the snapshot's, then that of the last events that were applied. */
  asOf(): LogPoint & { origin: string };
  lookup: RecordLookup;
  /** The records as they are now, in memory that threads can share. What is applied later is not in it. */
  share(): SharedRecords;
  fingerprints: FingerprintIndex;
  /**
   * Applies verified events of the feed in order of seq, up to a verified state of the log: the next answer knows them.
   * Events that are known already change nothing.
   * @throws AppError `invalid` for a record this version does not understand; nothing behind it is applied.
   */
  apply(events: readonly FeedEvent[], upTo: LogPoint): void;
  /** Whether what a record said is not known any more: it was erased since, or is withheld. */
  isGone(rid: string): boolean;
  /** Whether the snapshot may not be used any more, but for `--allow-stale`. @param nowMs Unix ms. */
  isStale(nowMs: number): boolean;
  /** Bytes of memory that what the feed said takes, beside the fingerprints in it. */
  overlayBytes(): number;
  /** Ends its use. It holds memory alone, which goes with it; threads it was given are the caller's to close. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** The registry as it was at this size of its log. Default: all that is stored. */
  sizeMax?: number;
  threads?: FingerprintThreads;
  /** Holds every file to its digest too, which reads all of them. */
  digests?: boolean;
  /** False leaves fingerprints out: nothing is then found by likeness, and their memory is saved. Default: true. */
  works?: boolean;
}

/** How records are found and told apart by this version: another could not look anything up. */
const keySpecs: Readonly<Record<string, string>> = {
  domain: 'urlkey/1',
  prefix: 'urlkey/1',
  url: 'urlkey/1',
  name: 'name/1',
  work: 'sha256',
};

const pullAgain = 'pull it again: withhold snapshot pull URL DIR';

/**
 * Opens the snapshot that was pulled into a folder and applies the feed that is stored beside it. Files are held to
 * their sizes, and with `digests` to their digests; who pulled has verified the rest. The folder may be followed by
 * another process meanwhile.
 *
 * @param folder as `withhold snapshot pull URL DIR` makes it.
 * @throws AppError `not-found` without a snapshot, or where none is of `sizeMax` or before, or the feed ends before
 * that; `invalid` for damaged files or those of another version.
 */
export async function openSnapshot(folder: string, options: OpenOptions = {}): Promise<OpenSnapshot> {
  const size = await sizeToOpen(folder, options.sizeMax);
  const copy = await readStoredCopy(feedFolder(folder, size));
  const manifest = await readManifest(folder, size, copy);
  const { sizeMax } = options;
  const upTo = await pointAt(manifest, copy, sizeMax ?? Math.max(size, copy?.reached ?? 0));
  const files = snapshotFolder(folder, size);
  await requireFiles(files, manifest.content.files, options.digests ?? false);
  const { snapshot, forget } = load(files, manifest, options);
  if (copy === null) return snapshot;
  await applyStored(snapshot, copy, upTo);
  // What was erased later is gone from the past too.
  for await (const { rid, record } of copy.events(upTo.size, Number.MAX_SAFE_INTEGER)) {
    if (record === null) forget(rid);
  }
  return snapshot;
}

/** The snapshot in use, or the newest of a log no larger than asked for. */
export async function sizeToOpen(folder: string, sizeMax: number | undefined): Promise<number> {
  const current = await readCurrent(folder);
  if (current === null) {
    throw new AppError('not-found', `there is no snapshot in ${folder}`, {
      fix: `pull one: withhold snapshot pull URL ${folder}`,
    });
  }
  if (sizeMax === undefined || current <= sizeMax) return current;
  const names = await readdir(join(folder, 'snapshots'));
  const fitting = names.filter((name) => /^\d{1,15}$/.test(name) && Number(name) <= sizeMax).map(Number);
  if (fitting.length > 0) return Math.max(...fitting);
  throw new AppError(
    'not-found',
    `the snapshot in ${folder} is of log size ${current}, which is after ${sizeMax}`,
    { fix: `pull an older one into another folder: withhold snapshot pull URL OTHER --size ${sizeMax}` },
  );
}

export async function readManifest(
  folder: string,
  size: number,
  copy: StoredCopy | null,
): Promise<VerifiedManifest> {
  const path = snapshotFolder(folder, size);
  const text = await manifestIn(path);
  if (text === null) throw new AppError('not-found', `${path} has no manifest`, { fix: pullAgain });
  const policy = await readPinned(folder);
  const announced = (copy?.state.announced ?? []).map((vkey) => ({ key: parseVerifierKey(vkey), url: null }));
  const manifest = await verifyManifest(text, { ...policy, logs: [...policy.logs, ...announced] });
  const { content } = manifest;
  if (content.size !== size) {
    throw new AppError('invalid', `${path} holds a snapshot of log size ${content.size}`, { fix: pullAgain });
  }
  for (const [kind, spec] of Object.entries(content.keySpecs)) {
    if (keySpecs[kind] === spec) continue;
    throw new AppError(
      'invalid',
      `the snapshot finds a ${kind} by ${spec}, which this version does not know`,
      {
        fix: 'use a newer version of withhold',
      },
    );
  }
  return manifest;
}

/** The keys that were pinned when the folder was begun. */
export async function readPinned(folder: string): Promise<LogPolicy> {
  const path = join(folder, 'policy');
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new AppError('not-found', `${path} cannot be read (${cause.code ?? cause.message})`, {
      fix: `name the folder that was pulled into: withhold snapshot pull URL ${folder}`,
      cause,
    });
  });
  return parseLogPolicy(text);
}

/** The state of the log to answer by. */
export async function pointAt(
  { content, checkpoint }: VerifiedManifest,
  copy: StoredCopy | null,
  size: number,
): Promise<LogPoint> {
  if (size === content.size) return { size, root: checkpoint.root, note: checkpoint.note };
  const reached = copy?.reached ?? content.size;
  if (copy === null || size > reached) {
    throw new AppError('not-found', `the stored feed reaches log size ${reached}, not ${size}`, {
      fix: 'pull what is missing: withhold snapshot pull URL DIR',
    });
  }
  const { state } = copy;
  const isEnd = state.frontier.size === BigInt(size);
  return { size, root: isEnd ? state.root : await copy.rootAt(size), note: state.note ?? checkpoint.note };
}

interface Loaded {
  snapshot: OpenSnapshot;
  /** Takes out what is known of a record, as if it had been erased by now. */
  forget(rid: string): void;
}

function load(
  path: string,
  manifest: VerifiedManifest,
  { threads = oneThread, works = true }: OpenOptions,
): Loaded {
  const { content, checkpoint } = manifest;
  const { origin } = checkpoint;
  const [table, fingerprints] = orDamaged(path, () => [
    loadTable(join(path, tableName)),
    works ? loadWorks(path, threads) : noFingerprints(threads),
  ]);
  const overlay = createOverlay(crypto.getRandomValues(new Uint32Array(1))[0] as number);
  const put = ({ rid, seq, record, work, isGone }: RecordNow) => {
    overlay.put(rid, record, isGone, seq);
    if (works) putWork(fingerprints, work);
  };
  let point: LogPoint = { size: content.size, root: checkpoint.root, note: checkpoint.note };
  /** Events before this leaf are known. */
  let next = content.size;
  const snapshot: OpenSnapshot = {
    manifest,
    asOf: () => ({ origin, ...point }),
    lookup: snapshotLookup(table, overlay),
    share: () => shareRecords(table, overlay),
    fingerprints,
    apply(events, upTo) {
      for (const event of events) {
        if (event.seq < next) continue;
        put(readFeedRecord(event));
        next = event.seq + 1;
      }
      fingerprints.threads.tend(fingerprints.set);
      if (upTo.size < point.size) return;
      next = Math.max(next, upTo.size);
      point = upTo;
    },
    isGone: overlay.isGone,
    isStale: (nowMs) => nowMs > Date.parse(content.notAfter),
    overlayBytes: overlay.bytes,
    close: async () => {},
  };
  return { snapshot, forget: (rid) => put(goneRecord(rid)) };
}

function orDamaged<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('invalid', `the snapshot in ${path} cannot be read (${words})`, {
      fix: pullAgain,
      cause,
    });
  }
}

/** Events applied at once. */
const eventsPerStep = 4_096;

async function applyStored(snapshot: OpenSnapshot, copy: StoredCopy, upTo: LogPoint): Promise<void> {
  const begin = snapshot.asOf();
  let step: FeedEvent[] = [];
  for await (const event of copy.events(begin.size, upTo.size)) {
    step.push(event);
    if (step.length < eventsPerStep) continue;
    snapshot.apply(step, begin);
    step = [];
  }
  snapshot.apply(step, upTo);
}
