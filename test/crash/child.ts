import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Tokens } from './load.ts';
import type { Said } from './served.ts';

const startTimeoutMs = 30_000;

export interface Child {
  url: string;
  tokens: Tokens;
  /** Ends it as a power switch would, for the process at least. */
  kill(): Promise<void>;
}

/** The real service on a data folder, in a process that can be killed. */
export function startChild(env: Record<string, string>): { child: ChildProcess; ready: Promise<Child> } {
  const child = fork(new URL('./served.ts', import.meta.url), [], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const waiting: string[] = [];
  const asking: ((token: string) => void)[] = [];
  const exit = once(child, 'exit');
  const ready = new Promise<Child>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the service did not start: ${stderr}`)), startTimeoutMs);
    void exit.then(([code]) => {
      clearTimeout(late);
      reject(new Error(`the service ended with ${code}: ${stderr}`));
    });
    child.on('message', (said: Said) => {
      if ('token' in said) {
        const next = asking.shift();
        if (next === undefined) waiting.push(said.token);
        else next(said.token);
        return;
      }
      clearTimeout(late);
      resolve({
        url: said.url,
        tokens: {
          next: (signal) =>
            new Promise((take, giveUp) => {
              const token = waiting.shift();
              if (token !== undefined) return take(token);
              asking.push(take);
              signal.addEventListener('abort', () => giveUp(signal.reason), { once: true });
            }),
        },
        async kill() {
          child.kill('SIGKILL');
          await exit;
        },
      });
    });
  });
  return { child, ready };
}
