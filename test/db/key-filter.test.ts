import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { insertCreator, insertOptOut } from '../../db/creators.ts';
import type { Database } from '../../db/database.ts';
import { createKeySet, filterKeys } from '../../db/key-filter.ts';
import { type Lookup, prepareLookup } from '../../db/lookup.ts';
import { migrate } from '../../db/migrate.ts';
import { readMigrations } from '../../db/migrations-files.ts';
import { appendEvents, type RecordRow, saveRecords } from '../../db/records.ts';
import { openSqlite } from '../../db/sqlite.ts';
import { migrationsFolder } from '../../src/paths.ts';

describe('set of keys', () => {
  test('never says no to a key it was given', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.string(), { maxLength: 3_000 }), (seed, keys) => {
        const set = createKeySet(seed);
        for (const key of keys) set.add(key);
        return keys.every(set.has);
      }),
    );
  });

  test('says yes to few others, also when it has grown', () => {
    const set = createKeySet(1);
    for (let at = 0; at < 100_000; at += 1) set.add(`com,example)/${at}`);
    expect(set.size()).toBeGreaterThan(99_990);
    let wrong = 0;
    for (let at = 0; at < 100_000; at += 1) if (set.has(`com,example)/art/${at}`)) wrong += 1;
    expect(wrong).toBeLessThan(30);
  });
});

describe('lookup that follows the outbox', () => {
  const at = '2026-11-23T14:02:00.000Z';
  let folder: string;
  let database: Database;
  let asked: string[][];
  let lookup: Lookup;

  const row = (rid: string, over: Partial<RecordRow> = {}): RecordRow => ({
    ...{
      rid,
      optOutId: 'o1',
      kind: 'domain',
      key: `com,${rid}`,
      keySpec: 'urlkey/1',
      label: rid,
      host: null,
    },
    ...{ usages: '{}', except: '[]', licence: null, contact: null, trust: 'domain', contested: false },
    ...{
      state: 'active',
      version: 1,
      since: at,
      updatedAt: at,
      publishedAt: null,
      salt: '',
      canonical: '{}',
    },
    ...over,
  });
  const write = (into: Database, rows: RecordRow[]) =>
    into.atomically([
      ...saveRecords(into, rows),
      ...appendEvents(
        into,
        rows.map(({ rid, version, state }) => ({
          ...{ rid, version, event: 'confirmed-active', leafType: null, state, commitment: '', at },
          ...{ salt: null, canonical: null },
        })),
      ),
    ]);
  /** The filtered lookup, with what reaches the database written down. */
  const open = (keysMax?: number) => {
    const inner = prepareLookup(database);
    const spied: Lookup = {
      ...inner,
      byKeys(keys) {
        asked.push([...keys]);
        return inner.byKeys(keys);
      },
    };
    return filterKeys(database, spied, keysMax);
  };
  const found = async (...keys: string[]) => (await lookup.byKeys(keys)).map(({ rid }) => rid);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'withhold-keys-'));
    database = openSqlite(join(folder, 'registry.sqlite'));
    asked = [];
    await migrate(database, readMigrations(migrationsFolder));
    await database.atomically([
      insertCreator(database, { id: 'c1', emailLookup: 'k', emailCipher: 'k', createdAt: at }),
      insertOptOut(database, {
        ...{ id: 'o1', creatorId: 'c1', nameCipher: '', role: 'owner', statement: '1' },
        ...{ createdAt: at, confirmedAt: at },
      }),
    ]);
    await write(database, [row('old'), row('waiting', { state: 'pending-proof' })]);
    lookup = await open();
  });
  afterEach(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('asks the database about known keys only', async () => {
    expect(await found('com,old', 'com,nobody')).toEqual(['old']);
    expect(asked).toEqual([['com,old']]);
  });

  test('a record written, or come into force, is found by the next question', async () => {
    expect(await found('com,new', 'com,waiting')).toEqual([]);
    await write(database, [row('new'), row('waiting', { version: 2 })]);
    expect(await found('com,new', 'com,waiting')).toEqual(['new', 'waiting']);
  });

  test('a record written through another connection is found by the next question', async () => {
    const other = openSqlite(join(folder, 'registry.sqlite'));
    await write(other, [row('foreign')]);
    other.close();
    expect(await found('com,foreign')).toEqual(['foreign']);
  });

  test('a withdrawn record is found no more', async () => {
    await write(database, [row('old', { state: 'withdrawn', version: 2 })]);
    expect(await found('com,old')).toEqual([]);
  });

  test('more events than a page are read to the end', async () => {
    const rows = Array.from({ length: 12_000 }, (_none, index) => row(`n${index}`));
    for (let from = 0; from < rows.length; from += 4_000)
      await write(database, rows.slice(from, from + 4_000));
    const answers = await Promise.all([found('com,n0'), found('com,n11999'), found('com,n7')]);
    expect(answers).toEqual([['n0'], ['n11999'], ['n7']]);
  });

  test('above its bound every key is asked of the database', async () => {
    lookup = await open(1);
    expect(await found('com,old', 'com,nobody')).toEqual(['old']);
    lookup = await open(3);
    await write(database, [row('a'), row('b'), row('c')]);
    expect(await found('com,old', 'com,c', 'com,nobody')).toEqual(['c', 'old']);
    expect(asked).toEqual([
      ['com,old', 'com,nobody'],
      ['com,old', 'com,c', 'com,nobody'],
    ]);
  });
});
