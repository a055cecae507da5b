import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { type Crawler, crawlers } from '../../src/consent/crawlers.ts';
import { createWorld, type World } from './world.ts';

/** The crawler table over HTTP; run on Node and in workerd. */
export function crawlersSuite(open: () => Promise<Database>): void {
  describe('GET /v1/crawlers', () => {
    let world: World;
    beforeAll(async () => {
      world = await createWorld(await open());
    });

    const rows = async (query: string) => {
      const response = await world.request(`/v1/crawlers${query}`);
      expect(response.status, query).toBe(200);
      return ((await response.json()) as { crawlers: Crawler[] }).crawlers;
    };

    test('gives the whole table as it is kept', async () => {
      expect(await rows('')).toEqual(crawlers);
    });

    test.each([
      ['?operator=anthropic&purpose=training', ['ClaudeBot', 'anthropic-ai']],
      ['?purpose=control-token', ['Google-Extended', 'Applebot-Extended']],
      ['?operator=COMMON%20Crawl%20foundation', ['CCBot']],
      ['?operator=Nobody', []],
    ])('%s', async (query, tokens) => {
      expect((await rows(query)).map(({ token }) => token)).toEqual(tokens);
    });

    test.each(['?purpose=nothing', '?operator=', `?operator=${'x'.repeat(101)}`])(
      'refuses %s',
      async (query) => {
        const response = await world.request(`/v1/crawlers${query}`);
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ code: 'invalid', field: expect.any(String) });
      },
    );

    test('may be kept for an hour, and is not sent again to who has it', async () => {
      const first = await world.request('/v1/crawlers');
      const tag = first.headers.get('etag') ?? '';
      expect(tag).toMatch(/^"[^"]+"$/);
      expect(first.headers.get('cache-control')).toBe('public, max-age=3600');
      const again = await world.request('/v1/crawlers', { headers: { 'If-None-Match': tag } });
      expect(again.status).toBe(304);
      expect(await again.text()).toBe('');
      expect(again.headers.get('etag')).toBe(tag);
      const other = await world.request('/v1/crawlers?purpose=search', { headers: { 'If-None-Match': tag } });
      expect(other.status).toBe(200);
    });
  });
}
