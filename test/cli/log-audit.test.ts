import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sequence } from '../../src/actions/sequence.ts';
import { append, emptyFrontier, frontierRoot } from '../../src/log/append.ts';
import { signCheckpoint } from '../../src/log/checkpoint.ts';
import { toUtf8 } from '../../src/log/encoding.ts';
import { appendEntries } from '../../src/log/entry-bundle.ts';
import { leafHash } from '../../src/log/hash.ts';
import { leafBytes } from '../../src/log/leaf.ts';
import { formatLogPolicy } from '../../src/log/log-policy.ts';
import { type NoteSigner, newSigningKey, parseSigningKey } from '../../src/log/note-key.ts';
import { tilePath } from '../../src/log/tile-path.ts';
import { optOut } from '../http/opt-out.ts';
import { anOptOut, freePort, ownFolder, postJson, serve } from '../service/running.ts';
import { aWorld, folder, names, startServer, worldAnswer } from './log-server.ts';
import { run } from './run.ts';

const origin = 'registry.example/log';
const signerOf = async (fill: number) =>
  parseSigningKey(await newSigningKey(origin, new Uint8Array(32).fill(fill)));

const leafAt = (second: number): Uint8Array =>
  leafBytes({
    v: 1,
    type: 'reserved',
    rid: '01890000-0000-7000-8000-000000000000',
    ver: 1,
    commit: 'ab'.repeat(32),
    at: new Date(Date.UTC(2026, 10, 23) + second * 1_000).toISOString(),
  });
const leaves = (count: number) => Array.from({ length: count }, (_, index) => leafAt(index));

/** A log of any entries at all, as files under /log/. */
async function craft(
  entries: readonly Uint8Array[],
  signers: NoteSigner[],
): Promise<Map<string, Uint8Array>> {
  const { frontier, tiles } = append(emptyFrontier, entries.map(leafHash));
  const note = await signCheckpoint(
    { origin, size: frontier.size, root: frontierRoot(frontier), extensions: [] },
    signers,
  );
  const policy = formatLogPolicy({ logs: signers.map(({ key }) => ({ key, url: null })), checkKeys: [] });
  return new Map<string, Uint8Array>([
    ['policy', toUtf8(policy)],
    ['checkpoint', toUtf8(note)],
    ...tiles.map(({ level, index, width, hashes }) => [tilePath(level, index, width), hashes] as const),
    ...appendEntries(0, new Uint8Array(), entries).map(
      ({ index, width, bytes }) => [tilePath('entries', index, width), bytes] as const,
    ),
  ]);
}

async function auditing(files: Map<string, Uint8Array>) {
  let served = files;
  const server = await startServer(({ url }) => {
    const bytes = served.get(new URL(url).pathname.slice('/log/'.length));
    return bytes === undefined ? new Response(null, { status: 404 }) : new Response(new Uint8Array(bytes));
  });
  const dir = folder();
  return {
    dir,
    server,
    serve(next: Map<string, Uint8Array>) {
      served = next;
    },
    audit: (...options: string[]) =>
      run(['log', 'audit', '--dir', dir, '--retry-for', '0', ...options, server.url]),
  };
}

