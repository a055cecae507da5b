import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { nullStart } from '../src/datasets/column-batch.ts';
import { chooseColumns, openParquet } from '../src/datasets/parquet/open.ts';
import { planRowGroups } from '../src/datasets/parquet/plan.ts';
import { readRowGroup } from '../src/datasets/parquet/row-group.ts';
import { openFileSource } from '../src/datasets/sources/file-source.ts';
import { tableOver } from '../src/opt-outs/table/layout.ts';
import { createUrlMatcher } from '../src/opt-outs/table/url-matcher.ts';
import { loadTable } from '../src/snapshots/load-table.ts';
import { type Found, provenRows } from './filter-proof.ts';

/** What a thread needs to take its share of the row groups. */
interface Share {
  path: string;
  /** The compiled table; null to read the column and nothing else. */
  table: SharedArrayBuffer | null;
  /** Number of the next row group that nobody has taken. */
  next: SharedArrayBuffer;
}

/** Reads the column `url` of a dataset, and matches each row where there is a table. */
async function work({ path, table, next }: Share): Promise<Found> {
  const source = await openFileSource(path);
  const file = await openParquet(source);
  const { chosen } = chooseColumns(file, { named: {} });
  const plans = planRowGroups(file, source.size, chosen.url === undefined ? {} : { url: chosen.url });
  const matcher = table === null ? null : createUrlMatcher(tableOver(table));
  const found: Found = { rows: 0, dropped: 0, first: [] };
  const counter = new Int32Array(next);
  let read = 0;
  for (let at = Atomics.add(counter, 0, 1); at < plans.length; at = Atomics.add(counter, 0, 1)) {
    const plan = plans[at];
    if (plan === undefined) break;
    for await (const { firstRow, rows, columns } of readRowGroup(source, plan)) {
      const { bytes, starts, ends } = columns.url ?? { bytes: new Uint8Array(0), starts: [], ends: [] };
      found.rows += rows;
      for (let row = 0; row < rows; row += 1) {
        const start = starts[row] as number;
        const end = ends[row] as number;
        if (start === nullStart) continue;
        read += end - start;
        if (matcher === null || matcher.match(bytes, start, end) <= 0) continue;
        found.dropped += 1;
        if (firstRow + row < provenRows) found.first.push(firstRow + row);
      }
    }
  }
  await source.close();
  // Nothing that was read may be left out by a clever compiler.
  if (found.rows > 0 && read === 0) throw new Error('the URLs are empty');
  return found;
}

/** All threads together, the first of which is this one. */
async function together(path: string, tablePath: string | undefined, threads: number): Promise<Found> {
  const table = tablePath === undefined ? null : (loadTable(tablePath).buffer as SharedArrayBuffer);
  const share: Share = { path, table, next: new SharedArrayBuffer(4) };
  const others = Array.from(
    { length: threads - 1 },
    () =>
      new Promise<Found>((resolve, reject) => {
        new Worker(new URL(import.meta.url), { workerData: share })
          .once('message', resolve)
          .once('error', reject);
      }),
  );
  const found = await Promise.all([work(share), ...others]);
  return {
    rows: found.reduce((sum, { rows }) => sum + rows, 0),
    dropped: found.reduce((sum, { dropped }) => sum + dropped, 0),
    first: found.flatMap(({ first }) => first).sort((a, b) => a - b),
  };
}

if (isMainThread) {
  const [path = '', threads = '1', table] = process.argv.slice(2);
  process.stdout.write(JSON.stringify(await together(path, table, Number(threads))));
} else {
  parentPort?.postMessage(await work(workerData as Share));
}
