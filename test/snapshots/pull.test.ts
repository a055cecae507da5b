import { randomInt } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { leafHash } from '../../src/log/hash.ts';
import { parseLeaf } from '../../src/log/leaf.ts';
import { newSigningKey, parseSigningKey } from '../../src/log/note-key.ts';
import { parseProof, verifyProof } from '../../src/log/proof.ts';
import { folder, type LogServer, startServer } from '../cli/log-server.ts';
import { type Around, run } from '../cli/run.ts';
import { withhold } from '../service/running.ts';
import {
  breakingServer,
  domainOf,
  type FixtureRegistry,
  fixtureRegistry,
  ranged,
  ridOf,
} from './fixture-registry.ts';

let registry: FixtureRegistry;
let server: LogServer;
let dir: string;
beforeEach(async () => {
  registry = await fixtureRegistry();
  server = await startServer(registry.answer);
  dir = folder();
  await registry.add(...Array.from({ length: 300 }, (_, index) => domainOf(index)));
});

const pull = (options: string[] = [], around: Around = {}) =>
  run(['snapshot', 'pull', '--retry-for', '0', ...options, server.url, dir], around);

const bytesOf = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 17 + (at >> 8)) & 0xff);

const files = () => ({
  'records.table': bytesOf(300_000, 1),
  'works.index': bytesOf(70_000, 2),
  'works.descriptors': new Uint8Array(),
});

const current = () => readFileSync(join(dir, 'current'), 'utf8');
const pulled = (size: number, name: string) => readFileSync(join(dir, 'snapshots', String(size), name));
const fed = (size: number) =>
  readdirSync(join(dir, `feed-${size}`, 'records')).flatMap((name) =>
    readFileSync(join(dir, `feed-${size}`, 'records', name), 'utf8')
      .split('\n')
      .flatMap((line) =>
        line === '' ? [] : [JSON.parse(line) as { seq: number; rid: string; type: string }],
      ),
  );
const askedFor = (text: string) => server.asked.filter((path) => path.includes(text));

describe('withhold snapshot pull', { timeout: 60_000 }, () => {
  test('brings every file as it is served, a proof of the leaf, and the feed since', async () => {
    const made = await registry.snapshot(files());
    await registry.add(domainOf(900), domainOf(3, { state: 'withdrawn', version: 2 }));
    const first = await pull();
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('are believed from now on') });
    expect(first.stdout).toContain('snapshot of log size 300, to be used until');
    expect(first.stdout).toContain('verified up to log size 303\n');
    expect(current()).toBe('300\n');
    for (const [name, bytes] of Object.entries(files()))
      expect(pulled(300, name).equals(bytes), name).toBe(true);
    expect(pulled(300, 'manifest.json').toString()).toBe(made.manifest);
    const proof = parseProof(pulled(300, 'manifest.proof').toString());
    expect(parseLeaf(proof.extra ?? new Uint8Array())).toMatchObject({
      type: 'snapshot',
      digest: made.digest,
    });
    const proven = await verifyProof(proof, leafHash(proof.extra ?? new Uint8Array()), registry.policy);
    expect(proven.index).toBe(300n);
    expect(fed(300).map(({ seq, type }) => `${seq} ${type}`)).toEqual(['301 reserved', '302 withdrawn']);
    expect(readdirSync(dir).sort()).toEqual(['current', 'feed-300', 'lock.sqlite', 'policy', 'snapshots']);
    expect(readdirSync(join(dir, 'snapshots'))).toEqual(['300']);
  });

  test('fetches nothing twice, and goes on with the feed', async () => {
    await registry.snapshot(files());
    await pull();
    await registry.add(domainOf(901));
    server.asked.length = 0;
    expect(await pull()).toMatchObject({ code: 0, stderr: '' });
    expect(fed(300).map(({ rid }) => rid)).toEqual([ridOf(901)]);
    expect(askedFor('/v1/snapshots')).toEqual(['/v1/snapshots']);
    server.asked.length = 0;
    await pull();
    expect(server.asked.sort()).toEqual(['/v1/records?after=301&limit=1000&wait=0', '/v1/snapshots']);
  });

  test('a newer snapshot takes the place of the older, whose files are then gone', async () => {
    await registry.snapshot(files());
    await pull();
    await registry.add(domainOf(902));
    await registry.snapshot({ 'records.table': bytesOf(10, 9) });
    await registry.add(domainOf(903));
    expect((await pull()).stdout).toContain('snapshot of log size 302');
    expect(current()).toBe('302\n');
    expect(fed(302).map(({ rid }) => rid)).toEqual([ridOf(903)]);
    expect(readdirSync(dir).filter((name) => name.startsWith('feed'))).toEqual(['feed-302']);
    expect(readdirSync(join(dir, 'snapshots'))).toEqual(['302']);
    expect((await pull(['--size', '301'])).stdout).toContain('snapshot of log size 300');
    expect(current()).toBe('300\n');
    expect(fed(300)).toHaveLength(2);
    expect(await pull(['--size', '299'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('offers no snapshot of log size 299; its oldest is of size 300'),
    });
  });

  test('none on offer, and one past its date', async () => {
    expect(await pull()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('withhold snapshot build'),
    });
    await registry.snapshot(files(), { notAfter: '2026-01-01T00:00:00.000Z' });
    expect(await pull()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('to be used until 2026-01-01T00:00:00.000Z and no longer'),
    });
    expect(existsSync(join(dir, 'current'))).toBe(false);
    expect(await pull(['--allow-stale'])).toMatchObject({ code: 0 });
    expect(await pull()).toMatchObject({ code: 2, stderr: expect.stringContaining('--allow-stale') });
  });

  test('says when records it may hold were erased', async () => {
    const { notAfter } = await registry.snapshot(files());
    await registry.add({ erased: ridOf(5) });
    expect((await pull()).stderr).toContain(
      `1 records were erased since; where the files of this snapshot hold them, they have to be gone by ${notAfter}`,
    );
  });

  test('a key that the log has announced is believed, also behind a newer snapshot', async () => {
    await registry.snapshot(files());
    await pull();
    const text = await newSigningKey('registry.example/log', new Uint8Array(32).fill(9));
    await registry.announce(await parseSigningKey(text));
    await registry.add(domainOf(906));
    await registry.snapshot({ 'records.table': bytesOf(10, 9) });
    expect((await pull()).stdout).toContain('snapshot of log size 303');
    registry.signers.shift();
    await registry.add(domainOf(907));
    expect((await pull()).stdout).toContain('verified up to log size 305');
    await registry.snapshot({ 'records.table': bytesOf(10, 10) });
    expect((await pull()).stdout).toContain('snapshot of log size 305');
  });

  test('one process in a folder at a time', async () => {
    await registry.snapshot(files());
    const stop = new AbortController();
    const waits = new Promise<void>((seen) => {
      server.answer = (request) => {
        if (request.url.includes('wait=25')) seen();
        return registry.answer(request);
      };
    });
    const running = pull(['--follow'], { signal: stop.signal });
    await waits;
    expect(await pull()).toMatchObject({ code: 2, stderr: expect.stringContaining('another process keeps') });
    await registry.add(domainOf(904));
    while (fed(300).length === 0) await new Promise((again) => setTimeout(again, 5));
    stop.abort();
    expect(await running).toMatchObject({ code: 0 });
  });
});

