import { join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { AppError } from '../../errors.ts';
import { count, making, type OpenDuckDb, text, withDuckDb } from './duckdb.ts';
import { writeNpy } from './npy.ts';
import { decisionsIn, isDropped, type OnReview } from './parts.ts';
import { writeWhole } from './whole.ts';

export const listNames = ['img2dataset', 'datacomp', 'nemo', 'datatrove'] as const;
/**
 * Lists of what was removed, for the tools that read such lists:
 *
 * - `img2dataset`: `img2dataset-removed.txt`, the removed URLs as they stand in the dataset, one a line, each once,
 *   in order of their bytes. img2dataset has no list of what not to fetch: a list of URLs given to it is what it
 *   downloads. This one is to be taken away from such a list before (`LC_ALL=C comm -23 <(sort urls.txt) …`).
 * - `datacomp`: `datacomp-removed.npy`, the removed uids as DataComp's `resharder.py` reads its `--subset-file`:
 *   `np.dtype("u8,u8")`, upper half first, each once, sorted as NumPy sorts them. The resharder keeps what its
 *   subset lists, so it is to be given what remains: `np.setdiff1d(subset, removed)`.
 * - `nemo`: `nemo/removed.parquet`, one column `id` of text, each id once, alone in its folder: NeMo Curator's
 *   `ImageDuplicatesRemovalStage(removal_parquets_dir=…)` reads all of a folder, and needs at least one file.
 * - `datatrove`: `datatrove-removed.jsonl`, a document a line in the form of its exclusion writer: `id`, `text`, and
 *   `metadata` with `url` and `filter_reason`. datatrove skips documents without text, and decisions have none, so
 *   the text is the URL. Where a row has no id it is `FILE/ROW`.
 */
export type ListName = (typeof listNames)[number];

const needIds: readonly ListName[] = ['datacomp', 'nemo'];

export interface WriteLists {
  /** Paths of the parts, in order of their rows. */
  parts: readonly string[];
  onReview: OnReview;
  wanted: readonly ListName[];
  /** The folder of the lists. */
  to: string;
  work: string;
}

export interface WrittenList {
  name: ListName;
  /** Path below `to`. */
  file: string;
  entries: number;
  /** Removed rows that the list cannot name: for img2dataset, those without a URL or with a line break in it. */
  unlisted: number;
}

/**
 * To be asked before a run, which can be long.
 * @throws AppError `invalid` when a list is wanted of ids and the rows have none.
 */
export function requireIds(wanted: readonly ListName[], hasIds: boolean): void {
  const first = wanted.find((name) => needIds.includes(name));
  if (first === undefined || hasIds) return;
  throw new AppError('invalid', `the list for ${first} is one of ids, and nothing tells where the ids are`, {
    field: 'lists',
    fix: first === 'datacomp' ? 'say --id-column uid' : 'name their column with --id-column',
  });
}

/**
 * Writes the lists that are wanted.
 * @throws AppError `invalid` naming row and file when a removed row has no id that its list could name.
 */
export async function writeLists({ parts, onReview, wanted, to, work }: WriteLists): Promise<WrittenList[]> {
  const removed = `(SELECT * FROM ${await decisionsIn(parts)} WHERE ${isDropped(onReview)})`;
  return withDuckDb(work, async (database) => {
    const lists: WrittenList[] = [];
    for (const name of listNames) {
      if (!wanted.includes(name)) continue;
      const { file, write } = writers[name];
      const path = join(to, file);
      const written = await making(path, () =>
        writeWhole(path, (aside) => write(database, removed, resolve(aside))),
      );
      lists.push({ name, file, ...written });
    }
    return lists;
  });
}

type Write = (
  database: OpenDuckDb,
  removed: string,
  path: string,
) => Promise<Pick<WrittenList, 'entries' | 'unlisted'>>;

const plainLines = `FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '', USE_TMP_FILE false`;

const writers: Record<ListName, { file: string; write: Write }> = {
  img2dataset: {
    file: 'img2dataset-removed.txt',
    async write(database, removed, path) {
      const { connection } = database;
      const isLine = String.raw`url IS NOT NULL AND NOT regexp_matches(url, '[\r\n]')`;
      const unlisted = await count(connection, `SELECT count(*) FROM ${removed} WHERE NOT (${isLine})`);
      const urls = await sortedOnce(database, `SELECT url AS text FROM ${removed} WHERE ${isLine}`);
      return {
        entries: await count(connection, `COPY (${urls}) TO ${text(path)} (${plainLines})`),
        unlisted,
      };
    },
  },
  datacomp: {
    file: 'datacomp-removed.npy',
    async write({ connection, scratch }, removed, path) {
      const isUid = `id IS NOT NULL AND regexp_full_match(id, '[0-9A-Fa-f]{32}')`;
      await refuseUnless(connection, removed, isUid, 'the list for datacomp needs uids of 32 hex digits');
      const uids = join(scratch, 'uids.txt');
      // Repeated ones then stand side by side, and need no memory to be found; numbers take less to sort than texts.
      const half = (start: number) => `('0x' || substr(id, ${start}, 16))::UBIGINT`;
      const halves = `SELECT ${half(1)} AS upper, ${half(17)} AS lower FROM ${removed} ORDER BY ALL`;
      const sorted = `SELECT printf('%016x%016x', upper, lower) FROM (${halves})`;
      await connection.run(`COPY (${sorted}) TO ${text(uids)} (${plainLines})`);
      return { entries: await writeNpy(uids, path), unlisted: 0 };
    },
  },
  nemo: {
    file: join('nemo', 'removed.parquet'),
    async write(database, removed, path) {
      const { connection } = database;
      await refuseUnless(connection, removed, 'id IS NOT NULL', 'the list for nemo needs one of every row');
      const texts = await sortedOnce(database, `SELECT id AS text FROM ${removed}`);
      const ids = `SELECT text AS id FROM (${texts})`;
      const settings = 'FORMAT parquet, CODEC zstd, USE_TMP_FILE false';
      return {
        entries: await count(connection, `COPY (${ids}) TO ${text(path)} (${settings})`),
        unlisted: 0,
      };
    },
  },
  datatrove: {
    file: 'datatrove-removed.jsonl',
    async write({ connection }, removed, path) {
      const metadata = `json_object('url', url, 'filter_reason', coalesce(reason, outcome), 'verdict', verdict,
        'source', source, 'record', record, 'trust', trust, 'reserved_since', reserved_since, 'column', "column",
        'file', file, 'row', row)`;
      // A patch of RFC 7396 leaves out what is null.
      const documents = `SELECT coalesce(url, id, file || '/' || row) AS "text",
        coalesce(id, file || '/' || row) AS id, json_merge_patch('{}', ${metadata}) AS metadata FROM ${removed}`;
      const settings = 'FORMAT json, ARRAY false, USE_TMP_FILE false';
      return {
        entries: await count(connection, `COPY (${documents}) TO ${text(path)} (${settings})`),
        unlisted: 0,
      };
    },
  },
};

/**
 * Sorts texts by their bytes on the disk.
 * @param texts a query with one column `text`.
 * @returns a query with each of them once. Equal ones stand side by side by then: a hash table of all, which is how
 *   DISTINCT finds them, does not fit in memory.
 */
async function sortedOnce({ connection, scratch }: OpenDuckDb, texts: string): Promise<string> {
  const sorted = text(join(scratch, 'sorted.parquet'));
  await connection.run(`COPY (${texts} ORDER BY text) TO ${sorted} (FORMAT parquet, CODEC snappy)`);
  return `SELECT text FROM (SELECT text, lag(text) OVER () AS before FROM read_parquet(${sorted}))
          WHERE text IS DISTINCT FROM before`;
}

/** @param need why that is refused, as the other half of a sentence. */
async function refuseUnless(
  connection: DuckDBConnection,
  removed: string,
  condition: string,
  need: string,
): Promise<void> {
  const found = await connection.runAndReadAll(
    `SELECT file, row::DOUBLE, left(id, 60) FROM ${removed} WHERE NOT (${condition}) LIMIT 1`,
  );
  const [first] = found.getRowsJS();
  if (first === undefined) return;
  const [file, row, id] = first;
  const has = id === null ? 'no id' : `the id ${id}`;
  throw new AppError('invalid', `row ${row} of ${file} has ${has}, and ${need}`, {
    field: 'id',
    fix: 'name the column that holds it with --id-column, or leave the list out',
  });
}
