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

/** A terminal whose every word is heard. */
export function openIo(
  signal: AbortSignal,
  heard: (words: string) => void,
): { io: Io; stderr: () => string } {
  let words = '';
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      words += chunk;
      heard(String(chunk));
      done();
    },
  });
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() });
  return {
    io: { stdin: Readable.from([]), stdout, stderr, env: {}, isTty: true, signal },
    stderr: () => words,
  };
}

/** Runs the command as a person does, waits for the end of the story, and stops it as npm does: with two signals. */
export async function interrupted(args: string[]) {
  const program = join(import.meta.dirname, '../../src/cli/withhold.ts');
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const heard = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    heard.stdout += chunk;
  });
  const served = new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`ended early: ${heard.stderr}`)));
    child.stderr.on('data', async (chunk) => {
      heard.stderr += chunk;
      const [origin] = /http:\/\/localhost:\d+(?= stays up)/.exec(heard.stderr) ?? [];
      if (origin !== undefined) resolve((await fetch(`${origin}/healthz`)).status);
    });
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const status = await served;
  child.kill('SIGINT');
  child.kill('SIGINT');
  return { code: await ended, served: status, ...heard };
}