describe('what is broken off', { timeout: 60_000 }, () => {
  const breakings = (cuts: readonly number[], ranges: string[]) => {
    const left = [...cuts];
    return (request: Request): number | null => {
      if (!request.url.endsWith('records.table')) return null;
      ranges.push(request.headers.get('range') ?? 'all');
      return left.shift() ?? null;
    };
  };

  test('goes on at the byte where it broke off, wherever and however often', {
    timeout: 60_000,
  }, async () => {
    await registry.snapshot(files());
    for (let round = 0; round < 4; round += 1) {
      const cuts = Array.from({ length: 3 }, () => 1 + randomInt(90_000));
      const ranges: string[] = [];
      const url = await breakingServer(registry.answer, breakings(cuts, ranges));
      const target = folder();
      const answer = await run(['snapshot', 'pull', '--retry-for', '20', url, target]);
      expect(answer.code, answer.stderr).toBe(0);
      const places = ranges.slice(1).map((range) => Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0));
      expect(places).toHaveLength(3);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      for (const [name, bytes] of Object.entries(files()))
        expect(readFileSync(join(target, 'snapshots/300', name)).equals(bytes), `${name} ${cuts}`).toBe(true);
    }
  });

  test('a registry that knows no ranges is read from the beginning', async () => {
    await registry.snapshot(files());
    const url = await breakingServer(
      (request) => registry.answer(new Request(request.url)),
      breakings([70_000], []),
    );
    expect(await run(['snapshot', 'pull', '--retry-for', '20', url, dir])).toMatchObject({ code: 0 });
    expect(pulled(300, 'records.table').equals(files()['records.table'])).toBe(true);
  });

  test('killed at any request, it goes on and ends with the same files', { timeout: 120_000 }, async () => {
    await registry.snapshot(files());
    await registry.add(domainOf(905));
    for (const at of [3, 9, 13, 17, 21]) {
      let count = 0;
      const spawned = withhold(['snapshot', 'pull', server.url, dir], {});
      server.answer = async (request) => {
        count += 1;
        const answer = await registry.answer(request);
        if (count < at) return answer;
        if (!request.url.includes('/v1/snapshots/')) {
          spawned.child.kill('SIGKILL');
          return answer;
        }
        const bytes = new Uint8Array(await answer.arrayBuffer());
        const half = bytes.subarray(0, bytes.length >> 1);
        const chunks = new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array(half)),
          async pull() {
            spawned.child.kill('SIGKILL');
            await spawned.ended;
          },
        });
        return new Response(chunks, { status: answer.status, headers: answer.headers });
      };
      await spawned.ended;
    }
    server.answer = registry.answer;
    expect(await pull()).toMatchObject({ code: 0 });
    for (const [name, bytes] of Object.entries(files()))
      expect(pulled(300, name).equals(bytes), name).toBe(true);
    expect(fed(300)).toHaveLength(1);
    expect(readdirSync(join(dir, 'snapshots'))).toEqual(['300']);
  });

  test('what a dead machine left of a file is not believed', async () => {
    await registry.snapshot(files());
    const aside = join(dir, 'snapshots/.pulling-300');
    server.answer = (request) =>
      request.url.endsWith('works.index') ? new Response(null, { status: 403 }) : registry.answer(request);
    expect((await pull()).code).toBe(2);
    writeFileSync(join(aside, 'records.table'), bytesOf(300_000, 7));
    appendFileSync(join(aside, 'works.descriptors'), 'more than it has');
    server.answer = registry.answer;
    const again = await pull();
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('fetching it once more') });
    expect(pulled(300, 'records.table').equals(files()['records.table'])).toBe(true);
    truncateSync(join(dir, 'snapshots/300/works.index'), 5);
    expect(await pull()).toMatchObject({ code: 0 });
    expect(statSync(join(dir, 'snapshots/300/works.index')).size).toBe(70_000);
  });
});

