import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { PulledSnapshot } from './filter-fixture.ts';
import { type Cost, type Program, runProgram } from './filter-process.ts';
import { type Found, provenRows } from './filter-proof.ts';

/** Whether `withhold refresh RUN --snapshot DIR --out RUN` is there too. */
export const hasRefresh = false;

const withhold = '../src/cli/withhold.ts';

export interface Dataset {
  path: string;
  snapshot: PulledSnapshot;
  /** For what runs leave. */
  root: string;
}

/** A run and what it found. */
export type Ran = Cost & Found;

export interface Engine {
  name: string;
  run(dataset: Dataset, threads: number): Promise<Ran>;
}

async function ran(program: Program): Promise<Ran> {
  const { stdout, ...cost } = await runProgram(program);
  return { ...cost, ...(JSON.parse(stdout) as Found) };
}

/** Reads the URLs and does nothing with them. */
export const scan: Engine = {
  name: 'reading the column and nothing else',
  run: ({ path }, threads) => ran({ file: './filter-byte-path.ts', args: [path, String(threads)] }),
};

/** The part of ours that finds rows, without decisions, counts and report. */
export const matching: Engine = {
  name: 'reading and matching by bytes',
  run: ({ path, snapshot }, threads) =>
    ran({
      file: './filter-byte-path.ts',
      args: [path, String(threads), join(snapshot.files, 'records.table')],
    }),
};

export const ours: Engine = {
  name: '`withhold filter`',
  async run({ path, snapshot, root }, threads) {
    const out = runFolder(root);
    rmSync(out, { recursive: true, force: true });
    const options = ['--agent', 'GPTBot', '--threads', String(threads)];
    const args = ['filter', path, '--snapshot', snapshot.folder, '--out', out, ...options];
    const { stdout: _words, ...cost } = await runProgram({ file: withhold, args, env: keysIn(root) });
    return { ...cost, ...(await decided(path, join(out, 'decisions.csv'))) };
  },
};

/** The key that signs reports, which is not to be the one of whoever measures. */
const keysIn = (root: string) => ({ WITHHOLD_BUILDER_KEY: join(root, 'builder-key') });

/** Where the last run of ours is: what `refresh` goes by. */
export const runFolder = (root: string): string => join(root, 'run');

/** What brings that run up to a later snapshot. */
export function refreshProgram(root: string, later: PulledSnapshot): Program {
  const out = join(root, 'refreshed');
  rmSync(out, { recursive: true, force: true });
  const args = ['refresh', runFolder(root), '--snapshot', later.folder, '--out', out];
  return { file: withhold, args, env: keysIn(root) };
}

export const duckDb: Engine = {
  name: 'DuckDB, `bench/filter.sql`',
  run: ({ path, snapshot }, threads) =>
    ran({ file: './filter-duckdb.ts', args: [path, snapshot.files, String(threads)] }),
};

export const map: Engine = {
  name: 'hyparquet, `new URL()`, a Map of keys',
  run: ({ path, snapshot }) => ran({ file: './filter-map.ts', args: [path, snapshot.files] }),
};

/** What a run of ours decided, as the other programs say it. */
async function decided(path: string, decisions: string): Promise<Found> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  try {
    const connection = await instance.connect();
    const numbers = async (query: string) =>
      (await connection.runAndReadAll(query)).getRows().map(([number]) => Number(number));
    const [rows = 0] = await numbers(`SELECT count(*) FROM read_parquet('${path}')`);
    const from = `FROM read_csv('${decisions}', header = true, all_varchar = true) WHERE outcome = 'dropped'`;
    const [dropped = 0] = await numbers(`SELECT count(*) ${from}`);
    const first = await numbers(
      `SELECT "row"::BIGINT - 1 AS n ${from} AND "row"::BIGINT <= ${provenRows} ORDER BY n`,
    );
    connection.closeSync();
    return { rows, dropped, first };
  } finally {
    instance.closeSync();
  }
}
