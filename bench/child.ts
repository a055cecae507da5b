import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A server in a process of its own. */
export interface Child {
  origin: string;
  /** Processor time it has used so far, in microseconds. */
  cpuUs(): Promise<number>;
  stop(): Promise<void>;
}

/** In the child: says where it answers, and obeys the parent until told to stop. */
export function followParent(origin: string, close: () => Promise<void>): void {
  process.on('message', async (message) => {
    if (message === 'cpu') {
      const { user, system } = process.cpuUsage();
      process.send?.(user + system);
      return;
    }
    await close();
    // Leaving by itself, not by a signal, lets a profile be written.
    process.disconnect();
  });
  // A parent that failed must not leave servers behind.
  process.once('disconnect', () => setImmediate(() => process.exit()));
  process.send?.(origin);
}

/** @param profileFolder where the child leaves its CPU profile when it ends; none without it. */
export async function startChild(
  file: string,
  args: readonly string[] = [],
  profileFolder?: string,
): Promise<Child> {
  const execArgv = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const child = fork(new URL(file, import.meta.url), [...args], { execArgv });
  const origin = await answer<string>(child);
  return {
    origin,
    cpuUs() {
      child.send('cpu');
      return answer<number>(child);
    },
    async stop() {
      const ended = once(child, 'exit');
      child.send('stop');
      await ended;
    },
  };
}

/** The next message of a child. @throws when it ends without one. */
export async function answer<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`a benchmark process ended with ${code}`);
  });
  const message = once(child, 'message', { signal: ended.signal }).then(([value]) => value as T);
  try {
    return await Promise.race([message, exit]);
  } finally {
    exit.catch(() => {});
    message.catch(() => {});
    ended.abort();
  }
}
