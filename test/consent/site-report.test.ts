import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { resolveAgent } from '../../src/consent/agent.ts';
import { crawlers } from '../../src/consent/crawlers.ts';
import { robotsEvidence } from '../../src/consent/robots/evidence.ts';
import { robotsBytesMax } from '../../src/consent/robots/file.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { siteUsages } from '../../src/consent/site/matrix.ts';
import { siteMistakesMax, siteReport } from '../../src/consent/site/report.ts';
import { hostileFiles, hostileUrl } from './hostile-robots.ts';
import { origin, site, type Told } from './site-texts.ts';

const row = (told: Told, token: string) => {
  const found = siteReport(site(told)).crawlers.find((one) => one.token === token);
  if (found === undefined) throw new Error(`${token} is not in the table`);
  return found;
};

describe('every known crawler', () => {
  it('has a row, in the order of the table, and only tokens that send requests may fetch', () => {
    const { crawlers: rows, summary } = siteReport(site({ 'robots.txt': null }));
    expect(rows.map(({ token }) => token)).toEqual(crawlers.map(({ token }) => token));
    for (const { token, crawl } of rows) {
      expect(crawl === null, token).toBe(
        crawlers.find((one) => one.token === token)?.sendsRequests === false,
      );
    }
    const sending = crawlers.filter(({ sendsRequests }) => sendsRequests).length;
    expect(summary).toEqual({
      ...{ mayFetch: sending, mayNotFetch: 0, trainingRefused: 0, trainingAllowed: 0 },
      trainingUnsaid: crawlers.length,
    });
  });

  it('gives the line that decides', () => {
    const told = {
      'robots.txt': 'User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nContent-Usage: ai-use=n\n',
    };
    expect(row(told, 'GPTBot')).toMatchObject({
      crawl: {
        verdict: 'disallow',
        where: `${origin}/robots.txt, line 2`,
        quote: 'User-agent: GPTBot / Disallow: /',
      },
      'train-ai': { verdict: 'disallow', source: 'robots.txt', where: `${origin}/robots.txt, line 2` },
      'ai-use': { verdict: 'unknown', where: null },
    });
    expect(row(told, 'PerplexityBot')).toMatchObject({
      crawl: { verdict: 'allow', reason: 'no-rule' },
      'train-ai': { verdict: 'unknown' },
      'ai-use': { verdict: 'disallow', source: 'content-usage', where: `${origin}/robots.txt, line 5` },
    });
  });

  it('inherits nothing from * to a control token', () => {
    const told = { 'robots.txt': 'User-agent: *\nDisallow: /\n' };
    expect(row(told, 'Google-Extended')).toMatchObject({ crawl: null, 'train-ai': { verdict: 'unknown' } });
    const named = { 'robots.txt': 'User-agent: Google-Extended\nDisallow: /\n' };
    expect(row(named, 'Google-Extended')['ai-use'].verdict).toBe('disallow');
    expect(row(named, 'Googlebot')).toMatchObject({
      crawl: { verdict: 'allow' },
      'train-ai': { verdict: 'disallow', where: `${origin}/robots.txt, line 2` },
    });
  });

  const silent = { 'robots.txt': null };
  test.each<[string, Told, string]>([
    ['Content-Usage header', { ...silent, headers: { 'content-usage': ['train-ai=n'] } }, 'content-usage'],
    ['X-Robots-Tag', { ...silent, headers: { 'x-robots-tag': ['noai'] } }, 'x-robots-tag'],
    ['tdm-reservation header', { ...silent, headers: { 'tdm-reservation': ['1'] } }, 'tdmrep'],
    ['tdmrep.json', { ...silent, tdmrep: '[{"location":"/","tdm-reservation":1}]' }, 'tdmrep'],
    ['ai.txt', { ...silent, 'ai.txt': 'User-Agent: *\nDisallow: /\n' }, 'ai.txt'],
    ['trust.txt', { ...silent, 'trust.txt': 'datatrainingallowed=no\n' }, 'trust.txt'],
    ['robots meta', { ...silent, html: '<meta name="robots" content="noml">' }, 'x-robots-tag'],
    ['tdm meta', { ...silent, html: '<meta name="tdm-reservation" content="1">' }, 'tdmrep'],
    [
      'RSL named in robots.txt',
      {
        'robots.txt': `License: ${origin}/license.xml\nUser-agent: *\nDisallow:\n`,
        rsl: { [`${origin}/license.xml`]: rsl() },
      },
      'rsl',
    ],
    [
      'RSL named in a header',
      {
        ...silent,
        headers: { link: [`<${origin}/license.xml>; rel="license"; type="application/rsl+xml"`] },
        rsl: { [`${origin}/license.xml`]: rsl() },
      },
      'rsl',
    ],
    [
      'RSL in the page',
      { ...silent, html: `<head><script type="application/rsl+xml">${rsl()}</script>` },
      'rsl',
    ],
  ])('is told by %s', (_name, told, source) => {
    for (const token of ['GPTBot', 'Google-Extended', 'CCBot']) {
      expect(row(told, token)['train-ai'], token).toMatchObject({ verdict: 'disallow', source });
    }
    const { summary, signals } = siteReport(site(told));
    expect(summary.trainingRefused).toBe(crawlers.length);
    expect(signals).toContainEqual(expect.objectContaining({ source, binds: null }));
  });

  it('is answered as a check answers it', () => {
    const text =
      'User-agent: CCBot\nUser-agent: AI2Bot\nDisallow: /a\n\nUser-agent: *\nContent-Signal: ai-train=no\n';
    const url = `${origin}/a`;
    for (const { token, crawl } of siteReport(site({ url, 'robots.txt': text })).crawlers) {
      if (crawl === null) continue;
      const agent = resolveAgent(token);
      const said = robotsEvidence(parseRobots(text), {
        ...{ url, agent, robotsUrl: `${origin}/robots.txt` },
        observedAt: '2026-11-23T14:02:00.000Z',
      });
      expect(crawl, token).toMatchObject({ verdict: said.crawl.verdict, where: said.crawl.where });
    }
  });
});

