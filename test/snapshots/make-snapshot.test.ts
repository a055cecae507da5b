import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { snapshotEvents } from '../../db/log-events.ts';
import { findLikes } from '../../src/actions/fingerprint-index.ts';
import { publishSnapshot } from '../../src/actions/snapshots.ts';
import { readConfig } from '../../src/config.ts';
import { hashFromHex } from '../../src/images/hash256.ts';
import { makeSnapshot } from '../../src/make-snapshot.ts';
import { buildSnapshot } from '../../src/snapshots/build/build.ts';
import { lockFolder } from '../../src/snapshots/build/lock-folder.ts';
import { folder as newFolder, startServer } from '../cli/log-server.ts';
import { run } from '../cli/run.ts';
import { sampleWork } from '../opt-outs/sample-record.ts';
import { domainOf, ridOf } from './fixture-registry.ts';
import { wholeSnapshot } from './read-snapshot.ts';
import { type SampleRegistry, sampleRegistry } from './sample-registry.ts';

const dayMs = 86_400_000;

// Each builds, which on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

let now: number;
let registry: SampleRegistry;
beforeEach(async () => {
  now = Date.parse('2026-11-24T00:00:00.000Z');
  registry = await sampleRegistry({ WITHHOLD_SNAPSHOT_KEEP: '2' }, () => now);
  await registry.put(domainOf(1));
  await registry.sequence();
});

const root = () => join(registry.config.data, 'snapshots');
const env = () => ({ WITHHOLD_DATA: registry.config.data, WITHHOLD_LOG_LEVEL: 'silent' });
const make = () => makeSnapshot(registry.config, () => now);
/** What lies in the folder of snapshots beside the lock. */
const lying = () => readdirSync(root()).filter((name) => !name.startsWith('lock.sqlite'));
/** What the HTTP server knows of a connection. */
const connection = { incoming: { socket: { remoteAddress: '192.0.2.1' } } };
const ask = async (path: string) => registry.service.app.request(path, {}, connection);
const offered = async (): Promise<{ size: number; seq: number; digest: string }[]> =>
  ((await (await ask('/v1/snapshots')).json()) as { snapshots: [] }).snapshots;

/** Logs another record, makes a snapshot, and logs that. */
async function grown(index: number) {
  await registry.put(domainOf(index));
  await registry.sequence();
  const made = await make();
  await registry.sequence();
  return made;
}

