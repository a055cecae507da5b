import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { likenessesOf } from '../../db/likenesses.ts';
import { addKey } from '../../src/actions/keys.ts';
import { deliverLetters } from '../../src/actions/letters.ts';
import { forget } from '../../src/actions/maintenance.ts';
import { recheckProofs } from '../../src/actions/prove.ts';
import { crowdMax } from '../../src/actions/quarantine.ts';
import { DecisionView, OptOutView } from '../../src/http/schemas.ts';
import { encodeDescriptor } from '../../src/images/descriptor.ts';
import { bytesToHex, hashFromHex, hashToHex } from '../../src/images/hash256.ts';
import { turnHash } from '../../src/images/pdq.ts';
import { wholeBox } from '../../src/images/pdq-luma.ts';
import { currentStatement } from '../../src/opt-outs/statement.ts';
import { createWorld, type World } from './world.ts';

// A hash with half its bits set, as a PDQ has, and one 8 bits away.
const pdq = 'f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3b4a5968778695a4b3c2d1e0f';
const nearPdq = `0f${pdq.slice(2)}`;
const sha256 = 'ab'.repeat(32);

/** The descriptor of a picture of one colour, whose hash may be anything. */
const descriptorOf = (colour: readonly number[]) =>
  bytesToHex(
    encodeDescriptor(
      Uint8Array.from({ length: 768 }, (_, i) => colour[i % 3] as number),
      wholeBox,
      4 / 3,
    ),
  );

export const work = {
  kind: 'work',
  label: 'heron.png',
  sha256,
  md5: 'cd'.repeat(16),
  width: 800,
  height: 600,
  hasher: 'pdq/1',
  fingerprints: [{ variant: 'full', pdq, quality: 100 }],
};

const optOut = (over: Record<string, unknown> = {}) => ({
  name: 'Ada Example',
  email: 'ada@example.com',
  role: 'owner',
  statement: currentStatement.version,
  affirmed: true,
  usages: { 'train-ai': 'disallow', 'ai-use': 'disallow' },
  subjects: [{ kind: 'url', value: 'https://example.com/a.jpg' }],
  ...over,
});

function formOf(picture: Uint8Array<ArrayBuffer>): FormData {
  const form = new FormData();
  form.set('picture', new File([picture], 'heron.png', { type: 'image/png' }));
  return form;
}

