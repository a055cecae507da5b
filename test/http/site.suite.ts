import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { crawlers } from '../../src/consent/crawlers.ts';
import { SiteView, siteCost } from '../../src/http/site.ts';
import { allowances } from '../../src/limiter.ts';
import { createWorld, type World } from './world.ts';

/** The site check over HTTP; run on Node and in workerd. */
export function siteSuite(open: () => Promise<Database>): void {
  describe('GET /v1/site', () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld(await open());
    });

    const put = (url: string, body: string, status = 200) => world.outside.pages.set(url, { status, body });
    const ask = async (url: string) => {
      const response = await world.request(`/v1/site?url=${encodeURIComponent(url)}`);
      expect(response.status, url).toBe(200);
      expect(response.headers.get('cache-control')).toBe('private, no-store');
      return SiteView.parse(await response.json());
    };

    test('reads every file and the page, and answers for every crawler', async () => {
      const site = 'https://all.example';
      put(
        `${site}/robots.txt`,
        `License: ${site}/license.xml\nUser-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nDisallow: /private\n`,
      );
      put(`${site}/.well-known/tdmrep.json`, '[{"location": "/", "tdm-reservation": 1}]');
      put(`${site}/ai.txt`, 'User-Agent: *\nDisallow: /\n');
      put(`${site}/trust.txt`, 'datatrainingallowed=yes\n');
      put(
        `${site}/license.xml`,
        '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><prohibits type="usage">search</prohibits></license></content></rsl>',
      );
      put(`${site}/`, '<!doctype html><meta name="robots" content="noai"><title>All</title>');
      const report = await ask('all.example');
      expect(report.url).toBe(`${site}/`);
      expect(report.checkedAt).toBe('2026-11-23T14:02:00.000Z');
      expect(report.crawlers.map(({ token }) => token)).toEqual(crawlers.map(({ token }) => token));
      expect(report.crawlers.find(({ token }) => token === 'GPTBot')).toMatchObject({
        crawl: { verdict: 'disallow', where: `${site}/robots.txt, line 3` },
        'train-ai': { verdict: 'disallow' },
        search: { verdict: 'disallow', source: 'rsl' },
      });
      expect(new Set(report.signals.map(({ source }) => source))).toEqual(
        new Set(['robots.txt', 'tdmrep', 'ai.txt', 'trust.txt', 'rsl', 'x-robots-tag']),
      );
      expect(report.contradictions.map(({ kind }) => kind)).toEqual(['sources-disagree']);
      expect(report.page).toMatchObject({ state: 'read', status: 200, cut: false });
      expect(report.files.map(({ source, state }) => [source, state])).toEqual([
        ['robots.txt', 'read'],
        ['tdmrep', 'read'],
        ['ai.txt', 'read'],
        ['trust.txt', 'read'],
        ['rsl', 'read'],
      ]);
    });

    test('says nothing was said where nothing is, and what to paste', async () => {
      const report = await ask('https://none.example/a?b#c');
      expect(report.url).toBe('https://none.example/a?b');
      expect(report.summary).toMatchObject({ mayNotFetch: 0, trainingRefused: 0 });
      expect(report.paste.robots.text).toContain('Content-Usage: train-ai=n');
      expect(report.paste.items.map(({ channel }) => channel)).toContain('tdmrep.json');
      expect(report).toMatchObject({ signals: [], contradictions: [], mistakes: [], notChecked: [] });
    });

    test('does not ask for a page that robots.txt keeps our crawler from, nor while it is unreachable', async () => {
      put('https://closed.example/robots.txt', 'User-agent: WithholdBot\nDisallow: /\n');
      put('https://closed.example/', '<meta name="robots" content="noai">');
      const closed = await ask('https://closed.example/');
      expect(closed.page).toMatchObject({ state: 'disallowed', status: null });
      expect(closed.signals).toEqual([]);
      expect(closed.notChecked).toContainEqual({ source: 'page', why: 'disallowed-by-robots' });
      world.outside.pages.set('https://down.example/robots.txt', 'down');
      const down = await ask('https://down.example/');
      expect(down.page).toMatchObject({ state: 'disallowed' });
      expect(down.unnamed.crawl).toMatchObject({ verdict: 'disallow', reason: 'unreachable' });
    });

    test('asks for the pages of one site only so often, whoever asks', async () => {
      const { limiter } = world.deps;
      while (limiter.take('fetch', 'site:busy.example', 100).allowed);
      put('https://busy.example/', '<meta name="robots" content="noai">');
      const report = await ask('https://busy.example/');
      expect(report.page?.state).toBe('busy');
      expect(report.notChecked).toContainEqual({ source: 'page', why: 'asked-too-often' });
    });

    test.each([
      '',
      'not a url',
      'ftp://example.org/',
      'localhost',
      `https://example.org/${'a'.repeat(3_000)}`,
    ])('refuses %s', async (url) => {
      const response = await world.request(`/v1/site?url=${encodeURIComponent(url)}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'invalid', field: 'url' });
    });

    test('is refused to who asks too often', async () => {
      world = await createWorld(await open(), { limitScale: 1 });
      const statuses: number[] = [];
      for (let at = 0; at <= allowances.fetch.burst / siteCost; at++) {
        statuses.push((await world.request('/v1/site?url=none.example')).status);
      }
      expect(statuses.at(0)).toBe(200);
      expect(statuses.at(-1)).toBe(429);
    });
  });
}
