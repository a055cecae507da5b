import { beforeEach, describe, expect, test } from 'vitest';
import type { OptOutRecord } from '../../src/opt-outs/record.ts';
import { folder, type LogServer, startServer } from '../cli/log-server.ts';
import { run } from '../cli/run.ts';
import { sampleWork } from '../opt-outs/sample-record.ts';
import { type Placed, parquetOf, rowsOf, tablesOf } from './fixture-parquet.ts';
import { domainOf, type FixtureRegistry, fixtureRegistry, ridOf, sha256Hex } from './fixture-registry.ts';

const fingerprint = {
  ...{ variant: 'full', pdq: `8${'1'.repeat(63)}`, quality: 88, hasher: 'pdq/1' },
  ...{
    sha256: 'ab'.repeat(32),
    blockhash: 'cd'.repeat(32),
    descriptor: '1f'.repeat(63),
    md5: 'ef'.repeat(16),
  },
};
const trimmed = {
  ...{ variant: 'trim', pdq: `f${'2'.repeat(63)}`, quality: 71, hasher: 'pdq/1' },
  ...{ sha256: null, blockhash: null },
};

/** One of every kind, with everything a column can hold. */
const records: OptOutRecord[] = [
  domainOf(1, {
    except: ['O\'Brien "AI" GmbH', 'OpenAI'],
    licence: 'https://example.com/terms?a=b&c',
    contact: 'ada@example.com',
  }),
  domainOf(2, { usages: {}, contested: true, version: 3 }),
  domainOf(3, {
    kind: 'prefix',
    key: 'com,example)/art',
    usages: { 'train-ai': 'allow', search: 'disallow' },
  }),
  domainOf(4, { kind: 'url', key: 'com,example)/a?q=%E2%82%AC', trust: 'profile', since: null }),
  domainOf(5, { kind: 'name', key: 'ådå løvelåce 🎨', keySpec: 'name/1', trust: 'identity' }),
  sampleWork({
    ...{ rid: ridOf(6), salt: '06'.repeat(32), key: 'ab'.repeat(32), fingerprints: [trimmed, fingerprint] },
    publishedAt: { url: 'https://example.com/gallery', at: '2026-11-23T14:02:00.017Z' },
  }),
  sampleWork({
    ...{ rid: ridOf(7), salt: '07'.repeat(32), key: '77'.repeat(32) },
    fingerprints: [{ ...fingerprint, pdq: null, quality: null, sha256: '77'.repeat(32) }],
  }),
];

let registry: FixtureRegistry;
let server: LogServer;
let placed: Placed[];
beforeEach(async () => {
  registry = await fixtureRegistry();
  server = await startServer(registry.answer);
  await registry.add(...records);
  placed = registry.events.map(({ seq, leaf, record }) => ({
    seq,
    at: leaf.at,
    record: record as OptOutRecord,
  }));
});

const pull = (...options: string[]) =>
  run(['snapshot', 'pull', '--retry-for', '0', ...options, server.url, folder()]);

/** A snapshot of rows that may be others than those of the log, vouched for by the registry all the same. */
async function snapshotOf(
  rows: readonly Placed[],
  {
    counted = rowsOf(rows),
    tabled = rows,
  }: { counted?: Record<string, number>; tabled?: readonly Placed[] } = {},
): Promise<void> {
  const files = { ...(await parquetOf(rows)), ...(await tablesOf(tabled)) };
  await registry.snapshot(files, {
    files: Object.entries(files).map(([name, bytes]) => ({
      ...{ name, bytes: bytes.length, sha256: sha256Hex(bytes) },
      rows: counted[name] ?? null,
    })),
  });
}

const changed = (index: number, record: Partial<OptOutRecord>, more: Partial<Placed> = {}): Placed[] =>
  placed.map((row, at) => (at === index ? { ...row, ...more, record: { ...row.record, ...record } } : row));

