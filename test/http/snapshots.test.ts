import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { readMigrations } from '../../db/migrations-files.ts';
import { openSqlite } from '../../db/sqlite.ts';
import { addKey } from '../../src/actions/keys.ts';
import { sequence } from '../../src/actions/sequence.ts';
import { readConfig } from '../../src/config.ts';
import { SnapshotView } from '../../src/http/snapshots.ts';
import { manifestName, verifyManifest } from '../../src/log/snapshot-manifest.ts';
import { makeSnapshot } from '../../src/make-snapshot.ts';
import { openService, type Service } from '../../src/node.ts';
import { migrationsFolder } from '../../src/paths.ts';
import { optOut } from './opt-out.ts';
import { createWorld, type World } from './world.ts';

type View = ReturnType<typeof SnapshotView.parse>;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What the HTTP server knows of a connection. */
const connection = { incoming: { socket: { remoteAddress: '192.0.2.1' } } };

describe('snapshots on Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-snapshots-'));
  const config = readConfig({ WITHHOLD_DATA: folder, WITHHOLD_LOG_LEVEL: 'silent' });
  let service: Service;
  let latest: View;

  const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    service.app.request(path, { headers, method }, connection);
  const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());
  const grow = async () => {
    while ((await sequence(service.deps)) > 0);
  };

  beforeAll(async () => {
    service = await openService(config, { mail: async () => {} });
    await grow();
    expect((await ask('/v1/snapshots/latest')).status).toBe(404);
    expect(await (await ask('/v1/snapshots')).json()).toEqual({ snapshots: [] });
    await makeSnapshot(config);
    await grow();
    latest = SnapshotView.parse(await (await ask('/v1/snapshots/latest')).json());
  });
  afterAll(async () => {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const fileAt = (name: string, size: string | number = latest.size) => `/v1/snapshots/${size}/${name}`;

  test('the newest is the first of all, and its digest is that of its manifest', async () => {
    const response = await ask('/v1/snapshots');
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(await response.json()).toEqual({ snapshots: [latest] });
    const manifest = await ask(fileAt(manifestName));
    expect(manifest.headers.get('content-type')).toBe('application/json');
    expect(manifest.headers.get('etag')).toBe(`"${latest.digest}"`);
    expect(sha256(await bytesOf(manifest))).toBe(latest.digest);
  });

  test('every file the manifest names is given, with its digest as its tag', async () => {
    const { keys, checkSigner } = service.deps.consentLog;
    const policy = { logs: keys.map((key) => ({ key, url: null })), checkKeys: [checkSigner.key] };
    const { content } = await verifyManifest(await (await ask(fileAt(manifestName))).text(), policy);
    expect(content.files).toHaveLength(9);
    for (const file of content.files) {
      const response = await ask(fileAt(file.name));
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        ...{ 'accept-ranges': 'bytes', etag: `"${file.sha256}"`, 'content-length': String(file.bytes) },
        'content-type': 'application/octet-stream',
      });
      expect(sha256(await bytesOf(response))).toBe(file.sha256);
    }
    expect(latest.bytes).toBe(content.files.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  describe('ranges', () => {
    let whole: Uint8Array;
    let etag: string;
    beforeAll(async () => {
      const response = await ask(fileAt('urls.parquet'));
      etag = response.headers.get('etag') ?? '';
      whole = await bytesOf(response);
      expect(whole.length).toBeGreaterThan(200);
    });

    test.each([
      ['bytes=0-0', 0, 1],
      ['bytes=0-', 0, Number.POSITIVE_INFINITY],
      ['bytes=7-', 7, Number.POSITIVE_INFINITY],
      ['bytes=7-99', 7, 100],
      ['bytes=7-999999999', 7, Number.POSITIVE_INFINITY],
      ['Bytes=7-99', 7, 100],
      ['bytes=-5', -5, Number.POSITIVE_INFINITY],
      ['bytes=-999999999', 0, Number.POSITIVE_INFINITY],
    ])('%s is that part', async (range, from, to) => {
      for (const headers of [{ Range: range }, { Range: range, 'If-Range': etag }]) {
        const response = await ask(fileAt('urls.parquet'), headers);
        const wanted = whole.slice(from, Math.min(to, whole.length));
        const first = from < 0 ? whole.length + from : from;
        expect(response.status).toBe(206);
        expect(response.headers.get('content-range')).toBe(
          `bytes ${first}-${first + wanted.length - 1}/${whole.length}`,
        );
        expect(response.headers.get('content-length')).toBe(String(wanted.length));
        expect(await bytesOf(response)).toEqual(wanted);
      }
    });

    test.each([
      'bytes=5-2',
      'bytes=0-1,4-5',
      'items=0-1',
      'bytes=',
      'bytes=-',
      'bytes=a-b',
      'bytes=1-2x',
      '',
    ])('"%s" is no range that is understood: the whole file', async (range) => {
      const response = await ask(fileAt('urls.parquet'), { Range: range });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-range')).toBeNull();
      expect(await bytesOf(response)).toEqual(whole);
    });

    test.each(['bytes=999999999-', 'bytes=999999999-9999999999', 'bytes=-0'])(
      '%s is behind the end',
      async (range) => {
        const response = await ask(fileAt('urls.parquet'), { Range: range });
        expect(response.status).toBe(416);
        expect(response.headers.get('content-range')).toBe(`bytes */${whole.length}`);
        expect(await response.text()).toBe('');
      },
    );

    test.each(['"another"', 'W/"another"', 'Tue, 24 Nov 2026 00:00:00 GMT'])(
      'a part of another file is not wanted: If-Range %s',
      async (ifRange) => {
        const response = await ask(fileAt('urls.parquet'), { Range: 'bytes=7-', 'If-Range': ifRange });
        expect(response.status).toBe(200);
        expect(await bytesOf(response)).toEqual(whole);
      },
    );

    test('HEAD says what GET would, without a body', async () => {
      for (const headers of [{}, { Range: 'bytes=7-99' }] as Record<string, string>[]) {
        const got = await ask(fileAt('urls.parquet'), headers);
        const head = await ask(fileAt('urls.parquet'), headers, 'HEAD');
        const own = ({ headers: all }: Response) =>
          Object.fromEntries([...all].filter(([name]) => name !== 'x-request-id'));
        expect(head.status).toBe(got.status);
        expect(own(head)).toEqual(own(got));
        expect(await head.text()).toBe('');
        await got.body?.cancel();
      }
    });

    test('who has it already is told so', async () => {
      const response = await ask(fileAt('urls.parquet'), { 'If-None-Match': etag });
      expect(response.status).toBe(304);
      expect(response.headers.get('etag')).toBe(etag);
      const other = await ask(fileAt('urls.parquet'), { 'If-None-Match': '"another"' });
      expect(other.status).toBe(200);
      await other.body?.cancel();
    });

    test('a file without bytes is one too', async () => {
      const response = await ask(fileAt('works.descriptors'));
      expect(response.status).toBe(200);
      expect(await bytesOf(response)).toHaveLength(0);
      expect((await ask(fileAt('works.descriptors'), { Range: 'bytes=0-' })).status).toBe(416);
    });
  });

  test.each([
    '..%2f..%2fwithhold.sqlite',
    '..%2Flock.sqlite',
    '%2e%2e%2flock.sqlite',
    '..%5clog-key',
    '%2Fetc%2Fpasswd',
    'urls.parquet%00',
    'URLS.PARQUET',
    'manifest.json.part',
    'scratch',
    '.',
    '%2e',
    'constructor',
    '__proto__',
    'urls.parquet/',
    '',
  ])('there is no file %s', async (name) => {
    const response = await ask(fileAt(name));
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('SQLite format');
  });

  test.each([
    ['999', 404],
    ['0', 404],
    ['-1', 400],
    ['1e3', 400],
    ['..%2f1', 400],
    ['9'.repeat(16), 400],
    ['NaN', 400],
  ])('there is no snapshot of size %s', async (size, status) => {
    const response = await ask(fileAt('urls.parquet', size));
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  test('a name longer than any is refused', async () => {
    expect((await ask(fileAt('x'.repeat(101)))).status).toBe(400);
  });

  test.skipIf(process.platform !== 'linux')('a reader who goes away lets go of the file', async () => {
    const open = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).endsWith('records.table');
        } catch {
          return false;
        }
      });
    const response = await ask(fileAt('records.table'));
    expect(open()).toHaveLength(1);
    await response.body?.cancel();
    for (const headers of [{ Range: 'bytes=-0' }, { 'If-None-Match': response.headers.get('etag') ?? '' }]) {
      await ask(fileAt('records.table'), headers as Record<string, string>);
    }
    await ask(fileAt('records.table'), {}, 'HEAD');
    await expect.poll(open).toEqual([]);
  });
});

