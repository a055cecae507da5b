import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CheckResponse } from '../../src/http/schemas.ts';
import { snapshotLifeMs } from '../../src/log/snapshot-manifest.ts';
import type { OptOutRecord } from '../../src/opt-outs/record.ts';
import { folder } from '../cli/log-server.ts';
import { run } from '../cli/run.ts';
import { sampleWork } from '../opt-outs/sample-record.ts';
import { domainOf, ridOf } from '../snapshots/fixture-registry.ts';
import {
  emptyWorld,
  type ServedRegistry,
  servedRegistry,
  signalsOf,
  type TestReplica,
  testReplica,
  until,
} from './served-registry.ts';

const md5 = 'ef'.repeat(16);
const records: OptOutRecord[] = [
  domainOf(1),
  domainOf(2, { kind: 'prefix', key: 'com,example2)/art', trust: 'profile' }),
  domainOf(3, { kind: 'url', key: 'com,example3)/a.jpg', trust: 'email' }),
  domainOf(4, { kind: 'name', key: 'ada', keySpec: 'name/1', usages: { 'style-imitation': 'disallow' } }),
  sampleWork({
    rid: ridOf(5),
    salt: '05'.repeat(32),
    key: '55'.repeat(32),
    fingerprints: [
      {
        variant: 'full',
        pdq: 'f0'.repeat(32),
        quality: 100,
        hasher: 'pdq/1',
        sha256: '55'.repeat(32),
        blockhash: 'cd'.repeat(32),
        md5,
      },
    ],
  }),
];
const items = [
  { url: 'https://www.example1.com/x' },
  { url: 'https://example2.com/art/1.jpg' },
  { url: 'https://example2.com/artist' },
  { url: 'https://example3.com/a.jpg' },
  { sha256: '55'.repeat(32) },
  { md5 },
  { pdq: 'f0'.repeat(32) },
  { blockhash: 'cd'.repeat(32) },
  { name: 'Ada' },
  { url: 'no url' },
];

async function snapshotted(clock?: () => number): Promise<ServedRegistry> {
  const registry = await servedRegistry(clock);
  for (const record of records) await registry.put(record);
  await registry.snapshot();
  return registry;
}

async function decisionsOf(answer: Response) {
  const body: unknown = await answer.json();
  expect(answer.status, JSON.stringify(body)).toBe(200);
  return CheckResponse.parse(body).decisions;
}

const verdictOf = async (replica: TestReplica, url: string): Promise<string> => {
  const [decision] = await decisionsOf(
    await replica.ask('/v1/check', { json: { items: [{ url }, { url }] } }),
  );
  return decision?.verdict ?? '';
};

const Ready = z.object({
  ok: z.boolean(),
  asOf: z.object({ size: z.number() }).optional(),
  snapshot: z.object({ size: z.number() }).nullable(),
  fault: z.string().nullable(),
  trouble: z.string().nullable(),
  heardAt: z.string().nullable(),
});
const readiness = async (replica: TestReplica) => Ready.parse(await (await replica.ask('/readyz')).json());

