import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { oneThread } from '../../src/actions/fingerprint-index.ts';
import { checkpointPath } from '../../src/actions/sequence.ts';
import { descriptorBytes } from '../../src/images/descriptor.ts';
import { searchFingerprints } from '../../src/images/fingerprint-set.ts';
import { hashFromHex } from '../../src/images/hash256.ts';
import { databaseFile } from '../../src/open.ts';
import { canonicalRecordBytes, type OptOutRecord } from '../../src/opt-outs/record.ts';
import { subjectOf } from '../../src/opt-outs/subject.ts';
import { hashKeyOf, recordAt, rowsOfKey } from '../../src/opt-outs/table/table.ts';
import { buildSnapshot } from '../../src/snapshots/build/build.ts';
import { loadTable } from '../../src/snapshots/load-table.ts';
import { loadWorks } from '../../src/snapshots/load-works.ts';
import { domainOf, ridOf } from './fixture-registry.ts';
import { openedRecords, query, wholeSnapshot } from './read-snapshot.ts';
import { type SampleRegistry, sampleRegistry } from './sample-registry.ts';
import { variedRecords } from './varied-records.ts';

// Each builds, which on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

let now: number;
let registry: SampleRegistry;
beforeEach(async () => {
  now = Date.parse('2026-11-24T00:00:00.000Z');
  registry = await sampleRegistry({}, () => now);
});

const log = () => registry.service.deps.consentLog;
const root = () => join(registry.config.data, 'snapshots');
const source = () => ({ databaseFile: databaseFile(registry.config), log: log(), clock: () => now });

/** Builds, and holds everything that is in the snapshot to the log. */
async function built() {
  const { folder, content, digest } = await buildSnapshot(source(), root());
  expect(await wholeSnapshot(folder, log())).toEqual(content);
  return { folder, content, digest, records: await openedRecords(folder, log(), content) };
}

/** As they are read back: what is optional left out. */
const texts = (records: readonly OptOutRecord[]): string[] =>
  records.map((record) => new TextDecoder().decode(canonicalRecordBytes(record))).sort();

const counts = (over: Record<string, number> = {}) => ({
  ...{ work: 0, url: 0, prefix: 0, domain: 0, name: 0, fingerprints: 0 },
  ...over,
});

const next = (record: OptOutRecord, changes: Partial<OptOutRecord> = {}): OptOutRecord => ({
  ...record,
  ...{ version: record.version + 1, updated: '2026-11-24T00:00:00.000Z' },
  ...changes,
});