describe('who may have them, and where there are none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-snapshots-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;
  const worldOf = async (env: Record<string, string> = {}): Promise<World> => {
    count += 1;
    const database = openSqlite(join(folder, `${count}.sqlite`));
    await migrate(database, readMigrations(migrationsFolder));
    return createWorld(database, { env });
  };
  const paths = ['/v1/snapshots', '/v1/snapshots/latest', '/v1/snapshots/1/manifest.json'];

  test('a host that makes none says what to do instead', async () => {
    const world = await worldOf();
    await optOut(world, ['Ada']);
    expect(await (await world.request('/v1/snapshots')).json()).toEqual({ snapshots: [] });
    const response = await world.request('/v1/snapshots/latest');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: 'not-found',
      fix: expect.stringContaining('/v1/records'),
    });
    expect((await world.request('/v1/snapshots/1/manifest.json')).status).toBe(404);
  });

  test.each(paths)('in production %s takes a key with the scope feed', async (path) => {
    const world = await worldOf({
      ...{ WITHHOLD_ORIGIN: 'https://registry.example', WITHHOLD_SMTP: 'smtps://mail.example' },
      ...{ WITHHOLD_SECRETS: `a:${btoa('0'.repeat(32))}`, WITHHOLD_MAIL_FROM: 'registry@registry.example' },
    });
    const keyOf = async (scope: string) =>
      (await addKey(world.deps, { consumer: 'Example AI', scopes: [scope] })).key;
    const asked = async (key?: string) =>
      world.request(path, key === undefined ? {} : { headers: { Authorization: `Bearer ${key}` } });
    expect((await asked()).status).toBe(401);
    expect((await asked(await keyOf('check'))).status).toBe(403);
    expect((await asked(await keyOf('feed'))).status).toBe(path === '/v1/snapshots' ? 200 : 404);
  });

  test('the API document has them', async () => {
    const world = await worldOf();
    const { paths: documented } = (await (await world.request('/openapi.json')).json()) as {
      paths: Record<string, unknown>;
    };
    expect(Object.keys(documented)).toEqual(
      expect.arrayContaining(['/v1/snapshots', '/v1/snapshots/latest', '/v1/snapshots/{size}/{name}']),
    );
  });
});
