import { deepEqual, equal, rejects } from 'node:assert/strict';
import { join } from 'node:path';
import { decisionFields } from '../../src/datasets/decisions.ts';
import { writeDecisions } from '../../src/datasets/outputs/decisions.ts';
import { writeLists } from '../../src/datasets/outputs/lists.ts';
import { rewriteInput, type Written } from '../../src/datasets/outputs/rewrite.ts';
import { decisions, writeParts } from '../datasets/outputs/parts.ts';
import { type Check, runCases } from './cases.ts';
import { callPython, installPackage } from './python.ts';

/** What DataComp, NeMo Curator and most who read Parquet in Python read it with. */
const requirements = ['numpy==2.4.6', 'pyarrow==26.0.1'];
const reader = new URL('./outputs_reader.py', import.meta.url);
const rows = 3_000;

interface Seen {
  nested: string;
  datacomp: {
    isType: boolean;
    shape: number[];
    isSorted: boolean;
    counts: number[];
    uids: string[];
    remaining: string[];
  };
  nemo: string[];
  types: Record<string, string>;
  rows: number[];
}

/** The uids of DataComp's README, the least and the greatest, and some that agree in one half. */
const removed = [
  ...['139e4a9b22a614771f06c700a8ebe150', '6e356964a967af455c8016b75d691203'],
  ...[
    '0'.repeat(32),
    'f'.repeat(32),
    `${'0'.repeat(16)}${'f'.repeat(16)}`,
    `${'f'.repeat(16)}${'0'.repeat(16)}`,
  ],
  ...['8000000000000000ffffffffffffffff', '7fffffffffffffff8000000000000000'],
];
const others = ['139e4a9b22a614771f06c700a8ebe151', `${'0'.repeat(31)}1`, '1f06c700a8ebe150139e4a9b22a61477'];

/** The files a run leaves, opened by NumPy and Arrow. */
export const runOutputs: Check = {
  tool: requirements.join(', '),
  async run(folder) {
    const installed = await installPackage(folder, ...requirements);
    if ('missing' in installed) return installed;
    const call = (input: unknown) => callPython(installed.python, reader, input, { FOLDER: folder });
    await call({ what: 'make', rows });
    const asked = await writtenIn(folder);
    const seen = (await call(asked)) as Seen;
    const sorted = removed.toSorted();
    return runCases([
      [
        'Parquet written anew holds the same values, nested ones too',
        async () => equal(seen.nested, 'equal'),
      ],
      [
        'Parquet with decimals that DuckDB would round is refused',
        () => rejects(rewritten(folder, 'exact.parquet', 'kept', []), { code: 'invalid', field: 'sum' }),
      ],
      [
        'the list for DataComp has the type its resharder asserts',
        async () => equal(seen.datacomp.isType, true),
      ],
      ['it is sorted as NumPy sorts', async () => equal(seen.datacomp.isSorted, true)],
      [
        'the resharder finds each removed uid once and no other',
        async () => {
          deepEqual(
            seen.datacomp.counts,
            asked.uids.map((uid) => (removed.includes(uid) ? 1 : 0)),
          );
          deepEqual(seen.datacomp.shape, [removed.length]);
          deepEqual(seen.datacomp.uids, sorted);
        },
      ],
      ['setdiff1d leaves the others', async () => deepEqual(seen.datacomp.remaining, others.toSorted())],
      ['the folder for NeMo Curator is read as ids', async () => deepEqual(seen.nemo, sorted)],
      [
        'decisions have their types',
        async () => {
          const types = decisionFields.map(([name, type]) => [name, type === 'BIGINT' ? 'int64' : 'string']);
          deepEqual(seen.types, Object.fromEntries(types));
          deepEqual(
            seen.rows,
            removed.flatMap((_, at) => [2 * at + 1, 2 * at + 2]),
          );
        },
      ],
    ]);
  },
};

async function writtenIn(folder: string) {
  const work = join(folder, 'work');
  const twice = removed.toReversed().flatMap((id) => [{ id }, { id: id.toUpperCase() }]);
  const parts = writeParts(folder, decisions(...twice));
  const lists = join(folder, 'lists');
  await writeLists({ parts, onReview: 'keep', wanted: ['datacomp'], to: lists, work });
  const once = writeParts(join(folder, 'once'), decisions(...twice.filter((_, at) => at % 2 === 0)));
  await writeLists({ parts: once, onReview: 'keep', wanted: ['nemo'], to: lists, work });
  const to = join(folder, 'decisions.parquet');
  await writeDecisions({ parts, to, format: 'parquet', work });
  const dropped = Array.from({ length: rows }, (_, at) => at + 1).filter(
    (row) => row % 3 === 0 || row > 2_500,
  );
  const copies: Record<string, { write: string; rows: number[] }> = {};
  for (const write of ['kept', 'dropped'] as const) {
    copies[await rewritten(folder, 'input.parquet', write, dropped)] = { write, rows: dropped };
  }
  return {
    ...{
      what: 'read',
      input: join(folder, 'input.parquet'),
      copies,
      uids: [...others, ...removed],
      decisions: to,
    },
    ...{ npy: join(lists, 'datacomp-removed.npy'), nemo: join(lists, 'nemo') },
  };
}

async function rewritten(folder: string, name: string, write: Written, dropped: readonly number[]) {
  const to = join(folder, write);
  const deps = { fetch, env: {}, sleep: async () => {} };
  const input = { address: join(folder, name), format: 'parquet', name, dropped, bad: [], write } as const;
  await rewriteInput(deps, { ...input, to, work: join(folder, 'work') });
  return join(to, name);
}
