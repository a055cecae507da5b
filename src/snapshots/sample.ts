import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { AppError } from '../errors.ts';
import { LogFault } from '../follow/fault.ts';
import { each, type LogSource } from '../follow/source.ts';
import { isAboutRecord } from '../log/leaf.ts';
import { requireOpening } from '../log/receipt.ts';
import type { SnapshotFile, VerifiedManifest } from '../log/snapshot-manifest.ts';
import type { ReadTile } from '../log/tile-proofs.ts';
import { canonicalRecordBytes, type OptOutRecord } from '../opt-outs/record.ts';
import { tableName } from './build/write-files.ts';
import {
  countHashes,
  countRows,
  fingerprintsFile,
  fingerprintsOf,
  recordFiles,
  recordsAt,
  recordsOf,
  ridsAt,
  withDuckDb,
  worksFile,
} from './parquet-rows.ts';
import { provenLeaf } from './prove-snapshot.ts';
import { type RecordRow, recordOfRow } from './row-record.ts';
import { requireLookups, saysTheSame } from './sample-tables.ts';

/** Rows held to their leaves unless told: of a snapshot one in twenty of whose rows is false, 64 rows see 26 of 27. */
export const samplesDefault = 64;
export const samplesMax = 100_000;

/** Tiles remembered while rows are held to the log: 32 MB. */
const tilesKeptMax = 4_096;

/** A row that was sampled, made a record again. */
export interface Sampled {
  file: string;
  row: RecordRow;
  record: OptOutRecord;
}

interface Sampling {
  source: LogSource;
  samples: number;
}

/**
 * Takes rows of a snapshot's Parquet files at chance, makes their records again and holds each to its leaf, in the
 * state of the log the snapshot is of.
 * @returns what was taken; every row when there are no more than `samples`.
 * @throws LogFault naming the row that is false.
 */
export async function requireSamples(
  { source, samples }: Sampling,
  folder: string,
  manifest: VerifiedManifest,
): Promise<Sampled[]> {
  const files = manifest.content.files.filter(({ rows }) => rows !== null);
  if (samples === 0 || files.length === 0) return [];
  requireNames(files);
  return orFault(() =>
    withDuckDb(async (connection) => {
      const taken = await take(connection, folder, manifest, placesFor(files, samples));
      const readTile = rememberTiles(source);
      await each(taken, (sampled) => requireInLog(sampled, source, readTile, manifest));
      await requireTables(connection, folder, taken, { files, samples });
      return taken;
    }),
  );
}

/** A snapshot without one of its files would be silent where it should speak. */
function requireNames(files: readonly SnapshotFile[]): void {
  const missing = [...recordFiles, fingerprintsFile].find(
    (name) => !files.some((file) => file.name === name),
  );
  if (missing !== undefined) throw new LogFault('the manifest', `names no ${missing}`);
}

/** Rows share the upper tiles of their proofs; each is asked for once. */
function rememberTiles(source: LogSource): ReadTile {
  const known = new Map<string, Promise<Uint8Array>>();
  return (level, index, width) => {
    const place = `${level}/${index}/${width}`;
    const tile = known.get(place) ?? source.hashes({ level, index, width });
    if (known.size < tilesKeptMax) known.set(place, tile);
    return tile;
  };
}

/** What answers checks says what the Parquet files say, and nothing else. */
async function requireTables(
  connection: DuckDBConnection,
  folder: string,
  sampled: readonly Sampled[],
  { files, samples }: { files: readonly SnapshotFile[]; samples: number },
): Promise<void> {
  const rowsOf = (name: string) => files.find((file) => file.name === name)?.rows ?? 0;
  const counts = {
    records: recordFiles.reduce((sum, name) => sum + rowsOf(name), 0),
    works: rowsOf(worksFile),
    hashes: await countHashes(connection, join(folder, fingerprintsFile)),
  };
  const others = requireLookups(folder, sampled, counts, samples);
  const rids = [...new Set(others.map(({ rid }) => rid))];
  const known = new Map((await recordsOf(connection, folder, rids)).map((row) => [row.rid, row]));
  for (const record of others) {
    const row = known.get(record.rid);
    if (row !== undefined && saysTheSame(record, row)) continue;
    throw new LogFault(`record ${record.rid} in ${tableName}`, 'is not what the other files have');
  }
}

