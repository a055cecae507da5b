import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What a process took from its start to its end, with all its threads. */
export interface Cost {
  wallS: number;
  /** User and system. */
  cpuS: number;
  /** Most memory it held. */
  peakMb: number;
}

/** One way to filter a dataset: a program that runs in a process of its own. */
export interface Program {
  /** Path of its file, from this folder. */
  file: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
}

const usage = new URL('./filter-usage.ts', import.meta.url).href;
const stdoutBytesMax = 64 * 1024 * 1024;

/** @returns what it cost, and what it wrote on stdout. @throws Error with its words when it ends with another status than 0. */
export async function runProgram({ file, args, env }: Program): Promise<Cost & { stdout: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-usage-'));
  const path = join(folder, 'usage.json');
  try {
    const from = performance.now();
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', usage, new URL(file, import.meta.url).pathname, ...args],
      { env: { ...process.env, ...env, WITHHOLD_BENCH_USAGE: path }, maxBuffer: stdoutBytesMax },
    );
    const wallS = (performance.now() - from) / 1_000;
    const used = JSON.parse(readFileSync(path, 'utf8')) as Omit<Cost, 'wallS'>;
    return { wallS, ...used, stdout };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
