import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readLeaf } from '../../src/actions/sequence.ts';
import type { ConsentLog } from '../../src/deps.ts';
import { isAboutRecord } from '../../src/log/leaf.ts';
import { type SnapshotContent, verifyManifest } from '../../src/log/snapshot-manifest.ts';
import { canonicalRecordBytes, commitment, type OptOutRecord } from '../../src/opt-outs/record.ts';
import {
  countRows,
  fingerprintsFile,
  fingerprintsOf,
  recordFiles,
  recordsAt,
  withDuckDb,
} from '../../src/snapshots/parquet-rows.ts';
import { recordOfRow } from '../../src/snapshots/row-record.ts';

const names = [
  ...[fingerprintsFile, ...recordFiles],
  ...['records.table', 'works.index', 'works.descriptors'],
].sort();

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The manifest of a snapshot's folder, held to the log's keys, and every file held to it. */
export async function wholeSnapshot(folder: string, log: ConsentLog): Promise<SnapshotContent> {
  const text = readFileSync(join(folder, 'manifest.json'), 'utf8');
  const { content, checkpoint, digest } = await verifyManifest(text, {
    logs: log.keys.map((key) => ({ key, url: null })),
    checkKeys: [log.checkSigner.key],
  });
  expect(digest).toBe(sha256(Buffer.from(text)));
  expect(checkpoint.size).toBe(BigInt(content.size));
  expect(readdirSync(folder).sort()).toEqual(['manifest.json', ...names].sort());
  const files = Object.fromEntries(content.files.map((file) => [file.name, file]));
  for (const name of names) {
    const bytes = readFileSync(join(folder, name));
    expect(files[name]).toMatchObject({ bytes: bytes.length, sha256: sha256(bytes) });
  }
  expect(content.files).toHaveLength(names.length);
  return content;
}

/** Every record of a snapshot's Parquet files, each made again from its rows and held to its leaf; sorted by rid. */
export async function openedRecords(
  folder: string,
  log: ConsentLog,
  content: SnapshotContent,
): Promise<OptOutRecord[]> {
  const rows = await withDuckDb(async (connection) => {
    const all = [];
    for (const name of recordFiles) {
      const count = await countRows(connection, join(folder, name));
      expect(content.files.find((file) => file.name === name)?.rows).toBe(count);
      const found = await recordsAt(connection, join(folder, name), [...Array(count).keys()]);
      expect(found).toHaveLength(count);
      const prints = await fingerprintsOf(
        connection,
        join(folder, fingerprintsFile),
        found.map(({ rid }) => rid),
      );
      for (const row of found) all.push({ row, record: recordOfRow(row, prints.get(row.rid) ?? []) });
    }
    return all;
  });
  for (const { row, record } of rows) {
    const leaf = await readLeaf(log, row.seq, content.size);
    if (!isAboutRecord(leaf)) throw new Error(`place ${row.seq} is of no record`);
    const commit = await commitment(record.salt, canonicalRecordBytes(record));
    expect({ rid: row.rid, ver: row.ver, at: row.at, commit }).toEqual({
      ...{ rid: leaf.rid, ver: leaf.ver, at: leaf.at, commit: leaf.commit },
    });
  }
  return rows.map(({ record }) => record).sort((a, b) => (a.rid < b.rid ? -1 : 1));
}

/** Rows of a query over a snapshot's Parquet files, in the order of the file. */
export async function query(sql: string): Promise<Record<string, unknown>[]> {
  return withDuckDb(async (connection) => (await connection.runAndReadAll(sql)).getRowObjectsJS());
}
