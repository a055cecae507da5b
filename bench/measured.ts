import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const program = new URL('../src/cli/withhold.ts', import.meta.url).pathname;
const lookEveryMs = 50;

export interface Measured {
  seconds: number;
  /** Most memory it held, by what the system counts (VmHWM). */
  peakMb: number;
  stdout: string;
}

/** Runs `withhold` in a process of its own. @throws Error with its words when it ends with another status than 0. */
export async function measured(args: readonly string[], env: Record<string, string> = {}): Promise<Measured> {
  const from = performance.now();
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  let peakMb = 0;
  const looking = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(child));
  }, lookEveryMs);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(looking);
  if (code !== 0) throw new Error(`withhold ${args.join(' ')} ended with ${code}: ${stderr}`);
  return { seconds: (performance.now() - from) / 1_000, peakMb, stdout };
}

function peakOf({ pid }: ChildProcess): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return (Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1_024) / 1e6;
  } catch {
    // It has ended, or this system has no /proc.
    return 0;
  }
}
