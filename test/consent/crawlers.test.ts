import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resolveAgent } from '../../src/consent/agent.ts';
import { everydayWords } from '../../src/consent/crawler-rows.ts';
import { crawlerOf, crawlers, crawlersOf, purposes } from '../../src/consent/crawlers.ts';
import { usages } from '../../src/consent/evidence.ts';

const Row = z.strictObject({
  token: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._ -]*[A-Za-z0-9]$/),
  operator: z.string().min(1).nullable(),
  purpose: z.enum(purposes),
  sendsRequests: z.boolean(),
  matchInUserAgent: z.boolean(),
  controlToken: z.string().nullable(),
  controls: z.array(z.enum(usages)),
  documentation: z.url({ protocol: /^https?$/ }).nullable(),
  source: z.string().min(5),
  date: z.iso.date(),
});

describe('the crawler table', () => {
  it('holds at least 160 rows, each of the schema', () => {
    expect(crawlers.length).toBeGreaterThanOrEqual(160);
    for (const crawler of crawlers)
      expect(Row.safeParse(crawler).error?.message, crawler.token).toBeUndefined();
  });

  it('names each token once, whatever its case, and each resolves to its own row', () => {
    const tokens = crawlers.map((crawler) => crawler.token.toLowerCase());
    expect(tokens.filter((token, at) => tokens.indexOf(token) !== at)).toEqual([]);
    for (const { token, operator, purpose } of crawlers) {
      expect(resolveAgent(token)).toMatchObject({ token, operator, purpose });
    }
  });

  it('finds every crawler that sends requests in a User-Agent, except the everyday words', () => {
    for (const { token, operator, sendsRequests } of crawlers) {
      if (!sendsRequests) continue;
      const found = resolveAgent(`Mozilla/5.0 (compatible; a tool; ${token}/1.0; +https://example.com)`);
      expect(found.operator, token).toBe(everydayWords.includes(token) ? null : operator);
    }
    for (const word of everydayWords)
      expect(crawlerOf(word), word).toMatchObject({ matchInUserAgent: false });
  });

  it('knows who answers for every crawler that trains', () => {
    for (const crawler of crawlers) {
      if (crawler.purpose === 'training') expect(crawler.operator, crawler.token).not.toBeNull();
    }
  });

  it('a control token sends no requests, controls something, and governs crawlers of its own operator', () => {
    for (const crawler of crawlers) {
      const isControl = crawler.purpose === 'control-token';
      expect(crawler.sendsRequests).toBe(!isControl);
      expect(crawler.controls.length > 0).toBe(isControl);
      if (crawler.controlToken === null) continue;
      expect(crawlerOf(crawler.controlToken)).toMatchObject({
        purpose: 'control-token',
        operator: crawler.operator,
      });
    }
  });

  it('no source is dated after the day it was read', () => {
    for (const { date, token } of crawlers) expect(date <= '2026-11-23', token).toBe(true);
  });

  it('lists what an operator runs', () => {
    expect(crawlersOf('Apple').map((crawler) => crawler.token)).toEqual(['Applebot', 'Applebot-Extended']);
    expect(crawlersOf('Nobody')).toEqual([]);
  });
});