/** The API, run on Node over SQLite and in workerd over D1. */
export function apiSuite(open: () => Promise<Database>): void {
  let world: World;
  beforeEach(async () => {
    world = await createWorld(await open());
  });

  const check = async (query: string): Promise<DecisionView> => {
    const decision: unknown = await (await world.request(`/v1/check?${query}`)).json();
    // The schema drops what it does not describe, so this holds the OpenAPI document to the answers.
    expect(DecisionView.parse(decision)).toEqual(decision);
    return decision as DecisionView;
  };

  async function submitAndConfirm(
    over: Record<string, unknown> = {},
  ): Promise<{ id: string; session: string }> {
    const response = await world.request('/v1/opt-outs', { json: optOut(over) });
    expect(response.status).toBe(201);
    const token = await world.lastToken('confirm');
    const confirmed = await world.request('/v1/confirmations', { json: { token } });
    expect(confirmed.status).toBe(200);
    const { token: session, optOut: id } = (await confirmed.json()) as { token: string; optOut: string };
    return { id, session };
  }

  async function mine(session: string): Promise<OptOutView[]> {
    const response = await world.request('/v1/opt-outs', { headers: { Authorization: `Bearer ${session}` } });
    expect(response.status).toBe(200);
    const { optOuts } = (await response.json()) as { optOuts: OptOutView[] };
    for (const optOut of optOuts) expect(OptOutView.parse(optOut)).toEqual(optOut);
    return optOuts;
  }

  describe('a creator', () => {
    test('nothing is in force before the address is confirmed', async () => {
      await world.request('/v1/opt-outs', { json: optOut({ subjects: [work] }) });
      expect(await check(`sha256=${sha256}`)).toMatchObject({ verdict: 'unknown', act: 'proceed' });
    });

    test('a confirmed work is found by file hash, by MD5 and by a likeness', async () => {
      const { session } = await submitAndConfirm({ subjects: [work] });
      expect((await mine(session))[0]?.records[0]).toMatchObject({
        kind: 'work',
        state: 'active',
        effect: 'decides',
        trust: 'email',
        label: 'heron.png',
        exactOnly: null,
        needs: null,
        reported: {
          removed: { datasets: 0, copies: 0 },
          licensed: { datasets: 0, copies: 0 },
          disputed: { datasets: 0, copies: 0 },
        },
      });
      const exact = {
        verdict: 'disallow',
        act: 'stop',
        trust: 'email',
        match: { kind: 'exact', distance: 0 },
      };
      expect(await check(`sha256=${sha256}`)).toMatchObject(exact);
      expect(await check(`md5=${work.md5}`)).toMatchObject(exact);
      expect(await check(`pdq=${nearPdq}`)).toMatchObject({
        verdict: 'disallow',
        match: { kind: 'match', distance: 8 },
      });
      const likely = `${'00'.repeat(5)}${pdq.slice(10)}`;
      expect(await check(`pdq=${likely}`)).toMatchObject({ verdict: 'disallow', match: { distance: 20 } });
      expect(await check(`pdq=${'0f'.repeat(32)}`)).toMatchObject({ verdict: 'unknown' });
    });

    describe('a picture that is asked about by its pixels', () => {
      // Every orientation is a hash of its own; only the one turned by 90° is near what is registered.
      const far = (at: number) => `${'0f'.repeat(at)}${'3c'.repeat(32 - at)}`;
      const turned = `${'00'.repeat(6)}${pdq.slice(12)}`;
      const names = ['orig', 'rot90', 'rot180', 'rot270', 'flipx', 'flipy', 'flipp', 'flipm'];
      const hashes = Object.fromEntries(names.map((name, at) => [name, name === 'rot90' ? turned : far(at)]));
      const others = Object.fromEntries(names.map((name, at) => [name, far(at + 10)]));
      const ask = (item: object) => world.request('/v1/check', { json: { items: [item] } });
      const decisionOf = async (item: object) => {
        const response = await ask(item);
        expect(response.status).toBe(200);
        const { decisions } = (await response.json()) as { decisions: DecisionView[] };
        expect(DecisionView.parse(decisions[0])).toEqual(decisions[0]);
        return decisions[0] as DecisionView;
      };

      test('is found by any of its forms, and it is told which', async () => {
        await submitAndConfirm({ subjects: [work] });
        const variants = [
          { variant: 'full', pdq: others },
          { variant: 'trim', pdq: hashes },
        ];
        const decision = await decisionOf({ id: 'x', pixels: { variants } });
        expect(decision).toMatchObject({
          id: 'x',
          verdict: 'disallow',
          act: 'stop',
          match: { kind: 'match', distance: 24, variant: 'full', orientation: 'rot90' },
        });
        expect(decision.reasons[0]).toMatchObject({ on: 'pixels', trust: 'email' });
        expect(await decisionOf({ pixels: { variants: variants.slice(0, 1) } })).toMatchObject({
          verdict: 'unknown',
          act: 'proceed',
        });
      });

      test('without its colours is held to the bound of a lone hash', async () => {
        await submitAndConfirm({ subjects: [work] });
        const near = `${'00'.repeat(7)}${pdq.slice(14)}`;
        const pixels = { variants: [{ variant: 'full', pdq: { ...hashes, rot90: near } }] };
        expect(await decisionOf({ pixels })).toMatchObject({
          verdict: 'unknown',
          act: 'review',
          reasons: [{ on: 'pixels', match: { distance: 28, kind: 'possible' } }],
        });
        expect(await decisionOf({ pdq: near })).toMatchObject({
          verdict: 'unknown',
          act: 'review',
          reasons: [{ on: 'pdq', match: { distance: 28, kind: 'possible' } }],
        });
      });

      test.each<[string, object]>([
        ['no variant', { variants: [] }],
        ['a variant that is not known', { variants: [{ variant: 'half', pdq: hashes }] }],
        ['seven orientations', { variants: [{ variant: 'full', pdq: { ...hashes, flipm: undefined } }] }],
        ['a short hash', { variants: [{ variant: 'full', pdq: { ...hashes, orig: 'ff' } }] }],
        [
          'colours of other cells',
          { variants: [{ variant: 'full', pdq: hashes, colours: 'ab'.repeat(12) }] },
        ],
        ['three variants', { variants: Array(3).fill({ variant: 'full', pdq: hashes }) }],
      ])('%s is refused with its place', async (name, pixels) => {
        const response = await ask({ pixels });
        expect(response.status).toBe(name === 'three variants' ? 413 : 400);
        expect(((await response.json()) as { field: string }).field).toMatch(/^items\[0\]\.pixels/);
      });

      test('the document describes each kind of body', async () => {
        const document = (await (await world.request('/openapi.json')).json()) as {
          paths: Record<string, { post: { requestBody: { content: object } } }>;
        };
        const { requestBody } = document.paths['/v1/check']?.post ?? { requestBody: { content: {} } };
        expect(Object.keys(requestBody.content)).toEqual([
          'application/json',
          'image/*',
          'multipart/form-data',
        ]);
      });

      test('each of its hashes counts against the limit', async () => {
        world = await createWorld(await open(), { limitScale: 1 });
        const pixels = { variants: [{ variant: 'full', pdq: hashes }] };
        for (let at = 0; at < 600 / names.length; at += 1) expect((await ask({ pixels })).status).toBe(200);
        expect((await ask({ pixels })).status).toBe(429);
      });
    });

    test('the same blockhash is a possible likeness and never more', async () => {
      const blockhash = '3a'.repeat(32);
      await submitAndConfirm({ subjects: [{ ...work, blockhash }] });
      const decision = await check(`blockhash=${blockhash.toUpperCase()}`);
      expect(decision).toMatchObject({
        verdict: 'unknown',
        act: 'review',
        reasons: [{ on: 'blockhash', effect: 'possible', match: { kind: 'possible', distance: 0 } }],
      });
      expect(await check(`blockhash=${'3b'.repeat(32)}`)).toMatchObject({ act: 'proceed' });
    });

    test('a picture too plain to be told from others is not found by its blockhash', async () => {
      const blockhash = 'ff'.repeat(32);
      const plain = { ...work, blockhash, fingerprints: [{ variant: 'full', pdq, quality: 3 }] };
      await submitAndConfirm({ subjects: [plain] });
      expect(await check(`blockhash=${blockhash}`)).toMatchObject({ act: 'proceed' });
      expect(await check(`sha256=${sha256}`)).toMatchObject({ verdict: 'disallow' });
    });

    test.each([
      ['as it is', new Uint8Array([0x89, 0x50]), { 'Content-Type': 'image/png' }],
      ['in a form', formOf(new Uint8Array([0x89, 0x50])), {}],
    ])(
      'a picture sent %s is refused where there is no decoder, with what to do',
      async (_, body, headers) => {
        const response = await world.request('/v1/check', { method: 'POST', body, headers });
        expect([response.status, await response.json()]).toMatchObject([
          503,
          { code: 'decoder-unavailable', fix: expect.stringContaining('/check') },
        ]);
      },
    );

    test('a URL without proof is reported as possible and decides nothing', async () => {
      await submitAndConfirm();
      const decision = await check('url=https%3A%2F%2Fexample.com%2Fa.jpg');
      expect(decision).toMatchObject({ verdict: 'unknown', act: 'review' });
      expect(decision.reasons[0]).toMatchObject({ effect: 'possible', source: 'registry' });
    });

    test.each(['dns', 'well-known'] as const)('a domain takes effect once proven by %s', async (method) => {
      const { session, id } = await submitAndConfirm({
        subjects: [{ kind: 'domain', value: 'example.com' }],
      });
      const before = (await mine(session))[0];
      expect(before?.records[0]).toMatchObject({
        state: 'pending-proof',
        effect: 'none',
        needs: 'example.com',
      });
      const proof = before?.proofs[0];
      const headers = { Authorization: `Bearer ${session}` };
      const look = () => world.request('/v1/proofs/example.com/check', { method: 'POST', headers });

      expect(await (await look()).json()).toMatchObject({
        state: 'waiting',
        detail: expect.stringContaining('TXT'),
      });
      expect((await check('url=https%3A%2F%2Fwww.example.com%2F')).verdict).toBe('unknown');

      if (method === 'dns') world.outside.txt.set(proof?.dns.name ?? '', [proof?.dns.value ?? '']);
      else {
        const url = proof?.wellKnown.url.replace('https:', 'http:') ?? '';
        world.outside.pages.set(url, { status: 200, body: `${proof?.wellKnown.body}\n` });
      }
      expect(await (await look()).json()).toMatchObject({ state: 'found', method });
      const after = await world.request(`/v1/opt-outs/${id}`, { headers });
      expect(((await after.json()) as OptOutView).records[0]).toMatchObject({
        state: 'active',
        trust: 'domain',
      });
      const decision = await check('url=https%3A%2F%2Fwww.example.com%2Fx');
      expect(decision).toMatchObject({ verdict: 'disallow', act: 'stop', trust: 'domain' });
      expect(decision.since).toBe('2026-11-23T14:02:00.000Z');
    });

    test('a new opt-out on a proven domain takes effect at once', async () => {
      const { session } = await submitAndConfirm({ subjects: [{ kind: 'domain', value: 'example.com' }] });
      const proof = (await mine(session))[0]?.proofs[0];
      world.outside.txt.set(proof?.dns.name ?? '', [proof?.dns.value ?? '']);
      await world.request('/v1/proofs/example.com/check', {
        method: 'POST',
        headers: { Authorization: `Bearer ${session}` },
      });
      await submitAndConfirm({ subjects: [{ kind: 'prefix', value: 'blog.example.com/art' }] });
      expect((await mine(session))[0]?.records[0]).toMatchObject({ state: 'active', trust: 'domain' });
    });

    test('a proof is looked for again, missed twice over seven days it suspends, and found again it restores', async () => {
      const day = 86_400_000;
      const { session } = await submitAndConfirm({ subjects: [{ kind: 'domain', value: 'example.com' }] });
      const proof = (await mine(session))[0]?.proofs[0];
      const [name, value] = [proof?.dns.name ?? '', proof?.dns.value ?? ''];
      world.outside.txt.set(name, [value]);
      const headers = { Authorization: `Bearer ${session}` };
      await world.request('/v1/proofs/example.com/check', { method: 'POST', headers });
      const verdict = async () => (await check('url=https%3A%2F%2Fexample.com%2F')).verdict;

      world.clock.now += 89 * day;
      expect(await recheckProofs(world.deps)).toBe(0);
      world.clock.now += 2 * day;
      world.outside.txt.delete(name);
      expect(await recheckProofs(world.deps)).toBe(1);
      await deliverLetters(world.deps);
      expect(world.posted.at(-1)).toMatchObject({
        to: 'ada@example.com',
        subject: expect.stringContaining('cannot find'),
      });
      expect(await verdict()).toBe('disallow');

      world.clock.now += 8 * day;
      expect(await recheckProofs(world.deps)).toBe(1);
      await deliverLetters(world.deps);
      expect(world.posted.at(-1)?.subject).toContain('Suspended');
      expect(await verdict()).toBe('unknown');

      world.outside.txt.set(name, [value]);
      await world.request('/v1/links', { json: { email: 'ada@example.com' } });
      const again = await world.request('/v1/sessions', { json: { token: await world.lastToken('link') } });
      const { token } = (await again.json()) as { token: string };
      await world.request('/v1/proofs/example.com/check', {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}` },
      });
      expect(await verdict()).toBe('disallow');
      expect((await mine(token))[0]?.records[0]).toMatchObject({
        state: 'active',
        since: '2026-11-23T14:02:00.000Z',
      });
    });

    test('a name decides once a domain of its creator is proven, and rests on what other proof there is', async () => {
      const subjects = ['one.example', 'two.example'].map((value) => ({ kind: 'domain', value }));
      const { session } = await submitAndConfirm({
        subjects: [...subjects, { kind: 'name', value: 'Ada Example' }],
        usages: { 'style-imitation': 'disallow', 'train-ai': 'disallow' },
      });
      const verdict = async () => (await check('name=Ada%20Example&usage=style-imitation')).verdict;
      expect(await verdict()).toBe('unknown');
      const headers = { Authorization: `Bearer ${session}` };
      const { proofs } = (await mine(session))[0] ?? { proofs: [] };
      for (const { host, dns } of proofs) {
        world.outside.txt.set(dns.name, [dns.value]);
        await world.request(`/v1/proofs/${host}/check`, { method: 'POST', headers });
      }
      expect(await verdict()).toBe('disallow');

      const loseAfterDays = async (host: string) => {
        world.outside.txt.delete(`_withhold.${host}`);
        for (const days of [91, 8]) {
          world.clock.now += days * 86_400_000;
          await recheckProofs(world.deps);
        }
      };
      await loseAfterDays('one.example');
      expect(await verdict()).toBe('disallow');
      expect((await check('url=https%3A%2F%2Fone.example%2F')).verdict).toBe('unknown');
      await loseAfterDays('two.example');
      expect(await verdict()).toBe('unknown');
    });

    test('an opt-out nobody confirms is deleted after its link has expired', async () => {
      await world.request('/v1/opt-outs', { json: optOut({ subjects: [work] }) });
      world.clock.now += 8 * 86_400_000;
      await forget(world.deps);
      for (const table of ['records', 'fingerprints', 'opt_outs', 'creators']) {
        expect(await world.deps.database.db.all(`SELECT * FROM ${table}`), table).toEqual([]);
      }
      const events = await world.deps.database.db.all('SELECT event FROM record_events');
      expect(events).toEqual([{ event: 'submitted' }, { event: 'erased' }]);
    });

    test('withdraws one record, puts it back, and withdraws all', async () => {
      const { session, id } = await submitAndConfirm({
        subjects: [work, { kind: 'name', value: 'Ada Example' }],
      });
      const headers = { Authorization: `Bearer ${session}` };
      const rid = (await mine(session))[0]?.records.find((record) => record.kind === 'work')?.rid;
      const post = (path: string) => world.request(path, { method: 'POST', headers });
      expect(await (await post(`/v1/records/${rid}/withdraw`)).json()).toEqual({ changed: 1 });
      expect(await check(`pdq=${pdq}`)).toMatchObject({ verdict: 'unknown' });
      const twice = await post(`/v1/records/${rid}/withdraw`);
      expect(twice.status).toBe(409);
      expect(await (await post(`/v1/records/${rid}/restore`)).json()).toEqual({ changed: 1 });
      expect(await check(`pdq=${pdq}`)).toMatchObject({ verdict: 'disallow' });
      expect(await (await post(`/v1/opt-outs/${id}/withdraw`)).json()).toEqual({ changed: 2 });
      expect(await check(`sha256=${sha256}`)).toMatchObject({ verdict: 'unknown' });
    });

    test('withdrawing what was never in force deletes it, and with the last of it the creator', async () => {
      const { session, id } = await submitAndConfirm({
        subjects: [work, { kind: 'domain', value: 'waiting.example' }],
      });
      const headers = { Authorization: `Bearer ${session}` };
      const waiting = (await mine(session))[0]?.records.find((record) => record.kind === 'domain')?.rid;
      const withdrawn = await world.request(`/v1/records/${waiting}/withdraw`, { method: 'POST', headers });
      expect(await withdrawn.json()).toEqual({ changed: 1 });
      expect((await mine(session))[0]?.records.map(({ kind }) => kind)).toEqual(['work']);
      const { db } = world.deps.database;
      expect(
        await db.all(`SELECT event, salt, canonical FROM record_events WHERE rid = '${waiting}'`),
      ).toEqual(
        ['submitted', 'confirmed-needs-proof', 'erased'].map((event) => ({
          event,
          salt: null,
          canonical: null,
        })),
      );
      expect(await (await world.request(`/v1/opt-outs/${id}`, { method: 'DELETE', headers })).json()).toEqual(
        {
          records: 1,
          everything: true,
        },
      );

      const only = await submitAndConfirm({ subjects: [{ kind: 'domain', value: 'waiting.example' }] });
      const all = await world.request(`/v1/opt-outs/${only.id}/withdraw`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${only.session}` },
      });
      expect(await all.json()).toEqual({ changed: 1 });
      for (const table of ['records', 'opt_outs', 'creators', 'tokens']) {
        expect(await db.all(`SELECT * FROM ${table}`), table).toEqual([]);
      }
    });

    test('nobody sees or withdraws what is not theirs', async () => {
      const { id } = await submitAndConfirm({ subjects: [work] });
      const other = await submitAndConfirm({ email: 'bob@example.com' });
      const headers = { Authorization: `Bearer ${other.session}` };
      expect((await world.request(`/v1/opt-outs/${id}`, { headers })).status).toBe(404);
      expect((await world.request(`/v1/opt-outs/${id}/withdraw`, { method: 'POST', headers })).status).toBe(
        404,
      );
      expect((await world.request('/v1/opt-outs')).status).toBe(401);
      expect(await check(`sha256=${sha256}`)).toMatchObject({ verdict: 'disallow' });
    });

    test("a picture like somebody else's waits in quarantine and opts nothing out", async () => {
      await submitAndConfirm({ subjects: [work] });
      const copy = {
        ...work,
        sha256: 'ef'.repeat(32),
        fingerprints: [{ variant: 'full', pdq: nearPdq, quality: 100 }],
      };
      const { session } = await submitAndConfirm({ email: 'bob@example.com', subjects: [copy] });
      expect((await mine(session))[0]?.records[0]).toMatchObject({ state: 'quarantined', effect: 'none' });
      expect(await check(`sha256=${copy.sha256}`)).toMatchObject({ verdict: 'unknown' });
    });

    test('a picture turned to hide that it is somebody else’s is held too, and the pair is kept', async () => {
      const first = await submitAndConfirm({ subjects: [work] });
      const turnedPdq = hashToHex(turnHash(hashFromHex(pdq) as Uint8Array, 'flipx'));
      const copy = {
        ...work,
        sha256: 'ef'.repeat(32),
        fingerprints: [{ variant: 'full', pdq: turnedPdq, quality: 100 }],
      };
      const second = await submitAndConfirm({ email: 'bob@example.com', subjects: [copy] });
      const [held] = (await mine(second.session))[0]?.records ?? [];
      expect(held).toMatchObject({ state: 'quarantined', effect: 'none' });
      const [other] = (await mine(first.session))[0]?.records ?? [];
      expect(await likenessesOf(world.deps.database, [held?.rid ?? ''])).toEqual([
        expect.objectContaining({
          rid: held?.rid,
          other: other?.rid,
          why: 'match',
          orientation: 'flipx',
          distance: 0,
        }),
      ]);
    });

    test('the very file of somebody else is held, and says so', async () => {
      await submitAndConfirm({ subjects: [work] });
      const { session } = await submitAndConfirm({ email: 'bob@example.com', subjects: [work] });
      const [held] = (await mine(session))[0]?.records ?? [];
      expect(held?.state).toBe('quarantined');
      expect(await likenessesOf(world.deps.database, [held?.rid ?? ''])).toMatchObject([{ why: 'file' }]);
    });

    test('one drawing in other colours is not held where both say their colours', async () => {
      const blue = { ...work, descriptor: descriptorOf([40, 60, 220]) };
      const red = { ...work, sha256: 'ef'.repeat(32), descriptor: descriptorOf([220, 60, 40]) };
      await submitAndConfirm({ subjects: [blue] });
      const { session } = await submitAndConfirm({ email: 'bob@example.com', subjects: [red] });
      expect((await mine(session))[0]?.records[0]?.state).toBe('active');
      const again = { ...blue, sha256: '12'.repeat(32) };
      const third = await submitAndConfirm({ email: 'eve@example.com', subjects: [again] });
      expect((await mine(third.session))[0]?.records[0]?.state).toBe('quarantined');
    });

    test('a work in a crowd of others is held, with all it met', async () => {
      // Each 30 bits from the newcomer and 60 from the next: possible, and no match.
      const far = (from: number) => {
        const hash = hashFromHex(pdq) as Uint8Array;
        for (let bit = from; bit < from + 30; bit++)
          hash[bit >> 3] = (hash[bit >> 3] as number) ^ (1 << (bit & 7));
        return hashToHex(hash);
      };
      for (let i = 0; i <= crowdMax; i++) {
        const one = {
          ...work,
          sha256: `${i}a`.repeat(32),
          fingerprints: [{ variant: 'full', pdq: far(60 * i), quality: 100 }],
        };
        const { session } = await submitAndConfirm({ email: `maker${i}@example.com`, subjects: [one] });
        expect((await mine(session))[0]?.records[0]?.state).toBe('active');
      }
      const { session } = await submitAndConfirm({ email: 'bob@example.com', subjects: [work] });
      const [held] = (await mine(session))[0]?.records ?? [];
      expect(held?.state).toBe('quarantined');
      const met = await likenessesOf(world.deps.database, [held?.rid ?? '']);
      expect(met).toHaveLength(crowdMax + 1);
      expect(met.map(({ why, distance }) => [why, distance])).toEqual(met.map(() => ['crowded', 30]));
    });

    test.each([
      ['a variant nobody knows', { fingerprints: [{ variant: 'middle', pdq, quality: 100 }] }],
      ['a variant named twice', { fingerprints: [work.fingerprints[0], work.fingerprints[0]] }],
      ['a descriptor of another version', { descriptor: `02${'00'.repeat(62)}` }],
      ['a descriptor that is too short', { descriptor: '01' }],
    ])('%s is refused', async (_, part) => {
      const response = await world.request('/v1/opt-outs', {
        json: optOut({ subjects: [{ ...work, ...part }] }),
      });
      expect(response.status).toBe(400);
    });

    test('crops count where the whole is sound, and a hash that hangs by a hair does not', async () => {
      const crop = `ff${'00'.repeat(15)}${'ff'.repeat(15)}00`;
      const sound = {
        ...work,
        fingerprints: [...work.fingerprints, { variant: 'centre10', pdq: crop, quality: 100 }],
      };
      await submitAndConfirm({ subjects: [sound] });
      expect(await check(`pdq=${crop}`)).toMatchObject({
        verdict: 'disallow',
        match: { variant: 'centre10' },
      });
      const unsteady = {
        ...work,
        sha256: '34'.repeat(32),
        fingerprints: [{ variant: 'full', pdq: 'f0'.repeat(32), quality: 100, unsureBits: 65 }],
      };
      const { session } = await submitAndConfirm({ email: 'bob@example.com', subjects: [unsteady] });
      expect((await mine(session))[0]?.records[0]).toMatchObject({ state: 'active', exactOnly: 'unsteady' });
      expect(await check(`pdq=${'f0'.repeat(32)}`)).toMatchObject({ verdict: 'unknown' });
    });

    test('a flat picture is covered by its file alone, and it says so', async () => {
      const flat = { ...work, fingerprints: [{ variant: 'full', pdq: '0'.repeat(64), quality: 0 }] };
      const { session } = await submitAndConfirm({ subjects: [flat] });
      expect((await mine(session))[0]?.records[0]).toMatchObject({ state: 'active', exactOnly: 'flat' });
      expect(await check(`sha256=${sha256}`)).toMatchObject({ verdict: 'disallow' });
      expect(await check(`pdq=${'0'.repeat(64)}`)).toMatchObject({ verdict: 'unknown' });
    });

    test('a magic link opens a session once; an unknown address gets the same answer and no letter', async () => {
      await submitAndConfirm();
      const before = world.posted.length;
      const unknown = await world.request('/v1/links', { json: { email: 'nobody@example.com' } });
      expect(unknown.status).toBe(202);
      await world.request('/v1/links', { json: { email: ' ADA@example.com'.trim() } });
      const token = await world.lastToken('link');
      expect(world.posted.length).toBe(before + 1);
      const session = await world.request('/v1/sessions', { json: { token } });
      expect(await mine(((await session.json()) as { token: string }).token)).toHaveLength(1);
      const again = await world.request('/v1/sessions', { json: { token } });
      expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([410, 'token-used']);
    });

    test('a letter that is not accepted is tried again later, and one that is goes once', async () => {
      const { mail } = world.deps;
      let refused = 0;
      world.deps.mail = async () => {
        refused += 1;
        throw Object.assign(new Error('550 no such user ada@example.com'), { code: 'EENVELOPE' });
      };
      await world.request('/v1/opt-outs', { json: optOut() });
      await deliverLetters(world.deps);
      await deliverLetters(world.deps);
      expect(refused).toBe(1);
      world.deps.mail = mail;
      world.clock.now += 60_000;
      const delivered = await Promise.all([deliverLetters(world.deps), deliverLetters(world.deps)]);
      expect(delivered[0] + delivered[1]).toBe(1);
      expect(world.posted).toHaveLength(1);
    });

    test('the database holds no address, no name and no token in plain text', async () => {
      const { session } = await submitAndConfirm();
      const dump: string[] = [];
      for (const table of [
        'creators',
        'opt_outs',
        'records',
        'record_events',
        'tokens',
        'letters',
        'proofs',
      ]) {
        dump.push(JSON.stringify(await world.deps.database.db.all(`SELECT * FROM ${table}`)));
      }
      const text = dump.join('\n').toLowerCase();
      for (const secret of ['ada@example.com', 'ada example', session.toLowerCase()])
        expect(text).not.toContain(secret);
    });
  });

  describe('a crawler', () => {
    const robots =
      'User-agent: *\nDisallow: /private\n\nUser-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n';

    test('is told what robots.txt says, with the line', async () => {
      world.outside.pages.set('https://site.example/robots.txt', { status: 200, body: robots });
      const decision = await check(
        'url=https%3A%2F%2Fsite.example%2Fart%2F1.jpg&agent=GPTBot&usage=train-ai',
      );
      expect(decision).toMatchObject({
        verdict: 'disallow',
        act: 'stop',
        agent: { token: 'GPTBot', operator: 'OpenAI', purpose: 'training' },
        crawl: {
          verdict: 'disallow',
          where: 'https://site.example/robots.txt, line 6',
          quote: 'User-agent: GPTBot / Disallow: /',
        },
      });
      expect(decision.expiresAt > '2026-11-23T14:02:00.000Z').toBe(true);
      expect(decision.notChecked).toEqual([{ source: 'response', why: expect.any(String) }]);
    });

    test('a full User-Agent is resolved to its token', async () => {
      world.outside.pages.set('https://site.example/robots.txt', { status: 200, body: robots });
      const agent = encodeURIComponent('Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)');
      expect(await check(`url=https%3A%2F%2Fsite.example%2F&agent=${agent}`)).toMatchObject({
        crawl: { verdict: 'disallow' },
        agent: { token: 'GPTBot' },
      });
      expect(await check('url=https%3A%2F%2Fsite.example%2F&agent=Googlebot')).toMatchObject({
        verdict: 'unknown',
        act: 'proceed',
        crawl: { verdict: 'allow' },
      });
    });

    test('an unreachable site may not be crawled while it is (RFC 9309 §2.3.1.4)', async () => {
      world.outside.pages.set('https://down.example/robots.txt', 'down');
      world.outside.pages.set('https://broken.example/robots.txt', { status: 503, body: '' });
      for (const host of ['down', 'broken']) {
        expect(await check(`url=https%3A%2F%2F${host}.example%2F&agent=GPTBot`)).toMatchObject({
          verdict: 'unknown',
          act: 'stop',
          crawl: { verdict: 'disallow', reason: 'unreachable' },
          notChecked: expect.arrayContaining([
            expect.objectContaining({ source: 'robots.txt', why: 'unreachable' }),
          ]),
        });
      }
    });

    test('many items are answered in order from what is known; the rest is queued', async () => {
      await submitAndConfirm({ subjects: [work] });
      world.outside.pages.set('https://site.example/robots.txt', { status: 200, body: robots });
      const items = [
        { id: 'a', url: 'https://site.example/private/1' },
        { id: 'b', sha256 },
        { id: 'c', url: 'not a url' },
        { id: 'd', pdq: nearPdq, page_url: 'https://site.example/page' },
      ];
      const ask = async () => {
        const response = await world.request('/v1/check', { json: { items, agent: 'somebot' } });
        return ((await response.json()) as { decisions: DecisionView[] }).decisions;
      };
      const cold = await ask();
      expect(cold.map((decision) => decision.id)).toEqual(['a', 'b', 'c', 'd']);
      expect(cold[0]).toMatchObject({
        act: 'review',
        crawl: { verdict: 'unknown' },
        notChecked: expect.arrayContaining([
          { source: 'robots.txt', why: 'not-fetched-yet', retryAfter: expect.any(Number) },
        ]),
      });
      expect(cold[1]).toMatchObject({ verdict: 'disallow', crawl: { verdict: 'unknown' } });
      expect(cold[2]?.notChecked).toContainEqual({
        source: 'registry',
        why: expect.stringContaining('not an http'),
      });
      expect(cold[3]).toMatchObject({ verdict: 'disallow', match: { kind: 'match' } });
      await world.deps.signals.idle();
      expect((await ask())[0]).toMatchObject({ act: 'stop', crawl: { verdict: 'disallow' } });
    });

    test('10,000 items are answered, 10,001 refused', async () => {
      const items = Array.from({ length: 10_000 }, (_, index) => ({
        sha256: index.toString(16).padStart(64, '0'),
      }));
      const full = await world.request('/v1/check', { json: { items } });
      expect(((await full.json()) as { decisions: unknown[] }).decisions).toHaveLength(10_000);
      const over = await world.request('/v1/check', { json: { items: [...items, items[0]] } });
      expect([over.status, await over.json()]).toMatchObject([
        413,
        { code: 'too-many-items', field: 'items' },
      ]);
    });

    test('a reason says which part of the item it is about, and a line read twice is one reason', async () => {
      await submitAndConfirm({ subjects: [work] });
      world.outside.pages.set('https://site.example/robots.txt', { status: 200, body: robots });
      const page = encodeURIComponent('https://site.example/page');
      const decision = await check(`url=${page}2&page_url=${page}&md5=${work.md5}&agent=GPTBot`);
      expect(decision.reasons.map(({ source, on }) => [source, on])).toEqual([
        ['registry', 'md5'],
        ['robots.txt', 'url'],
      ]);
    });

    test('an artist name is asked for in any spelling, and unproven it is possible', async () => {
      await submitAndConfirm({
        subjects: [{ kind: 'name', value: 'Ada  Example' }],
        usages: { 'style-imitation': 'disallow' },
      });
      const query = 'name=ADA%20example&usage=style-imitation';
      expect(await check(query)).toMatchObject({
        verdict: 'unknown',
        act: 'review',
        reasons: [{ on: 'name' }],
      });
      expect(await check('name=Bob&usage=style-imitation')).toMatchObject({
        verdict: 'unknown',
        act: 'proceed',
      });
    });

    test('except names an operator who may', async () => {
      await submitAndConfirm({ subjects: [work], except: ['OpenAI'] });
      expect(await check(`sha256=${sha256}&agent=GPTBot`)).toMatchObject({ verdict: 'unknown' });
      expect(await check(`sha256=${sha256}&agent=CCBot`)).toMatchObject({ verdict: 'disallow' });
      expect(await check(`sha256=${sha256}`)).toMatchObject({ verdict: 'disallow' });
    });

    test('a check leaves counts of the records it hit and nothing of what was missed', async () => {
      await submitAndConfirm({ subjects: [work] });
      await check(`sha256=${sha256}`);
      await check(`sha256=${'9'.repeat(64)}`);
      await world.deps.hits.flush();
      const rows = await world.deps.database.db.all('SELECT verdict, day, hits FROM checks_daily');
      expect(rows).toEqual([{ verdict: 'disallow', day: '2026-11-23', hits: 1 }]);
    });
  });

  describe('the Spawning protocol', () => {
    test('answers every line in order, duplicates included', async () => {
      const { session } = await submitAndConfirm({ subjects: [{ kind: 'domain', value: 'example.com' }] });
      const proof = (await mine(session))[0]?.proofs[0];
      world.outside.txt.set(proof?.dns.name ?? '', [proof?.dns.value ?? '']);
      await world.request('/v1/proofs/example.com/check', {
        method: 'POST',
        headers: { Authorization: `Bearer ${session}` },
      });
      const lines = [
        'https://example.com/a.jpg',
        'https://other.example/',
        'https://example.com/a.jpg',
        '',
        'nonsense',
        'https://example.com/a.jpg\r',
        '',
      ];
      for (const path of ['/api/v2/query/urls', '/api/v2/query/urls/']) {
        const response = await world.request(path, { method: 'POST', body: lines.join('\n') });
        expect(((await response.json()) as { urls: unknown[] }).urls).toEqual([
          { url: lines[0], optOut: true, optIn: false },
          { url: lines[1], optOut: false, optIn: false },
          { url: lines[2], optOut: true, optIn: false },
          { url: '', optOut: false, optIn: false },
          { url: 'nonsense', optOut: false, optIn: false },
          { url: lines[5], optOut: true, optIn: false },
          { url: '', optOut: false, optIn: false },
        ]);
      }
    });
  });

  describe('keys', () => {
    test('in production many items need a key with the scope', async () => {
      const env = {
        WITHHOLD_ORIGIN: 'https://withhold.example',
        WITHHOLD_SECRETS: `a:${btoa('x'.repeat(32))}`,
      };
      world = await createWorld(world.deps.database, { env });
      const json = { items: [{ sha256 }, { sha256 }] };
      expect((await world.request('/v1/check', { json })).status).toBe(401);
      const feed = await addKey(world.deps, { consumer: 'Crawler', scopes: ['feed'] });
      const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
      expect((await world.request('/v1/check', { json, headers: bearer(feed.key) })).status).toBe(403);
      const good = await addKey(world.deps, { consumer: 'Crawler', scopes: ['check'] });
      expect((await world.request('/v1/check', { json, headers: bearer(good.key) })).status).toBe(200);
      expect((await world.request('/v1/check', { json, headers: bearer('wh_wrong') })).status).toBe(401);
      const one = await world.request('/v1/check', { json: { items: [{ sha256 }] } });
      expect(one.status).toBe(200);
    });
  });

  describe('bad input is a problem with the field and the fix', () => {
    const rows: [string, () => Promise<Response>, number, Record<string, unknown>][] = [
      [
        'a URL that is none',
        () =>
          world.request('/v1/opt-outs', {
            json: optOut({ subjects: [{ kind: 'url', value: 'not a url' }] }),
          }),
        400,
        { code: 'invalid', field: 'subjects[0].value' },
      ],
      [
        'a public suffix as domain',
        () =>
          world.request('/v1/opt-outs', {
            json: optOut({ subjects: [work, { kind: 'domain', value: 'co.uk' }] }),
          }),
        422,
        { code: 'public-suffix', field: 'subjects[1].value' },
      ],
      [
        'an unknown usage',
        () => world.request('/v1/opt-outs', { json: optOut({ usages: { 'train-all': 'disallow' } }) }),
        400,
        { code: 'invalid', field: expect.stringContaining('usages') },
      ],
      [
        'an unknown usage in a check',
        () => world.request(`/v1/check?sha256=${sha256}&usage=eat`),
        400,
        { code: 'invalid', field: 'usage' },
      ],
      [
        'allow without proof',
        () => world.request('/v1/opt-outs', { json: optOut({ usages: { search: 'allow' } }) }),
        422,
        { code: 'proof-required', field: 'usages.search' },
      ],
      [
        'no preference at all',
        () => world.request('/v1/opt-outs', { json: optOut({ usages: {} }) }),
        400,
        { code: 'invalid', field: 'usages' },
      ],
      [
        'JSON that is none',
        () =>
          world.request('/v1/check', {
            method: 'POST',
            body: '{"items": [',
            headers: { 'Content-Type': 'application/json' },
          }),
        400,
        { code: 'invalid' },
      ],
      [
        'JSON sent as something else',
        () =>
          world.request('/v1/check', {
            method: 'POST',
            body: '{}',
            headers: { 'Content-Type': 'text/plain' },
          }),
        400,
        { code: 'invalid' },
      ],
      ['nothing to check', () => world.request('/v1/check'), 400, { code: 'invalid' }],
      [
        'a hash of the wrong length',
        () => world.request('/v1/check?sha256=abc'),
        400,
        { code: 'invalid', field: 'sha256' },
      ],
      [
        'a token nobody has',
        () => world.request('/v1/confirmations', { json: { token: 'x'.repeat(32) } }),
        404,
        { code: 'token-invalid', field: 'token' },
      ],
      ['a path that is not there', () => world.request('/v1/nothing'), 404, { code: 'not-found' }],
      [
        'an old statement',
        () => world.request('/v1/opt-outs', { json: optOut({ statement: '1999-01-01' }) }),
        409,
        { code: 'conflict', field: 'statement' },
      ],
    ];

    test.each(rows)('%s', async (_name, send, status, expected) => {
      const response = await send();
      const problem = (await response.json()) as Record<string, unknown>;
      expect({ status: response.status, ...problem }).toMatchObject({ status, ...expected });
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(problem.requestId).toBe(response.headers.get('x-request-id'));
      expect(problem.fix).toEqual(expect.any(String));
    });

    test('a used and an expired confirmation', async () => {
      await world.request('/v1/opt-outs', { json: optOut() });
      const token = await world.lastToken('confirm');
      expect((await world.request('/v1/confirmations', { json: { token } })).status).toBe(200);
      const used = await world.request('/v1/confirmations', { json: { token } });
      expect([used.status, await used.json()]).toMatchObject([410, { code: 'token-used' }]);

      await world.request('/v1/opt-outs', { json: optOut({ email: 'bob@example.com' }) });
      const late = await world.lastToken('confirm');
      world.clock.now += 8 * 86_400_000;
      const expired = await world.request('/v1/confirmations', { json: { token: late } });
      expect([expired.status, await expired.json()]).toMatchObject([410, { code: 'token-expired' }]);
    });

    test('a body that is too large is refused without being read to its end', async () => {
      const response = await world.request('/v1/fingerprints', {
        method: 'POST',
        body: new Uint8Array(30 * 1024 * 1024),
        headers: { 'Content-Type': 'application/octet-stream' },
      });
      expect([response.status, await response.json()]).toMatchObject([413, { code: 'too-large' }]);
    });

    test('a caller who asks too fast is told when to come back', async () => {
      world = await createWorld(world.deps.database, { limitScale: 0.01 });
      const statuses: number[] = [];
      for (let asked = 0; asked < 8; asked += 1) {
        const response = await world.request(`/v1/check?sha256=${sha256}`);
        statuses.push(response.status);
        if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
    });
  });

  test('the OpenAPI document describes every route with its answers', async () => {
    const document = (await (await world.request('/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, Record<string, { responses: object; summary: string }>>;
    };
    expect(document.openapi).toBe('3.1.0');
    const routes = Object.entries(document.paths).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((verb) => `${verb} ${path}`),
    );
    expect(routes).toEqual(expect.arrayContaining(['get /v1/check', 'post /v1/check', 'post /v1/opt-outs']));
    for (const verbs of Object.values(document.paths)) {
      for (const route of Object.values(verbs)) expect(route.summary.length).toBeGreaterThan(3);
    }
  });
}