describe('withhold log audit', () => {
  test('a log that is right: one line, and the next time only what is new is read', async () => {
    const signers = [await signerOf(1)];
    const { audit, serve: put, server, dir } = await auditing(await craft(leaves(700), signers));
    const first = await audit();
    expect(first).toMatchObject({
      code: 0,
      stdout: `${origin}: all 700 leaves and their tiles are what the signed checkpoint says\n`,
    });
    expect(first.stderr).toContain('are believed from now on');
    put(await craft(leaves(1_100), signers));
    server.asked.length = 0;
    expect(await audit()).toEqual({
      code: 0,
      stdout:
        `${origin}: all 1100 leaves and their tiles are what the signed checkpoint says, 400 of them new, ` +
        'and it has only grown since the last audit\n',
      stderr: '',
    });
    expect(server.asked).not.toContain('/log/tile/entries/000');
    expect(server.asked).not.toContain('/log/policy');
    expect(JSON.parse((await audit('--json')).stdout)).toMatchObject({
      ok: true,
      size: 1_100,
      before: 1_100,
    });
    expect(readdirSync(dir).sort()).toEqual(['policy', 'state.json']);
    server.asked.length = 0;
    expect((await audit('--full')).code).toBe(0);
    expect(server.asked).toContain('/log/tile/entries/000');
  });

  test.each([0, 1, 255, 256, 257, 65_536 + 300])('from nothing to %i leaves', async (size) => {
    const { audit } = await auditing(await craft(leaves(size), [await signerOf(1)]));
    expect(await audit()).toMatchObject({ code: 0, stdout: expect.stringContaining(`all ${size} leaves`) });
  });

  test('a full tile is as good as the partial one it grew out of', async () => {
    const signers = [await signerOf(1)];
    const files = await craft(leaves(300), signers);
    for (const path of files.keys()) if (path.includes('.p/')) files.delete(path);
    for (const [path, bytes] of await craft(leaves(512), signers)) {
      if (path.startsWith('tile/0') || path.startsWith('tile/entries')) files.set(path, bytes);
    }
    files.set(
      'tile/1/000.p/1',
      (await craft(leaves(300), signers)).get('tile/1/000.p/1') ?? new Uint8Array(),
    );
    const { audit } = await auditing(files);
    expect((await audit()).code).toBe(0);
  });

  const paths = [
    ...['tile/0/000', 'tile/0/001', 'tile/0/002.p/88', 'tile/1/000.p/2'],
    ...['tile/entries/000', 'tile/entries/001', 'tile/entries/002.p/88'],
  ];

  test.each(
    paths.flatMap((path) =>
      (['flipped', 'gone', 'cut', 'longer'] as const).map((how) => [path, how] as const),
    ),
  )('%s %s is found and named', async (path, how) => {
    const files = await craft(leaves(600), [await signerOf(1)]);
    const bytes = new Uint8Array(files.get(path) ?? []);
    if (how === 'gone') files.delete(path);
    if (how === 'cut') files.set(path, bytes.slice(0, -1));
    if (how === 'longer') files.set(path, new Uint8Array(20_000_000));
    if (how === 'flipped') {
      const at = bytes.length - 3;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      files.set(path, bytes);
    }
    const { code, stderr, stdout } = await (await auditing(files)).audit();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('the log is wrong: ');
    if (how !== 'flipped' || !path.includes('entries')) expect(stderr).toContain(path);
    else expect(stderr).toMatch(/leaf \d+ is none of a consent log/);
  });

  test('an entry that is a leaf, but another one than was hashed', async () => {
    const files = await craft(leaves(300), [await signerOf(1)]);
    const other = leaves(300);
    other[7] = leafBytes({ ...JSON.parse(new TextDecoder().decode(leafAt(7))), commit: 'cd'.repeat(32) });
    const path = 'tile/entries/000';
    files.set(path, (await craft(other, [await signerOf(1)])).get(path) ?? new Uint8Array());
    const { code, stderr } = await (await auditing(files)).audit();
    expect(code).toBe(1);
    expect(stderr).toContain('tile/0/000 does not hold the hashes of the leaves below it');
  });

  test.each([
    ['not canonical', toUtf8('{ "v": 1 }'), 'leaf 3 is none of a consent log'],
    ['earlier than the one before', leafAt(-5), 'leaf 3 is of 2026-11-22T23:59:55.000Z, before'],
  ])('a leaf that is %s, though everything is signed', async (_, entry, words) => {
    const entries = [...leaves(3), entry, ...leaves(2).map((_leaf, index) => leafAt(10 + index))];
    const { code, stderr } = await (await auditing(await craft(entries, [await signerOf(1)]))).audit();
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });

  test('a time that runs back at the edge of two audits', async () => {
    const signers = [await signerOf(1)];
    const { audit, serve: put } = await auditing(await craft(leaves(3), signers));
    expect((await audit()).code).toBe(0);
    put(await craft([...leaves(3), leafAt(0)], signers));
    expect(await audit()).toMatchObject({ code: 1, stderr: expect.stringContaining('leaf 3 is of') });
  });

  describe('against what was audited before', () => {
    const forked = (count: number, at: number) =>
      leaves(count).map((leaf, index) => (index < at ? leaf : leafAt(index + 1)));

    test.each([
      ['rolled back', leaves(699), 'the checkpoint was rolled back: it has 699 leaves, and had 700 before'],
      ['forked at the same size', forked(700, 650), 'two roots were signed for size 700'],
      ['forked in the last bundle', forked(900, 650), 'leaf 650 is another than it was before'],
      ['forked far back', forked(1_100, 10), 'leaf 512 is another'],
      [
        'forked far back alone',
        forked(700, 10).slice(0, 20).concat(leaves(1_100).slice(20)),
        'tile/1/000.p/4',
      ],
    ])('%s', async (_, entries, words) => {
      const signers = [await signerOf(1)];
      const { audit, serve: put, dir } = await auditing(await craft(leaves(700), signers));
      expect((await audit()).code).toBe(0);
      const kept = readFileSync(join(dir, 'state.json'), 'utf8');
      const files = await craft(entries, signers);
      put(files);
      const { code, stderr } = await audit();
      expect(code).toBe(1);
      expect(stderr).toContain(words);
      expect(readFileSync(join(dir, 'state.json'), 'utf8')).toBe(kept);
      expect(readFileSync(join(dir, 'refused-checkpoint'))).toEqual(
        Buffer.from(files.get('checkpoint') ?? []),
      );
      put(await craft(leaves(701), signers));
      expect((await audit()).code).toBe(0);
    });

    test('a checkpoint that is gone, or no longer leads from the leaves', async () => {
      const signers = [await signerOf(1)];
      const files = await craft(leaves(10), signers);
      const { audit, serve: put } = await auditing(files);
      expect((await audit()).code).toBe(0);
      put(new Map([...files].filter(([path]) => path !== 'checkpoint')));
      expect(await audit()).toMatchObject({ code: 1, stderr: expect.stringContaining('is gone') });
      const other = { origin, size: 10n, root: new Uint8Array(32), extensions: [] };
      put(new Map([...files, ['checkpoint', toUtf8(await signCheckpoint(other, signers))]]));
      expect((await audit()).code).toBe(1);
      put(files);
      expect((await audit('--full')).code).toBe(0);
    });

    test('another key is refused, unless the log announced it or it is given by hand', async () => {
      const [old, next] = [await signerOf(1), await signerOf(2)];
      const announced = leafBytes({ v: 1, type: 'key', key: next.key.vkey, at: '2026-11-23T01:00:00.000Z' });
      const { audit, serve: put, dir } = await auditing(await craft(leaves(5), [old]));
      expect((await audit()).code).toBe(0);
      put(await craft([...leaves(5), announced], [next]));
      expect(await audit()).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('give it with --policy'),
      });
      put(await craft([...leaves(5), announced], [old, next]));
      expect((await audit()).code).toBe(0);
      put(await craft([...leaves(5), announced, announced], [next]));
      expect((await audit()).code).toBe(0);
      const third = await signerOf(3);
      put(await craft([...leaves(5), announced, announced, announced], [third]));
      expect((await audit()).code).toBe(1);
      mkdirSync(join(dir, 'given'));
      const given = join(dir, 'given', 'policy');
      writeFileSync(given, formatLogPolicy({ logs: [{ key: third.key, url: null }], checkKeys: [] }));
      expect((await audit('--policy', given)).code).toBe(0);
    });
  });

  test.each([
    ['no registry', ['log', 'audit'], 'takes one registry'],
    ['no address', ['log', 'audit', 'registry'], 'not the address'],
    ['no verb', ['log'], 'audit or follow'],
    ['no copy', ['log', 'follow', 'http://127.0.0.1:9'], '--dir'],
  ])('%s: exit 2 and one line', async (_, args, words) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
  });

  test('what cannot be read is not called wrong', async () => {
    const gone = await auditing(await craft(leaves(3), [await signerOf(1)]));
    gone.server.answer = () => new Response(null, { status: 503 });
    expect((await gone.audit()).code).toBe(2);
    gone.server.answer = () => new Response(null, { status: 404 });
    expect(await gone.audit()).toMatchObject({ code: 2, stderr: expect.stringContaining('no consent log') });
    writeFileSync(join(gone.dir, 'state.json'), '{"format":');
    const damaged = await auditing(await craft(leaves(3), [await signerOf(1)]));
    writeFileSync(join(damaged.dir, 'state.json'), '{"format":');
    expect(await damaged.audit()).toMatchObject({ code: 2, stderr: expect.stringContaining('is damaged') });
  });

  test('keeps its state by host below WITHHOLD_AUDIT, and says when a log is still empty', async () => {
    const root = folder();
    const world = await aWorld();
    const { url } = await startServer(worldAnswer(world));
    const env = { WITHHOLD_AUDIT: root };
    expect(await run(['log', 'audit', url], { env })).toMatchObject({ code: 0, stdout: '' });
    await optOut(world, names(3));
    await sequence(world.deps);
    expect((await run(['log', 'audit', url], { env })).stdout).toContain('all 4 leaves');
    expect(readdirSync(root)).toEqual([`127.0.0.1_${new URL(url).port}`]);
  });

  test('a served registry: right, and on the day one byte of a tile turns, wrong', async () => {
    const data = ownFolder();
    const { url, child, ended } = await serve(data, await freePort());
    const env = { WITHHOLD_AUDIT: ownFolder() };
    await postJson(`${url}/v1/opt-outs`, anOptOut());
    const waiting = async (): Promise<void> => {
      if ((await fetch(`${url}/log/checkpoint`)).status !== 200) return waiting();
    };
    await waiting();
    expect(await run(['log', 'audit', url], { env })).toMatchObject({ code: 0 });
    const path = join(data, 'log', 'tile', '0', '000.p', '1');
    const bytes = readFileSync(path);
    bytes[5] = (bytes[5] ?? 0) ^ 0x20;
    writeFileSync(path, bytes);
    expect(await run(['log', 'audit', '--full', url], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('tile/0/000.p/1 does not hold the hashes'),
    });
    child.kill();
    await ended;
  });
});
