import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { Io } from '../../src/cli/io.ts';

export function flat(words: string): string {
  return words.replace(/\s+/g, ' ').trim();
}

/** Times differ from run to run; each is held against the clock elsewhere. */
export function timeless(words: string): string {
  return flat(words).replace(/\b\d+(\.\d)? (ms|s)\b/g, 'TIME');
}

/** Ports, folders, tokens and times are of one run. */
export function anonymous(words: string): string {
  return timeless(words)
    .replace(/localhost:\d+/g, 'localhost')
    .replace(/\/link\/\S+/, '/link/TOKEN')
    .replace(/since \S+Z/, 'since THEN')
    .replace(/\S+withhold-demo-\w+/g, 'FOLDER');
}

/** A terminal whose every word is heard and kept. */
export function openIo(signal: AbortSignal, heard: (words: string) => void = () => {}) {
  const kept = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof kept) =>
    new Writable({
      write(chunk, _encoding, done) {
        kept[name] += chunk;
        heard(String(chunk));
        done();
      },
    });
  const [stdout, stderr] = [stream('stdout'), stream('stderr')];
  const io: Io = { stdin: Readable.from([]), stdout, stderr, env: {}, isTty: true, signal };
  return { io, stdout: () => kept.stdout, stderr: () => kept.stderr };
}

/** Runs a command line in a process of its own. */
export function spawned(args: string[]) {
  const program = join(import.meta.dirname, '../../src/cli/withhold.ts');
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const heard = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      heard[name] += chunk;
    });
  }
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, ...heard }));
  });
  return { ended, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}
