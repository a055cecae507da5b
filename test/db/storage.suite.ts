import { sql } from 'drizzle-orm';
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { addHits, hitsSince } from '../../db/consumers.ts';
import {
  creatorByEmail,
  insertCreator,
  insertOptOut,
  insertProof,
  insertToken,
  proofOf,
  spendToken,
} from '../../db/creators.ts';
import { type Database, isConstraintViolation, jsonParameters } from '../../db/database.ts';
import { assignSeq, knownEvents, lastSeq, pendingEvents } from '../../db/log-events.ts';
import { fingerprintsSince, prepareLookup } from '../../db/lookup.ts';
import {
  appendEvents,
  countRecords,
  type EventRow,
  insertFingerprints,
  type NewFingerprint,
  type RecordRow,
  recordsOfCreator,
  saveRecords,
} from '../../db/records.ts';
import * as schema from '../../db/schema.ts';
import { readSignalsEntries, writeSignalsEntry } from '../../db/signals.ts';

const at = '2026-11-23T14:02:00.000Z';

function recordRow(rid: string, over: Partial<RecordRow> = {}): RecordRow {
  return {
    rid,
    optOutId: 'o1',
    kind: 'url',
    key: `com,example)/${rid}`,
    keySpec: 'urlkey/1',
    label: `https://example.com/${rid} "quoted" ünï`,
    host: 'example.com',
    usages: '{"train-ai":"disallow"}',
    except: '[]',
    licence: null,
    contact: null,
    trust: 'email',
    contested: false,
    state: 'active',
    version: 1,
    since: at,
    updatedAt: at,
    publishedAt: null,
    salt: '00',
    canonical: '{}',
    ...over,
  };
}

const event = (rid: string, version: number): EventRow => ({
  rid,
  version,
  event: 'submitted',
  leafType: null,
  state: 'active',
  commitment: 'c0',
  at,
  salt: '00',
  canonical: '{}',
});

