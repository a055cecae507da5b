import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { optOutById } from '../../db/creators.ts';
import { recordsById, recordsInState } from '../../db/records.ts';
import { erase } from '../../src/actions/erase.ts';
import { addKey } from '../../src/actions/keys.ts';
import { sequence } from '../../src/actions/sequence.ts';
import { FeedPage } from '../../src/http/records.ts';
import { newSigningKey, parseSigningKey } from '../../src/log/note-key.ts';
import { optOut } from '../http/opt-out.ts';
import type { World } from '../http/world.ts';
import { withhold } from '../service/running.ts';
import {
  type Answer,
  aWorld,
  folder,
  type LogServer,
  names,
  startServer,
  worldAnswer,
} from './log-server.ts';
import { run } from './run.ts';

let world: World;
let server: LogServer;
let dir: string;
beforeEach(async () => {
  world = await aWorld();
  server = await startServer(worldAnswer(world));
  dir = folder();
});

const follow = (...options: string[]) =>
  run(['log', 'follow', '--once', '--retry-for', '0', '--dir', dir, ...options, server.url]);

type Page = ReturnType<typeof FeedPage.parse>;

/** What the copy holds, in order. */
function copied(): Page['records'] {
  const records = join(dir, 'records');
  const files = existsSync(records) ? readdirSync(records).sort() : [];
  return files.flatMap((name) => {
    const lines = readFileSync(join(records, name), 'utf8').split('\n');
    expect(lines.pop()).toBe('');
    return lines.map((line) => JSON.parse(line) as Page['records'][number]);
  });
}

async function fed(): Promise<Page['records']> {
  const all: Page['records'] = [];
  for (let after = -1; ; ) {
    const page = FeedPage.parse(await (await world.request(`/v1/records?limit=5000&after=${after}`)).json());
    if (page.records.length === 0) return all;
    all.push(...page.records);
    after = page.next;
  }
}

async function grown(count: number, prefix: string): Promise<void> {
  await optOut(world, names(count, prefix));
  while ((await sequence(world.deps)) > 0);
}

async function eraseRecord(rid: string): Promise<void> {
  const [row] = await recordsById(world.deps.database, [rid]);
  const optOutRow = await optOutById(world.deps.database, row?.optOutId ?? '');
  await erase(world.deps, optOutRow?.creatorId ?? '', { rid });
}

/** Every file below a folder, as its raw bytes. */
function rawFiles(path = dir): Buffer[] {
  return readdirSync(path).flatMap((name) => {
    const file = join(path, name);
    return statSync(file).isDirectory() ? rawFiles(file) : [readFileSync(file)];
  });
}
const isAnywhere = (text: string) => rawFiles().some((bytes) => bytes.includes(text));

