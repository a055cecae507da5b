import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ServerType } from '@hono/node-server';

/** A server in a process of its own. */
export interface Child {
  origin: string;
  /** Processor time it has used so far, in microseconds. */
  cpuUs(): Promise<number>;
  stop(): Promise<void>;
}

/** In the child: listens on a port of its own, says which, and answers the parent until told to stop. */
export async function serveChild(server: ServerType, close: () => Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  process.on('message', async (message) => {
    if (message === 'cpu') {
      const { user, system } = process.cpuUsage();
      process.send?.(user + system);
      return;
    }
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
    await close();
    // Leaving by itself, not by a signal, lets a profile be written.
    process.disconnect();
  });
  process.send?.((server.address() as AddressInfo).port);
}

/** @param profileFolder where the child leaves its CPU profile when it ends; none without it. */
export async function startChild(
  file: string,
  args: readonly string[] = [],
  profileFolder?: string,
): Promise<Child> {
  const execArgv = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const child = fork(new URL(file, import.meta.url), [...args], { execArgv });
  const port = await answer<number>(child);
  return {
    origin: `http://127.0.0.1:${port}`,
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