function rsl(): string {
  return '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><prohibits type="usage">ai-train</prohibits></license></content></rsl>';
}

describe('contradictions', () => {
  const kinds = (told: Told) => siteReport(site(told)).contradictions.map(({ kind }) => kind);

  test.each<[string, Told, string[]]>([
    ['an ordinary file', { 'robots.txt': 'User-agent: *\nDisallow: /private\n' }, []],
    [
      'robots.txt refuses and trust.txt allows',
      {
        'robots.txt': 'User-agent: *\nContent-Usage: train-ai=n\n',
        'trust.txt': 'datatrainingallowed=yes\n',
      },
      ['sources-disagree'],
    ],
    [
      'allowed, but nobody may come',
      { 'robots.txt': 'User-agent: *\nDisallow: /\n', 'trust.txt': 'datatrainingallowed=yes\n' },
      ['allowed-but-not-fetched'],
    ],
    ['one crawler of many', { 'robots.txt': 'User-agent: GPTBot\nDisallow: /\n' }, ['only-some-named']],
    [
      'one crawler of many, and the rest told otherwise',
      { 'robots.txt': 'User-agent: GPTBot\nDisallow: /\n', 'ai.txt': 'User-Agent: *\nDisallow: /\n' },
      [],
    ],
    [
      'a signal under * beside a named group',
      {
        'robots.txt': 'User-agent: *\nContent-Usage: train-ai=n\nAllow: /\n\nUser-agent: GPTBot\nAllow: /\n',
      },
      ['signal-out-of-reach'],
    ],
    [
      'a signal in both',
      {
        'robots.txt':
          'User-agent: *\nContent-Usage: train-ai=n\nAllow: /\n\nUser-agent: GPTBot\nContent-Usage: train-ai=n\nAllow: /\n',
      },
      [],
    ],
    [
      'Content-Signal before any group',
      { 'robots.txt': 'Content-Signal: ai-train=no\nUser-agent: *\nDisallow:\n' },
      ['signal-before-groups'],
    ],
    [
      'a site closed to all but a search engine, whose control token is not named',
      { 'robots.txt': 'User-agent: *\nDisallow: /\n\nUser-agent: Googlebot\nAllow: /\n' },
      ['control-token-not-named'],
    ],
    [
      'the same, with the token named',
      {
        'robots.txt':
          'User-agent: *\nUser-agent: Google-Extended\nDisallow: /\n\nUser-agent: Googlebot\nAllow: /\n',
      },
      [],
    ],
    [
      'two groups that run together',
      { 'robots.txt': 'User-agent: *\nContent-Usage: search=y\n\nUser-agent: GPTBot\nDisallow: /a\n' },
      ['groups-run-together'],
    ],
  ])('%s', (_name, told, expected) => {
    expect(kinds(told)).toEqual(expected);
  });

  it('names both places, and what counts', () => {
    const [first] = siteReport(
      site({
        'robots.txt': 'User-agent: *\nContent-Usage: train-ai=n\n',
        'trust.txt': 'datatrainingallowed=yes\n',
      }),
    ).contradictions;
    expect(first?.message).toBe(
      `${origin}/robots.txt, line 2 refuses train-ai, and ${origin}/trust.txt, line 1 allows it; the refusal counts`,
    );
    expect(first?.places.map(({ quote }) => quote)).toEqual([
      'User-agent: * / Content-Usage: train-ai=n',
      'datatrainingallowed=yes',
    ]);
  });
});

