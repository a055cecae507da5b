import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { robotsAllows } from '../src/consent/robots/match.ts';
import { parseRobots } from '../src/consent/robots/parse.ts';
import type { Sample } from './robots-files.ts';
import { markdownTable } from './table.ts';

const runs = 41;

/**
 * A compiled parser spoken to as google/robotstxt's `robots_main`: `BINARY FILE AGENT URL`, exit 0 allowed,
 * 1 disallowed. It reads the file for every question, so a run with an empty file is taken off.
 *
 * @param files with what parsing and one question cost us, in µs.
 * @returns a table for the page.
 * @throws Error when the binary cannot be run or answers otherwise than we do.
 */
export function measureReference(binary: string, files: readonly { file: Sample; ours: number }[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-bench-'));
  try {
    const empty = join(folder, 'empty.txt');
    writeFileSync(empty, '');
    const rows = files.map(({ file, ours }, at) => {
      const path = join(folder, `${at}.txt`);
      writeFileSync(path, file.text);
      expectAlike(binary, path, file);
      const [whole, start] = [path, empty].map((one) => medianUs(binary, [one, file.agent, file.url]));
      return [file.name, (whole ?? 0).toFixed(0), ((whole ?? 0) - (start ?? 0)).toFixed(0), ours.toFixed(0)];
    });
    const titles = [
      'compiled reference, a process for each question',
      'run µs',
      'more than for an empty file µs',
      'Withhold, parse and one question µs',
    ];
    return markdownTable(titles, rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function expectAlike(binary: string, path: string, { name, text, agent, url }: Sample): void {
  const { status, error } = spawnSync(binary, [path, agent, url]);
  if (error !== undefined) throw error;
  const ours = robotsAllows(parseRobots(text), { agent, url }).allowed ? 0 : 1;
  if (status !== ours) throw new Error(`${name}: the reference exits ${status}, we would exit ${ours}`);
}

function medianUs(binary: string, args: readonly string[]): number {
  const times = Array.from({ length: runs }, () => {
    const from = performance.now();
    spawnSync(binary, args);
    return (performance.now() - from) * 1000;
  });
  return times.toSorted((a, b) => a - b)[runs >> 1] ?? Number.NaN;
}
