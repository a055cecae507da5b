import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Dataset,
  duckDb,
  type Engine,
  hasRefresh,
  map,
  matching,
  ours,
  type Ran,
  refreshProgram,
  scan,
} from './filter-engines.ts';
import { filterSnapshot, laterSnapshot } from './filter-fixture.ts';
import { runProgram } from './filter-process.ts';
import { provenRows, slowlyFound } from './filter-proof.ts';
import { rowsFile } from './filter-rows.ts';
import { spinScaling } from './filter-spin.ts';
import { type Figures, filterTables, type PictureFigures } from './filter-tables.ts';
import { writeSection } from './table.ts';

const sizes: Record<string, number> = { '5m': 5_000_000, '20m': 20_000_000 };
/** A dataset with hardly a row shows what a program takes before it has seen one. */
const emptyRows = 1_000;
const threadCounts = [1, 2] as const;

/** What filtering costs: reading, `withhold filter`, DuckDB, and a program written without much thought. */
export async function runFilter(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      write: { type: 'boolean', default: false },
      keep: { type: 'string' },
      rows: { type: 'string', default: '5m' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string' },
    },
  });
  const rows = sizes[values.rows];
  if (rows === undefined) throw new Error(`--rows takes ${Object.keys(sizes).join(' or ')}`);
  const root = values.keep ?? mkdtempSync(join(tmpdir(), 'withhold-filter-'));
  try {
    const text = await measure(root, rows, Number(values.rounds));
    process.stdout.write(`${text}\n`);
    if (values.write) writeSection(rows === sizes['5m'] ? 'filter' : `filter-${values.rows}`, text);
  } finally {
    if (values.keep === undefined) rmSync(root, { recursive: true, force: true });
  }
}

async function measure(root: string, rows: number, rounds: number): Promise<string> {
  const snapshot = await filterSnapshot(root);
  const dataset: Dataset = { path: await rowsFile(root, snapshot.files, rows), snapshot, root };
  const empty: Dataset = { ...dataset, path: await rowsFile(root, snapshot.files, emptyRows) };
  const slow = await slowlyFound(dataset.path, join(snapshot.files, 'records.table'));
  const load = loadavg()[0] ?? 0;
  const runs: { engine: Engine; threads: number }[] = [
    ...[scan, matching, ours, duckDb].flatMap((engine) =>
      threadCounts.map((threads) => ({ engine, threads })),
    ),
    { engine: map, threads: 1 },
  ];
  const opened = new Map<string, Ran>();
  const done = new Map<string, Ran>();
  const scalings: number[] = [];
  const nameOf = ({ engine, threads }: (typeof runs)[number]) => `${engine.name}, ${threads}`;
  for (let round = 0; round < rounds; round += 1) {
    // Turn about, so that other work on the machine meets all of them; the slowest does not need another time.
    scalings.push(await spinScaling(2));
    for (const run of runs.filter(({ engine }) => round === 0 || engine !== map)) {
      const name = nameOf(run);
      opened.set(name, least(opened.get(name), await run.engine.run(empty, run.threads)));
      const ran = await run.engine.run(dataset, run.threads);
      require(name, ran, rows, run.engine === scan ? null : slow);
      done.set(name, least(done.get(name), ran));
      process.stderr.write(`${name}: ${ran.cpuS.toFixed(2)} CPU s, ${ran.wallS.toFixed(2)} s\n`);
    }
  }
  requireEqual(runs.filter(({ engine }) => engine !== scan).map((run) => done.get(nameOf(run)) as Ran));
  const figures = runs.map((run): Figures => {
    const [all, opening] = [done.get(nameOf(run)) as Ran, opened.get(nameOf(run)) as Ran];
    return { name: run.engine.name, threads: run.threads, all, opening };
  });
  const scaling = median(scalings);
  return filterTables({
    ...{ rows, load, figures, scaling, names: { scan: scan.name, ours: ours.name, duckDb: duckDb.name } },
    pictures: [await pictures(1_000_000), await pictures(10_000_000)],
    refresh: await refresh(root),
  });
}

/** The lesser of each cost: other work on the machine only ever adds. Most memory is the most of all rounds. */
function least(before: Ran | undefined, now: Ran): Ran {
  if (before === undefined) return now;
  const { min, max } = Math;
  return {
    ...now,
    wallS: min(before.wallS, now.wallS),
    cpuS: min(before.cpuS, now.cpuS),
    peakMb: max(before.peakMb, now.peakMb),
  };
}

/** A program that is fast and wrong does not pass. */
function require(name: string, ran: Ran, rows: number, slow: readonly number[] | null): void {
  if (ran.rows !== rows) throw new Error(`${name} saw ${ran.rows} of ${rows} rows`);
  if (slow !== null && String(ran.first) !== String(slow)) {
    throw new Error(`${name} says something else of the first ${provenRows} rows than the slow path`);
  }
}

function requireEqual(all: readonly Ran[]): void {
  const dropped = new Set(all.map((ran) => ran.dropped));
  if (dropped.size > 1) throw new Error(`they drop ${[...dropped].join(', ')} rows`);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

async function pictures(hashes: number): Promise<PictureFigures> {
  const { stdout } = await runProgram({ file: './filter-pictures.ts', args: [String(hashes)] });
  return { hashes, ...(JSON.parse(stdout) as { rowsPerCpuS: number }) };
}

/**
 * Brings the last run up to a snapshot of which one record in a thousand is another.
 * @returns processor seconds; null while there is nothing that does so.
 */
async function refresh(root: string): Promise<number | null> {
  return hasRefresh ? (await runProgram(refreshProgram(root, await laterSnapshot(root)))).cpuS : null;
}