describe('mistakes', () => {
  it('come with the line, its words and what to write', () => {
    const { mistakes } = siteReport(
      site({
        'robots.txt': 'User-agent: *\nDisalow: /a\nContent-Usage: train-ai=no\n',
        'trust.txt': 'datatrainingallowed: no\n',
        html: '<meta name="tdm-reservation" content="yes">',
      }),
    );
    expect(mistakes.map(({ where, quote }) => [where, quote])).toEqual([
      [`${origin}/robots.txt, line 2`, 'Disalow: /a'],
      [`${origin}/robots.txt, line 3`, 'Content-Usage: train-ai=no'],
      [`${origin}/`, '<meta name="tdm-reservation" content="yes">'],
      [`${origin}/trust.txt, line 1`, 'datatrainingallowed: no'],
    ]);
    for (const { fix } of mistakes) expect(fix).toMatch(/write/);
  });

  it('are never more than can be read', () => {
    const lines = 'Disalow: /a\nContent-Usage: train-ai=no\n'.repeat(500);
    expect(siteReport(site({ 'robots.txt': `User-agent: *\n${lines}` })).mistakes).toHaveLength(
      siteMistakesMax,
    );
  });
});

describe('what is not known', () => {
  it('is listed, and an unreachable robots.txt closes the site', () => {
    const texts = site({ 'robots.txt': 'User-agent: *\nContent-Usage: train-ai=n\n' });
    const files = texts.files.map((one) =>
      one.source === 'robots.txt' ? { ...one, state: 'unreachable' as const, status: 503 } : one,
    );
    const { unnamed, notChecked } = siteReport({ ...texts, files });
    expect(unnamed).toMatchObject({
      crawl: { verdict: 'disallow', reason: 'unreachable', quote: 'HTTP 503' },
      'train-ai': { verdict: 'disallow' },
    });
    expect(notChecked).toEqual([{ source: 'robots.txt', why: 'unreachable' }]);
  });

  it('says so when robots.txt was not fetched', () => {
    const texts = { ...site({ 'robots.txt': null }), files: [] };
    expect(siteReport(texts).unnamed.crawl).toMatchObject({ verdict: 'unknown', reason: 'not-fetched-yet' });
  });

  it('takes no permission from a file that was cut', () => {
    const texts = site({ 'robots.txt': 'User-agent: *\nContent-Usage: train-ai=y\n' });
    const cut = texts.files.map((one) => ({ ...one, faults: ['truncated' as const] }));
    expect(siteReport(texts).unnamed['train-ai'].verdict).toBe('allow');
    expect(siteReport({ ...texts, files: cut }).unnamed['train-ai'].verdict).toBe('unknown');
  });
});

