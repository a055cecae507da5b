import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { expect, onTestFinished } from 'vitest';
import { makeSnapshot } from '../../src/make-snapshot.ts';
import { run } from '../cli/run.ts';
import type { SampleRegistry } from './sample-registry.ts';

/** A registry that is served, and the folder into which it is pulled. */
export interface Pulled {
  url: string;
  folder: string;
  /** Makes a snapshot of the log as it is, and logs it. @returns the size of the log it is of. */
  build(): Promise<number>;
  /** Pulls what is newest: the snapshot, or its feed alone. */
  pull(...options: string[]): Promise<void>;
}

export async function pulledRegistry(registry: SampleRegistry, clock?: () => number): Promise<Pulled> {
  const server = createServer(getRequestListener(registry.service.app.fetch));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const folder = mkdtempSync(join(tmpdir(), 'withhold-pulled-'));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    folder,
    async build() {
      const { content } = await makeSnapshot(registry.config, clock);
      await registry.sequence();
      return content.size;
    },
    async pull(...options) {
      const { code, stderr } = await run(['snapshot', 'pull', url, folder, '--retry-for', '0', ...options]);
      expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    },
  };
}
