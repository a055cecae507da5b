import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { migrate } from '../../db/migrate.ts';
import { readMigrations } from '../../db/migrations-files.ts';
import { writeSignalsEntry } from '../../db/signals.ts';
import { openSqlite } from '../../db/sqlite.ts';
import { signalsFor } from '../../src/actions/signals.ts';
import { signalsCacheOf, storedBytesMax } from '../../src/actions/signals-store.ts';
import type { Deps } from '../../src/deps.ts';
import { urlKey } from '../../src/opt-outs/url-key.ts';
import { migrationsFolder } from '../../src/paths.ts';
import { createWorld, type World } from '../http/world.ts';

describe('signals of many origins', () => {
  let folder: string;
  let database: Database;
  let world: World;
  let deps: Deps;
  let letFetch: () => void;
  let queries: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'withhold-signals-'));
    const opened = openSqlite(join(folder, 'registry.sqlite'));
    await migrate(opened, readMigrations(migrationsFolder));
    queries = 0;
    const all = opened.db.all.bind(opened.db);
    opened.db.all = ((query: Parameters<typeof all>[0]) => {
      queries += 1;
      return all(query);
    }) as typeof opened.db.all;
    database = opened;
    world = await createWorld(database);
    const gate = Promise.withResolvers<void>();
    letFetch = gate.resolve;
    const { fetcher, clock, log } = world.deps;
    const held = { ...fetcher, fetch: (url: string) => gate.promise.then(() => fetcher.fetch(url)) };
    deps = { ...world.deps, signals: signalsCacheOf(database, held, clock, log) };
  });
  afterEach(async () => {
    letFetch();
    await deps.signals.close();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const store = (host: string, body: string) => {
    const now = world.clock.now;
    const entry = {
      ...{ state: 'read', crawl: 'by-rules', body, bodyAt: now, warnings: [], status: 200, failure: null },
      ...{ url: `https://${host}/robots.txt`, redirects: [], checkedAt: now, failures: 0 },
      ...{ refreshAt: now + 3_600_000, expiresAt: now + 3_600_000 },
    };
    const absent = { ...entry, state: 'absent', body: null, bodyAt: null, status: 404 };
    const documents = { tdmrep: absent, 'ai.txt': absent, 'trust.txt': absent };
    const site = JSON.stringify({ robots: entry, documents });
    return writeSignalsEntry(database, `https://${host}`, site, new Date(now).toISOString());
  };
  const ask = async (hosts: readonly string[]) => {
    const places = hosts.flatMap((host) => {
      const url = `https://${host}/a.jpg`;
      const key = urlKey(url);
      return key === null ? [] : [{ url, key }];
    });
    const view = await signalsFor(deps, places, 'cached');
    return places.map(({ url, key }) => view(key).ask(url, null));
  };

  test('all that are not in memory are one query, and none the second time', async () => {
    const hosts = Array.from({ length: 500 }, (_none, n) => `site-${n}.com`);
    for (let from = 0; from < 400; from += 50) {
      await database.atomically(
        hosts.slice(from, from + 50).map((host) => store(host, 'User-agent: *\nDisallow: /')),
      );
    }
    const answers = await ask(hosts);
    expect(answers.map(({ crawl }) => crawl.reason)).toEqual(
      hosts.map((_host, n) => (n < 400 ? 'rule' : 'not-fetched-yet')),
    );
    expect(queries).toBe(1);
    letFetch();
    await deps.signals.idle();
    queries = 0;
    expect((await ask(hosts)).some(({ crawl }) => crawl.reason === 'not-fetched-yet')).toBe(false);
    expect(queries).toBe(0);
  });

  test('what is too much for one turn is answered as not fetched yet, and is there the next time', async () => {
    const long = `User-agent: *\nDisallow: /\n# ${'x'.repeat(500_000)}`;
    const hosts = Array.from({ length: 80 }, (_none, n) => `long-${String(n).padStart(2, '0')}.com`);
    for (const host of hosts) await database.atomically([store(host, long)]);
    const fitting = Math.floor(storedBytesMax / (long.length + 1_200));
    const first = await ask(hosts);
    expect(first.filter(({ crawl }) => crawl.reason === 'rule')).toHaveLength(fitting);
    expect(first.at(-1)?.notChecked).toEqual(
      ['robots.txt', 'tdmrep', 'ai.txt', 'trust.txt'].map((source) => {
        return { source, why: 'not-fetched-yet', retryAfterS: 2 };
      }),
    );
    const second = await ask(hosts.slice(fitting));
    expect(second.every(({ crawl }) => crawl.reason === 'rule')).toBe(true);
  });

  test('a store that cannot be read is an error, not silence', async () => {
    database.db.all = (() => {
      throw new Error('disk I/O error');
    }) as typeof database.db.all;
    await expect(ask(['example.com'])).rejects.toThrow('disk I/O error');
  });
});