describe('what we tell people to paste', () => {
  const refuses = (told: Told) => {
    for (const { token, ...cells } of siteReport(site(told)).crawlers) {
      expect(cells['train-ai'].verdict, token).toBe('disallow');
      for (const usage of siteUsages) expect(cells[usage].verdict, `${token} ${usage}`).not.toBe('allow');
    }
  };

  it('each text alone refuses training to every crawler of the table', () => {
    const { paste } = siteReport(site({ 'robots.txt': null }));
    refuses({ 'robots.txt': paste.robots.text });
    const places = { 'tdmrep.json': 'tdmrep', 'ai.txt': 'ai.txt', 'trust.txt': 'trust.txt' } as const;
    for (const { channel, text } of paste.items) {
      if (channel === 'http-headers') {
        const [name = '', value = ''] = text.split(': ');
        refuses({ headers: { [name.toLowerCase()]: [value] } });
      } else if (channel === 'html-meta') refuses({ html: text });
      else if (channel !== 'robots.txt') refuses({ [places[channel]]: text });
    }
  });

  it('the licence refuses training to every crawler, whichever of the three pointers leads to it', () => {
    const rsl = siteReport(site({ 'robots.txt': null })).paste.rsl;
    if (rsl === null) throw new Error('there is no licence to paste');
    const documents = { rsl: { [origin + rsl.path]: rsl.document } };
    const groups = 'User-agent: *\nDisallow:\n\nUser-agent: GPTBot\nAllow: /\n';
    refuses({ ...documents, 'robots.txt': `${rsl.robotsLine}\n${groups}` });
    const [name = '', value = ''] = rsl.header.split(': ');
    refuses({ ...documents, headers: { [name.toLowerCase()]: [value] } });
    refuses({ ...documents, html: rsl.element });
  });

  it('the packet for pictures refuses training and nothing else', () => {
    const { xmp } = siteReport(site({ 'robots.txt': null })).paste;
    if (xmp === null) throw new Error('there is no packet to paste');
    expect(xmp).toMatchObject({ refuses: ['train-ai'], beyond: [] });
    expect(xmp.packet).toContain('DMI-PROHIBITED-AIMLTRAINING');
  });

  const name = fc.constantFrom(
    '*',
    'GPTBot',
    'CCBot',
    'Googlebot',
    'Google-Extended',
    'AI2Bot',
    'MyBot',
    'foo2',
  );
  const line = fc.oneof(
    name.map((value) => `User-agent: ${value}`),
    fc.constantFrom('Disallow: /', 'Disallow:', 'Allow: /', 'Disallow: /a*b', 'Content-Usage: train-ai=y'),
    fc.constantFrom(
      'Content-Signal: ai-train=yes',
      'Sitemap: https://example.org/s.xml',
      '',
      '# note',
      'Disalow',
    ),
  );
  it('below any robots.txt refuses training to every crawler, and closes no other path', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 25 }), (lines) => {
        const before = lines.join('\n');
        const report = siteReport(site({ 'robots.txt': before }));
        const after = siteReport(site({ 'robots.txt': `${before}\n${report.paste.robots.text}` }));
        for (const [at, { token, purpose, controls, crawl, ...cells }] of after.crawlers.entries()) {
          expect(cells['train-ai'].verdict, token).toBe('disallow');
          if (purpose !== 'training' && controls.length === 0) {
            expect(crawl?.verdict, token).toBe(report.crawlers[at]?.crawl?.verdict);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('files built to hurt', () => {
  // As much as is ever read of each, on the longest URL that is taken.
  it.each(hostileFiles)('$name is reported', (hostile) => {
    const made = hostile.make(0.2);
    const text = (typeof made === 'string' ? made : new TextDecoder().decode(made)).slice(0, robotsBytesMax);
    const url = hostileUrl(hostile, 2_000);
    const told = { url, 'robots.txt': text, 'ai.txt': text.slice(0, 65_536), tdmrep: text.slice(0, 65_536) };
    const report = siteReport(site(told));
    expect(report.crawlers).toHaveLength(crawlers.length);
    expect(report.mistakes.length).toBeLessThanOrEqual(siteMistakesMax);
  });

  it('names every crawler in a group of its own, and is too complex to be asked two hundred times', () => {
    const stars = `Disallow: /${'*a'.repeat(500)}b\n`;
    const text = crawlers.map(({ token }) => `User-agent: ${token}\n${stars}`).join('');
    const report = siteReport(site({ url: `${origin}/${'a'.repeat(2_000)}`, 'robots.txt': text }));
    expect(report.notChecked).toContainEqual({ source: 'robots.txt', why: 'too-complex' });
    expect(report.differences.state).toBe('too-large');
  });
});