describe('withhold log follow', () => {
  test('copies all records and goes on from there, with the log beside them', async () => {
    await grown(700, 'Ada');
    const first = await follow();
    expect(first).toMatchObject({
      code: 0,
      stdout: 'localhost:8787/log: 700 records, verified up to log size 701\n',
    });
    expect(copied()).toEqual(await fed());
    await grown(600, 'Bea');
    server.asked.length = 0;
    expect(await follow()).toEqual({
      code: 0,
      stdout: 'localhost:8787/log: 1300 records, verified up to log size 1301\n',
      stderr: '',
    });
    expect(copied()).toEqual(await fed());
    expect(server.asked).toContain('/v1/records?after=700&limit=1000&wait=0');
    expect(server.asked).not.toContain('/log/tile/entries/000');
    const kept = readdirSync(join(dir, 'log/tile/entries'));
    expect(kept.sort()).toEqual(['000', '001', '002', '002.p', '003', '004', '005.p']);
    expect(readdirSync(join(dir, 'log/tile/entries/002.p'))).toEqual([]);
    const current = new Sqlite(join(dir, 'copy.sqlite'), { readonly: true });
    onTestFinished(() => void current.close());
    expect(current.prepare('SELECT count(*), sum(opened), max(seq) FROM current').raw().get()).toEqual([
      1_300, 1_300, 1_300,
    ]);
  });

  test('the copy of the log can be audited as the log itself', async () => {
    await grown(300, 'Ada');
    await follow();
    const mirror = await startServer(({ url }) => {
      const file = join(dir, new URL(url).pathname);
      return existsSync(file) ? new Response(readFileSync(file)) : new Response(null, { status: 404 });
    });
    const given = ['--policy', join(dir, 'policy'), '--dir', folder()];
    expect((await run(['log', 'audit', ...given, mirror.url])).stdout).toContain('all 301 leaves');
  });

  test('an empty log is an empty copy', async () => {
    expect(await follow()).toMatchObject({ code: 0, stdout: expect.stringContaining('0 records') });
    await sequence(world.deps);
    expect(await follow()).toMatchObject({ code: 0, stdout: expect.stringContaining('log size 1') });
  });

  test('what is erased there is in no byte here', async () => {
    await grown(20, 'Ada');
    await follow();
    const rids = (await recordsInState(world.deps.database, 'active', 100)).map(({ rid }) => rid);
    const [before] = copied().filter(({ rid }) => rid === rids[3]);
    const secrets = [String(before?.record?.key), before?.salt ?? ''];
    expect(secrets.map(isAnywhere)).toEqual([true, true]);
    await eraseRecord(rids[3] ?? '');
    while ((await sequence(world.deps)) > 0);
    expect((await follow()).code).toBe(0);
    expect(secrets.map(isAnywhere)).toEqual([false, false]);
    expect(copied().filter(({ rid }) => rid === rids[3])).toMatchObject([
      { type: 'reserved', record: null, salt: null },
      { type: 'erased', record: null, salt: null },
    ]);
    expect(copied()).toEqual(await fed());
  });

  test('an opening that is withheld without an erased leaf is told of, until there is one', async () => {
    await grown(2, 'Ada');
    const [record] = await recordsInState(world.deps.database, 'active', 1);
    await world.deps.database.db.run(
      `UPDATE record_events SET salt = NULL, canonical = NULL WHERE rid = '${record?.rid}'`,
    );
    expect((await follow()).stderr).toContain('1 of 2 records are not opened, and not erased yet');
    await eraseRecord(record?.rid ?? '');
    await sequence(world.deps);
    expect((await follow()).stderr).toBe('');
  });

  test('the key goes to the feed alone', async () => {
    await grown(1, 'Ada');
    const seen = new Set<string>();
    const answer = server.answer;
    server.answer = (request) => {
      seen.add(
        `${new URL(request.url).pathname.split('/')[1]} ${request.headers.get('authorization') ?? ''}`,
      );
      return answer(request);
    };
    const { key } = await addKey(world.deps, { consumer: 'Example AI', scopes: ['feed'] });
    expect((await follow('--key', key)).code).toBe(0);
    expect([...seen].sort()).toEqual(['log ', `v1 Bearer ${key}`]);
    expect(await follow('--key', 'wh_unknown')).toMatchObject({ code: 2, stdout: '' });
  });

  describe('a feed that does not fit its log', () => {
    const changed = (change: (page: Page) => void): Answer => {
      const answer = worldAnswer(world);
      return async (request) => {
        const response = await answer(request);
        if (!request.url.includes('/v1/records')) return response;
        const page = FeedPage.parse(await response.json());
        if (page.records.length > 0) change(page);
        return Response.json(page);
      };
    };
    const at = (page: Page, index: number) => page.records[index] as Page['records'][number];

    test.each<[string, (page: Page) => void, string]>([
      [
        'a changed record',
        (page) => Object.assign(at(page, 2).record ?? {}, { trust: 'domain' }),
        'leaf 3 is not opened',
      ],
      [
        'another salt',
        (page) => Object.assign(at(page, 2), { salt: '00'.repeat(32) }),
        'leaf 3 is not opened',
      ],
      ['no salt', (page) => Object.assign(at(page, 2), { salt: null }), 'leaf 3 is opened by half'],
      ['another type', (page) => Object.assign(at(page, 2), { type: 'withdrawn' }), 'leaf 3 is not what'],
      [
        'another time',
        (page) => Object.assign(at(page, 2), { at: '2026-01-01T00:00:00.000Z' }),
        'leaf 3 is not what',
      ],
      [
        'another record',
        (page) => Object.assign(at(page, 2), { record: at(page, 1).record }),
        'leaf 3 is opened by another',
      ],
      ['one left out', (page) => page.records.splice(2, 1), 'leaf 3 is left out'],
      ['one twice', (page) => page.records.splice(2, 0, at(page, 2)), 'leaf 3 is given out of its order'],
      [
        'one of the future',
        (page) => Object.assign(at(page, 4), { seq: 99 }),
        'leaf 99 is given out of its order',
      ],
      ['another end', (page) => Object.assign(page, { next: 2 }), 'the feed says to go on from 2'],
    ])('%s: exit 1, and nothing of it is stored', async (_, change, words) => {
      await grown(5, 'Ada');
      server.answer = changed(change);
      expect(await follow()).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(words) });
      expect(copied()).toEqual([]);
      server.answer = worldAnswer(world);
      expect((await follow()).code).toBe(0);
      expect(copied()).toEqual(await fed());
    });

    test('one that never gives what the log holds: could not finish', async () => {
      await grown(5, 'Ada');
      server.answer = changed((page) => {
        page.records = [];
        page.next = -1;
      });
      expect(await follow()).toMatchObject({ code: 2, stderr: expect.stringContaining('does not keep up') });
    });

    test('another history, an older one, and another key', async () => {
      await grown(5, 'Ada');
      expect((await follow()).code).toBe(0);
      const other = await aWorld();
      const { signers, keys, checkSigner } = world.deps.consentLog;
      Object.assign(other.deps.consentLog, { signers, keys, checkSigner });
      server.answer = worldAnswer(other);
      await optOut(other, names(2));
      await sequence(other.deps);
      expect(await follow()).toMatchObject({ code: 1, stderr: expect.stringContaining('was rolled back') });
      await optOut(other, names(3, 'Bea'));
      await sequence(other.deps);
      expect(await follow()).toMatchObject({ code: 1, stderr: expect.stringContaining('two roots') });
      await optOut(other, names(1, 'Cleo'));
      await sequence(other.deps);
      expect(await follow()).toMatchObject({ code: 1, stderr: expect.stringContaining('leaf 1 is another') });
      server.answer = worldAnswer(world);
      const text = await newSigningKey('localhost:8787/log', new Uint8Array(32).fill(9));
      const signer = await parseSigningKey(text);
      Object.assign(world.deps.consentLog, { signers: [signer], keys: [...keys, signer.key] });
      await grown(1, 'Dora');
      expect(await follow()).toMatchObject({ code: 1, stderr: expect.stringContaining('--policy') });
      Object.assign(world.deps.consentLog, { signers: [...signers, signer] });
      await grown(1, 'Emma');
      expect((await follow()).code).toBe(0);
      Object.assign(world.deps.consentLog, { signers: [signer] });
      await grown(1, 'Fay');
      expect((await follow()).code).toBe(0);
    });
  });

  test('what a stopped process left behind its cursor is put right', async () => {
    await grown(10, 'Ada');
    await follow();
    await grown(5, 'Bea');
    const records = join(dir, 'records');
    const [name = ''] = readdirSync(records);
    const later = (await fed()).slice(10, 13).map((event) => JSON.stringify(event));
    appendFileSync(join(records, name), `${later.slice(0, 2).join('\n')}\n${later[2]?.slice(0, 40)}`);
    writeFileSync(join(records, '000000008192.ndjson'), '{"seq":8192}\n');
    writeFileSync(join(records, '.aside.part'), 'half');
    expect((await follow()).code).toBe(0);
    expect(readdirSync(records)).toEqual([name]);
    expect(copied()).toEqual(await fed());
  });

  test('killed at any request, it goes on and ends with the same copy', { timeout: 60_000 }, async () => {
    await grown(1_300, 'Ada');
    const answer = server.answer;
    for (const at of [2, 4, 9, 14, 18, 19, 20, 21]) {
      let count = 0;
      const spawned = withhold(['log', 'follow', '--dir', dir, server.url], {});
      const size = world.deps.consentLog.published?.size ?? 0;
      server.answer = (request) => {
        count += 1;
        if (count >= at || request.url.includes(`after=${size - 1}&`)) spawned.child.kill('SIGKILL');
        return answer(request);
      };
      await spawned.ended;
      server.answer = answer;
      if (at > 14) await grown(300, `Bea ${at}`);
    }
    expect((await follow()).code).toBe(0);
    expect(copied()).toEqual(await fed());
  });

  test('follows until it is stopped, alone in its folder, and stopping is success', async () => {
    await grown(1, 'Ada');
    const stop = new AbortController();
    const running = run(['log', 'follow', '--dir', dir, server.url], { signal: stop.signal });
    const asked = (path: string) =>
      new Promise<void>((seen) => {
        const answer = server.answer;
        server.answer = (request) => {
          if (request.url.endsWith(path)) seen();
          return answer(request);
        };
      });
    await asked('after=1&limit=1000&wait=25');
    expect(await follow()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('another process keeps'),
    });
    await grown(1, 'Bea');
    await asked('after=2&limit=1000&wait=25');
    expect(copied()).toEqual(await fed());
    stop.abort();
    expect(await running).toMatchObject({ code: 0 });
  });
});