describe('what is in a snapshot', () => {
  test('a registry without records: all files are there, and empty', async () => {
    await registry.sequence();
    const { folder, content, records } = await built();
    expect(content).toMatchObject({ size: 1, counts: counts(), keySpecs: {}, hashers: [] });
    expect(records).toEqual([]);
    expect(loadTable(join(folder, 'records.table')).head.rows).toBe(0);
    expect(loadWorks(folder, oneThread).set.index.rows).toBe(0);
  });

  test('everything a column can hold opens its leaf', async () => {
    for (const record of variedRecords) await registry.put(record);
    await registry.sequence();
    const { content, records } = await built();
    expect(texts(records)).toEqual(texts(variedRecords));
    expect(content.counts).toEqual(
      counts({ work: 4, url: 4, prefix: 2, domain: 3, name: 11, fingerprints: 5 }),
    );
    expect(content).toMatchObject({
      keySpecs: { domain: 'urlkey/1', name: 'name/1', work: 'sha256' },
      hashers: ['pdq/1'],
      at: '2026-11-24T00:00:00.000Z',
      notAfter: '2026-12-25T00:00:00.000Z',
    });
  });

  test('each record in its newest version, and none that is not in force', async () => {
    const [kept, changed, withdrawn, suspended, contested, erased, back] = Array.from({ length: 7 }, (_, n) =>
      domainOf(n),
    ) as [OptOutRecord, OptOutRecord, OptOutRecord, OptOutRecord, OptOutRecord, OptOutRecord, OptOutRecord];
    for (const each of [kept, changed, withdrawn, suspended, contested, erased, back])
      await registry.put(each);
    const changedTo = next(changed, { usages: { search: 'disallow' } });
    await registry.put(changedTo, 'changed');
    await registry.put(next(withdrawn, { state: 'withdrawn' }), 'withdrawn');
    await registry.put(next(suspended, { state: 'suspended' }), 'proof-lost');
    const contestedNow = next(contested, { contested: true });
    await registry.put(contestedNow, 'contested');
    await registry.erase(erased.rid);
    const away = next(back, { state: 'withdrawn' });
    await registry.put(away, 'withdrawn');
    await registry.put(next(away, { state: 'active' }), 'restored');
    await registry.put(domainOf(20, { state: 'pending-proof', since: null }), 'confirmed-needs-proof');
    await registry.sequence();
    const { records } = await built();
    expect(texts(records)).toEqual(texts([kept, changedTo, contestedNow, next(away, { state: 'active' })]));
  });

  test('the state at its size, whatever happened since; but what was erased since is gone', async () => {
    const [a, b, c] = [domainOf(1), domainOf(2), domainOf(3)];
    for (const each of [a, b, c]) await registry.put(each);
    await registry.sequence();
    const before = (await log().files.read(checkpointPath)) as Uint8Array;
    await registry.put(next(a, { usages: { search: 'disallow' } }), 'changed');
    await registry.put(next(b, { state: 'withdrawn' }), 'withdrawn');
    await registry.put(domainOf(4));
    await registry.sequence();
    await registry.put(domainOf(5));
    await registry.erase(c.rid);
    // As if the service had published more between the two things a build reads.
    const { files } = log();
    const read = async (path: string) => (path === checkpointPath ? before : files.read(path));
    const { folder, content } = await buildSnapshot(
      { ...source(), log: { ...log(), files: { ...files, read } } },
      root(),
    );
    expect(content).toMatchObject({ size: 4, counts: counts({ domain: 2 }) });
    expect(texts(await openedRecords(folder, log(), content))).toEqual(texts([a, b]));
  });

  test('the time is that of the leaf, also where the clock ran back', async () => {
    for (const [at, updated] of ['10:00', '09:00', '11:00', '10:30'].entries()) {
      await registry.put(domainOf(at, { updated: `2026-11-24T${updated}:00.000Z` }));
      await registry.sequence();
    }
    const { folder, records } = await built();
    expect(records).toHaveLength(4);
    const rows = await query(
      `SELECT epoch_ms("at")::DOUBLE AS at FROM read_parquet('${folder}/domains.parquet') ORDER BY seq`,
    );
    const hours = rows.map(({ at }) => new Date(Number(at)).toISOString().slice(11, 16));
    expect(hours).toEqual(['10:00', '10:00', '11:00', '11:00']);
  });

  test('whatever creators write: no text breaks a line, a file or the record it is in', {
    timeout: 120_000,
  }, async () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    const keyOf = (kind: 'name' | 'url', given: string) => {
      try {
        return subjectOf(kind, kind === 'name' ? `${given}#` : `https://example.com/${given}`).key;
      } catch {
        return kind === 'name' ? 'artist #1' : 'com,example)/';
      }
    };
    const changes = fc
      .record({
        ...{ kind: fc.constantFrom('name' as const, 'url' as const), given: text },
        ...{
          except: fc.uniqueArray(text, { maxLength: 3 }),
          licence: fc.option(text),
          contact: fc.option(text),
        },
      })
      .map(({ given, ...each }) => ({ ...each, key: keyOf(each.kind, given) }));
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { minLength: 50, maxLength: 50 }), async (all) => {
        const own = await sampleRegistry({}, () => now);
        const records = all.map((each, at) => domainOf(at, each));
        for (const record of records) await own.put(record);
        await own.sequence();
        const consentLog = own.service.deps.consentLog;
        const made = await buildSnapshot(
          { databaseFile: databaseFile(own.config), log: consentLog, clock: () => now },
          join(own.config.data, 'snapshots'),
        );
        expect(texts(await openedRecords(made.folder, consentLog, made.content))).toEqual(texts(records));
        const table = loadTable(join(made.folder, 'records.table'));
        for (const { key, rid, except, licence, contact } of records) {
          const found = rowsOfKey(table, key).map((row) => recordAt(table, row));
          const sorted = [...except].sort((a, b) => (a < b ? -1 : 1));
          expect(found).toContainEqual(
            expect.objectContaining({ rid, key, except: sorted, licence, contact }),
          );
        }
      }),
      // To make it smaller would take a registry for each step.
      { numRuns: 3, endOnFailure: true },
    );
  });
});

