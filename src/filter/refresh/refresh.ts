import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveAgent } from '../../consent/agent.ts';
import type { Usage } from '../../consent/evidence.ts';
import { readCsv } from '../../datasets/csv.ts';
import { type DecisionField, decisionFields } from '../../datasets/decisions.ts';
import { AppError } from '../../errors.ts';
import { toHex } from '../../log/encoding.ts';
import { registryOrigin } from '../../snapshots/answering.ts';
import type { OpenSnapshot } from '../../snapshots/open.ts';
import type { SharedRecords } from '../../snapshots/shared-records.ts';
import type { LicenceList } from '../licences.ts';
import { openRunDeps } from '../run-deps.ts';
import { type RunFile, readRunFile } from '../run-folder.ts';
import { batchesOfRows, type TextRow } from '../text-batches.ts';
import { filterPart } from '../unit.ts';
import { type ChangedRecord, changedOrGone, changedSince } from './changed-records.ts';
import {
  bytesOfRid,
  changeLines,
  type Decision,
  type DecisionIndex,
  openDecisionIndex,
  parseLine,
} from './decision-index.ts';
import { indexedDecisions, indexFolder, openRowIndex, type RowIndex } from './row-index.ts';
import { hashKey, type IndexedRow, indexedColumns, keyOfUrl, rowKey } from './row-lines.ts';

/** What a refresh stands on. */
export interface RefreshDeps {
  snapshot: OpenSnapshot;
  signals: { folder: string; maxAgeDays: number; finished: string } | null;
  licences: { list: LicenceList; sha256: string } | null;
  now: number;
}

/** What became of rows since the last time. */
export interface Refreshed {
  /** States of the log: of the last time, and now. */
  from: { size: number; root: string };
  to: { size: number; root: string };
  /** Records that changed since, and those gone that decisions rested on. */
  records: { changed: number; gone: number };
  /** Rows that were decided again. */
  rows: number;
  /** Rows that must now go, and rows that may return. */
  goes: number;
  returns: number;
  /** Where the changes are. */
  file: string;
}

const changeColumns = ['change', ...decisionFields.map(([name]) => name), 'was', 'was_record'] as const;
const laterName = 'later.json';

/** Decisions of rows that were decided again since the run, newest state. */
type Later = { size: number; root: string; rows: [input: number, row: number, line: Decision | null][] };

/**
 * Decides again the rows that records concern which came, changed or went since a run, and no others.
 * @param path the folder of the run.
 * @throws AppError in words for a person.
 */
export async function refreshRun(deps: RefreshDeps, path: string): Promise<Refreshed> {
  const run = readRun(path);
  const folder = join(path, indexFolder);
  const later = readLater(folder, run);
  refuseOther(deps, run, later);
  const { origin: _, size, root } = deps.snapshot.asOf();
  const records = deps.snapshot.share();
  const rows = openRowIndex(folder);
  const decisions = openDecisionIndex(join(folder, indexedDecisions), folder);
  try {
    const inputs = run.inputs.map(({ name }) => name);
    const before = beforeOf(decisions, later);
    const changed = changedSince(records, later.size);
    const gone = changedOrGone(records, before.rids, later.size);
    const isLikeness = run.named.pdq !== undefined || run.hashType === 'pdq' || run.pixels;
    if (isLikeness && changed.some(({ record }) => record.kind === 'work')) {
      throw new AppError(
        'invalid',
        'works changed, and what looks like them can only be found in the dataset itself',
        {
          fix: 'filter the dataset again',
        },
      );
    }
    const found = new Map<string, IndexedRow>();
    const add = (row: IndexedRow) => found.set(`${row.input} ${row.row}`, row);
    for (const record of changed) for (const row of rowsOfRecord(rows, record)) add(row);
    for (const record of gone) for (const row of rowsOfDecisions(rows, before.of(record), inputs)) add(row);
    const wanted = [...found.values()].sort((a, b) => a.input - b.input || a.row - b.row);
    const decided = await decideRows(deps, run, records, wanted);
    const now = wanted.map((row, at) => named(decided[at] ?? null, row, inputs));
    const changes = wanted.flatMap((row, at) => changeOf(before.ofRow(row), now[at] ?? null, run) ?? []);
    const to = { size, root: toHex(root) };
    const file = writeChanges(path, to.size, changes);
    const kept = new Map(later.rows.map((entry) => [`${entry[0]} ${entry[1]}`, entry]));
    wanted.forEach((row, at) => {
      kept.set(`${row.input} ${row.row}`, [row.input, row.row, now[at] ?? null]);
    });
    writeWhole(join(folder, laterName), JSON.stringify({ ...to, rows: [...kept.values()] } satisfies Later));
    const count = (change: string) => changes.filter((each) => each.change === change).length;
    return {
      from: { size: later.size, root: later.root },
      to,
      records: { changed: changed.length, gone: gone.length },
      rows: wanted.length,
      ...{ goes: count('goes'), returns: count('returns'), file },
    };
  } finally {
    rows.close();
    decisions.close();
  }
}

