import { existsSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findLikes, findPicturesLike } from '../../actions/fingerprint-index.ts';
import { resolveAgent } from '../../consent/agent.ts';
import type { Usage } from '../../consent/evidence.ts';
import { policyDigest, shippedPolicy } from '../../consent/policy.ts';
import type { Found } from '../../images/find.ts';
import { readPixelQuery } from '../../images/pixel-query.ts';
import { toHex } from '../../log/encoding.ts';
import type { NoteSigner } from '../../log/note-key.ts';
import { digestOfFile } from '../../log-store/file-digest.ts';
import { hashKeyOf } from '../../opt-outs/table/table.ts';
import { registryOrigin } from '../../snapshots/answering.ts';
import type { OpenSnapshot } from '../../snapshots/open.ts';
import type { ColumnWishes } from '../columns.ts';
import { type DecisionFormat, writeDecisions } from '../outputs/decisions.ts';
import { type ListName, requireIds, writeLists } from '../outputs/lists.ts';
import { outputNames } from '../outputs/output-names.ts';
import { badRowsOf, droppedRowsOf, type OnReview } from '../outputs/parts.ts';
import { rewriteInput, type Written } from '../outputs/rewrite.ts';
import { writeWhole } from '../outputs/whole.ts';
import type { ReportContent } from '../report/content.ts';
import { makeReport, reportName } from '../report/filter-report.ts';
import { isRemote } from '../sources/inputs.ts';
import type { SourceDeps } from '../sources/requests.ts';
import { type RecordReport, reportedRecords, summarise } from '../tally/summary.ts';
import { type Counted, countParts, hasRecords, recordsToHold } from './counted.ts';
import type { RunInput } from './inputs.ts';
import type { LicenceList } from './licences.ts';
import { createRecordFinder, type RecordFinder } from './record-finder.ts';
import type { RunSetup } from './run-deps.ts';
import {
  identityOf,
  openRunFolder,
  type RunFile,
  type RunFolder,
  readPart,
  removePart,
  runFormat,
} from './run-folder.ts';
import { remainingTasks, wholeParts } from './tasks.ts';
import { runTasks } from './threads.ts';
import type { Like } from './unit.ts';
import { type DigestTask, partEndings } from './work.ts';

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
  /** Whether what is in the folder may go. */
  fresh: boolean;
}

/** What a run stands on, opened. */
export interface FilterRunDeps {
  snapshot: OpenSnapshot;
  signals: { folder: string; maxAgeDays: number; finished: string; origins: number; digest: string } | null;
  sources: SourceDeps;
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

interface Run {
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
  };
  const { listsAll, lists, write = null, hitsMax = null, licences, dataset } = wishes;
  const more = { listsAll, lists, write, hitsMax, licences: licences?.sha256 ?? null, dataset };
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
  await runTasks(
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
  const to = digestPath(folder, at);
  return !isRemote(address) && readDigest(to) === null ? { kind: 'digest', path: address, name, to } : null;
}

const digestPath = (folder: RunFolder, at: number) =>
  join(folder.parts, `${String(at).padStart(6, '0')}.sha256`);

function readDigest(path: string): string | null {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).sha256 : null;
}

function likesOf(finder: RecordFinder, found: readonly Found[][]): Like[][] {
  return found.map((own) =>
    own.flatMap(({ id, match }): Like[] => {
      const count = finder.hash(hashKeyOf('rid', id.replaceAll('-', '')));
      return count === 0 ? [] : [{ record: finder.found()[0] as number, match }];
    }),
  );
}

