import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { readConfig } from '../src/config.ts';
import { addFingerprint } from '../src/images/fingerprint-set.ts';
import { openService } from '../src/node.ts';
import { openDatabase } from '../src/open.ts';
import { randomFrom } from './hash-sets.ts';
import { seedRegistry } from './registry.ts';

const items = 10_000;
const connection = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };
const rounds = 4;

export interface BulkFigures {
  rows: number;
  items: number;
  firstMs: number;
  laterMs: number;
}

/** `POST /v1/check` with 10,000 PDQ hashes, a fifth of them registered, in a service that holds so many hashes. */
export async function measureBulk(rows: number): Promise<BulkFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-bulk-'));
  const config = readConfig({ WITHHOLD_DATA: folder, WITHHOLD_LOG_LEVEL: 'error' });
  const database = await openDatabase(config);
  const seeded = await seedRegistry(database);
  database.close();
  // Without its jobs, which would be busy for minutes giving all that was seeded its place in the log.
  const service = await openService(config, { limitScale: 1e6, mail: async () => {} });
  try {
    const { deps, app } = service;
    await deps.fingerprints.catchUp();
    const { set, threads } = deps.fingerprints;
    const random = randomFrom(5);
    const hash = () => new Uint8Array(Uint32Array.of(...Array.from({ length: 8 }, random)).buffer);
    // The others are in memory alone: what they cost is being compared.
    for (let row = set.index.rows; row < rows; row += 1) {
      addFingerprint(set, `other ${row}`, { variant: 'full', pdq: hash(), quality: 90 });
    }
    threads.tend(set);
    while (set.index.compiled.length === 0) await setImmediate();
    const registered = seeded.pdqs.filter((_pdq, at) => at % 2 === 0);
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const asked = Array.from({ length: items }, (_none, at) => ({
        pdq: at % 5 === 0 ? registered[at / 5] : Buffer.from(hash()).toString('hex'),
      }));
      const from = performance.now();
      const request = {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ items: asked }),
      };
      const response = await app.request('/v1/check', request, connection);
      const { decisions } = (await response.json()) as { decisions?: { verdict: string }[] };
      times.push(performance.now() - from);
      const refused = decisions?.filter(({ verdict }) => verdict === 'disallow').length;
      if (refused !== items / 5) throw new Error(`${refused} of ${items / 5} registered works were found`);
    }
    const [firstMs = Number.NaN, ...later] = times;
    return { rows, items, firstMs, laterMs: Math.min(...later) };
  } finally {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