function readRun(path: string): RunFile {
  const run = readRunFile(path);
  if (run === null)
    throw new AppError('not-found', `${path} holds no run`, { fix: 'name the --out of withhold filter' });
  if (run.refreshable) return run;
  throw new AppError('conflict', `the run in ${path} kept nothing to refresh it by`, {
    fix: 'filter the dataset again, with --refreshable',
  });
}

function readLater(folder: string, run: RunFile): Later {
  const { size, root } = run.source;
  try {
    return JSON.parse(readFileSync(join(folder, laterName), 'utf8')) as Later;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { size, root, rows: [] };
    throw new AppError('invalid', `${join(folder, laterName)} is damaged`, {
      fix: 'filter the dataset again',
      cause: error,
    });
  }
}

/** Rows are only comparable when everything but the registry is as it was. */
function refuseOther({ snapshot, signals, licences }: RefreshDeps, run: RunFile, later: Later): void {
  const { origin, size } = snapshot.asOf();
  if (origin !== run.source.origin) {
    throw new AppError('conflict', `the run is of ${run.source.origin}, and the snapshot of ${origin}`);
  }
  if (size < later.size) {
    throw new AppError(
      'conflict',
      `the snapshot is of log size ${size}, and the run already of ${later.size}`,
      {
        fix: 'pull what is new: withhold snapshot pull URL DIR',
      },
    );
  }
  if ((signals?.finished ?? null) !== (run.signals?.finished ?? null)) {
    throw new AppError('conflict', 'the run was answered with other site signals', {
      fix: run.signals === null ? 'leave out --signals' : `give --signals ${run.signals.folder}`,
    });
  }
  if ((licences?.sha256 ?? null) !== run.licences) {
    throw new AppError('conflict', 'the run was made with another licence file', {
      fix: run.licences === null ? 'leave out --licences' : 'give the same --licences FILE',
    });
  }
}

/** Decisions as they were before this refresh: those of the run, and of refreshes since. */
function beforeOf(index: DecisionIndex, later: Later) {
  const rows = new Map(later.rows.map(([input, row, line]) => [`${input} ${row}`, line]));
  const since = [...rows.values()].filter((line) => line !== null && line.record !== '') as Decision[];
  const rids = new Uint8Array(index.rids.length + 16 * since.length);
  rids.set(index.rids);
  for (const [at, { record }] of since.entries()) rids.set(bytesOfRid(record), index.rids.length + 16 * at);
  const ofRun = index.rids.length / 16;
  return {
    /** Ids of the records that decisions rest on; some may rest on another by now. */
    rids,
    /** The decisions that rest on a record, by its place in `rids`. */
    of: (record: number): Decision[] =>
      record < ofRun ? index.of(record) : [since[record - ofRun] as Decision],
    ofRow({ input, row }: IndexedRow): Decision | null {
      const key = `${input} ${row}`;
      return rows.has(key) ? (rows.get(key) ?? null) : index.ofRow(input, row);
    },
  };
}

function* rowsOfRecord(rows: RowIndex, { record, md5 }: ChangedRecord): Generator<IndexedRow> {
  const { kind, key } = record;
  if (kind === 'url') yield* rows.find(key, true);
  else if (kind === 'prefix') yield* rows.find(key, false);
  else if (kind === 'domain') for (const next of [')', ',', ':']) yield* rows.find(key + next, false);
  else if (kind === 'work') {
    yield* rows.find(hashKey('sha256', key), true);
    if (md5 !== null) yield* rows.find(hashKey('md5', md5), true);
  }
}