/** Chooses rows at chance over all files together. @returns places from 0, by file. */
function placesFor(
  files: readonly { name: string; rows: number | null }[],
  samples: number,
): Map<string, number[]> {
  const total = files.reduce((sum, { rows }) => sum + (rows ?? 0), 0);
  const chosen = new Set<number>();
  if (samples >= total) for (let at = 0; at < total; at += 1) chosen.add(at);
  while (chosen.size < Math.min(samples, total)) chosen.add(randomInt(total));
  const places = new Map<string, number[]>();
  let first = 0;
  for (const { name, rows } of files) {
    const end = first + (rows ?? 0);
    places.set(
      name,
      [...chosen].filter((at) => at >= first && at < end).map((at) => at - first),
    );
    first = end;
  }
  return places;
}

async function take(
  connection: DuckDBConnection,
  folder: string,
  { content }: VerifiedManifest,
  places: ReadonlyMap<string, readonly number[]>,
): Promise<Sampled[]> {
  for (const { name, rows } of content.files) {
    if (rows === null) continue;
    const found = await countRows(connection, join(folder, name));
    if (found !== rows) throw new LogFault(name, `has ${found} rows, not ${rows} as its manifest says`);
  }
  const sampled: { file: string; row: RecordRow }[] = [];
  for (const file of recordFiles) {
    const own = places.get(file) ?? [];
    if (own.length === 0) continue;
    for (const row of await recordsAt(connection, join(folder, file), own)) sampled.push({ file, row });
  }
  const prints = places.get(fingerprintsFile) ?? [];
  if (prints.length > 0) sampled.push(...(await ownersOf(connection, folder, prints, sampled)));
  const works = sampled.filter(({ row }) => row.kind === 'work').map(({ row }) => row.rid);
  const byRid =
    works.length === 0
      ? new Map<string, never[]>()
      : await fingerprintsOf(connection, join(folder, fingerprintsFile), works);
  return sampled.map(({ file, row }) => ({ file, row, record: recordOfRow(row, byRid.get(row.rid) ?? []) }));
}

/** A fingerprint is held to its leaf as part of its work, which must be there. */
async function ownersOf(
  connection: DuckDBConnection,
  folder: string,
  places: readonly number[],
  sampled: readonly { row: RecordRow }[],
): Promise<{ file: string; row: RecordRow }[]> {
  const known = new Set(sampled.flatMap(({ row }) => (row.kind === 'work' ? [row.rid] : [])));
  const rids = new Set(await ridsAt(connection, join(folder, fingerprintsFile), places));
  const wanted = [...rids].filter((rid) => !known.has(rid));
  const found = await recordsOf(connection, folder, wanted, [worksFile]);
  const foundRids = new Set(found.map(({ rid }) => rid));
  const stray = wanted.find((rid) => !foundRids.has(rid));
  if (stray !== undefined)
    throw new LogFault(fingerprintsFile, `has fingerprints of ${stray}, which is no work`);
  return found.map((row) => ({ file: worksFile, row }));
}

async function requireInLog(
  { file, row, record }: Sampled,
  source: LogSource,
  readTile: ReadTile,
  { checkpoint }: VerifiedManifest,
): Promise<void> {
  const place = `record ${row.rid} in ${file}`;
  if (!Number.isSafeInteger(row.seq) || row.seq < 0)
    throw new LogFault(place, `names leaf ${row.seq}, which no log has`);
  const { leaf } = await provenLeaf(source, readTile, row.seq, checkpoint);
  const isSame = isAboutRecord(leaf) && leaf.rid === row.rid && leaf.ver === row.ver && leaf.at === row.at;
  if (!isSame || row.state !== 'active') throw new LogFault(place, `is not what leaf ${row.seq} is of`);
  try {
    const text = new TextDecoder().decode(canonicalRecordBytes(record));
    await requireOpening({ leaf, salt: row.salt, record: text });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new LogFault(place, `does not open leaf ${row.seq}`, error);
  }
}

/** Anything DuckDB says of a file whose digest is right is said of the file. */
async function orFault<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof LogFault || error instanceof AppError) throw error;
    const words = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new LogFault('a Parquet file', `of the snapshot cannot be read (${words})`, error);
  }
}
