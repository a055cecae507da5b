import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { eventsOfRecord } from '../../db/log-events.ts';
import { creatorOf } from '../../src/actions/fingerprint-index.ts';
import { deliverLetters } from '../../src/actions/letters.ts';
import { forget } from '../../src/actions/maintenance.ts';
import { announceReceipts } from '../../src/actions/receipts.ts';
import { readLeaves, sequence } from '../../src/actions/sequence.ts';
import type { OptOutView } from '../../src/http/schemas.ts';
import { type LogPolicy, parseLogPolicy } from '../../src/log/log-policy.ts';
import { verifyReceipt } from '../../src/log/receipt.ts';
import { currentStatement } from '../../src/opt-outs/statement.ts';
import { work } from './api.suite.ts';
import { createWorld, type World } from './world.ts';

/** Receipts and erasure over the API, on both databases. */
export function receiptsSuite(open: () => Promise<Database>): void {
  let world: World;
  beforeEach(async () => {
    world = await createWorld(await open());
  });

  async function optOut(over: Record<string, unknown> = {}): Promise<{ id: string; session: string }> {
    const response = await world.request('/v1/opt-outs', {
      json: {
        name: 'Ada Example',
        email: 'ada@example.com',
        role: 'owner',
        statement: currentStatement.version,
        affirmed: true,
        usages: { 'train-ai': 'disallow', 'style-imitation': 'disallow' },
        subjects: [work, { kind: 'name', value: 'Ada Example' }],
        ...over,
      },
    });
    expect(response.status).toBe(201);
    const token = await world.lastToken('confirm');
    const confirmed = await world.request('/v1/confirmations', { json: { token } });
    const { token: session, optOut: id } = (await confirmed.json()) as { token: string; optOut: string };
    return { id, session };
  }

  const as = (session: string, method = 'GET') => ({
    method,
    headers: { Authorization: `Bearer ${session}` },
  });

  async function mine(session: string): Promise<OptOutView[]> {
    const response = await world.request('/v1/opt-outs', as(session));
    return ((await response.json()) as { optOuts: OptOutView[] }).optOuts;
  }

  async function recordOf(session: string, kind: string) {
    const record = (await mine(session)).flatMap(({ records }) => records).find((each) => each.kind === kind);
    if (record === undefined) throw new Error(`no ${kind}`);
    return record;
  }

  const policy = async (): Promise<LogPolicy> =>
    parseLogPolicy(await (await world.request('/log/policy')).text());

  describe('a receipt', () => {
    test('of a record proves its newest version, and an earlier one when asked', async () => {
      const { session } = await optOut();
      await sequence(world.deps);
      const { rid, version } = await recordOf(session, 'work');
      await world.request(`/v1/records/${rid}/withdraw`, as(session, 'POST'));
      await sequence(world.deps);
      const response = await world.request(`/v1/records/${rid}/receipt`, as(session));
      expect(response.status).toBe(200);
      expect(response.headers.get('content-disposition')).toBe(
        `attachment; filename="withhold-receipt-${rid}.json"`,
      );
      expect(response.headers.get('x-request-id')).not.toBeNull();
      const newest = await verifyReceipt(await response.text(), await policy());
      expect(newest).toMatchObject({
        ok: true,
        records: [{ rid, ver: version + 1, type: 'withdrawn', state: 'withdrawn' }],
      });
      const old = await world.request(`/v1/records/${rid}/receipt?ver=${version}`, as(session));
      const verdict = await verifyReceipt(await old.text(), await policy());
      expect(verdict).toMatchObject({
        ok: true,
        records: [{ rid, ver: version, type: 'reserved', subject: { kind: 'work', key: work.sha256 } }],
      });
      const none = await world.request(`/v1/records/${rid}/receipt?ver=99`, as(session));
      expect([none.status, await none.json()]).toMatchObject([404, { field: 'ver' }]);
    });

    test('of an opt-out holds every published record, proven by one checkpoint', async () => {
      const works = Array.from({ length: 300 }, (_, n) => ({ kind: 'name', value: `Ada ${n}` }));
      const { session, id } = await optOut({
        subjects: [...works, { kind: 'domain', value: 'example.com' }],
      });
      await sequence(world.deps);
      const response = await world.request(`/v1/opt-outs/${id}/receipt`, as(session));
      const text = await response.text();
      const verdict = await verifyReceipt(text, await policy());
      expect(verdict.failures).toEqual([]);
      // The domain waits for its proof, so nothing of it was published.
      expect(verdict.records.length).toBe(300);
      expect(JSON.parse(text).checkpoint).toEqual(
        (await (await world.request('/log/checkpoint')).text()).trimEnd().split('\n'),
      );
    });

    test('says what the log says, although the clock ran back between two records', async () => {
      await optOut({ email: 'first@example.com' });
      world.clock.now -= 60_000;
      const { session } = await optOut({ subjects: [{ kind: 'name', value: 'Later' }] });
      await sequence(world.deps);
      const { rid } = await recordOf(session, 'name');
      const response = await world.request(`/v1/records/${rid}/receipt`, as(session));
      expect(await verifyReceipt(await response.text(), await policy())).toMatchObject({
        ok: true,
        records: [{ at: '2026-11-23T14:02:00.000Z' }],
      });
    });

    test('is not there yet, never will be, or is somebody else’s', async () => {
      const { session, id } = await optOut({
        subjects: [
          { kind: 'name', value: 'Ada Example' },
          { kind: 'domain', value: 'example.com' },
        ],
      });
      const other = await optOut({ email: 'other@example.com' });
      const name = await recordOf(session, 'name');
      for (const path of [`/v1/records/${name.rid}/receipt`, `/v1/opt-outs/${id}/receipt`]) {
        const early = await world.request(path, as(session));
        expect([early.status, early.headers.get('retry-after')]).toEqual([503, '2']);
        expect((await world.request(path, as(other.session))).status).toBe(404);
        expect((await world.request(path)).status).toBe(401);
      }
      await sequence(world.deps);
      const domain = await recordOf(session, 'domain');
      const never = await world.request(`/v1/records/${domain.rid}/receipt`, as(session));
      expect([never.status, await never.json()]).toMatchObject([409, { code: 'conflict' }]);
      expect((await world.request(`/v1/records/${name.rid}/receipt`, as(session))).status).toBe(200);
      expect((await world.request('/v1/records/x/receipt', as(session))).status).toBe(400);
    });

    test('its place in the log is in the list of one’s opt-outs', async () => {
      const { session } = await optOut();
      expect((await recordOf(session, 'work')).log).toBe('pending');
      await sequence(world.deps);
      const { rid, version, log } = await recordOf(session, 'work');
      const [leaf] = await readLeaves(world.deps.consentLog, Number(log), 3);
      expect(leaf?.leaf).toMatchObject({ rid, ver: version });
    });

    test('is announced once by letter, with a link that opens a session, when all is in the log', async () => {
      const { id } = await optOut();
      await optOut({ email: 'other@example.com', subjects: [{ kind: 'domain', value: 'example.com' }] });
      expect(await announceReceipts(world.deps)).toBe(0);
      await sequence(world.deps);
      expect(await announceReceipts(world.deps)).toBe(1);
      expect(await announceReceipts(world.deps)).toBe(0);
      const token = await world.lastToken('link');
      expect(world.posted.at(-1)).toMatchObject({ to: 'ada@example.com', subject: 'Your receipt' });
      expect(world.posted.at(-1)?.text).toContain('2 records');
      const session = (await (await world.request('/v1/sessions', { json: { token } })).json()) as {
        token: string;
      };
      const receipt = await world.request(`/v1/opt-outs/${id}/receipt`, as(session.token));
      expect((await verifyReceipt(await receipt.text(), await policy())).ok).toBe(true);
    });

    test('of many opt-outs at once each gets its letter', async () => {
      for (let n = 0; n < 25; n += 1) await optOut({ email: `ada${n}@example.com` });
      await sequence(world.deps);
      expect(await announceReceipts(world.deps)).toBe(20);
      expect(await announceReceipts(world.deps)).toBe(5);
      expect(await announceReceipts(world.deps)).toBe(0);
      await deliverLetters(world.deps);
      const told = world.posted.filter(({ subject }) => subject === 'Your receipt');
      expect(new Set(told.map(({ to }) => to)).size).toBe(25);
    });
  });

  describe('erasing', () => {
    const check = async (query: string) =>
      ((await (await world.request(`/v1/check?${query}`)).json()) as { verdict: string }).verdict;
    const rows = (table: string) => world.deps.database.db.all(`SELECT * FROM ${table}`);

    test('a record: answers and the index forget it at once, the log says so, its receipt still opens', async () => {
      const { session } = await optOut();
      await sequence(world.deps);
      const { rid, version } = await recordOf(session, 'work');
      const receipt = await (await world.request(`/v1/records/${rid}/receipt`, as(session))).text();
      const query = `pdq=${work.fingerprints[0]?.pdq}`;
      expect(await check(query)).toBe('disallow');
      const erased = await world.request(`/v1/records/${rid}`, as(session, 'DELETE'));
      expect([erased.status, await erased.json()]).toEqual([200, { records: 1, everything: false }]);
      expect(await check(query)).toBe('unknown');
      expect(await check(`sha256=${work.sha256}`)).toBe('unknown');
      expect(creatorOf(world.deps.fingerprints, rid)).toBeUndefined();
      expect((await mine(session))[0]?.records.map(({ kind }) => kind)).toEqual(['name']);
      expect(await sequence(world.deps)).toBe(1);
      const events = await eventsOfRecord(world.deps.database, rid);
      expect(events.slice(0, -1).map(({ salt, canonical }) => ({ salt, canonical }))).toEqual(
        Array(events.length - 1).fill({ salt: null, canonical: null }),
      );
      const last = events.at(-1);
      expect(last).toMatchObject({ leafType: 'erased', version: version + 1, seq: 3 });
      expect(JSON.parse(last?.canonical ?? '')).toEqual({
        rid,
        ver: version + 1,
        state: 'erased',
        kind: 'work',
        key: '',
        keySpec: '',
        usages: {},
        except: [],
        licence: null,
        contact: null,
        trust: 'email',
        contested: false,
        since: null,
        updated: last?.at,
        publishedAt: null,
        fingerprints: [],
      });
      expect(await verifyReceipt(receipt, await policy())).toMatchObject({
        ok: true,
        records: [{ rid, subject: { key: work.sha256 } }],
      });
      for (const method of ['GET', 'DELETE']) {
        const path = method === 'GET' ? `/v1/records/${rid}/receipt` : `/v1/records/${rid}`;
        expect((await world.request(path, as(session, method))).status).toBe(404);
      }
    });

    test('the last opt-out takes name, address, proofs and sessions with it', async () => {
      const first = await optOut({ subjects: [{ kind: 'domain', value: 'example.com' }] });
      const second = await optOut({ subjects: [work] });
      const headers = as(second.session, 'DELETE');
      const one = await world.request(`/v1/opt-outs/${first.id}`, headers);
      expect(await one.json()).toEqual({ records: 1, everything: false });
      expect(await rows('proofs')).toEqual([]);
      expect((await rows('creators')).length).toBe(1);
      const two = await world.request(`/v1/opt-outs/${second.id}`, headers);
      expect(await two.json()).toEqual({ records: 1, everything: true });
      for (const table of ['records', 'fingerprints', 'opt_outs', 'creators', 'tokens']) {
        expect(await rows(table), table).toEqual([]);
      }
      expect((await world.request('/v1/opt-outs', as(second.session))).status).toBe(401);
    });

    test('a proof that another record rests on stays', async () => {
      const shared = { subjects: [{ kind: 'domain', value: 'example.com' }] };
      const first = await optOut(shared);
      await optOut({ subjects: [{ kind: 'url', value: 'https://www.example.com/a' }] });
      await world.request(`/v1/opt-outs/${first.id}`, as(first.session, 'DELETE'));
      const hosts = (await rows('proofs')) as { host: string }[];
      expect(hosts.map(({ host }) => host).sort()).toEqual(['example.com', 'www.example.com']);
    });

    test('everything, with letters on their way; what others said stays', async () => {
      const other = await optOut({
        email: 'other@example.com',
        subjects: [{ kind: 'name', value: 'Other' }],
      });
      const { session } = await optOut();
      await sequence(world.deps);
      await world.request('/v1/links', { json: { email: 'ada@example.com' } });
      await world.request('/v1/links', { json: { email: 'other@example.com' } });
      const all = await world.request('/v1/me', as(session, 'DELETE'));
      expect(await all.json()).toEqual({ records: 2, everything: true });
      await deliverLetters(world.deps);
      expect(world.posted.filter(({ subject }) => subject.includes('link')).map(({ to }) => to)).toEqual([
        'other@example.com',
      ]);
      expect(await sequence(world.deps)).toBe(2);
      expect((await mine(other.session))[0]?.records.length).toBe(1);
      expect((await world.request('/v1/me', as(session, 'DELETE'))).status).toBe(401);
    });

    test('is refused for what is not one’s own', async () => {
      const { session, id } = await optOut();
      const other = await optOut({ email: 'other@example.com' });
      const { rid } = await recordOf(session, 'name');
      for (const path of [`/v1/records/${rid}`, `/v1/opt-outs/${id}`]) {
        expect((await world.request(path, as(other.session, 'DELETE'))).status).toBe(404);
        expect((await world.request(path, { method: 'DELETE' })).status).toBe(401);
      }
      expect((await mine(session))[0]?.records.length).toBe(2);
    });

    test('what changed at the same moment is not half erased', async () => {
      const { session } = await optOut();
      const { rid } = await recordOf(session, 'work');
      const results = await Promise.all([
        world.request('/v1/me', as(session, 'DELETE')),
        world.request(`/v1/records/${rid}/withdraw`, as(session, 'POST')),
      ]);
      const [erased] = results.map(({ status }) => status);
      expect([200, 409]).toContain(erased);
      expect((await rows('records')).length).toBe(erased === 200 ? 0 : 2);
      expect((await rows('fingerprints')).length).toBe(erased === 200 ? 0 : 1);
    });

    test('an opt-out nobody confirmed leaves nothing that opens its events', async () => {
      await world.request('/v1/opt-outs', {
        json: {
          name: 'Ada Example',
          email: 'ada@example.com',
          role: 'owner',
          statement: currentStatement.version,
          affirmed: true,
          usages: { 'train-ai': 'disallow' },
          subjects: [work],
        },
      });
      world.clock.now += 8 * 86_400_000;
      await forget(world.deps);
      expect(await world.deps.database.db.all('SELECT DISTINCT salt, canonical FROM record_events')).toEqual([
        { salt: null, canonical: null },
      ]);
      expect(await rows('creators')).toEqual([]);
    });
  });
}
