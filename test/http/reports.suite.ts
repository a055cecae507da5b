import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { recordsInState } from '../../db/records.ts';
import { figuresOf } from '../../src/actions/figures.ts';
import { addKey } from '../../src/actions/keys.ts';
import { datasetsPerConsumerMax } from '../../src/actions/report-dataset.ts';
import { requestLink } from '../../src/actions/sign-in.ts';
import { sendReport } from '../../src/cli/filter-report/send.ts';
import { reportedRecordsMax } from '../../src/http/reports.ts';
import type { OptOutView } from '../../src/http/schemas.ts';
import { optOut } from './opt-out.ts';
import { createWorld, type World } from './world.ts';

const digest = (n: number) => `sha256:${String(n).padStart(64, '0')}`;
const strangeRid = '019aaf00-0000-7000-8000-0000000000ff';
const nothing = { datasets: 0, copies: 0 };

/** What consumers tell back, on both databases. */
export function reportsSuite(open: () => Promise<Database>): void {
  let world: World;
  let rids: string[];
  let keys: string[];

  beforeEach(async () => {
    world = await createWorld(await open());
    await optOut(world, ['Ada 1', 'Ada 2']);
    rids = (await recordsInState(world.deps.database, 'active', 10)).map(({ rid }) => rid);
    keys = [];
    for (const consumer of ['Example AI', 'Other AI']) {
      keys.push((await addKey(world.deps, { consumer, scopes: ['check'] })).key);
    }
  });

  const post = (json: Record<string, unknown>, key: string | undefined = keys[0]) =>
    world.request('/v1/reports', {
      json: { dataset: 'photos', report: digest(1), complete: true, records: [], ...json },
      headers: key === undefined ? {} : { Authorization: `Bearer ${key}` },
    });

  async function report(json: Record<string, unknown>, key?: string): Promise<number> {
    const response = await post(json, key);
    const body = (await response.json()) as { known: number };
    expect(response.status, JSON.stringify(body)).toBe(200);
    return body.known;
  }

  async function session(): Promise<string> {
    await requestLink(world.deps, 'ada@example.com');
    const token = await world.lastToken('link');
    const response = await world.request('/v1/sessions', { json: { token } });
    return ((await response.json()) as { token: string }).token;
  }

  async function mine(): Promise<Record<string, unknown>[]> {
    const response = await world.request('/v1/opt-outs', {
      headers: { Authorization: `Bearer ${await session()}` },
    });
    const { optOuts } = (await response.json()) as { optOuts: OptOutView[] };
    const records = optOuts.flatMap((each) => each.records);
    return rids.map((rid) => records.find((record) => record.rid === rid)?.reported ?? {});
  }

  test('a creator sees in how many datasets and copies, and nothing of whose', async () => {
    expect(await mine()).toEqual(
      [0, 1].map(() => ({ removed: nothing, licensed: nothing, disputed: nothing })),
    );
    await report({
      records: [
        { rid: rids[0], removed: 12 },
        { rid: rids[1], licensed: 3 },
      ],
    });
    await report({ dataset: 'second', report: digest(2), records: [{ rid: rids[0], removed: 1 }] });
    await report({ records: [{ rid: rids[0], removed: 1, disputed: 5 }] }, keys[1]);
    expect(await mine()).toEqual([
      { removed: { datasets: 3, copies: 14 }, licensed: nothing, disputed: { datasets: 1, copies: 5 } },
      { removed: nothing, licensed: { datasets: 1, copies: 3 }, disputed: nothing },
    ]);
    const response = await world.request('/v1/opt-outs', {
      headers: { Authorization: `Bearer ${await session()}` },
    });
    expect(await response.text()).not.toMatch(/photos|Example AI|Other AI/);
  });

  test('the figures add up what was reported', async () => {
    await report({
      records: [
        { rid: rids[0], removed: 12 },
        { rid: rids[1], removed: 2, licensed: 3 },
      ],
    });
    await report({ records: [{ rid: rids[0], removed: 1_000_000_000 }] }, keys[1]);
    expect((await figuresOf()(world.deps)).reported).toEqual({
      removed: { datasets: 2, copies: 1_000_000_014 },
      licensed: { datasets: 1, copies: 3 },
      disputed: nothing,
    });
  });

  test('a later report on the same dataset replaces the earlier one, of the same consumer alone', async () => {
    await report({
      records: [
        { rid: rids[0], removed: 12 },
        { rid: rids[1], removed: 7 },
      ],
    });
    await report({ records: [{ rid: rids[0], removed: 100 }] }, keys[1]);
    await report({ report: digest(2), records: [{ rid: rids[1], licensed: 7 }] });
    expect(await mine()).toMatchObject([
      { removed: { datasets: 1, copies: 100 } },
      { removed: nothing, licensed: { datasets: 1, copies: 7 } },
    ]);
    await report({ report: digest(3) });
    expect(await mine()).toMatchObject([{ removed: { copies: 100 } }, { licensed: nothing }]);
  });

  test('until its last part has come, the report before it counts', async () => {
    await report({ records: [{ rid: rids[0], removed: 12 }] });
    await report({ report: digest(2), complete: false, records: [{ rid: rids[1], removed: 1 }] });
    expect(await mine()).toMatchObject([{ removed: { copies: 12 } }, { removed: nothing }]);
    await report({ report: digest(2), complete: true, records: [{ rid: rids[0], removed: 4 }] });
    expect(await mine()).toMatchObject([{ removed: { copies: 4 } }, { removed: { copies: 1 } }]);
  });

  test('a report that never ends is given up for the next', async () => {
    await report({ report: digest(1), complete: false, records: [{ rid: rids[0], removed: 1 }] });
    await report({ report: digest(2), complete: false, records: [{ rid: rids[1], removed: 2 }] });
    await report({ report: digest(2), complete: true });
    expect(await mine()).toMatchObject([{ removed: nothing }, { removed: { copies: 2 } }]);
    const { db } = world.deps.database;
    expect(await db.all('SELECT digest FROM dataset_reports')).toEqual([{ digest: digest(2) }]);
    expect(await db.all('SELECT rid FROM reported_records')).toEqual([{ rid: rids[1] }]);
  });

  test('parts that come twice, at once and in any order count once', async () => {
    const parts = rids.map((rid, at) => ({ complete: false, records: [{ rid, removed: at + 1 }] }));
    await Promise.all([...parts, ...parts].map((part) => report(part)));
    await Promise.all([report({ complete: true }), report({ complete: true })]);
    await report(parts[0] ?? {});
    expect(await mine()).toMatchObject([{ removed: { datasets: 1, copies: 1 } }, { removed: { copies: 2 } }]);
  });

  test('records that are not here are told by their number, and leave nothing', async () => {
    expect(
      await report({
        records: [
          { rid: rids[0], removed: 1 },
          { rid: strangeRid, removed: 9 },
        ],
      }),
    ).toBe(1);
    const { db } = world.deps.database;
    expect(await db.all('SELECT rid FROM reported_records')).toEqual([{ rid: rids[0] }]);
  });

  test('what was reported of a record goes with it', async () => {
    await report({ records: rids.map((rid) => ({ rid, removed: 3 })) });
    const erased = await world.request(`/v1/records/${rids[0]}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${await session()}` },
    });
    expect(erased.status).toBe(200);
    const { db } = world.deps.database;
    expect(await db.all('SELECT rid FROM reported_records')).toEqual([{ rid: rids[1] }]);
    expect(await report({ records: rids.map((rid) => ({ rid, removed: 3 })) })).toBe(1);
  });

  test('so many datasets a consumer, and no more', async () => {
    const { db } = world.deps.database;
    const [consumer] = await db.all<{ id: string }>("SELECT id FROM consumers WHERE name = 'Example AI'");
    await db.run(`INSERT INTO dataset_reports SELECT 'r-' || value, '${consumer?.id}', 'd-' || value, '', '', ''
      FROM json_each('[${Array.from({ length: datasetsPerConsumerMax }, (_, n) => n).join()}]')`);
    const refused = await post({ dataset: 'one more' });
    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ field: 'dataset', fix: expect.any(String) });
    expect((await post({ dataset: 'd-7' })).status).toBe(200);
    expect((await post({ dataset: 'one more' }, keys[1])).status).toBe(200);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['a digest that is none', { report: 'sha256:12' }, 'report'],
    ['no name', { dataset: '  ' }, 'dataset'],
    ['half a character', { dataset: '\ud800' }, 'dataset'],
    ['a record that is none', { records: [{ rid: 'x' }] }, 'records[0].rid'],
    ['fewer than no copies', { records: [{ rid: strangeRid, removed: -1 }] }, 'records[0].removed'],
    ['half a copy', { records: [{ rid: strangeRid, disputed: 0.5 }] }, 'records[0].disputed'],
    ['more than there can be', { records: [{ rid: strangeRid, licensed: 1e12 }] }, 'records[0].licensed'],
    ['a record twice', { records: [{ rid: strangeRid }, { rid: strangeRid.toUpperCase() }] }, 'records'],
    ['no word whether it ends', { complete: undefined }, 'complete'],
  ])('%s is refused with its field', async (_, json, field) => {
    const response = await post(json);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid', field });
  });

  test('10,000 records a request, and no more', async () => {
    const records = Array.from({ length: reportedRecordsMax }, (_, n) => ({
      rid: `019aaf00-0000-7000-8000-${String(n).padStart(12, '0')}`,
      removed: 1,
    }));
    expect(await report({ records: [...records.slice(1), { rid: rids[0], removed: 2 }] })).toBe(1);
    const refused = await post({ records: [...records, { rid: rids[0] }] });
    expect(await refused.json()).toMatchObject({ code: 'too-many-items' });
  });

  test('in production it takes a key with the scope check', async () => {
    const env = {
      WITHHOLD_ORIGIN: 'https://registry.example',
      WITHHOLD_SECRETS: `a:${btoa('0'.repeat(32))}`,
      WITHHOLD_SMTP: 'smtps://mail.example',
      WITHHOLD_MAIL_FROM: 'registry@registry.example',
    };
    world = await createWorld(world.deps.database, { env });
    const feed = (await addKey(world.deps, { consumer: 'Example AI', scopes: ['feed'] })).key;
    const bare = { dataset: 'photos', report: digest(1), complete: true, records: [] };
    expect((await world.request('/v1/reports', { json: bare })).status).toBe(401);
    expect((await post({}, feed)).status).toBe(403);
    expect((await post({})).status).toBe(200);
  });

  describe('sent by the command line', () => {
    const options = () => ({
      key: keys[0],
      fetch: ((url, init) => world.request(new URL(String(url)).pathname, init)) as typeof globalThis.fetch,
      retryForS: 0,
    });
    const server = 'https://registry.example';

    test('in as many requests as it takes, and again without harm', async () => {
      const records = Array.from({ length: reportedRecordsMax + 5 }, (_, n) => ({
        rid:
          n === reportedRecordsMax + 4
            ? (rids[0] ?? '')
            : `019aaf00-0000-7000-8000-${String(n).padStart(12, '0')}`,
        removed: 2,
        licensed: 0,
        disputed: 1,
      }));
      const sent = { dataset: 'photos', digest: digest(4), records };
      for (let time = 0; time < 2; time += 1) {
        expect(await sendReport(options(), server, sent)).toEqual({ sent: records.length, known: 1 });
        expect(await mine()).toMatchObject([
          { removed: { datasets: 1, copies: 2 }, disputed: { datasets: 1, copies: 1 } },
          { removed: nothing },
        ]);
      }
    });

    test('a run that met nothing ends what was reported before', async () => {
      await report({ records: [{ rid: rids[0], removed: 12 }] });
      const none = { dataset: 'photos', digest: digest(5), records: [] };
      expect(await sendReport(options(), server, none)).toEqual({ sent: 0, known: 0 });
      expect(await mine()).toMatchObject([{ removed: nothing }, { removed: nothing }]);
    });

    test('a refusal is told', async () => {
      const sent = { dataset: 'photos', digest: 'no digest', records: [] };
      await expect(sendReport(options(), server, sent)).rejects.toMatchObject({ code: 'invalid' });
      const answersElse = { ...options(), fetch: async () => new Response('[]') };
      await expect(sendReport(answersElse, server, sent)).rejects.toThrow('does not understand');
    });
  });
}
