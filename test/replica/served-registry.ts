import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { onTestFinished } from 'vitest';
import { makeSnapshot } from '../../src/make-snapshot.ts';
import type { Fetcher } from '../../src/net/fetching.ts';
import { createSignalsCache, type SignalsCache } from '../../src/net/signals-cache.ts';
import { type Replica, type ReplicaOptions, startReplica } from '../../src/replica/replica.ts';
import { readReplicaConfig } from '../../src/replica/settings.ts';
import { openSnapshot } from '../../src/snapshots/open.ts';
import { folder } from '../cli/log-server.ts';
import { type SampleRegistry, sampleRegistry } from '../snapshots/sample-registry.ts';

/** A registry over real HTTP that can go down and come back at the same address. */
export interface ServedRegistry extends SampleRegistry {
  url: string;
  /** Makes a snapshot and brings it into the log. */
  snapshot(): Promise<void>;
  down(): Promise<void>;
  up(): Promise<void>;
  /** Stands in front of it where a test says so. */
  answer: ((request: Request) => Response | Promise<Response> | null) | null;
}

export async function servedRegistry(clock: () => number = Date.now): Promise<ServedRegistry> {
  const registry = await sampleRegistry({}, clock);
  let server: Server | null = null;
  let port = 0;
  const listener = getRequestListener(
    async (request, env) => (await own.answer?.(request)) ?? registry.service.app.fetch(request, env),
  );
  const own: ServedRegistry = {
    ...registry,
    url: '',
    answer: null,
    async snapshot() {
      await registry.sequence();
      await makeSnapshot(registry.config, clock);
      await registry.sequence();
    },
    async down() {
      const stopped = server;
      server = null;
      stopped?.close();
      stopped?.closeAllConnections();
    },
    async up() {
      const next = createServer(listener).listen(port, '127.0.0.1');
      await once(next, 'listening');
      server = next;
      port = (next.address() as AddressInfo).port;
    },
  };
  await own.up();
  own.url = `http://127.0.0.1:${port}`;
  onTestFinished(own.down);
  return own;
}

/** Nothing is out there. */
export const emptyWorld: Fetcher = {
  fetch: async (url) => ({
    ...{ ok: true, status: 404, headers: {}, body: new Uint8Array(), truncated: false },
    ...{ url, redirects: [], address: null },
  }),
  async close() {},
};

/** What sites say, in memory alone. */
export const signalsOf = (fetcher: Fetcher): SignalsCache =>
  createSignalsCache({
    ...{ fetcher, now: Date.now, onError: () => {} },
    store: { read: async () => null, write: async () => {} },
  });

export interface TestReplica extends Replica {
  folder: string;
  ask(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
  /** What is logged, in words. */
  logged: string[];
}

/** A replica on a free port. */
export async function testReplica(
  server: string,
  over: Partial<ReplicaOptions> = {},
  env: Record<string, string> = {},
): Promise<TestReplica> {
  const logged: string[] = [];
  const note = (fields: Record<string, unknown>, words: string) => {
    logged.push(`${words} ${JSON.stringify(fields)}`);
  };
  const options: ReplicaOptions = {
    ...{ server, folder: folder(), allowStale: false, samples: 10_000, fetcher: emptyWorld },
    open: (path) => openSnapshot(path),
    log: { info: note, warn: note, error: note },
    ...over,
  };
  const replica = await startReplica(readReplicaConfig({ WITHHOLD_PORT: '0', ...env }), options);
  onTestFinished(() => replica.close());
  return {
    ...replica,
    folder: options.folder,
    logged,
    ask(path, { json, ...init } = {}) {
      if (json === undefined) return fetch(`${replica.url}${path}`, init);
      const headers = { 'Content-Type': 'application/json', ...(init.headers as Record<string, string>) };
      return fetch(`${replica.url}${path}`, {
        ...{ method: 'POST', ...init, headers },
        body: JSON.stringify(json),
      });
    },
  };
}

/** Asks again until it holds; a test's own time limit ends it. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((again) => setTimeout(again, 10));
}
