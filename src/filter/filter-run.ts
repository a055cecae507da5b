import { findLikes, findPicturesLike } from '../actions/fingerprint-index.ts';
import { resolveAgent } from '../consent/agent.ts';
import type { Usage } from '../consent/evidence.ts';
import type { ColumnWishes } from '../datasets/columns.ts';
import type { DecisionFormat } from '../datasets/outputs/decisions.ts';
import { type ListName, requireIds } from '../datasets/outputs/lists.ts';
import type { OnReview } from '../datasets/outputs/parts.ts';
import type { Written } from '../datasets/outputs/rewrite.ts';
import type { ReportContent } from '../datasets/report/content.ts';
import { isRemote } from '../datasets/sources/inputs.ts';
import type { SourceDeps } from '../datasets/sources/requests.ts';
import type { RecordReport } from '../datasets/tally/summary.ts';
import type { Found } from '../images/find.ts';
import { readPixelQuery } from '../images/pixel-query.ts';
import { toHex } from '../log/encoding.ts';
import type { NoteSigner } from '../log/note-key.ts';
import { hashKeyOf } from '../opt-outs/table/table.ts';
import { registryOrigin } from '../snapshots/answering.ts';
import type { OpenSnapshot } from '../snapshots/open.ts';
import { type Counted, countParts, hasRecords, recordsToHold } from './counted.ts';
import { finished } from './finish-run.ts';
import type { RunInput } from './inputs.ts';
import type { LicenceList } from './licences.ts';
import { createRecordFinder, type RecordFinder } from './record-finder.ts';
import type { RunSetup } from './run-deps.ts';
import {
  identityOf,
  openRunFolder,
  type RunFile,
  type RunFolder,
  removePart,
  runFormat,
} from './run-folder.ts';
import type { RunTasks } from './run-tasks.ts';
import { digestPath, partsOf, readDigest, remainingTasks } from './tasks.ts';
import type { Like } from './unit.ts';
import type { DigestTask } from './work.ts';

/** What is to be filtered, how, and what is to be left in the folder. */
export interface FilterRunWishes {
  out: string;
  /** What the builder calls the dataset. */
  dataset: string;
  columns: ColumnWishes & { pixels: boolean };
  agent: string | undefined;
  usage: Usage;
  onReview: OnReview;
  /** Whether rows without anything found get a decision too. */
  listsAll: boolean;
  decisions: DecisionFormat;
  lists: readonly ListName[];
  write: Written | undefined;
  /** Most rows a record may drop by itself; undefined for the standard share. */
  hitsMax: number | undefined;
  licences: { list: LicenceList; name: string; sha256: string; entries: number } | null;
  threads: number;
  /** Whether to keep what `withhold refresh` goes by. */
  refreshable: boolean;
  /** Whether what is in the folder may go. */
  fresh: boolean;
}

/** What a run stands on, opened. */
export interface FilterRunDeps {
  snapshot: OpenSnapshot;
  signals: { folder: string; maxAgeDays: number; finished: string; origins: number; digest: string } | null;
  sources: SourceDeps;
  runTasks: RunTasks;
  signer: NoteSigner;
  versions: ReportContent['versions'];
  clock(): number;
  signal: AbortSignal;
  watch: RunWatch;
}

/** Told how a run goes. */
export interface RunWatch {
  /** Before rows are filtered, for the first time or again. */
  begins(resumedRows: number, bytesTotal: number): void;
  progress(state: { rows: number; dropped: number; bytes: number }): void;
  say(words: string): void;
}

export interface FilterRunResult {
  content: ReportContent;
  /** The text of report.json. */
  report: string;
  /** What the registry may be told of its records. */
  records(): Iterable<RecordReport>;
}

/**
 * Filters a dataset into a folder. What is done is kept: after a stop, the same call goes on and ends with the same
 * files.
 * @throws AppError in words for a person; what was done by then stays in the folder.
 */
export async function filterRun(
  deps: FilterRunDeps,
  inputs: readonly RunInput[],
  wishes: FilterRunWishes,
): Promise<FilterRunResult> {
  requireIds(
    wishes.lists,
    inputs.every(({ columns, format }) => columns.id !== undefined || format === 'tar'),
  );
  const folder = openRunFolder(wishes.out, runFileOf(deps, wishes, inputs), wishes.fresh);
  try {
    const records = deps.snapshot.share();
    const finder = createRecordFinder(records);
    const run: Run = { deps, wishes, inputs, folder, finder, setup: setupOf(deps, wishes, records) };
    const counted = await filtered(run);
    return await finished(run, counted);
  } finally {
    folder.close();
  }
}

export interface Run {
  deps: FilterRunDeps;
  wishes: FilterRunWishes;
  inputs: readonly RunInput[];
  folder: RunFolder;
  finder: RecordFinder;
  setup: RunSetup;
}