describe('how its files are', () => {
  let folder: string;
  beforeEach(async () => {
    for (const record of variedRecords) await registry.put(record);
    await registry.sequence();
    ({ folder } = await built());
  });

  const column = async (file: string, expression: string): Promise<unknown[]> =>
    (await query(`SELECT ${expression} AS it FROM read_parquet('${folder}/${file}')`)).map(({ it }) => it);

  test('each is sorted bytewise', async () => {
    const byKey = `hex(encode("key")) || rid`;
    const words = `printf('%020d%020d%020d%020d', pdq0, pdq1, pdq2, pdq3)`;
    const orders = {
      ...{
        'domains.parquet': byKey,
        'prefixes.parquet': byKey,
        'urls.parquet': byKey,
        'names.parquet': byKey,
      },
      'works.parquet': 'hex(sha256) || rid',
      'fingerprints.parquet': `coalesce(${words}, 'null') || rid || variant`,
    };
    for (const [file, expression] of Object.entries(orders)) {
      const texts = await column(file, expression);
      expect(texts.length, file).toBeGreaterThan(1);
      expect(texts, file).toEqual([...texts].sort());
    }
  });

  test('columns have their names, types and order', async () => {
    const described = async (file: string) =>
      (await query(`DESCRIBE SELECT * FROM read_parquet('${folder}/${file}')`)).map(
        ({ column_name, column_type }) => `${column_name} ${column_type}`,
      );
    const common = [
      ...['seq BIGINT', 'rid VARCHAR', 'ver INTEGER', 'state VARCHAR'],
      ...['since', 'updated', 'at'].map((name) => `${name} TIMESTAMP WITH TIME ZONE`),
      ...[
        'kind VARCHAR',
        'key VARCHAR',
        'keySpec VARCHAR',
        'usages MAP(VARCHAR, VARCHAR)',
        'except VARCHAR[]',
      ],
      ...['licence VARCHAR', 'contact VARCHAR', 'trust VARCHAR', 'contested BOOLEAN'],
      ...['publishedAt STRUCT(url VARCHAR, "at" TIMESTAMP WITH TIME ZONE)', 'salt BLOB'],
    ];
    for (const name of ['domains', 'prefixes', 'urls', 'names']) {
      expect(await described(`${name}.parquet`)).toEqual(common);
    }
    expect(await described('works.parquet')).toEqual([...common, 'sha256 BLOB', 'md5 BLOB']);
    expect(await described('fingerprints.parquet')).toEqual([
      ...['seq BIGINT', 'rid VARCHAR', 'pdq0 UBIGINT', 'pdq1 UBIGINT', 'pdq2 UBIGINT', 'pdq3 UBIGINT'],
      ...['quality UTINYINT', 'variant VARCHAR', 'hasher VARCHAR', 'sha256 BLOB', 'md5 BLOB'],
      ...['blockhash BLOB', 'descriptor BLOB'],
    ]);
    const compression = await query(
      `SELECT DISTINCT compression FROM parquet_metadata('${folder}/urls.parquet')`,
    );
    expect(compression).toEqual([{ compression: 'ZSTD' }]);
  });

  test('the table finds every record by its key, and works by all their hashes', () => {
    const table = loadTable(join(folder, 'records.table'));
    const rids = (key: string | Uint8Array) =>
      rowsOfKey(table, key)
        .map((row) => recordAt(table, row).rid)
        .sort();
    const having = (of: (record: OptOutRecord) => unknown, value: unknown) =>
      variedRecords
        .filter((record) => of(record) === value)
        .map(({ rid }) => rid)
        .sort();
    const fullOf = ({ fingerprints }: OptOutRecord) => fingerprints.find(({ variant }) => variant === 'full');
    for (const record of variedRecords) {
      const { kind, key, rid } = record;
      if (kind !== 'work') {
        expect(rids(key), key).toEqual(having((each) => each.key, key));
        continue;
      }
      expect(rids(hashKeyOf('sha256', key))).toEqual(having((each) => each.key, key));
      expect(rids(hashKeyOf('rid', rid.replaceAll('-', '')))).toEqual([rid]);
      const { md5, blockhash, pdq } = fullOf(record) ?? {};
      if (md5) expect(rids(hashKeyOf('md5', md5))).toEqual(having((each) => fullOf(each)?.md5, md5));
      if (pdq && blockhash) {
        expect(rids(hashKeyOf('blockhash', blockhash))).toEqual(
          having((each) => fullOf(each)?.blockhash, blockhash),
        );
      }
      const [row] = rowsOfKey(table, hashKeyOf('rid', rid.replaceAll('-', '')));
      const { usages, licence, trust, contested, since } = record;
      expect(recordAt(table, row as number)).toMatchObject({
        ...{ rid, kind, key, usages, licence, trust, contested, since },
      });
    }
  });

  test('the index finds every fingerprint that is compared, beside its descriptor', () => {
    const { set, descriptors } = loadWorks(folder, oneThread);
    const prints = variedRecords.flatMap(({ rid, fingerprints }) =>
      fingerprints.flatMap((print) => (print.pdq === null ? [] : [{ ...print, rid, pdq: print.pdq }])),
    );
    expect(set.index.rows).toBe(prints.length);
    for (const { rid, pdq, variant, quality } of prints) {
      const hits = searchFingerprints(set, hashFromHex(pdq) as Uint8Array, 0);
      expect(hits).toContainEqual(expect.objectContaining({ id: rid, variant, quality, distance: 0 }));
    }
    const kept = new Set<string>();
    for (let at = 0; at < set.ids.count; at += 1) {
      const bytes = descriptors.subarray(at * descriptorBytes, (at + 1) * descriptorBytes);
      kept.add(Buffer.from(bytes).toString('hex'));
    }
    expect([...kept].sort()).toEqual(['00'.repeat(descriptorBytes), '01'.repeat(descriptorBytes)]);
  });
});