/** The contract of the database, run on SQLite and on D1. */
export function storageSuite(open: () => Promise<Database>): void {
  let database: Database;

  beforeEach(async () => {
    database = await open();
    await database.atomically([
      insertCreator(database, { id: 'c1', emailLookup: 'k.aa', emailCipher: 'k.x', createdAt: at }),
      insertOptOut(database, {
        id: 'o1',
        creatorId: 'c1',
        nameCipher: 'k.n',
        role: 'owner',
        statement: '1',
        createdAt: at,
        confirmedAt: null,
      }),
    ]);
  });

  test('the schema in code is the schema in the database, column by column', async () => {
    for (const table of Object.values(schema) as SQLiteTable[]) {
      const { name, columns } = getTableConfig(table);
      const rows = await database.db.all<{ name: string; notnull: number }>(
        sql`SELECT name, "notnull" FROM pragma_table_info(${name})`,
      );
      expect(rows.map((row) => row.name)).toEqual(columns.map((column) => column.name));
      const optional = rows.filter((row) => row.notnull === 0).map((row) => row.name);
      expect(optional).toEqual(columns.filter((column) => !column.notNull).map((column) => column.name));
    }
  });

  test('a batch applies whole, and every value comes back as it went in', async () => {
    const row = recordRow('r1', { contested: true, licence: 'https://example.com/"terms"', since: null });
    await database.atomically([...saveRecords(database, [row]), ...appendEvents(database, [event('r1', 1)])]);
    expect(await recordsOfCreator(database, 'c1')).toEqual([row]);
  });

  test('the second writer of one version loses, and nothing of its batch stays', async () => {
    await database.atomically([
      ...saveRecords(database, [recordRow('r1')]),
      ...appendEvents(database, [event('r1', 1)]),
    ]);
    const loser = database.atomically([
      ...saveRecords(database, [recordRow('r1', { state: 'withdrawn' })]),
      ...appendEvents(database, [event('r1', 1)]),
    ]);
    const error = await loser.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(isConstraintViolation(error)).toBe(true);
    expect((await recordsOfCreator(database, 'c1'))[0]?.state).toBe('active');
  });

  test('a full batch of events gets its places, among as many that wait or are never published', async () => {
    const events = Array.from({ length: 20_000 }, (_none, n) => ({
      ...event(`r${n}`, 1),
      leafType: n % 4 === 0 ? 'reserved' : null,
    }));
    await database.atomically(appendEvents(database, events));
    const pending = await pendingEvents(database, 20_000);
    expect(pending.map(({ rid }) => rid)).toEqual(
      events.filter((_e, n) => n % 4 === 0).map(({ rid }) => rid),
    );
    const places = pending.map(({ rid, version }, seq) => ({ rid, version, seq }));
    await database.atomically(assignSeq(database, places));
    // Who has a place keeps it.
    await database.atomically(assignSeq(database, [{ rid: 'r0', version: 1, seq: 99_999 }]));
    expect(await pendingEvents(database, 10)).toEqual([]);
    expect(await lastSeq(database)).toBe(4_999);
    expect((await knownEvents(database, pending)).size).toBe(5_000);
  });

  test('5,000 records with events and fingerprints fit one batch and are found again', async () => {
    const rids = Array.from({ length: 5_000 }, (_, index) => `r${String(index).padStart(5, '0')}`);
    const prints: NewFingerprint[] = rids.map((rid, index) => ({
      rid,
      variant: 'full',
      pdq: index.toString(16).padStart(64, '0'),
      quality: 100,
      hasher: 'pdq/1',
      sha256: (index + 7).toString(16).padStart(64, '0'),
      md5: null,
      blockhash: null,
      lowInformation: null,
    }));
    const canonical = JSON.stringify({ padding: 'x'.repeat(900) });
    await database.atomically([
      ...saveRecords(
        database,
        rids.map((rid) => recordRow(rid, { kind: 'work', canonical })),
      ),
      ...appendEvents(
        database,
        rids.map((rid) => event(rid, 1)),
      ),
      ...insertFingerprints(database, prints),
    ]);
    const lookup = prepareLookup(database);
    expect(await lookup.size()).toBe(5_000);
    expect(await countRecords(database)).toEqual([
      { kind: 'work', state: 'active', trust: 'email', contested: false, records: 5_000 },
    ]);
    const keys = Array.from(
      { length: 20_000 },
      (_, index) => `com,example)/r${String(index).padStart(5, '0')}`,
    );
    expect(await lookup.byKeys(keys)).toHaveLength(5_000);
    expect(await lookup.bySha256([prints[9]?.sha256 ?? ''])).toMatchObject([{ rid: 'r00009' }]);

    let cursor = 0;
    const seen = new Map<string, Uint8Array>();
    for (;;) {
      const page = await fingerprintsSince(database, cursor, 1_500);
      if (page.cursor === cursor) break;
      cursor = page.cursor;
      for (const change of page.changes) seen.set(change.rid, change.variants[0]?.pdq ?? new Uint8Array());
    }
    expect(seen.size).toBe(5_000);
    expect(Array.from(seen.get('r00258') ?? []).slice(-2)).toEqual([1, 2]);
  });

  test('only active records are found', async () => {
    await database.atomically(
      saveRecords(database, [recordRow('r1'), recordRow('r2', { state: 'withdrawn' })]),
    );
    const found = await prepareLookup(database).byKeys(['com,example)/r1', 'com,example)/r2']);
    expect(found.map((row) => row.rid)).toEqual(['r1']);
  });

  test('an address is found under any of its keyed hashes', async () => {
    expect(await creatorByEmail(database, ['new.bb', 'k.aa'])).toMatchObject({ id: 'c1' });
    expect(await creatorByEmail(database, ['new.bb'])).toBeUndefined();
  });

  test('a token is spent once', async () => {
    const token = { hash: 'h', purpose: 'confirm' as const, subject: 'o1', createdAt: at, expiresAt: at };
    await database.atomically([insertToken(database, { ...token, usedAt: null })]);
    expect(await spendToken(database, 'h', at)).toBe(true);
    expect(await spendToken(database, 'h', at)).toBe(false);
    expect(await spendToken(database, 'other', at)).toBe(false);
  });

  test('a host keeps the token of its first proof', async () => {
    const proof = {
      creatorId: 'c1',
      host: 'example.com',
      state: 'waiting' as const,
      method: null,
      detail: null,
      createdAt: at,
      checkedAt: null,
      foundAt: null,
      missingSince: null,
    };
    await database.atomically([insertProof(database, { ...proof, token: 'first' })]);
    await database.atomically([insertProof(database, { ...proof, token: 'second' })]);
    expect((await proofOf(database, 'c1', 'example.com'))?.token).toBe('first');
  });

  test('counts of checks add up', async () => {
    const hit = { rid: 'r1', consumer: '', verdict: 'disallow', day: '2026-11-23' };
    await database.atomically(addHits(database, [{ ...hit, hits: 2 }]));
    await database.atomically(addHits(database, [{ ...hit, hits: 3 }]));
    expect(await hitsSince(database, '2026-11-23')).toBe(5);
    expect(await hitsSince(database, '2026-11-24')).toBe(0);
  });

  test('signals entries are read together, as far as they fit', async () => {
    const entry = (size: number) => JSON.stringify({ body: 'é'.repeat(size) });
    const origins = ['a', 'b', 'c', 'd'].map((name) => `https://${name}.com`) as [
      string,
      string,
      string,
      string,
    ];
    const [a, b, c, d] = origins;
    const rows = [
      writeSignalsEntry(database, a, entry(400), at),
      writeSignalsEntry(database, c, entry(100), at),
    ];
    await database.atomically([...rows, writeSignalsEntry(database, d, entry(400), at)]);
    expect(await readSignalsEntries(database, origins, 10_000)).toEqual(
      new Map([
        [a, entry(400)],
        [c, entry(100)],
        [d, entry(400)],
      ]),
    );
    const cut = await readSignalsEntries(database, [a, b, d], 1_200);
    expect(cut.get(a)).toBe(entry(400));
    expect(cut.has(b)).toBe(false);
    expect(cut.get(d)).toBeNull();
    expect(await readSignalsEntries(database, [], 1_200)).toEqual(new Map());
  });

  describe('parameters', () => {
    test('are cut below the limit of one JSON parameter and keep the order', () => {
      const rows = Array.from({ length: 4_000 }, (_, index) => ({ index, text: 'é'.repeat(400) }));
      const parameters = jsonParameters(rows);
      expect(parameters.length).toBeGreaterThan(1);
      for (const parameter of parameters) {
        expect(new TextEncoder().encode(parameter).length).toBeLessThanOrEqual(1_500_000);
      }
      expect(parameters.flatMap((parameter) => JSON.parse(parameter))).toEqual(rows);
    });
  });
}