describe('a snapshot and the log', () => {
  test('it is offered once its leaf is in the log, and not before', async () => {
    const made = await make();
    expect(made).toMatchObject({ isNew: true, content: { size: 2 } });
    expect(await offered()).toEqual([]);
    await registry.sequence();
    expect(await offered()).toMatchObject([{ size: 2, seq: 2, digest: made.digest, records: 1 }]);
  });

  test('a crash between publishing and writing places down is mended: the same place, and still offered', async () => {
    await make();
    await registry.put(domainOf(2));
    await registry.sequence();
    const before = await offered();
    const { database } = registry.service.deps;
    await database.db.run('UPDATE record_events SET seq = NULL WHERE seq >= 2');
    expect(await offered()).toEqual([]);
    await registry.put(domainOf(3));
    await registry.sequence();
    expect(await offered()).toEqual(before);
    const rows = (await (await ask('/v1/records')).json()) as { records: { seq: number; rid: string }[] };
    expect(rows.records.map(({ seq, rid }) => [seq, rid])).toEqual([
      ...[
        [1, ridOf(1)],
        [3, ridOf(2)],
        [4, ridOf(3)],
      ],
    ]);
  });

  test('the feed, figures, index and look-ups of the service leave it out', async () => {
    const work = sampleWork({ rid: ridOf(7), salt: '07'.repeat(32) });
    await registry.put(work);
    await registry.sequence();
    await make();
    await registry.sequence();
    const { deps } = registry.service;
    const pdq = hashFromHex(work.fingerprints[0]?.pdq ?? '') as Uint8Array;
    expect(await findLikes(deps, [pdq])).toMatchObject([[{ id: work.rid }]]);
    const answer = await (await ask('/v1/check?url=https://example1/')).json();
    expect(answer).toMatchObject({ verdict: expect.any(String) });
    const page = (await (await ask('/v1/records')).json()) as { records: { rid: string }[]; size: number };
    expect(page.size).toBe(4);
    expect(page.records.map(({ rid }) => rid)).toEqual([ridOf(1), work.rid]);
  });

  test('whoever audits or follows the log passes its leaf', async () => {
    await grown(2);
    await grown(3);
    const { url } = await startServer((request) => registry.service.app.fetch(request, connection));
    const audited = await run(['log', 'audit', '--dir', newFolder(), '--retry-for', '0', url]);
    expect(audited).toMatchObject({ code: 0 });
    const copy = newFolder();
    const follow = ['log', 'follow', '--once', '--retry-for', '0', '--dir', copy, url];
    expect(await run(follow)).toMatchObject({ code: 0 });
    await grown(4);
    expect(await run(follow)).toMatchObject({ code: 0 });
  });

  test('publishing it twice is as good as once; another of the same size is refused', async () => {
    const { database } = registry.service.deps;
    const { digest, content } = await make();
    const { size, at } = content;
    await publishSnapshot({ database }, { size, at, digest });
    expect(await snapshotEvents(database, [size])).toHaveLength(1);
    await expect(publishSnapshot({ database }, { size, at, digest: 'ab'.repeat(32) })).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('which snapshots there are', () => {
  test('none is made while nothing changed, and its own leaf is no change; a week later one is', async () => {
    const first = await make();
    await registry.sequence();
    now += 7 * dayMs - 1;
    expect(await make()).toMatchObject({ isNew: false, digest: first.digest });
    now += 1;
    const second = await make();
    expect(second).toMatchObject({ isNew: true, content: { size: 3, counts: { domain: 1 } } });
  });

  test('so many are kept; the newest that is offered stays until the next one is', async () => {
    for (const index of [2, 3, 4]) await grown(index);
    const before = (await offered()).map(({ size }) => size);
    expect(before).toHaveLength(2);
    expect(lying()).toHaveLength(2);
    const one = { ...registry.config, snapshot_keep: 1 };
    await registry.put(domainOf(5));
    await registry.sequence();
    await makeSnapshot(one, () => now);
    expect((await offered()).map(({ size }) => size)).toEqual(before.slice(0, 1));
    await registry.sequence();
    expect(await offered()).toHaveLength(2);
    await registry.put(domainOf(6));
    await registry.sequence();
    await makeSnapshot(one, () => now);
    await registry.sequence();
    expect(await offered()).toHaveLength(2);
  });

  test('none outlives its 31 days', async () => {
    await grown(2);
    now += 31 * dayMs + 1;
    const { content } = await grown(3);
    expect((await offered()).map(({ size }) => size)).toEqual([content.size]);
    expect(lying()).toEqual([String(content.size)]);
  });

  test('one that is being read can be read to its end when it is removed', async () => {
    await grown(2);
    const [{ size } = { size: 0 }] = await offered();
    const file = await registry.service.deps.snapshots?.open(size, 'records.table');
    rmSync(join(root(), String(size)), { recursive: true });
    expect(await registry.service.deps.snapshots?.open(size, 'records.table')).toBeNull();
    const bytes = await new Response(file?.read(0, file.bytes)).bytes();
    expect(bytes).toHaveLength(file?.bytes ?? -1);
  });

  test('a build that died before the log could hear of it is made anew, also for a service that saw it', async () => {
    const { deps } = registry.service;
    const dead = await buildSnapshot(
      {
        databaseFile: join(registry.config.data, 'withhold.sqlite'),
        log: deps.consentLog,
        clock: () => now,
      },
      root(),
    );
    expect(await deps.snapshots?.list()).toMatchObject([{ digest: dead.digest }]);
    now += 1_000;
    const made = await make();
    expect(made).toMatchObject({ isNew: true, content: { size: dead.content.size } });
    expect(made.digest).not.toBe(dead.digest);
    await registry.sequence();
    expect(await offered()).toMatchObject([{ digest: made.digest }]);
  });

  test('one that was damaged hides no other, and is in nobody’s way', async () => {
    await grown(2);
    const { folder, content } = await grown(3);
    writeFileSync(join(folder, 'manifest.json'), '{}');
    expect(await offered()).toHaveLength(1);
    const made = await make();
    expect(made.isNew).toBe(content.size !== made.content.size);
    await grown(4);
    expect((await offered()).length).toBeGreaterThan(0);
    for (const { size } of await offered()) {
      await wholeSnapshot(join(root(), String(size)), registry.service.deps.consentLog);
    }
  });

  test('a database restored from before a snapshot does not keep the next from being made', async () => {
    await make();
    await registry.sequence();
    await registry.service.deps.database.db.run("DELETE FROM record_events WHERE leaf_type = 'snapshot'");
    await registry.put(domainOf(2));
    await registry.sequence();
    expect(await make()).toMatchObject({ isNew: true, content: { size: 4, counts: { domain: 2 } } });
  });
});

describe('withhold snapshot build', () => {
  const build = (...options: string[]) => run(['snapshot', 'build', ...options], { env: env() });

  test('says what it made, and that a service has to run for it to be offered', async () => {
    const stop = new AbortController();
    const running = run(['snapshot', 'build'], { env: env(), signal: stop.signal });
    const { database } = registry.service.deps;
    while ((await snapshotEvents(database, [2])).length === 0) await new Promise(setImmediate);
    // Whoever does not want to wait for a service to take it up.
    stop.abort();
    const made = await running;
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('until then it is not offered') });
    expect(made.stdout).toContain('log size 2');
    expect(made.stdout).toContain('1 domain');
    await registry.sequence();
    const again = await build('--json');
    expect(JSON.parse(again.stdout)).toMatchObject({
      ...{ size: 2, seq: 2, isNew: false, counts: { domain: 1 } },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(again.stderr).toBe('');
  });

  test('two at once: the second says so and ends', async () => {
    const lock = lockFolder(root(), 'held');
    try {
      const { code, stdout, stderr } = await build();
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toBe(
        'withhold: another snapshot is being built in this data folder; wait for it to end\n',
      );
    } finally {
      lock.close();
    }
  });

  test('without a registry it makes none', async () => {
    const empty = newFolder();
    const { code, stderr } = await run(['snapshot', 'build'], { env: { WITHHOLD_DATA: empty } });
    expect(code).toBe(2);
    expect(stderr).toContain('there is no database at');
    expect(readdirSync(empty)).toEqual([]);
  });

  test('told to stop, it stops and leaves nothing', async () => {
    const { code, stderr } = await run(['snapshot', 'build'], { env: env(), signal: AbortSignal.abort() });
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'withhold: stopped\n' });
    expect(lying()).toEqual([]);
  });

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'ended by %s at any moment, it is whole or not there',
    async (how) => {
      for (let index = 10; index < 60; index += 1) await registry.put(domainOf(index));
      await registry.sequence();
      const program = fileURLToPath(new URL('../../src/cli/withhold.ts', import.meta.url));
      const child = spawn(process.execPath, [program, 'snapshot', 'build'], {
        env: { ...process.env, ...env() },
        stdio: 'ignore',
      });
      const ended = once(child, 'close');
      while (child.exitCode === null && !(existsSync(root()) && lying().length > 0)) {
        await new Promise((turn) => setImmediate(turn));
      }
      child.kill(how);
      await ended;
      if (how === 'SIGTERM') expect(lying().filter((name) => name.startsWith('.'))).toEqual([]);
      const made = await make();
      await registry.sequence();
      expect(lying()).toEqual([String(made.content.size)]);
      expect(await offered()).toMatchObject([{ digest: made.digest, records: 51 }]);
      await wholeSnapshot(made.folder, registry.service.deps.consentLog);
    },
    30_000,
  );
});

test('settings: every so many hours in production, never by itself in development', () => {
  const production = {
    ...{ WITHHOLD_ORIGIN: 'https://registry.example', WITHHOLD_SECRETS: `a:${btoa('0'.repeat(32))}` },
  };
  expect(readConfig({})).toMatchObject({ snapshot_every: 0, snapshot_keep: 5 });
  expect(readConfig(production)).toMatchObject({ snapshot_every: 24 });
  expect(readConfig({ WITHHOLD_SNAPSHOT_EVERY: '1.5' })).toMatchObject({ snapshot_every: 1.5 });
  expect(() => readConfig({ WITHHOLD_SNAPSHOT_EVERY: '-1' })).toThrow(/WITHHOLD_SNAPSHOT_EVERY/);
  expect(() => readConfig({ WITHHOLD_SNAPSHOT_KEEP: '0' })).toThrow(/WITHHOLD_SNAPSHOT_KEEP/);
});
