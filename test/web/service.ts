import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildClientIfStale } from '../../src/build-client.ts';
import { readConfig } from '../../src/config.ts';
import type { Letter } from '../../src/deps.ts';
import { startService } from '../../src/node.ts';

export interface Registry {
  origin: string;
  /** Letters handed over, newest last. */
  posted: Letter[];
  /** TXT records the world holds, by name; nothing else of the world is there. */
  txt: Map<string, string>;
  /** Errors of ours, which no story should meet. */
  faults: string[];
  close(): Promise<void>;
}

/** The real service in development on a real port, with its built script, over a database file of its own. */
export async function startRegistry(): Promise<Registry> {
  await buildClientIfStale();
  const folder = mkdtempSync(join(tmpdir(), 'withhold-pages-'));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const posted: Letter[] = [];
  const txt = new Map<string, string>();
  const faults: string[] = [];
  const service = await startService(
    readConfig({
      WITHHOLD_ORIGIN: origin,
      WITHHOLD_PORT: String(port),
      WITHHOLD_DATA: folder,
      WITHHOLD_OPERATOR: 'Verein für die Rechte der Urheberinnen und Urheber e. V.',
      WITHHOLD_IMPRINT: 'Verein e. V.\nLange Straße 1\n20095 Hamburg',
    }),
    {
      mail: async (letter) => {
        posted.push(letter);
      },
      log: {
        info: () => {},
        warn: () => {},
        error: (fields, message) => faults.push(`${message} ${JSON.stringify(fields)}`),
      },
      resolver: {
        resolve: async () => [],
        resolveTxt: async (name) => (txt.has(name) ? [[txt.get(name) ?? '']] : []),
      },
      limitScale: 1_000,
    },
  );
  return {
    origin,
    posted,
    txt,
    faults,
    async close() {
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port nothing listens on: the origin has to name it before the service listens. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(),
      );
    });
  });
}