/** The rows of decisions, by their URL, or their number where they have none. */
function* rowsOfDecisions(
  rows: RowIndex,
  decisions: readonly Decision[],
  inputs: readonly string[],
): Generator<IndexedRow> {
  for (const { url, file, row } of decisions) {
    const [input, number] = [inputs.indexOf(file), Number(row)];
    const key = url === '' ? rowKey(input, number) : (keyOfUrl(url.trim()) ?? rowKey(input, number));
    let isThere = false;
    for (const each of rows.find(key, true)) {
      if (each.input !== input || each.row !== number) continue;
      isThere = true;
      yield each;
    }
    if (!isThere) {
      throw new AppError('invalid', `row ${row} of ${file} is not in the index of the run`, {
        fix: 'filter the dataset again',
      });
    }
  }
}

/** What is said of rows now; null where nothing is found. */
async function decideRows(
  { snapshot, signals, licences, now }: RefreshDeps,
  run: RunFile,
  records: SharedRecords,
  wanted: readonly IndexedRow[],
): Promise<Decision[]> {
  const deps = await openRunDeps(
    {
      records,
      usage: run.usage as Usage,
      agent: run.agent === null ? null : resolveAgent(run.agent),
      registry: registryOrigin(snapshot.asOf().origin),
      signals: signals === null ? null : { folder: signals.folder, maxAgeDays: signals.maxAgeDays, now },
      licences: licences?.list ?? null,
      held: run.held ?? [],
      ...{ listsAll: true, keepsRows: false },
    },
    {
      likes: async (hashes) => hashes.map(() => []),
      likePictures: async (pictures) => pictures.map(() => []),
    },
  );
  try {
    const lines: Buffer[] = [];
    async function* rows(): AsyncGenerator<TextRow> {
      for (const { row, cells } of wanted) yield { line: row, cells };
    }
    await filterPart(deps, '', batchesOfRows(rows(), indexedColumns), (bytes) =>
      lines.push(Buffer.from(bytes)),
    );
    const header = `${decisionFields.map(([name]) => name).join(',')}\n`;
    const decided: Decision[] = [];
    async function* csv() {
      yield Buffer.from(header);
      yield* lines;
    }
    for await (const event of readCsv(csv(), { delimiter: ',', quote: '"' })) {
      if (event.kind === 'row') decided.push(parseLine(event.raw.toString('utf8')));
    }
    return decided;
  } finally {
    deps.close();
  }
}

function named(
  line: Decision | null,
  { input, row }: IndexedRow,
  inputs: readonly string[],
): Decision | null {
  return line === null ? null : { ...line, file: inputs[input] ?? '', row: String(row) };
}

type Change = Record<(typeof changeColumns)[number], string>;

/** @returns null for a row that is dropped, or kept, as before. */
function changeOf(before: Decision | null, after: Decision | null, { onReview }: RunFile): Change | null {
  const isDropped = (line: Decision | null) =>
    line !== null && (line.outcome === 'dropped' || (line.outcome === 'review' && onReview === 'drop'));
  if (isDropped(before) === isDropped(after)) return null;
  const shown = (after ?? before) as Decision;
  const place = before ?? after;
  const base = Object.fromEntries(decisionFields.map(([name]) => [name, shown[name]])) as Record<
    DecisionField,
    string
  >;
  return {
    change: isDropped(after) ? 'goes' : 'returns',
    ...base,
    file: place?.file ?? '',
    row: place?.row ?? '',
    was: before?.outcome ?? 'kept',
    was_record: before?.record ?? '',
  };
}

/** Writes what changed into a folder of its own below the run's. */
function writeChanges(path: string, size: number, changes: readonly Change[]): string {
  const folder = join(path, 'refreshed');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `changes-${size}.csv`);
  writeWhole(file, changeLines(changes, changeColumns));
  return file;
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { flush: true });
  renameSync(`${path}.new`, path);
}