describe('sampled openings', { timeout: 60_000 }, () => {
  test('every kind of row, made a record again, opens its leaf', async () => {
    await snapshotOf(placed);
    const answer = await pull('--samples', '100');
    expect(answer, answer.stderr).toMatchObject({ code: 0 });
    expect(server.asked.filter((path) => path.includes('entries')).length).toBeGreaterThanOrEqual(7);
  });

  test('none are taken with --samples 0', async () => {
    await snapshotOf(changed(0, { trust: 'email' }));
    expect(await pull('--samples', '0')).toMatchObject({ code: 0 });
    expect(await pull('--samples', '1000')).toMatchObject({ code: 1 });
  });

  test.each<[string, () => Placed[], string]>([
    ['another usage', () => changed(0, { usages: { 'train-ai': 'allow' } }), 'does not open leaf 0'],
    ['another key', () => changed(4, { key: 'ada' }), 'does not open leaf 4'],
    ['one operator more excepted', () => changed(1, { except: ['Evil'] }), 'does not open leaf 1'],
    [
      'another time of change',
      () => changed(2, { updated: '2026-11-23T14:02:00.001Z' }),
      'does not open leaf 2',
    ],
    ['another salt', () => changed(3, { salt: '99'.repeat(32) }), 'does not open leaf 3'],
    ['a fingerprint left out', () => changed(5, { fingerprints: [fingerprint] }), 'does not open leaf 5'],
    [
      'a bit of a fingerprint',
      () => changed(5, { fingerprints: [trimmed, { ...fingerprint, pdq: `9${'1'.repeat(63)}` }] }),
      'does not open leaf 5',
    ],
    [
      'another descriptor',
      () =>
        changed(6, {
          fingerprints: [{ ...fingerprint, pdq: null, quality: null, descriptor: '2f'.repeat(63) }],
        }),
      'does not open leaf 6',
    ],
    ['the leaf of another', () => changed(0, {}, { seq: 1 }), 'is not what leaf 1 is of'],
    ['a leaf behind the snapshot', () => changed(0, {}, { seq: 7 }), 'leaf 7 is not in a log of 7 leaves'],
    ['another version', () => changed(1, { version: 2 }), 'is not what leaf 1 is of'],
    [
      'another time of the leaf',
      () => changed(1, {}, { at: '2026-01-01T00:00:00.000Z' }),
      'is not what leaf 1 is of',
    ],
    ['one that is not in force', () => changed(1, { state: 'withdrawn' }), 'is not what leaf 1 is of'],
    [
      'one that was never logged',
      () => [...placed, { seq: 3, at: '2026-11-23T14:02:00.000Z', record: domainOf(50) }],
      'is not what leaf 3 is of',
    ],
  ])('%s: exit 1, and it is named', async (_, rows, words) => {
    await snapshotOf(rows());
    expect(await pull('--samples', '1000')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(words),
    });
  });

  test('fingerprints of no work, more rows than were counted, a file that is no Parquet', async () => {
    const stray = {
      ...(placed[5] as Placed),
      record: { ...(placed[5] as Placed).record, kind: 'name' as const },
    };
    await snapshotOf(placed.map((row, at) => (at === 5 ? stray : row)));
    expect((await pull('--samples', '1000')).stderr).toContain(
      `has fingerprints of ${ridOf(6)}, which is no work`,
    );
    await registry.add(domainOf(60));
    await snapshotOf(placed, { counted: { ...rowsOf(placed), 'urls.parquet': 2 } });
    expect((await pull()).stderr).toContain('urls.parquet has 1 rows, not 2 as its manifest says');
    await registry.add(domainOf(61));
    const bytes = new TextEncoder().encode('PAR1 no Parquet');
    await registry.snapshot(
      { 'urls.parquet': bytes },
      { files: [{ name: 'urls.parquet', bytes: bytes.length, sha256: sha256Hex(bytes), rows: 1 }] },
    );
    expect(await pull()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('names no works.parquet'),
    });
    await registry.add(domainOf(62));
    const files = Object.keys(rowsOf(placed)).map((name) => [name, bytes] as const);
    await registry.snapshot(Object.fromEntries(files), {
      files: files.map(([name]) => ({ name, bytes: bytes.length, sha256: sha256Hex(bytes), rows: 1 })),
    });
    expect(await pull()).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot be read') });
  });

  const retabled = (index: number, record: Partial<OptOutRecord>, more: Partial<Placed> = {}) => ({
    tabled: changed(index, record, more),
  });

  test.each<[string, () => { tabled: readonly Placed[] }, string]>([
    [
      'another usage',
      () => retabled(0, { usages: { 'train-ai': 'allow' } }),
      'says something else than its leaf',
    ],
    ['one operator more excepted', () => retabled(1, { except: ['Evil'] }), 'says something else'],
    ['another trust', () => retabled(3, { trust: 'email' }), 'says something else'],
    ['not contested', () => retabled(1, { contested: false }), 'says something else'],
    ['another time', () => retabled(2, { since: null }), 'says something else'],
    ['another leaf', () => retabled(2, {}, { seq: 1 }), 'says something else'],
    ['another key', () => retabled(2, { key: 'com,example)/arts' }), 'is not found by its key'],
    ['another kind', () => retabled(3, { kind: 'prefix' }), 'is not found by its key'],
    ['another id', () => retabled(4, { rid: ridOf(99) }), 'is not found by its key'],
    ['another file', () => retabled(5, { key: 'ac'.repeat(32) }), 'is not found by its SHA-256'],
    ['no MD5', () => retabled(6, { fingerprints: [] }), 'is not found by its MD5'],
    [
      'another blockhash',
      () => retabled(5, { fingerprints: [trimmed, { ...fingerprint, blockhash: 'ce'.repeat(32) }] }),
      'is not found by its blockhash',
    ],
    [
      'a bit of a fingerprint',
      () => retabled(5, { fingerprints: [trimmed, { ...fingerprint, pdq: `9${'1'.repeat(63)}` }] }),
      'is not found by its fingerprint (full)',
    ],
    [
      'another descriptor',
      () => retabled(5, { fingerprints: [trimmed, { ...fingerprint, descriptor: '2f'.repeat(63) }] }),
      'has another descriptor than its leaf',
    ],
    [
      'a row too many',
      () => ({ tabled: [...placed, { seq: 3, at: '', record: domainOf(50) }] }),
      'records.table has 8 records, not the 7',
    ],
    [
      'a hash too few',
      () => retabled(5, { fingerprints: [fingerprint] }),
      'works.index does not have the 2 hashes',
    ],
  ])('a table beside truthful Parquet that has %s', async (_, tabled, words) => {
    await snapshotOf(placed, tabled());
    expect(await pull('--samples', '1000')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(words),
    });
  });
});