describe('a replica', { timeout: 60_000 }, () => {
  test('answers what its registry answers', async () => {
    const registry = await snapshotted();
    const { service } = registry;
    Object.assign(service.deps, { signals: signalsOf(emptyWorld) });
    const replica = await testReplica(registry.url);
    await replica.loaded;
    await until(async () => (await readiness(replica)).heardAt !== null);
    for (const usage of ['train-ai', 'style-imitation']) {
      const question = { items, usage };
      const theirs = await fetch(`${registry.url}/v1/check`, {
        method: 'POST',
        body: JSON.stringify(question),
        headers: { 'Content-Type': 'application/json' },
      });
      const ours = await decisionsOf(await replica.ask('/v1/check', { json: question }));
      const expected = await decisionsOf(theirs);
      for (const [at, decision] of ours.entries()) {
        expect({ ...decision, expiresAt: '' }, `${usage} ${at}`).toEqual({ ...expected[at], expiresAt: '' });
      }
    }
    const one = await replica.ask('/v1/check?url=https://example1.com/');
    expect(await one.json()).toMatchObject({ verdict: 'disallow', asOf: [{ origin: 'localhost:8787/log' }] });
    const spawning = await replica.ask('/api/v2/query/urls', {
      method: 'POST',
      body: 'https://example1.com/\nhttps://free.example/',
    });
    expect(await spawning.json()).toMatchObject({ urls: [{ optOut: true }, { optOut: false }] });
    expect((await replica.ask('/v1/crawlers')).status).toBe(200);
    expect(
      (await replica.ask('/v1/signals/inspect', { json: { robotsTxt: 'User-agent: *\nDisallow: /' } }))
        .status,
    ).toBe(200);
    expect(await (await replica.ask('/bot')).text()).toContain('User-agent: WithholdBot\nDisallow: /');
    expect((await replica.ask('/openapi.json')).status).toBe(200);
    expect(await readiness(replica)).toMatchObject({
      ok: true,
      fault: null,
      trouble: null,
      asOf: { size: 7 },
    });
  });

  test('an opt-out, its withdrawal and an erasure act without a new snapshot', async () => {
    const registry = await snapshotted();
    const replica = await testReplica(registry.url);
    await replica.loaded;
    const url = 'https://example10.com/';
    expect(await verdictOf(replica, url)).toBe('unknown');
    await registry.put(domainOf(10));
    await registry.sequence();
    await until(async () => (await verdictOf(replica, url)) === 'disallow');
    await registry.put(domainOf(10, { state: 'withdrawn', version: 2 }), 'withdrawn');
    await registry.put(domainOf(1, { state: 'withdrawn', version: 2 }), 'withdrawn');
    await registry.sequence();
    await until(async () => (await verdictOf(replica, url)) === 'unknown');
    expect(await verdictOf(replica, 'https://example1.com/')).toBe('unknown');
    await registry.erase(ridOf(5));
    await registry.sequence();
    await until(async () => {
      const [found] = await decisionsOf(await replica.ask('/v1/check', { json: { items: [{ md5 }] } }));
      return found?.verdict === 'unknown';
    });
  });

  test('goes on answering while its registry is down, and follows again when it is back', async () => {
    const registry = await snapshotted();
    const first = await testReplica(registry.url);
    await first.loaded;
    await until(async () => (await readiness(first)).heardAt !== null);
    await registry.down();
    await until(async () => (await readiness(first)).trouble !== null);
    expect(await readiness(first)).toMatchObject({
      ok: true,
      trouble: expect.stringContaining('cannot be reached'),
    });
    expect(await verdictOf(first, 'https://example1.com/')).toBe('disallow');
    await first.close();
    const second = await testReplica(registry.url, { folder: first.folder });
    await second.loaded;
    expect(await verdictOf(second, 'https://example1.com/')).toBe('disallow');
    await registry.up();
    await registry.put(domainOf(11));
    await registry.sequence();
    await until(async () => (await verdictOf(second, 'https://example11.com/')) === 'disallow');
    expect(await readiness(second)).toMatchObject({ ok: true, trouble: null });
  });

  test('a snapshot that is a week old answers until a newer one has taken its place', async () => {
    const clock = { now: Date.now() };
    const registry = await snapshotted(() => clock.now);
    const first = await testReplica(registry.url, { clock: () => clock.now });
    await first.loaded;
    await first.close();
    clock.now += 8 * 86_400_000;
    await registry.put(domainOf(20));
    await registry.snapshot();
    await registry.down();
    const second = await testReplica(registry.url, { clock: () => clock.now, folder: first.folder });
    await second.loaded;
    expect(await readiness(second)).toMatchObject({ ok: true, snapshot: { size: 6 } });
    expect(await verdictOf(second, 'https://example1.com/')).toBe('disallow');
    await registry.up();
    const feeds = () => readdirSync(second.folder).filter((name) => name.startsWith('feed-'));
    await until(async () => (await readiness(second)).snapshot?.size === 8 && feeds().length === 1);
    expect(readdirSync(join(second.folder, 'snapshots'))).toEqual(['8']);
    expect(await verdictOf(second, 'https://example20.com/')).toBe('disallow');
    await registry.put(domainOf(21));
    await registry.sequence();
    await until(async () => (await verdictOf(second, 'https://example21.com/')) === 'disallow');
  });

  test('refuses receipts and everything else, naming the registry', async () => {
    const registry = await snapshotted();
    const replica = await testReplica(registry.url);
    await replica.loaded;
    const receipt = await replica.ask('/v1/check?url=https://example1.com/&receipt=true');
    expect([receipt.status, await receipt.json()]).toMatchObject([
      400,
      { field: 'receipt', fix: expect.stringContaining(`${registry.url}/v1/check`) },
    ]);
    for (const path of ['/v1/records', '/v1/opt-outs', '/log/checkpoint', '/v1/snapshots', '/']) {
      const answer = await replica.ask(path);
      expect([answer.status, await answer.json()], path).toMatchObject([
        404,
        { fix: `Ask the registry itself: ${registry.url}${path}` },
      ]);
    }
    expect((await replica.ask('/v1/opt-outs', { json: {} })).status).toBe(404);
    expect((await replica.ask('/v1/check?url=')).status).toBe(400);
  });

  test('with keys, many items need one of them', async () => {
    const registry = await snapshotted();
    const key = 'wh_0123456789abcdef';
    const replica = await testReplica(
      registry.url,
      {},
      { WITHHOLD_REPLICA_KEYS: `wh_another-key-of-ours, ${key}` },
    );
    await replica.loaded;
    const json = { items: items.slice(0, 2) };
    expect((await replica.ask('/v1/check', { json })).status).toBe(401);
    expect(
      (await replica.ask('/v1/check', { json, headers: { Authorization: 'Bearer wh_0123456789abcdeF' } }))
        .status,
    ).toBe(401);
    expect(
      (await replica.ask('/v1/check', { json, headers: { Authorization: `Bearer ${key}` } })).status,
    ).toBe(200);
    expect((await replica.ask('/v1/check', { json: { items: items.slice(0, 1) } })).status).toBe(200);
  });

  test('says 503 until its first snapshot is here', async () => {
    const registry = await snapshotted();
    const begin = Promise.withResolvers<null>();
    registry.answer = async () => begin.promise.then(() => null) as never;
    const replica = await testReplica(registry.url);
    expect((await replica.ask('/healthz')).status).toBe(200);
    expect((await replica.ask('/readyz')).status).toBe(503);
    const early = await replica.ask('/v1/check?url=https://example1.com/');
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '10']);
    begin.resolve(null);
    await replica.loaded;
    expect((await replica.ask('/readyz')).status).toBe(200);
  });

  test('past its date it refuses, or warns in every answer', async () => {
    const clock = { now: Date.now() };
    const registry = await snapshotted(() => clock.now);
    const replica = await testReplica(registry.url, { clock: () => clock.now });
    await replica.loaded;
    await registry.down();
    clock.now += snapshotLifeMs + 1_000;
    const refused = await replica.ask('/v1/check?url=https://example1.com/');
    expect([refused.status, await refused.json()]).toMatchObject([
      503,
      { detail: expect.stringContaining('and no longer') },
    ]);
    expect((await replica.ask('/readyz')).status).toBe(503);
    expect((await replica.ask('/api/v2/query/urls', { method: 'POST', body: 'x' })).status).toBe(503);
    await replica.close();
    const stale = await testReplica(registry.url, {
      clock: () => clock.now,
      folder: replica.folder,
      allowStale: true,
    });
    await stale.loaded;
    const [decision] = await decisionsOf(
      await stale.ask('/v1/check', { json: { items: [{ url: 'https://example1.com/' }] } }),
    );
    expect(decision?.verdict).toBe('disallow');
    expect(decision?.warnings[0]).toContain('was to be used until');
    expect((await stale.ask('/readyz')).status).toBe(200);
  });

  test('a log that was rewritten ends following; what was known still answers, with a warning', async () => {
    const registry = await snapshotted();
    const replica = await testReplica(registry.url);
    await replica.loaded;
    const other = await servedRegistry();
    Object.assign(other.service.deps.consentLog, {
      signers: registry.service.deps.consentLog.signers,
      keys: registry.service.deps.consentLog.keys,
      checkSigner: registry.service.deps.consentLog.checkSigner,
    });
    for (let at = 0; at < 20; at += 1) await other.put(domainOf(100 + at));
    await other.sequence();
    registry.answer = (request) => {
      const { pathname, search } = new URL(request.url);
      return fetch(`${other.url}${pathname}${search}`);
    };
    // Ends the answer that waits for news of the true log.
    await registry.down();
    await registry.up();
    await until(async () => (await readiness(replica)).fault !== null);
    expect(await readiness(replica)).toMatchObject({ ok: true, fault: expect.stringContaining('leaf') });
    expect(replica.logged.some((line) => line.includes('the log is wrong'))).toBe(true);
    const [decision] = await decisionsOf(
      await replica.ask('/v1/check', { json: { items: [{ url: 'https://example1.com/' }] } }),
    );
    expect(decision).toMatchObject({
      verdict: 'disallow',
      warnings: [expect.stringContaining('was found to be wrong')],
    });
    expect(await verdictOf(replica, 'https://example100.com/')).toBe('unknown');
  });

  test('two in one folder, and a folder that was pulled into', async () => {
    const registry = await snapshotted();
    const dir = folder();
    expect(await run(['snapshot', 'pull', '--retry-for', '0', registry.url, dir])).toMatchObject({ code: 0 });
    const replica = await testReplica(registry.url, { folder: dir });
    await replica.loaded;
    await expect(testReplica(registry.url, { folder: dir })).rejects.toThrow(
      'another process keeps the copy',
    );
    expect(await run(['snapshot', 'pull', registry.url, dir])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('another process'),
    });
    rmSync(join(dir, 'current'));
    expect(await verdictOf(replica, 'https://example1.com/')).toBe('disallow');
  });

  test('a registry without a snapshot: it ends with the reason', async () => {
    const registry = await servedRegistry();
    await registry.put(domainOf(1));
    await registry.sequence();
    const replica = await testReplica(registry.url);
    await expect(replica.loaded).rejects.toThrow('offers no snapshot');
  });

  test.each([
    [{ WITHHOLD_PORT: 'x' }, 'WITHHOLD_PORT'],
    [{ WITHHOLD_REPLICA_KEYS: 'wh_short' }, 'WITHHOLD_REPLICA_KEYS'],
    [{ WITHHOLD_ORIGIN: 'ftp://x' }, 'WITHHOLD_ORIGIN'],
  ])('settings that are not usable: %j', async (env, words) => {
    const answer = await run(['serve', '--replica', 'http://127.0.0.1:9', '--dir', folder()], { env });
    expect(answer).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
  });
});
