import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { eventsOfRecord } from '../../db/log-events.ts';
import { appendEvents, recordsInState } from '../../db/records.ts';
import { addKey } from '../../src/actions/keys.ts';
import { readLeaf, sequence } from '../../src/actions/sequence.ts';
import { FeedPage, waitsPerCallerMax } from '../../src/http/records.ts';
import { openCheckpoint } from '../../src/log/checkpoint.ts';
import { canonicalText } from '../../src/log/json-text.ts';
import { isAboutRecord } from '../../src/log/leaf.ts';
import { requireOpening } from '../../src/log/receipt.ts';
import { optOut as optOutNames } from './opt-out.ts';
import { createWorld, type World } from './world.ts';

type Page = ReturnType<typeof FeedPage.parse>;

/** The feed, on both databases. */
export function feedSuite(open: () => Promise<Database>): void {
  let world: World;
  beforeEach(async () => {
    world = await createWorld(await open());
  });

  const optOut = (names: string[]) => optOutNames(world, names);

  async function feed(query = ''): Promise<Page> {
    const response = await world.request(`/v1/records${query}`);
    expect(response.status, query).toBe(200);
    return FeedPage.parse(await response.json());
  }

  async function activeRids(): Promise<string[]> {
    return (await recordsInState(world.deps.database, 'active', 1_000)).map(({ rid }) => rid);
  }

  /** What erasing leaves: an event without an opening, and no opening of any version before. */
  async function erase(rid: string): Promise<void> {
    const { database, clock } = world.deps;
    const version = ((await eventsOfRecord(database, rid)).at(-1)?.version ?? 0) + 1;
    const at = new Date(clock()).toISOString();
    const said = { event: 'erased', leafType: 'erased', state: 'erased', commitment: 'ab'.repeat(32) };
    await database.atomically(
      appendEvents(database, [{ rid, version, at, salt: null, canonical: null, ...said }]),
    );
    await database.db.run(`UPDATE record_events SET salt = NULL, canonical = NULL WHERE rid = '${rid}'`);
    await database.db.run(`DELETE FROM records WHERE rid = '${rid}'`);
  }

  /** Holds a page to the log as a stranger could: signature, leaves, openings. */
  async function requireTrue({ records, size, checkpoint }: Page): Promise<void> {
    const { consentLog } = world.deps;
    if (size === 0) return expect(checkpoint).toBeNull();
    const opened = await openCheckpoint(checkpoint ?? '', consentLog.keys, consentLog.origin);
    expect(opened.size).toBe(BigInt(size));
    for (const { seq, type, rid, ver, at, record, salt, commit } of records) {
      const leaf = await readLeaf(consentLog, seq, size);
      if (!isAboutRecord(leaf)) throw new Error(`${seq} is a leaf of no record`);
      expect({ type, rid, ver, at, commit, v: 1 }).toEqual(leaf);
      expect(record === null).toBe(salt === null);
      if (record === null || salt === null) continue;
      await requireOpening({ leaf, salt, record: canonicalText(record) });
    }
  }

  test('an empty log has an empty feed, and the first turn gives a checkpoint without records', async () => {
    expect(await feed()).toEqual({ records: [], next: -1, size: 0, checkpoint: null });
    await sequence(world.deps);
    expect(await feed('?after=-1')).toMatchObject({ records: [], next: -1, size: 1 });
    expect(await feed('?after=0')).toMatchObject({ records: [], next: 0, size: 1 });
  });

  test('gives every event in order with what opens its leaf, and pages on by next', async () => {
    await optOut(['Ada 1', 'Ada 2', 'Ada 3']);
    await sequence(world.deps);
    const all = await feed();
    await requireTrue(all);
    expect(all.records.map(({ seq, type }) => [seq, type])).toEqual(
      [1, 2, 3].map((seq) => [seq, 'reserved']),
    );
    expect(all).toMatchObject({ next: 3, size: 4 });
    const two = await feed('?limit=2');
    expect(two).toMatchObject({ next: 2, records: all.records.slice(0, 2) });
    expect(await feed(`?after=${two.next}`)).toMatchObject({ next: 3, records: all.records.slice(2) });
    expect(await feed('?after=3')).toMatchObject({ next: 3, records: [] });
  });

  test('what is not published yet is not shown', async () => {
    await sequence(world.deps);
    await optOut(['Ada Example']);
    const [rid] = await activeRids();
    expect((await feed()).records).toEqual([]);
    await world.deps.database.db.run(`UPDATE record_events SET seq = 1 WHERE rid = '${rid}' AND version = 2`);
    expect((await feed()).records).toEqual([]);
  });

  test('the time is the one in the leaf, also where the clock ran back', async () => {
    const start = world.clock.now;
    for (const [index, offset] of [0, -60_000, 60_000, 30_000].entries()) {
      world.clock.now = start + offset;
      await optOut([`Ada ${index} a`, `Ada ${index} b`]);
      await sequence(world.deps);
    }
    const all = await feed();
    expect(all.records).toHaveLength(8);
    await requireTrue(all);
    for (const { seq } of all.records) await requireTrue(await feed(`?after=${seq - 1}`));
  });

  test('an erased record has no opening in any version, a withdrawn one says that it ended', async () => {
    await optOut(['Ada 1', 'Ada 2']);
    await sequence(world.deps);
    const [gone] = await activeRids();
    await erase(gone ?? '');
    const before = await feed();
    expect(before.records.filter(({ rid }) => rid === gone)).toMatchObject([{ record: null, salt: null }]);
    await sequence(world.deps);
    const after = await feed();
    await requireTrue(after);
    const erased = after.records.filter(({ rid }) => rid === gone);
    expect(erased.map(({ type, record, salt }) => ({ type, record, salt }))).toEqual([
      { type: 'reserved', record: null, salt: null },
      { type: 'erased', record: null, salt: null },
    ]);
    expect(after.records.filter(({ record }) => record !== null)).toHaveLength(1);
  });

  test.each([
    ['?after=7', 'after'],
    ['?after=-2', 'after'],
    ['?after=', 'after'],
    ['?after=1e3', 'after'],
    ['?after=9007199254740993', 'after'],
    ['?limit=0', 'limit'],
    ['?limit=5001', 'limit'],
    ['?wait=31', 'wait'],
    ['?wait=-1', 'wait'],
  ])('%s is refused with its field', async (query, field) => {
    await sequence(world.deps);
    const response = await world.request(`/v1/records${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid', field, fix: expect.any(String) });
  });

  test('in production it takes a key with the scope feed', async () => {
    const env = {
      WITHHOLD_ORIGIN: 'https://registry.example',
      WITHHOLD_SECRETS: `a:${btoa('0'.repeat(32))}`,
      WITHHOLD_SMTP: 'smtps://mail.example',
      WITHHOLD_MAIL_FROM: 'registry@registry.example',
    };
    world = await createWorld(world.deps.database, { env });
    const keyOf = async (scope: string) =>
      (await addKey(world.deps, { consumer: 'Example AI', scopes: [scope] })).key;
    const ask = async (key?: string) =>
      world.request('/v1/records', key === undefined ? {} : { headers: { Authorization: `Bearer ${key}` } });
    expect((await ask()).status).toBe(401);
    expect((await ask(await keyOf('check'))).status).toBe(403);
    expect((await ask(await keyOf('feed'))).status).toBe(200);
  });

  describe('long-poll', () => {
    test('answers at once where there is something', async () => {
      await optOut(['Ada Example']);
      await sequence(world.deps);
      expect((await feed('?wait=30')).records).toHaveLength(1);
    });

    test('answers when something is published, past leaves that are about no record', async () => {
      const waiting = feed('?wait=30');
      await sequence(world.deps);
      await optOut(['Ada Example']);
      await sequence(world.deps);
      expect(await waiting).toMatchObject({ next: 1, size: 2, records: [{ seq: 1 }] });
    });

    test('sees what another process published', async () => {
      await optOut(['Ada Example']);
      await sequence(world.deps);
      const other = { ...world.deps, consentLog: { ...world.deps.consentLog } };
      const waiting = feed('?after=1&wait=30');
      await optOut(['Ada Other']);
      await sequence(other);
      expect((await waiting).records).toMatchObject([{ seq: 2 }]);
    });

    test('answers empty at the end, and when the service stops or nobody waits', async () => {
      await sequence(world.deps);
      expect(await feed('?wait=1')).toMatchObject({ records: [], next: -1, size: 1 });
      const stopping = new AbortController();
      world.deps.stopping = stopping.signal;
      const waiting = feed('?wait=30');
      stopping.abort();
      expect((await waiting).records).toEqual([]);
      world.deps.stopping = new AbortController().signal;
      const left = await world.request('/v1/records?wait=30', { signal: AbortSignal.abort() });
      expect(left.status).toBe(200);
    });
  });

  test('a caller may have so many answers waiting and no more', async () => {
    const stopping = new AbortController();
    world.deps.stopping = stopping.signal;
    const waiting = Array.from({ length: waitsPerCallerMax }, () => feed('?wait=30'));
    const refused = await world.request('/v1/records?wait=30');
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ field: 'wait' });
    expect((await feed('?wait=0')).records).toEqual([]);
    stopping.abort();
    for (const page of await Promise.all(waiting)) expect(page.records).toEqual([]);
    world.deps.stopping = new AbortController().signal;
    expect((await feed('?wait=1')).records).toEqual([]);
  });

  describe('as NDJSON', () => {
    const lines = async (query: string): Promise<unknown[]> => {
      const headers = { Accept: 'application/x-ndjson' };
      const response = await world.request(`/v1/records${query}`, { headers });
      expect(response.headers.get('content-type')).toBe('application/x-ndjson');
      const text = await response.text();
      expect(text.endsWith('\n')).toBe(true);
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    };

    test('streams to the end of the log, and says at the end where it is', async () => {
      await optOut(Array.from({ length: 700 }, (_, n) => `Ada ${n}`));
      await sequence(world.deps);
      const { records, ...end } = await feed('?limit=5000');
      expect(records).toHaveLength(700);
      expect(await lines('')).toEqual([...records, end]);
      expect(await lines('?after=3&limit=2')).toEqual([...records.slice(3, 5), { ...end, next: 5 }]);
      expect(await lines('?after=700')).toEqual([end]);
    });
  });

  test('replayed from any cursor, in any pages, between any events, it ends in the state of the database', {
    timeout: 60_000,
  }, async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), count: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ do: fc.constant('erase' as const), which: fc.nat(20) }),
      fc.record({ do: fc.constant('sequence' as const) }),
      fc.record({ do: fc.constant('restart' as const) }),
      fc.record({
        do: fc.constant('read' as const),
        reader: fc.nat(1),
        limit: fc.integer({ min: 1, max: 5 }),
      }),
    );
    let named = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        world = await createWorld(await open());
        const readers = [0, 1].map(() => ({ next: -1, known: new Map<string, Page['records'][number]>() }));
        const read = async (reader: (typeof readers)[number], limit: number) => {
          const page = await feed(`?after=${reader.next}&limit=${limit}`);
          await requireTrue(page);
          for (const event of page.records) {
            expect(event.seq).toBeGreaterThan(reader.next);
            reader.known.set(event.rid, event);
            reader.next = event.seq;
          }
          expect(page.next).toBe(reader.next);
          return page.records.length;
        };
        for (const one of steps) {
          if (one.do === 'add') {
            await optOut(Array.from({ length: one.count }, () => `Ada ${named++}`));
          } else if (one.do === 'erase') {
            const rids = await activeRids();
            const rid = rids[one.which % Math.max(1, rids.length)];
            if (rid !== undefined) await erase(rid);
          } else if (one.do === 'sequence') await sequence(world.deps);
          else if (one.do === 'restart') world.deps.consentLog.published = null;
          else await read(readers[one.reader] as (typeof readers)[number], one.limit);
        }
        while ((await sequence(world.deps)) > 0);
        const latest = await world.deps.database.db.all(
          'SELECT rid, max(version) AS ver, salt FROM record_events WHERE seq IS NOT NULL GROUP BY rid ORDER BY rid',
        );
        for (const reader of readers) {
          while ((await read(reader, 3)) > 0);
          const known = [...reader.known.values()].map(({ rid, ver, salt }) => ({ rid, ver, salt }));
          expect(known.sort((a, b) => (a.rid < b.rid ? -1 : 1))).toEqual(latest);
        }
      }),
      { numRuns: 12 },
    );
  });
}
