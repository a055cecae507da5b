import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readPublished } from '../../actions/sequence.ts';
import type { Clock, ConsentLog } from '../../deps.ts';
import { AppError } from '../../errors.ts';
import {
  makeManifest,
  manifestName,
  type SnapshotContent,
  type SnapshotFile,
  snapshotLifeMs,
} from '../../log/snapshot-manifest.ts';
import { type BuiltSnapshot, readBuilt } from './built.ts';
import { stageRecords } from './stage.ts';
import { type WrittenFiles, writeFiles } from './write-files.ts';

const buildingMark = '.building-';

/** What a build reads from. */
export interface BuildSource {
  databaseFile: string;
  log: ConsentLog;
  clock: Clock;
  /** Aborted to give up. */
  signal?: AbortSignal;
}

/**
 * Builds the snapshot of the newest published checkpoint in a folder of its own below `root`. It is there whole or not
 * at all; what a build that died left behind is removed. One at a time: see `lockFolder`.
 *
 * @returns the one that is there, when there is one of this size already.
 * @throws AppError `unavailable` while the log has no checkpoint, when the disk is full, or when told to stop.
 */
export async function buildSnapshot(source: BuildSource, root: string): Promise<BuiltSnapshot> {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(root)) {
    if (name.startsWith(buildingMark)) rmSync(join(root, name), { recursive: true });
  }
  const checkpoint = await readPublished(source.log);
  if (checkpoint === null) {
    throw new AppError('unavailable', 'the log has no checkpoint yet for a snapshot to be of', {
      fix: 'start the service once, and build when something is registered',
    });
  }
  const size = Number(checkpoint.size);
  const folder = join(root, String(size));
  if (existsSync(folder)) return readBuilt(source.log, folder);
  const building = join(root, `${buildingMark}${size}-${randomUUID()}`);
  const scratch = join(building, 'scratch');
  const signal = source.signal ?? new AbortController().signal;
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  try {
    const stage = (n: number) => join(scratch, `staged-${n}.tsv`);
    const staged = stageRecords(source.databaseFile, source.log, size, stage);
    const written = await writeFiles(staged, building, scratch, signal);
    rmSync(scratch, { recursive: true });
    const files: SnapshotFile[] = [];
    for (const name of readdirSync(building).sort()) {
      signal.throwIfAborted();
      files.push(await fileOf(building, name, written));
    }
    const now = source.clock();
    const content: SnapshotContent = {
      size,
      at: new Date(now).toISOString(),
      notAfter: new Date(now + snapshotLifeMs).toISOString(),
      keySpecs: written.keySpecs,
      hashers: written.hashers,
      counts: written.counts,
      files,
    };
    const { keys, checkSigner } = source.log;
    const logs = keys.map((key) => ({ key, url: null }));
    const text = await makeManifest(content, checkpoint.note, { logs }, checkSigner);
    writeDurably(join(building, manifestName), text);
    syncFolder(building);
    renameSync(building, folder);
    syncFolder(root);
    return await readBuilt(source.log, folder);
  } catch (error) {
    throw signal.aborted ? new AppError('unavailable', 'stopped', { cause: error }) : plain(error);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

async function fileOf(folder: string, name: string, { rows }: WrittenFiles): Promise<SnapshotFile> {
  const path = join(folder, name);
  const handle = openSync(path, 'r+');
  fsyncSync(handle);
  closeSync(handle);
  const hash = createHash('sha256');
  const stream = createReadStream(path, { highWaterMark: 1024 * 1024 });
  stream.on('data', (chunk) => hash.update(chunk));
  await once(stream, 'close');
  return { name, bytes: statSync(path).size, sha256: hash.digest('hex'), rows: rows.get(name) ?? null };
}

function writeDurably(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600, flush: true });
}

function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(path, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

/** A full disk is no fault of ours, whoever met it: the system, SQLite or DuckDB, which stops short of filling it. */
function plain(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  const isFull =
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    /No space left|disk.*full|max_temp_directory_size/i.test(String(message));
  if (!isFull) return error;
  return new AppError('unavailable', 'the disk is full', {
    fix: 'make room in the data folder: a build needs about 2 KB a record while it runs; nothing was left behind',
    cause: error,
  });
}