function runFileOf(deps: FilterRunDeps, wishes: FilterRunWishes, inputs: readonly RunInput[]): RunFile {
  const { origin, size, root } = deps.snapshot.asOf();
  const { columns, agent = null, usage, onReview, decisions } = wishes;
  const facts = {
    source: { origin, size, root: toHex(root) },
    ...{ agent, usage, onReview, decisions, pixels: columns.pixels },
    signals: deps.signals === null ? null : { folder: deps.signals.folder, finished: deps.signals.finished },
    inputs: inputs.map(({ name, address, format, size: bytes, version }) => ({
      ...{ name, address, format, size: bytes, version },
    })),
    named: columns.named,
    hashType: columns.hashType ?? null,
    licences: wishes.licences?.sha256 ?? null,
    refreshable: wishes.refreshable,
  };
  const { listsAll, lists, write = null, hitsMax = null, dataset } = wishes;
  const more = { listsAll, lists, write, hitsMax, dataset };
  const identity = identityOf({
    ...facts,
    ...more,
    columns: inputs.map((input) => input.columns),
    manifest: deps.snapshot.manifest.digest,
  });
  return { format: runFormat, identity, started: iso(deps), ...facts, held: null };
}

const iso = ({ clock }: Pick<FilterRunDeps, 'clock'>) => new Date(clock()).toISOString();

function setupOf(deps: FilterRunDeps, wishes: FilterRunWishes, records: RunSetup['records']): RunSetup {
  const { signals, snapshot } = deps;
  return {
    records,
    usage: wishes.usage,
    agent: wishes.agent === undefined ? null : resolveAgent(wishes.agent),
    registry: registryOrigin(snapshot.asOf().origin),
    signals:
      signals === null ? null : { folder: signals.folder, maxAgeDays: signals.maxAgeDays, now: deps.clock() },
    licences: wishes.licences?.list ?? null,
    held: [],
    listsAll: wishes.listsAll,
    keepsRows: wishes.refreshable,
  };
}

/** Does what is left of the run, and once more those parts in which a record turned out to be one to hold. */
async function filtered(run: Run): Promise<Counted> {
  const { folder, finder, wishes } = run;
  await doTasks(run, folder.file.held ?? []);
  const counted = countParts(partsOf(run), finder);
  if (folder.file.held !== null) return counted;
  const held = recordsToHold(counted, finder, wishes.hitsMax);
  if (held.length > 0) {
    run.deps.watch.say(
      `${held.length === 1 ? '1 record' : `${held.length} records`} would drop more than one should alone: ` +
        'their rows are held for review, and filtered again',
    );
    removeParts(run, new Set(held));
  }
  folder.file.held = held.map((record) => finder.recordAt(record).rid);
  folder.save();
  if (held.length === 0) return counted;
  await doTasks(run, folder.file.held);
  return countParts(partsOf(run), finder);
}

async function doTasks(run: Run, held: readonly string[]): Promise<void> {
  const { deps, folder, inputs, wishes, finder } = run;
  const left = remainingTasks(folder.parts, inputs, wishes.columns.pixels);
  const state = { rows: left.rows, dropped: left.dropped, bytes: left.bytes };
  deps.watch.begins(left.rows, left.total);
  const digests = inputs.flatMap((_, at) => digestTask(run, at) ?? []);
  if (left.tasks.length + digests.length === 0) return;
  const { fingerprints } = deps.snapshot;
  await deps.runTasks(
    {
      setup: { ...run.setup, held },
      env: deps.sources.env,
      threads: wishes.threads,
      signal: deps.signal,
      likes: async (hashes) => likesOf(finder, await findLikes({ fingerprints }, hashes)),
      async likePictures(pictures) {
        const forms = pictures.map(
          (picture) => readPixelQuery(picture) as NonNullable<ReturnType<typeof readPixelQuery>>,
        );
        return likesOf(finder, await findPicturesLike({ fingerprints }, forms));
      },
      onPart({ rows, dropped, bytes }) {
        state.rows += rows;
        state.dropped += dropped;
        state.bytes += bytes;
        deps.watch.progress(state);
      },
    },
    [...left.tasks, ...digests],
  );
}

/** Only what lies on this machine is digested: of the rest not all bytes are read. */
function digestTask({ folder, inputs }: Run, at: number): DigestTask | null {
  const { address, name } = inputs[at] as RunInput;
  const to = digestPath(folder.parts, at);
  return !isRemote(address) && readDigest(to) === null ? { kind: 'digest', path: address, name, to } : null;
}

function likesOf(finder: RecordFinder, found: readonly Found[][]): Like[][] {
  return found.map((own) =>
    own.flatMap(({ id, match }): Like[] => {
      const count = finder.hash(hashKeyOf('rid', id.replaceAll('-', '')));
      return count === 0 ? [] : [{ record: finder.found()[0] as number, match }];
    }),
  );
}

/** Removes the parts with rows of these records; of a stream all, since it is read from its start. */
function removeParts(run: Run, held: ReadonlySet<number>): void {
  const touched = [...partsOf(run)].filter(({ part }) => hasRecords(part, held));
  const streams = new Set(
    touched.flatMap(({ input }) => (run.inputs[input]?.reading.kind === 'stream' ? [input] : [])),
  );
  for (const { input, path } of partsOf(run)) if (streams.has(input)) removePart(path);
  for (const { path } of touched) removePart(path);
}
