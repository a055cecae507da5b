import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createUrlMatcher, rowsCovering } from '../src/opt-outs/table/url-matcher.ts';
import { loadTable } from '../src/snapshots/load-table.ts';
import { openSnapshot } from '../src/snapshots/open.ts';
import { hostOf, pathOf, randomFrom } from './web.ts';

const urls = 1_000_000;
const rounds = 5;
/** Questions that are held to the slow path, so that a matcher that is fast and wrong does not pass. */
const proven = 20_000;

export interface LoadFigures {
  /** Of all files that opening reads. */
  bytes: number;
  openS: number;
  /** Reading as many bytes, in the same process. */
  readS: number;
  rssMb: number;
  checksPerS: number;
  /** Share of the URLs that a record covers. */
  hits: number;
}

/**
 * A process of its own: opens the snapshot that was pulled into a folder, and asks it about URLs in one thread.
 * @param hosts how many hosts of the imagined web the URLs lie on; a tenth of them are in the registry.
 */
async function measure(folder: string, hosts: number): Promise<LoadFigures> {
  const current = readFileSync(join(folder, 'current'), 'utf8').trim();
  const path = (name: string) => join(folder, 'snapshots', current, name);
  const names = ['records.table', 'works.index', 'works.descriptors'];
  // Once, so that both find the files in the system's memory.
  for (const name of names) readFileSync(path(name));
  const readFrom = performance.now();
  for (const name of names) readFileSync(path(name));
  const readS = (performance.now() - readFrom) / 1_000;
  const openFrom = performance.now();
  const snapshot = await openSnapshot(folder);
  const openS = (performance.now() - openFrom) / 1_000;
  const rssMb = process.memoryUsage().rss / 1e6;
  const matcher = createUrlMatcher(loadTable(path('records.table')));
  const random = randomFrom(12);
  const questions = Array.from(
    { length: urls },
    () => `https://${hostOf(random() % hosts)}${pathOf(random)}`,
  );
  const table = loadTable(path('records.table'));
  for (const url of questions.slice(0, proven)) {
    const count = matcher.matchText(url);
    const rows = rowsCovering(table, url) ?? [];
    if (String([...matcher.rows().subarray(0, Math.max(0, count))]) !== String(rows)) {
      throw new Error(`the matcher says something else of ${url}`);
    }
  }
  let hits = 0;
  let best = 0;
  for (let round = 0; round < rounds; round += 1) {
    hits = 0;
    const from = performance.now();
    for (const url of questions) if (matcher.matchText(url) > 0) hits += 1;
    best = Math.max(best, urls / ((performance.now() - from) / 1_000));
  }
  await snapshot.close();
  const bytes = names.reduce((sum, name) => sum + statSync(path(name)).size, 0);
  return { bytes, openS, readS, rssMb, checksPerS: best, hits: hits / urls };
}

const [folder = '', hosts = '0'] = process.argv.slice(2);
process.send?.(await measure(folder, Number(hosts)));
process.disconnect?.();