describe('where something goes wrong', () => {
  /** A log whose files are read by way of a test, but for its checkpoint. */
  const readBy = (hook: (path: string) => void) => {
    const { files } = log();
    const read = async (path: string) => {
      if (path !== checkpointPath) hook(path);
      return files.read(path);
    };
    return { ...source(), log: { ...log(), files: { ...files, read } } };
  };

  const left = () =>
    query(`SELECT file FROM glob('${root()}/**')`).then((rows) => rows.map(({ file }) => file));

  beforeEach(async () => {
    await registry.put(domainOf(1));
    await registry.sequence();
  });

  test('a log without a checkpoint has no snapshot', async () => {
    const files = { ...log().files, read: async () => null };
    await expect(buildSnapshot({ ...source(), log: { ...log(), files } }, root())).rejects.toMatchObject({
      ...{ code: 'unavailable', fix: expect.any(String) },
    });
  });

  test.each([
    ['ENOSPC', Object.assign(new Error('write'), { code: 'ENOSPC' })],
    ['what SQLite says', new Error('database or disk is full')],
    ['what DuckDB says', new Error('IO Error: Could not write file "x": No space left on device')],
    [
      'what DuckDB says of its scratch files',
      new Error("Out of Memory Error: … This limit was set by the 'max_temp_directory_size' setting."),
    ],
  ])('a full disk is told as such and leaves nothing: %s', async (_name, error) => {
    const full = readBy(() => {
      throw error;
    });
    await expect(buildSnapshot(full, root())).rejects.toMatchObject({
      ...{ code: 'unavailable', message: 'the disk is full', cause: error },
    });
    expect(await left()).toEqual([]);
    expect((await built()).content.size).toBe(2);
  });

  test('whoever is told to stop leaves nothing', async () => {
    const stop = new AbortController();
    const stopping = { ...readBy(() => stop.abort()), signal: stop.signal };
    await expect(buildSnapshot(stopping, root())).rejects.toMatchObject({ message: 'stopped' });
    expect(await left()).toEqual([]);
  });

  test('what a build left that was killed is removed by the next', async () => {
    const dead = join(root(), '.building-2-dead');
    mkdirSync(join(dead, 'scratch'), { recursive: true });
    writeFileSync(join(dead, 'scratch', 'build.duckdb'), 'half');
    const { folder } = await built();
    expect(existsSync(dead)).toBe(false);
    expect((await left()).every((file) => String(file).startsWith(folder))).toBe(true);
  });

  test('a second build of the same size gives the one that is there', async () => {
    const first = await built();
    const manifest = readFileSync(join(first.folder, 'manifest.json'));
    now += 1_000;
    expect((await built()).digest).toBe(first.digest);
    expect(readFileSync(join(first.folder, 'manifest.json'))).toEqual(manifest);
  });

  test('a build waits for places that the service is about to write down', async () => {
    const { database } = registry.service.deps;
    await database.db.run(`UPDATE record_events SET seq = NULL WHERE rid = '${ridOf(1)}'`);
    let looks = 0;
    const made = await buildSnapshot(
      readBy((path) => {
        looks += path.includes('entries') ? 1 : 0;
        // The service writes them down between the first look and the next.
        if (looks === 2) void database.db.run(`UPDATE record_events SET seq = 1 WHERE rid = '${ridOf(1)}'`);
      }),
      root(),
    );
    expect(looks).toBeGreaterThan(2);
    expect(made.content.counts).toEqual(counts({ domain: 1 }));
  });

  test('a path that means something to a database is a path like any other', async () => {
    const odd = join(root(), "a[1]*{b}'c d");
    const { folder, content } = await buildSnapshot(source(), odd);
    expect(folder.startsWith(odd)).toBe(true);
    expect(content.counts).toEqual(counts({ domain: 1 }));
    expect(await wholeSnapshot(folder, log())).toEqual(content);
  });
});
