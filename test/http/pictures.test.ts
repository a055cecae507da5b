import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { readMigrations } from '../../db/migrations-files.ts';
import { openSqlite } from '../../db/sqlite.ts';
import { createDecoder } from '../../src/decode.ts';
import { workOf } from '../../src/images/work.ts';
import { currentStatement } from '../../src/opt-outs/statement.ts';
import { migrationsFolder } from '../../src/paths.ts';
import { createWorld, type World } from './world.ts';

/** Pictures through the whole API with the real decoder: sent as files, registered, found again. */
describe('pictures over the API', () => {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-pictures-'));
  const decoder = createDecoder();
  let world: World;

  beforeAll(async () => {
    const database = openSqlite(join(folder, 'registry.sqlite'));
    await migrate(database, readMigrations(migrationsFolder));
    world = await createWorld(database, {
      decoder: {
        async fingerprint(bytes) {
          const { fingerprint, sha256, md5 } = await decoder.fingerprintFile(bytes);
          return workOf(fingerprint, { sha256, md5 });
        },
      },
    });
  });
  afterAll(async () => {
    await decoder.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const send = (bytes: Uint8Array) =>
    world.request('/v1/fingerprints', {
      method: 'POST',
      body: new Uint8Array(bytes),
      headers: { 'Content-Type': 'application/octet-stream' },
    });

  test('a registered picture is found when re-encoded smaller, and another is not', async () => {
    const original = await painting(1);
    const sent = await send(original);
    expect(sent.status).toBe(200);
    const { exactOnly, ...work } = (await sent.json()) as { exactOnly: string | null };
    expect(exactOnly).toBeNull();
    const submitted = await world.request('/v1/opt-outs', {
      json: {
        name: 'Ada',
        email: 'ada@example.com',
        role: 'owner',
        statement: currentStatement.version,
        affirmed: true,
        usages: { 'train-ai': 'disallow' },
        subjects: [work],
      },
    });
    expect(submitted.status).toBe(201);
    await world.request('/v1/confirmations', { json: { token: await world.lastToken('confirm') } });

    const verdictOf = async (picture: Uint8Array) => {
      const { fingerprints } = (await (await send(picture)).json()) as { fingerprints: { pdq: string }[] };
      return (await world.request(`/v1/check?pdq=${fingerprints[0]?.pdq}`)).json();
    };
    const smaller = await sharp(original).resize(400).jpeg({ quality: 60 }).toBuffer();
    expect(await verdictOf(smaller)).toMatchObject({ verdict: 'disallow', match: { kind: 'match' } });
    expect(await verdictOf(await painting(2))).toMatchObject({ verdict: 'unknown', act: 'proceed' });
  });

  test('a picture sent to the check is found turned, framed and smaller, and another is not', async () => {
    const original = await painting(3);
    const { exactOnly: _, ...work } = (await (await send(original)).json()) as { exactOnly: string | null };
    await world.request('/v1/opt-outs', {
      json: {
        name: 'Ada',
        email: 'ada@example.com',
        role: 'owner',
        statement: currentStatement.version,
        affirmed: true,
        usages: { 'ai-use': 'disallow' },
        subjects: [work],
      },
    });
    await world.request('/v1/confirmations', { json: { token: await world.lastToken('confirm') } });

    const small = sharp(original).resize(420).rotate(90).extend({ top: 30, bottom: 30, background: '#fff' });
    const copy = await small.jpeg({ quality: 70 }).toBuffer();
    const asImage = await world.request('/v1/check?usage=ai-use&agent=GPTBot', {
      method: 'POST',
      body: new Uint8Array(copy),
      headers: { 'Content-Type': 'image/jpeg' },
    });
    const answer = (await asImage.json()) as { decisions: object[] };
    expect([asImage.status, answer.decisions]).toMatchObject([
      200,
      [{ verdict: 'disallow', agent: { token: 'GPTBot' }, match: { kind: 'match', orientation: 'rot90' } }],
    ]);

    const form = new FormData();
    form.set('picture', new File([new Uint8Array(original)], 'x.png'));
    const inForm = await world.request('/v1/check?usage=ai-use', { method: 'POST', body: form });
    expect(await inForm.json()).toMatchObject({ decisions: [{ match: { kind: 'exact' } }] });

    const other = await world.request('/v1/check?usage=ai-use', {
      method: 'POST',
      body: new Uint8Array(await painting(4)),
      headers: { 'Content-Type': 'image/png' },
    });
    expect(await other.json()).toMatchObject({ decisions: [{ verdict: 'unknown', act: 'proceed' }] });
  });

  test.each<[string, string, BodyInit, Record<string, string>, number, object]>([
    ['a form without a picture', '', new FormData(), {}, 400, { field: 'picture' }],
    [
      'a picture that is none',
      '',
      new Uint8Array(9),
      { 'Content-Type': 'image/png' },
      415,
      { code: 'unsupported-image' },
    ],
    [
      'a usage that is none',
      '?usage=eating',
      new Uint8Array(9),
      { 'Content-Type': 'image/png' },
      400,
      { field: 'usage' },
    ],
    [
      '30 MB',
      '',
      randomFillSync(new Uint8Array(30 * 1024 * 1024)),
      { 'Content-Type': 'image/png' },
      413,
      { code: 'too-large' },
    ],
  ])('the check refuses %s', async (_name, query, body, headers, status, expected) => {
    const response = await world.request(`/v1/check${query}`, { method: 'POST', body, headers });
    expect([response.status, await response.json()]).toMatchObject([status, expected]);
  });

  test('flat grey is accepted for its file alone, and it says so', async () => {
    const grey = sharp({ create: { width: 500, height: 400, channels: 3, background: '#888' } });
    const response = await send(await grey.png().toBuffer());
    expect([response.status, await response.json()]).toMatchObject([200, { exactOnly: 'flat' }]);
  });

  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>';
  test.each<[string, () => Promise<Uint8Array> | Uint8Array, number, object]>([
    [
      'an SVG',
      () => Buffer.from(svg),
      415,
      { code: 'unsupported-image', detail: expect.stringContaining('SVG') },
    ],
    ['a PDF', () => Buffer.from('%PDF-1.7\n'), 415, { code: 'unsupported-image' }],
    ['an empty file', () => new Uint8Array(), 415, { code: 'unsupported-image' }],
    ['a 20,000 × 20,000 PNG', () => hugePng(20_000), 422, { code: 'image-too-large' }],
    ['a truncated JPEG', async () => (await jpeg()).subarray(0, 2_000), 422, { code: 'broken-image' }],
    ['30 MB', () => randomFillSync(new Uint8Array(30 * 1024 * 1024)), 413, { code: 'too-large' }],
  ])('%s is refused with what to do', async (_name, make, status, expected) => {
    const response = await send(await make());
    const problem = (await response.json()) as { fix: string };
    expect([response.status, problem]).toMatchObject([status, expected]);
    expect(problem.fix.length).toBeGreaterThan(10);
  });
});

/** A picture with enough in it to be told from others, the same for the same seed. */
async function painting(seed: number): Promise<Uint8Array> {
  let state = seed * 2_654_435_761;
  const chance = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const shapes = Array.from({ length: 60 }, () => {
    const [x, y, r] = [chance() * 800, chance() * 600, 20 + chance() * 120];
    const colour = `rgb(${chance() * 255},${chance() * 255},${chance() * 255})`;
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="${colour}" fill-opacity="0.7"/>`;
  });
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600">${shapes.join('')}</svg>`;
  return sharp(Buffer.from(drawing)).flatten({ background: '#fff' }).png().toBuffer();
}

async function jpeg(): Promise<Uint8Array> {
  return sharp(await painting(3))
    .jpeg()
    .toBuffer();
}

/** A valid grey PNG of that side whose rows are all zero: some 400 KB that unpack to hundreds of megabytes. */
function hugePng(side: number): Uint8Array {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = deflateSync(Buffer.alloc(side * (side + 1)), { level: 1 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