function* partsOf({ folder, inputs }: Run) {
  for (const [input, each] of inputs.entries()) {
    for (const path of wholeParts(folder.parts, each, input)) {
      const part = readPart(path);
      if (part !== null) yield { input, path, part };
    }
  }
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

async function finished(run: Run, counted: Counted): Promise<FilterRunResult> {
  const { deps, wishes, folder, finder } = run;
  const { onReview } = wishes;
  const work = join(folder.path, 'work');
  const all = [...partsOf(run)].map(({ input, path }) => ({ input, csv: `${path}${partEndings.decisions}` }));
  const parts = all.map(({ csv }) => csv);
  const outputs: ReportContent['outputs'] = [];
  const note = async (name: string, what: ReportContent['outputs'][number]['what']) => {
    outputs.push({ name, what, ...(await digestOfFile(join(folder.path, name))) });
  };
  const decisions = `decisions.${wishes.decisions}`;
  await writeDecisions({ parts, to: join(folder.path, decisions), format: wishes.decisions, work });
  await note(decisions, 'decisions');
  const lists =
    wishes.lists.length === 0
      ? []
      : await writeLists({ parts, onReview, wanted: wishes.lists, to: join(folder.path, 'lists'), work });
  for (const { file, name, unlisted } of lists) {
    await note(`lists/${file}`, 'list');
    if (unlisted > 0) deps.watch.say(`${unlisted} removed rows cannot be named in the list for ${name}`);
  }
  for (const name of await rewritten(run, all, work)) await note(name, 'rows');
  rmSync(work, { recursive: true, force: true });
  const content = await contentOf(run, counted, outputs);
  const report = await makeReport(content, deps.signer);
  await writeWhole(join(folder.path, reportName), (aside) => writeFile(aside, report));
  rmSync(folder.parts, { recursive: true, force: true });
  const ridOf = (record: number) => finder.recordAt(record).rid;
  return {
    content: { ...content, builder: deps.signer.key.vkey },
    report,
    records: () => reportedRecords({ tally: counted.records, ridOf }, onReview),
  };
}

/** Writes the rows that were kept, or dropped, file by file. @returns their names below the folder. */
async function rewritten(
  { deps, wishes, inputs, folder }: Run,
  parts: readonly { input: number; csv: string }[],
  work: string,
): Promise<string[]> {
  const { write, onReview } = wishes;
  if (write === undefined) return [];
  const names = outputNames(inputs.map(({ name }) => name));
  for (const [at, { address, name: file, format, version }] of inputs.entries()) {
    const own = parts.filter(({ input }) => input === at).map(({ csv }) => csv);
    const from = { parts: own, file, work };
    await rewriteInput(deps.sources, {
      ...{ address, format: format, name: names[at] as string, version, write, work },
      to: join(folder.path, write),
      dropped: droppedRowsOf(from, onReview),
      bad: badRowsOf(from),
    });
  }
  return names.map((name) => `${write}/${name}`);
}

async function contentOf(
  { deps, wishes, inputs, folder, finder }: Run,
  { tally, records, rowsOfInputs }: Counted,
  outputs: ReportContent['outputs'],
): Promise<Omit<ReportContent, 'builder'>> {
  const { snapshot, signals } = deps;
  const { origin, size, root } = snapshot.asOf();
  const { content: manifest } = snapshot.manifest;
  const held = new Set(folder.file.held);
  const ridOf = (record: number) => finder.recordAt(record).rid;
  const numbers = [...heldNumbers(finder, held)];
  return {
    dataset: wishes.dataset,
    started: folder.file.started,
    finished: iso(deps),
    versions: deps.versions,
    options: optionsOf(wishes, inputs),
    inputs: inputs.map(({ name, size: bytes }, at) => ({
      ...{ name, bytes, rows: rowsOfInputs[at] ?? 0 },
      sha256: readDigest(digestPath(folder, at)),
    })),
    outputs,
    source: {
      kind: 'snapshot',
      ...{
        origin,
        size,
        root: toHex(root),
        snapshotSize: manifest.size,
        manifest: `sha256:${snapshot.manifest.digest}`,
      },
      ...{ at: manifest.at, notAfter: manifest.notAfter, stale: snapshot.isStale(deps.clock()) },
    },
    signals:
      signals === null ? null : { at: signals.finished, digest: signals.digest, origins: signals.origins },
    policies: [await policyDigest(shippedPolicy)],
    licences:
      wishes.licences === null
        ? null
        : { name: wishes.licences.name, sha256: wishes.licences.sha256, entries: wishes.licences.entries },
    onReview: wishes.onReview,
    tally: summarise(tally, { tally: records, ridOf }, numbers),
  };
}

function* heldNumbers(finder: RecordFinder, held: ReadonlySet<string>): Generator<number> {
  for (const rid of held) {
    const count = finder.hash(hashKeyOf('rid', rid.replaceAll('-', '')));
    if (count > 0) yield finder.found()[0] as number;
  }
}

function optionsOf(wishes: FilterRunWishes, inputs: readonly RunInput[]): ReportContent['options'] {
  const { agent = null, usage, columns, hitsMax = null, write = null, lists, listsAll, decisions } = wishes;
  const used = new Map<string, Set<string>>();
  for (const input of inputs) {
    for (const [use, name] of Object.entries(input.columns)) {
      used.set(use, (used.get(use) ?? new Set()).add(name));
    }
  }
  return {
    ...{ agent, usage, write, decisions, listsAll, pixels: columns.pixels, maxHitsPerRecord: hitsMax },
    ...(lists.length === 0 ? {} : { lists: [...lists] }),
    ...Object.fromEntries([...used].map(([use, names]) => [`${use} column`, [...names].slice(0, 100)])),
  };
}
