import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import type { Database } from '../../db/database.ts';
import type { DecisionView } from '../../src/http/schemas.ts';
import { type InspectionView, inspectHeadersMax, inspectTextLengthMax } from '../../src/http/signals.ts';
import { createWorld, type World } from './world.ts';

type Inspection = z.infer<typeof InspectionView>;

/** What sites say, gathered for a check and sent to be inspected; run on Node and in workerd. */
export function signalsSuite(open: () => Promise<Database>): void {
  let world: World;
  beforeEach(async () => {
    world = await createWorld(await open());
  });

  describe('a check gathers what a site says', () => {
    const origin = 'https://site.example';
    const page = (path: string, body: string, status = 200) =>
      world.outside.pages.set(new URL(path, origin).href, { status, body });
    const check = async (path = '/art/1.jpg', query = 'agent=GPTBot') => {
      const response = await world.request(`/v1/check?url=${encodeURIComponent(origin + path)}&${query}`);
      expect(response.status).toBe(200);
      return (await response.json()) as DecisionView;
    };

    const rsl = (usage: string) =>
      `<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><prohibits type="usage">${usage}` +
      '</prohibits></license></content></rsl>';

    test.each([
      ['tdmrep', '/.well-known/tdmrep.json', '[{"location": "/art/", "tdm-reservation": 1}]'],
      ['ai.txt', '/ai.txt', 'User-Agent: *\nDisallow: *.jpg\n'],
      ['trust.txt', '/trust.txt', 'datatrainingallowed=no\n'],
      ['trust.txt', '/.well-known/trust.txt', 'datatrainingallowed=no\n'],
      ['content-signal', '/robots.txt', 'User-agent: *\nContent-Signal: ai-train=no\nAllow: /\n'],
      ['content-usage', '/robots.txt', 'User-agent: *\nContent-Usage: train-ai=n\nAllow: /\n'],
    ])('%s at %s', async (source, path, body) => {
      page(path, body);
      const decision = await check();
      expect(decision).toMatchObject({
        verdict: 'disallow',
        act: 'stop',
        crawl: { verdict: 'allow' },
        reasons: [{ source, usage: 'train-ai', preference: 'disallow', effect: 'decides' }],
        warnings: [],
        notChecked: [{ source: 'response', why: expect.stringContaining('/v1/signals/inspect') }],
      });
      expect(decision.reasons[0]?.where.startsWith(origin + path)).toBe(true);
      expect(await check('/texts/1.html', 'agent=GPTBot&usage=search')).toMatchObject({ verdict: 'unknown' });
    });

    test('an RSL document that robots.txt names, on another host', async () => {
      page('/robots.txt', 'License: https://licences.example/all.xml\n');
      page('https://licences.example/all.xml', rsl('ai-train'));
      const decision = await check();
      expect(decision).toMatchObject({
        verdict: 'disallow',
        reasons: [{ source: 'rsl', licence: 'https://licences.example/all.xml' }],
      });
      page('https://licences.example/all.xml', rsl('search'));
      expect((await check()).reasons).toHaveLength(1);
    });

    test('what keeps our crawler out is said, and asks for no review', async () => {
      page('/robots.txt', 'User-agent: WithholdBot\nDisallow: /\n');
      page('/trust.txt', 'datatrainingallowed=no\n');
      expect(await check()).toMatchObject({
        verdict: 'unknown',
        act: 'proceed',
        notChecked: ['ai.txt', 'response', 'tdmrep', 'trust.txt'].map((source) => {
          return { source, why: source === 'response' ? expect.any(String) : 'disallowed-by-robots' };
        }),
      });
    });

    test('a file that is down is said with the time to ask again; a front page in its place is a warning', async () => {
      page('/ai.txt', 'busy', 503);
      page('/trust.txt', '<!doctype html><title>Welcome</title>');
      page('/.well-known/tdmrep.json', '<!doctype html><title>Welcome</title>');
      expect(await check()).toMatchObject({
        act: 'proceed',
        warnings: [
          `${origin} answers /.well-known/tdmrep.json and /trust.txt with a web page, which says nothing.`,
        ],
        notChecked: expect.arrayContaining([{ source: 'ai.txt', why: 'unreachable', retryAfter: 3_600 }]),
      });
    });

    test('a slip in a file is warned of with what to write', async () => {
      page('/.well-known/tdmrep.json', '{"location": "/", "tdm-reservation": 1}');
      const { verdict, warnings } = await check();
      expect(verdict).toBe('unknown');
      expect(warnings).toEqual([expect.stringMatching(/tdmrep\.json.*must be an array.*write `\[/)]);
    });

    test('a bulk check answers from what is known, and finds all of it the second time', async () => {
      page('/robots.txt', `License: ${origin}/rsl.xml\n`);
      page('/rsl.xml', rsl('ai-train'));
      const ask = async () => {
        const items = [{ url: `${origin}/a` }, { url: `${origin}/b` }];
        const response = await world.request('/v1/check', { json: { items } });
        return ((await response.json()) as { decisions: DecisionView[] }).decisions;
      };
      const [cold] = await ask();
      expect(cold?.notChecked.map(({ source, why }) => [source, why])).toEqual(
        expect.arrayContaining(
          ['robots.txt', 'tdmrep', 'ai.txt', 'trust.txt'].map((source) => [source, 'not-fetched-yet']),
        ),
      );
      await world.deps.signals.idle();
      for (const decision of await ask())
        expect(decision).toMatchObject({ verdict: 'disallow', act: 'stop' });
    });
  });

  describe('POST /v1/signals/inspect', () => {
    const inspect = async (json: unknown, status = 200) => {
      const response = await world.request('/v1/signals/inspect', { json });
      expect(response.status, await response.clone().text()).toBe(status);
      return (await response.json()) as Inspection;
    };
    const url = 'https://example.com/art/1.jpg';

    test.each<[string, string, Record<string, unknown>]>([
      ['robots.txt', 'robots.txt', { robotsTxt: 'User-agent: GPTBot\nDisallow: /\n', agent: 'GPTBot' }],
      [
        'Content-Usage in robots.txt',
        'content-usage',
        { robotsTxt: 'User-agent: *\nContent-Usage: train-ai=n\nAllow: /' },
      ],
      [
        'Content-Signal in robots.txt',
        'content-signal',
        { robotsTxt: 'User-agent: *\nContent-Signal: ai-train=no\nAllow: /' },
      ],
      ['the Content-Usage header', 'content-usage', { headers: { 'content-usage': 'train-ai=n' } }],
      [
        'X-Robots-Tag',
        'x-robots-tag',
        {
          headers: [
            ['X-Robots-Tag', 'noindex'],
            ['x-robots-tag', 'noai'],
          ],
        },
      ],
      ['tdm-reservation', 'tdmrep', { headers: { 'TDM-Reservation': ['1'] } }],
      ['a robots meta element', 'x-robots-tag', { html: '<meta name="robots" content="noai">' }],
      ['a TDMRep meta element', 'tdmrep', { html: '<meta name="tdm-reservation" content="1">' }],
      ['tdmrep.json', 'tdmrep', { tdmrep: '[{"location": "/", "tdm-reservation": 1}]' }],
      ['ai.txt', 'ai.txt', { aiTxt: 'User-Agent: *\nDisallow: /' }],
      ['trust.txt', 'trust.txt', { trustTxt: 'datatrainingallowed=no' }],
      [
        'RSL',
        'rsl',
        {
          rsl: '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><prohibits type="usage">all</prohibits></license></content></rsl>',
        },
      ],
    ])('reads %s', async (_name, source, sent) => {
      const found = await inspect({ url, ...sent });
      expect(found.decisions).toMatchObject([{ usage: 'train-ai', verdict: 'disallow', act: 'stop' }]);
      expect(found.decisions[0]?.reasons.map((reason) => reason.source)).toContain(source);
      expect(found.signals).toContainEqual(expect.objectContaining({ signal: source, warnings: [] }));
      expect(found.notChecked.map((missing) => missing.source)).not.toContain(Object.keys(sent)[0]);
    });

    test('reads the metadata of a picture', async () => {
      const xmp =
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
        '<rdf:Description rdf:about="" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" ' +
        'plus:DataMining="http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"/></rdf:RDF></x:xmpmeta>';
      const found = await inspect({ image: btoa(gifWith(xmp)) });
      expect(found.decisions).toMatchObject([{ verdict: 'disallow' }]);
      expect(found.signals).toMatchObject([{ signal: 'image-metadata', warnings: [] }]);
      const none = await inspect({ image: btoa('not a picture') });
      expect(none.decisions).toMatchObject([{ verdict: 'unknown' }]);
      expect(none.signals).toMatchObject([{ warnings: [{ fix: expect.stringContaining('PNG') }] }]);
    });

    test('answers every usage asked, once each, for a full User-Agent', async () => {
      const found = await inspect({
        url,
        agent: 'Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)',
        usage: ['search', 'train-ai', 'search'],
        robotsTxt: 'User-agent: GPTBot\nDisallow: /art/\nContent-Usage: /art/ search=y\n',
      });
      expect(found.agent).toEqual({ token: 'GPTBot', operator: 'OpenAI', purpose: 'training' });
      expect(found.crawl).toMatchObject({
        verdict: 'disallow',
        where: 'https://example.com/robots.txt, line 2',
      });
      expect(found.decisions.map(({ usage, act }) => [usage, act])).toEqual([
        ['search', 'stop'],
        ['train-ai', 'stop'],
      ]);
    });

    test('a later carrier of TDMRep supersedes an earlier one', async () => {
      const tdmrep = '[{"location": "/", "tdm-reservation": 1}]';
      expect((await inspect({ url, tdmrep, headers: { 'tdm-reservation': '0' } })).decisions).toMatchObject([
        { verdict: 'allow' },
      ]);
    });

    test('says what was probably meant, and what to write', async () => {
      const { decisions, signals } = await inspect({ headers: { 'Content-Usage': 'train-ai=no' } });
      expect(decisions).toMatchObject([{ verdict: 'unknown', act: 'proceed' }]);
      expect(signals).toEqual([
        {
          signal: 'content-usage',
          evidence: [],
          warnings: [
            {
              where: 'response header',
              quote: 'Content-Usage: train-ai=no',
              message: expect.any(String),
              fix: expect.stringContaining('train-ai=n'),
            },
          ],
        },
      ]);
    });

    test('names an RSL document that is pointed to and was not sent', async () => {
      const robotsTxt = 'License: https://example.com/rsl.xml';
      const found = await inspect({ url, robotsTxt });
      expect(found.notChecked).toContainEqual({
        source: 'rsl',
        why: expect.stringContaining('https://example.com/rsl.xml'),
      });
    });

    test('nothing at all says nothing, and what was not sent is listed', async () => {
      const found = await inspect({});
      expect(found).toMatchObject({
        url: null,
        agent: null,
        signals: [],
        warnings: [],
        crawl: { verdict: 'unknown' },
      });
      expect(found.notChecked.map(({ source }) => source)).toEqual([
        ...['registry', 'robotsTxt', 'headers', 'html', 'tdmrep', 'aiTxt', 'trustTxt', 'rsl', 'image'],
      ]);
    });

    test('fetches nothing', async () => {
      const asked: string[] = [];
      const { fetcher } = world.deps;
      fetcher.fetch = async (address) => {
        asked.push(address);
        return { ok: false, kind: 'refused', message: 'no' };
      };
      await inspect({
        url,
        robotsTxt: 'License: https://example.com/rsl.xml',
        html: '<link rel="license" type="application/rsl+xml" href="/a">',
      });
      expect(asked).toEqual([]);
    });

    test.each<[string, unknown, string]>([
      ['a url that is none', { url: 'art/1.jpg' }, 'url'],
      ['a url of another kind', { url: 'ftp://example.com/' }, 'url'],
      ['an unknown usage', { usage: 'training' }, 'usage'],
      ['no usage', { usage: [] }, 'usage'],
      ['an image that is no base64', { image: '%%%' }, 'image'],
      ['a text that is too long', { aiTxt: 'x'.repeat(inspectTextLengthMax + 1) }, 'aiTxt'],
      ['headers of no shape', { headers: 'X-Robots-Tag: noai' }, 'headers'],
      ['headers of three', { headers: [['a', 'b', 'c']] }, 'headers'],
    ])('refuses %s', async (_name, sent, field) => {
      const problem = (await inspect(sent, 400)) as unknown as { field: string };
      expect(problem.field.startsWith(field)).toBe(true);
    });

    test('refuses too many headers', async () => {
      const headers = Array.from({ length: inspectHeadersMax + 1 }, (_none, n) => ['a', `${n}`]);
      const response = await world.request('/v1/signals/inspect', { json: { headers } });
      expect([400, 413]).toContain(response.status);
      const object = { a: headers.map(([, value]) => value) };
      const other = await world.request('/v1/signals/inspect', { json: { headers: object } });
      expect([400, 413]).toContain(other.status);
    });

    test('answers anything of the right shape', async () => {
      const words = fc.string({ unit: 'binary', maxLength: 60 });
      const likely = fc.constantFrom(
        'User-agent: *',
        'Disallow: /',
        '[{"location":"/"',
        '<meta name="robots" ',
        '<rsl>',
        '\u0000',
        '\ud800',
      );
      const body = fc.array(fc.oneof(words, likely), { maxLength: 6 }).map((parts) => parts.join('\n'));
      const part = fc.option(body, { nil: undefined });
      const name = fc.oneof(
        words,
        fc.constantFrom('link', 'x-robots-tag', 'content-usage', '__proto__', 'tdm-policy'),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            ...{ robotsTxt: part, html: part, tdmrep: part, aiTxt: part, trustTxt: part, rsl: part },
            agent: fc.option(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), { nil: undefined }),
            headers: fc.array(fc.tuple(name, body), { maxLength: 4 }),
            image: fc.uint8Array({ maxLength: 40 }).map((bytes) => btoa(String.fromCharCode(...bytes))),
          }),
          async (json) => {
            const response = await world.request('/v1/signals/inspect', { json });
            expect(response.status, JSON.stringify(json)).toBe(200);
          },
        ),
        { numRuns: 150 },
      );
    });
  });
}

/** A picture of one white point, with an XMP packet as GIF carries it (XMP specification, part 3). */
function gifWith(xmp: string): string {
  const trailer = String.fromCharCode(1, ...Array.from({ length: 256 }, (_none, n) => 255 - n), 0);
  return (
    'GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00' +
    `!\xff\x0bXMP DataXMP${xmp}${trailer}` +
    ',\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;'
  );
}
