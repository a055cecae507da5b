import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { addKey } from '../../src/actions/keys.ts';
import { sequence } from '../../src/actions/sequence.ts';
import { CheckResponse, DecisionWithReceipt } from '../../src/http/schemas.ts';
import { verifyCheckReceipt } from '../../src/log/check-receipt.ts';
import { type LogPolicy, parseLogPolicy } from '../../src/log/log-policy.ts';
import { currentStatement } from '../../src/opt-outs/statement.ts';
import { work } from './api.suite.ts';
import { createWorld, type World } from './world.ts';

/** Receipts for answers, on both databases. */
export function checkReceiptsSuite(open: () => Promise<Database>): void {
  let world: World;
  beforeEach(async () => {
    world = await createWorld(await open());
  });

  async function optOut(): Promise<void> {
    const submission = {
      name: 'Ada Example',
      email: 'ada@example.com',
      role: 'owner',
      statement: currentStatement.version,
      affirmed: true,
      usages: { 'train-ai': 'disallow' },
      subjects: [work],
    };
    await world.request('/v1/opt-outs', { json: submission });
    const token = await world.lastToken('confirm');
    expect((await world.request('/v1/confirmations', { json: { token } })).status).toBe(200);
  }

  const policy = async (): Promise<LogPolicy> =>
    parseLogPolicy(await (await world.request('/log/policy')).text());

  describe('a check receipt', () => {
    test('vouches for question, answer and evidence on a state of the log', async () => {
      await optOut();
      await sequence(world.deps);
      const response = await world.request(
        `/v1/check?sha256=${work.sha256}&usage=train-ai&agent=GPTBot&receipt=true`,
      );
      const body: unknown = await response.json();
      expect(DecisionWithReceipt.parse(body)).toEqual(body);
      const { receipt = '', ...decision } = body as { receipt?: string; verdict: string };
      const verdict = await verifyCheckReceipt(receipt, await policy());
      expect(verdict).toMatchObject({
        ok: true,
        log: { origin: 'localhost:8787/log', size: 2n },
        proven: {
          query: { sha256: work.sha256, usage: 'train-ai', agent: 'GPTBot' },
          evidence: [{ item: 0, source: 'registry', preference: 'disallow' }],
          at: '2026-11-23T14:02:00.000Z',
        },
      });
      expect(verdict.proven?.answer).toEqual(decision);
      expect(decision).toMatchObject({ verdict: 'disallow', asOf: [{ size: 2 }] });
    });

    test('of nothing found says so, and what was not checked', async () => {
      await sequence(world.deps);
      const response = await world.request('/v1/check?url=https%3A%2F%2Fquiet.example%2Fa.jpg&receipt=true');
      const { receipt } = (await response.json()) as { receipt: string };
      const { proven } = await verifyCheckReceipt(receipt, await policy());
      expect(proven).toMatchObject({ answer: { verdict: 'unknown', reasons: [] }, evidence: [] });
      expect(proven?.answer.notChecked).toEqual([expect.objectContaining({ source: 'response' })]);
    });

    test('keeps the words of a robots.txt', async () => {
      await sequence(world.deps);
      const body = 'User-agent: GPTBot\nDisallow: /\n';
      world.outside.pages.set('https://loud.example/robots.txt', { status: 200, body });
      const response = await world.request(
        '/v1/check?url=https%3A%2F%2Floud.example%2Fa.jpg&agent=GPTBot&receipt=true',
      );
      const { receipt } = (await response.json()) as { receipt: string };
      const { proven } = await verifyCheckReceipt(receipt, await policy());
      expect(proven?.answer).toMatchObject({
        verdict: 'disallow',
        crawl: { quote: 'User-agent: GPTBot / Disallow: /' },
      });
      expect(proven?.evidence).toEqual([
        expect.objectContaining({
          source: 'robots.txt',
          preference: 'disallow',
          quote: expect.stringContaining('Disallow: /'),
        }),
      ]);
    });

    test('of many items is one, and any change of it shows', async () => {
      await optOut();
      await sequence(world.deps);
      const items = [{ id: 'a', sha256: work.sha256 }, { md5: '00'.repeat(16) }];
      const response = await world.request('/v1/check', { json: { items, receipt: true } });
      const body: unknown = await response.json();
      expect(CheckResponse.parse(body)).toEqual(body);
      const { receipt = '', decisions } = body as { receipt?: string; decisions: unknown[] };
      const { proven } = await verifyCheckReceipt(receipt, await policy());
      expect(proven).toMatchObject({ query: { items, agent: null }, answer: { verdict: 'disallow' } });
      expect(proven?.answer.decisions).toEqual(decisions);
      expect(proven?.evidence).toMatchObject([{ item: 0 }]);
      const forged = receipt.replaceAll('disallow', 'unknown');
      expect((await verifyCheckReceipt(forged, await policy())).ok).toBe(false);
    });

    test('needs a checkpoint, and stands on the newest even if another process signed it', async () => {
      const ask = () => world.request(`/v1/check?sha256=${work.sha256}&receipt=true`);
      const early = await ask();
      expect([early.status, early.headers.get('retry-after')]).toEqual([503, '2']);
      expect((await world.request(`/v1/check?sha256=${work.sha256}`)).status).toBe(200);
      await sequence(world.deps);
      await optOut();
      const before = world.deps.consentLog.published;
      await sequence(world.deps);
      world.deps.consentLog.published = before;
      const { receipt } = (await (await ask()).json()) as { receipt: string };
      expect((await verifyCheckReceipt(receipt, await policy())).log?.size).toBe(2n);
    });

    test('is for at most a thousand items, and many need a key', async () => {
      await sequence(world.deps);
      const items = Array.from({ length: 1_001 }, () => ({ md5: '00'.repeat(16) }));
      const tooMany = await world.request('/v1/check', { json: { items, receipt: true } });
      expect([tooMany.status, await tooMany.json()]).toMatchObject([413, { code: 'too-many-items' }]);
      const production = await createWorld(await open(), {
        env: {
          WITHHOLD_ORIGIN: 'https://withhold.example',
          WITHHOLD_SECRETS: `a:${btoa('x'.repeat(32))}`,
        },
      });
      await sequence(production.deps);
      const json = { items: items.slice(0, 2), receipt: true };
      expect((await production.request('/v1/check', { json })).status).toBe(401);
      const { key } = await addKey(production.deps, { consumer: 'Crawler', scopes: ['check'] });
      const headers = { Authorization: `Bearer ${key}` };
      const keyed = await production.request('/v1/check', { json, headers });
      expect(keyed.status).toBe(200);
      expect(((await keyed.json()) as { receipt: string }).receipt).toContain('withhold-check-receipt/1');
    });
  });
}