describe('what is false is refused, and what is in use stays', { timeout: 60_000 }, () => {
  const refused = async (words: string) => {
    const answer = await pull();
    expect(answer).toMatchObject({ code: 1, stdout: '' });
    expect(answer.stderr).toContain(words);
    expect(current()).toBe('300\n');
    expect(pulled(300, 'records.table').equals(files()['records.table'])).toBe(true);
  };

  beforeEach(async () => {
    await registry.snapshot(files());
    await pull();
    await registry.add(domainOf(950));
    await registry.snapshot({ 'records.table': bytesOf(5_000, 3), 'works.index': bytesOf(9, 4) });
  });

  test('a file with one byte turned', async () => {
    server.answer = async (request) => {
      if (!request.url.endsWith('302/records.table')) return registry.answer(request);
      const bytes = bytesOf(5_000, 3);
      bytes[4_000] = (bytes[4_000] ?? 0) ^ 1;
      return ranged(request, bytes);
    };
    await refused('records.table is not the file that its signed manifest names');
    expect(askedFor('302/records.table')).toHaveLength(2);
    server.answer = registry.answer;
    expect(await pull()).toMatchObject({ code: 0 });
    expect(current()).toBe('302\n');
  });

  test('a file that does not end', async () => {
    server.answer = (request) =>
      request.url.endsWith('302/works.index')
        ? new Response(bytesOf(10_000, 4) as BodyInit)
        : registry.answer(request);
    expect(await pull()).toMatchObject({ code: 2, stderr: expect.stringContaining('more bytes than the 9') });
  });

  test.each<[string, (text: string) => string, string]>([
    [
      'a manifest that was changed',
      (text) => text.replace(/"notAfter": "20/, '"notAfter": "21'),
      'the manifest is not one of this log',
    ],
    ['no manifest', () => '{}', 'the manifest is not one of this log'],
    [
      'an older manifest under this name',
      () => registry.snapshots[1]?.manifest ?? '',
      'is not that of the snapshot',
    ],
  ])('%s', async (_, change, words) => {
    server.answer = async (request) => {
      const answer = await registry.answer(request);
      return request.url.endsWith('302/manifest.json') ? new Response(change(await answer.text())) : answer;
    };
    await refused(words);
    expect(readFileSync(join(dir, 'refused-checkpoint'), 'utf8')).toBe(registry.published.checkpoint);
  });

  test('a signed manifest without a leaf', async () => {
    const [made] = registry.snapshots;
    if (made !== undefined) made.seq = 301;
    await refused('leaf 301 is not that of the snapshot');
    if (made !== undefined) made.seq = 5_000;
    await refused('leaf 5000 is not in a log of 303 leaves');
  });

  test('a log that was rewritten behind our back', async () => {
    const other = await fixtureRegistry();
    await other.add(...Array.from({ length: 310 }, (_, index) => domainOf(index + 5_000)));
    await other.snapshot({ 'records.table': bytesOf(3, 3) });
    server.answer = other.answer;
    await refused('did not grow out of that of what was verified before');
  });

  test('a log that was rolled back', async () => {
    const other = await fixtureRegistry();
    await other.add(...Array.from({ length: 10 }, (_, index) => domainOf(index)));
    await other.snapshot({ 'records.table': bytesOf(3, 3) });
    server.answer = other.answer;
    await refused('was rolled back: it has 11 leaves');
  });

  test('another key', async () => {
    const name = 'registry.example/log';
    registry.signers.splice(
      0,
      1,
      await parseSigningKey(await newSigningKey(name, new Uint8Array(32).fill(9))),
    );
    await registry.add(domainOf(951));
    await refused('not one of this log by a key that is pinned');
  });

  test('a tile that was changed', async () => {
    const entries = registry.tiles.get('tile/0/001.p/47');
    if (entries !== undefined) entries[32 * 45] = (entries[32 * 45] ?? 0) ^ 1;
    await refused('the checkpoint');
  });
});
