import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHtml } from '../../src/consent/html.ts';
import { robotsAllows } from '../../src/consent/robots/match.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import {
  headerRslLinks,
  htmlRslLinks,
  inlineRslSources,
  robotsRslLinks,
  robotsRslWarnings,
  rslLinksMax,
} from '../../src/consent/rsl/discovery.ts';
import { parseRsl, type RslParse, rslContentsMax, rslLengthMax } from '../../src/consent/rsl/document.ts';
import type { RslOutcome } from '../../src/consent/rsl/outcome.ts';
import { type RslSource, readRsl } from '../../src/consent/rsl/rsl.ts';
import type { RslUsage } from '../../src/consent/rsl/terms.ts';
import { xmlDepthMax } from '../../src/consent/xml.ts';
import { contextOf, verdicts } from './signal-verdicts.ts';
import { ownVectors } from './vectors.ts';

interface Input {
  robots: string;
  documents?: Record<string, { status: number; body: string }>;
  url: string;
  agent: string;
}
type Expected = Record<RslUsage, RslOutcome> & { crawl?: 'disallow' };

const vectors = ownVectors<Input, Expected>('signals/rsl.json');
const page = 'https://example.com/articles/x';
const where = 'https://example.com/license.xml';

function sourcesOf({ robots, documents = {}, agent }: Input): RslSource[] {
  const { links } = robotsRslLinks(parseRobots(robots), agent, 'https://example.com/robots.txt');
  return links.map(({ href, quote }) => ({
    where: href,
    licence: href,
    parsed: parsed(documents[href]?.body ?? null),
    quote,
  }));
}

function parsed(text: string | null): RslParse | null {
  return text === null ? null : parseRsl(text);
}

function sourceOf(text: string | null): RslSource {
  return { where, licence: where, parsed: parsed(text), quote: `License: ${where}` };
}

function rsl(body: string, attributes = 'url="/"'): string {
  return `<rsl xmlns="https://rslstandard.org/rsl"><content ${attributes}>${body}</content></rsl>`;
}

function read(...texts: (string | null)[]) {
  return readRsl(texts.map(sourceOf), contextOf({ url: page }));
}

function licence(body: string, attributes?: string): string {
  return rsl(`<license>${body}</license>`, attributes);
}

describe('RSL 1.0, our own vectors', () => {
  it('are there', () => expect(vectors.length).toBeGreaterThan(25));

  it.each(vectors)('$id', ({ input, expect: { crawl, ...outcomes } }) => {
    const reading = readRsl(sourcesOf(input), contextOf(input));
    expect(reading.outcomes).toMatchObject(outcomes);
    if (crawl !== undefined) {
      const { allowed } = robotsAllows(parseRobots(input.robots), input);
      expect(allowed ? 'allow' : 'disallow').toBe(crawl);
    }
    const decided = verdicts(reading.evidence, input.agent);
    const valid = sourcesOf(input).some((source) => source.parsed?.document != null);
    const meaning = {
      prohibited: 'disallow',
      unlicensed: valid ? 'disallow' : 'unknown',
      permitted: 'allow',
    };
    for (const [usage, ours] of [
      ['ai-train', 'train-ai'],
      ['ai-input', 'ai-use'],
      ['search', 'search'],
    ] as const) {
      const outcome = outcomes[usage];
      if (outcome !== undefined && outcome !== 'unaddressed')
        expect(decided[ours], usage).toBe(meaning[outcome]);
    }
  });
});

describe('RSL as evidence', () => {
  it('carries the line, the words and the licence', () => {
    const text =
      '<rsl xmlns="https://rslstandard.org/rsl">\n<content url="/">\n<license>\n<prohibits type="usage">ai-train</prohibits></license></content></rsl>';
    expect(read(text).evidence).toEqual([
      {
        source: 'rsl',
        usage: 'train-ai',
        preference: 'disallow',
        where: 'https://example.com/license.xml, line 4',
        quote: '<prohibits type="usage">ai-train</prohibits>',
        licence: where,
        observedAt: '2026-11-23T12:00:00.000Z',
      },
    ]);
  });

  it('says why what is not on the list is refused', () => {
    const [said] = read(licence('<permits type="usage">search</permits>')).evidence;
    expect(said).toMatchObject({
      usage: 'train-ai',
      preference: 'disallow',
      quote: '<permits type="usage">search</permits> (ai-train is not among them)',
    });
  });

  const permit = '<permits type="usage">ai-train</permits>';
  it.each([
    ['nothing more', licence(permit), ['allow', undefined]],
    ['free', licence(`${permit}<payment type="free"/>`), ['allow', undefined]],
    ['a purchase', licence(`${permit}<payment type="purchase"/>`), ['disallow', undefined]],
    ['a payment without type', licence(`${permit}<payment/>`), ['disallow', undefined]],
    ['attribution', licence(`${permit}<payment type="attribution"/>`), ['disallow', 'possible']],
    ['a licence server', licence(permit, 'url="/" server="https://rsl.example"'), ['disallow', undefined]],
    [
      'some users only',
      licence(`${permit}<permits type="user">education</permits>`),
      ['disallow', 'possible'],
    ],
    [
      'some countries only',
      licence(`${permit}<prohibits type="geo">US</prohibits>`),
      ['disallow', 'possible'],
    ],
    [
      'a price or nothing',
      rsl(
        `<license>${permit}<payment type="purchase"/></license><license>${permit}<payment type="free"/></license>`,
      ),
      ['allow', undefined],
    ],
  ] as const)('ours: permitted for %s', (_name, text, [preference, weight]) => {
    const said = read(text).evidence.find(({ usage }) => usage === 'train-ai');
    expect([said?.preference, said?.weight]).toEqual([preference, weight]);
    expect(said?.licence).toBe(where);
  });

  it('names server, price and people in the quote', () => {
    const text = licence(
      `${permit}<permits type="user">education</permits><payment type="crawl"><amount currency="EUR">1</amount></payment>`,
      'url="/" server="https://rsl.example"',
    );
    expect(read(text).evidence[0]?.quote).toBe(
      '<permits type="usage">ai-train</permits> <content server="https://rsl.example"> <payment type="crawl"> <permits type="user">education</permits>',
    );
  });

  it('ours: a price without a usage is possible for every usage', () => {
    const { evidence, outcomes } = read(licence('<payment type="purchase"/>'));
    expect(outcomes['ai-train']).toBe('unaddressed');
    expect(evidence.map(({ usage, preference, weight }) => [usage, preference, weight])).toEqual([
      ['train-ai', 'disallow', 'possible'],
      ['ai-use', 'disallow', 'possible'],
      ['search', 'disallow', 'possible'],
    ]);
  });

  it.each([
    ['prohibited', '<prohibits type="usage">ai-index</prohibits>', ['ai-use', 'disallow', 'possible']],
    ['permitted', '<permits type="usage">ai-index ai-input</permits>', ['ai-use', 'allow', undefined]],
  ])('ours: ai-index %s', (_name, lists, expected) => {
    const said = read(licence(lists)).evidence.filter(({ usage }) => usage === 'ai-use');
    expect(said.map(({ usage, preference, weight }) => [usage, preference, weight])).toEqual([expected]);
  });
});

describe('which content speaks of a URL', () => {
  const no = '<license><prohibits type="usage">ai-train</prohibits></license>';
  it.each([
    ['https://example.com', true],
    ['https://example.com*', true],
    ['http://EXAMPLE.com/articles/', true],
    ['https://example.com:443/', true],
    ['https://example.com/articles/x$', true],
    ['*', true],
    ['https://example.org/', false],
    ['https://example.com.evil.example/', false],
    ['https://example.com:8443/', false],
    ['/articles/y', false],
    ['/articles$', false],
  ])('%s: %s', (url, applies) => {
    expect(read(rsl(no, `url="${url}"`)).evidence.length > 0).toBe(applies);
  });

  it('a narrower permits list decides for what it leaves out', () => {
    const text =
      '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><permits type="usage">all</permits></license></content><content url="/articles/"><license><permits type="usage">search</permits></license></content></rsl>';
    expect(read(text).outcomes).toMatchObject({ 'ai-train': 'unlicensed', search: 'permitted' });
  });
});

describe('what an author probably meant', () => {
  it.each([
    [
      'commas refuse',
      licence('<prohibits type="usage">ai-train,ai-input</prohibits>'),
      'disallow',
      /spaces, not commas.*refusal is taken/,
      'write `ai-train ai-input`',
    ],
    [
      'commas grant nothing',
      licence('<permits type="usage">ai-train, search</permits>'),
      'unknown',
      /nothing is granted/,
      'write `ai-train search`',
    ],
    [
      'AIPREF words',
      licence('<prohibits type="usage">train-ai</prohibits>'),
      'unknown',
      /"train-ai" is no usage/,
      'write `ai-train`',
    ],
    [
      'AIPREF words permitted',
      licence('<permits type="usage">train-ai</permits>'),
      'unknown',
      /"train-ai" is no usage/,
      'write `ai-train`',
    ],
    [
      'upper case refuses',
      licence('<prohibits type="usage">AI-Train</prohibits>'),
      'disallow',
      /refusal is taken/,
      'write `ai-train`',
    ],
    [
      'upper case grants nothing',
      licence('<permits type="usage">AI-Train</permits>'),
      'unknown',
      /says nothing/,
      'write `ai-train`',
    ],
    [
      'no type refuses',
      licence('<prohibits>ai-train</prohibits>'),
      'disallow',
      /type is missing/,
      'write `<prohibits type="usage">`',
    ],
    [
      'no type grants nothing',
      licence('<permits>ai-train</permits>'),
      'unknown',
      /permits nothing/,
      'write `<permits type="usage">`',
    ],
    [
      'another type',
      licence('<prohibits type="use">ai-train</prohibits>'),
      'disallow',
      /no such type/,
      'write `<prohibits type="usage">`',
    ],
    [
      'no namespace',
      '<rsl><content url="/"/></rsl>',
      'unknown',
      /namespace is missing/,
      'write `<rsl xmlns="https://rslstandard.org/rsl">`',
    ],
    [
      'a slash too many',
      '<rsl xmlns="https://rslstandard.org/rsl/"/>',
      'unknown',
      /is not the RSL namespace/,
      'write `<rsl xmlns="https://rslstandard.org/rsl">`',
    ],
    [
      'another root',
      '<license xmlns="https://rslstandard.org/rsl"/>',
      'unknown',
      /root element is not rsl/,
      'write `<rsl xmlns="https://rslstandard.org/rsl">`',
    ],
    ['a web page', '<!DOCTYPE html><title>x</title>', 'unknown', /web page/, undefined],
    ['no XML', 'User-agent: *', 'unknown', /no well-formed XML/, undefined],
    [
      'an ampersand',
      licence('<prohibits type="usage">ai-train</prohibits><legal>a & b</legal>'),
      'unknown',
      /no well-formed/,
      'write `&` as `&amp;`',
    ],
    [
      'a document type',
      `<!DOCTYPE rsl [<!ENTITY a "b">]>${licence('<prohibits type="usage">all</prohibits>')}`,
      'unknown',
      /document type/,
      'remove the `<!DOCTYPE …>`',
    ],
    [
      'no url',
      licence('<prohibits type="usage">all</prohibits>', ''),
      'unknown',
      /needs a url/,
      'write `<content url="/">`',
    ],
    [
      'a url without slash',
      licence('<prohibits type="usage">all</prohibits>', 'url="articles/"'),
      'unknown',
      /begins with/,
      'write `<content url="/articles/">`',
    ],
    [
      'no content',
      '<rsl xmlns="https://rslstandard.org/rsl"><license/></rsl>',
      'unknown',
      /outside of content/,
      'put it into `<content url="/">`',
    ],
    [
      'an empty document',
      '<rsl xmlns="https://rslstandard.org/rsl"/>',
      'unknown',
      /no content element/,
      'put the licence into `<content url="/">`',
    ],
    [
      'no license',
      rsl('<prohibits type="usage">all</prohibits>'),
      'unknown',
      /outside of license/,
      'put it into `<license>`',
    ],
    [
      'an empty list',
      licence('<prohibits type="usage"/>'),
      'unknown',
      /list is empty/,
      'name what is prohibited',
    ],
    [
      'nothing to fetch',
      null,
      'unknown',
      /nothing that can be read/,
      'publish the document there, as application/rsl+xml',
    ],
  ])('%s', (_name, text, verdict, message, fix) => {
    const { evidence, warnings } = read(text);
    expect(verdicts(evidence, null)['train-ai']).toBe(verdict);
    expect(warnings[0]?.message).toMatch(message);
    expect(warnings[0]?.fix).toBe(fix);
  });

  it('what cannot be read takes away what the others grant, and no refusal', () => {
    const both = licence('<permits type="usage">all</permits>');
    expect(read(both).evidence).toHaveLength(3);
    expect(read(both, null).evidence).toEqual([]);
    expect(readRsl([sourceOf(both)], contextOf({ url: page }), true).evidence).toEqual([]);
    expect(read(licence('<prohibits type="usage">all</prohibits>'), null).evidence).toHaveLength(3);
  });
});

describe('where licences are found', () => {
  const robotsUrl = 'https://example.com/robots.txt';
  it.each([
    ['License: /license.xml', 'write `License: https://example.com/license.xml`, with your own host'],
    ['License: //example.com/license.xml', 'write `License: https://…`, with your own host'],
    ['Licence: https://example.com/l.xml', 'write `License: https://example.com/l.xml`'],
    ['Permits: ai-train', 'put the terms into a document and write `License: https://…/license.xml`'],
    ['Prohibits: ai-train', 'put the terms into a document and write `License: https://…/license.xml`'],
    ['Compensation: required', 'put the terms into a document and write `License: https://…/license.xml`'],
  ])('robots.txt: %s', (line, fix) => {
    const parsedRobots = parseRobots(`${line}\nUser-agent: *\nAllow: /\n`);
    const { links } = robotsRslLinks(parsedRobots, 'bot', robotsUrl);
    const warnings = robotsRslWarnings(parsedRobots, robotsUrl);
    expect(links).toEqual([]);
    expect(warnings).toMatchObject([{ where: `${robotsUrl}, line 1`, fix }]);
  });

  it('robots.txt: places and a bound', () => {
    const lines = Array.from(
      { length: rslLinksMax + 1 },
      (_, at) => `License: https://example.com/${at}.xml`,
    );
    const found = robotsRslLinks(parseRobots(`User-agent: *\n${lines.join('\n')}\n`), 'bot', robotsUrl);
    expect(found.links).toHaveLength(rslLinksMax);
    expect(found.links[0]).toEqual({
      href: 'https://example.com/0.xml',
      where: `${robotsUrl}, line 2`,
      quote: 'License: https://example.com/0.xml',
    });
    expect(found.incomplete).toBe(true);
  });

  it.each([
    ['</l.xml>; rel="license"; type="application/rsl+xml"', ['https://example.com/l.xml']],
    ['<https://a.example/l>;REL=license;type=application/rsl+xml', ['https://a.example/l']],
    [
      '<a,b;c>; title="x; rel=license, <y>"; rel="license next"; type="application/rsl+xml"',
      ['https://example.com/articles/a,b;c'],
    ],
    ['<a>; rel=next, <b>; rel=license; type="application/rsl+xml"', ['https://example.com/articles/b']],
    ['<b>; rel=license; type="application/rsl+xml"; anchor="/other"', []],
    ['<b>; rel=license; type="application/rsl+xml"; anchor=""', ['https://example.com/articles/b']],
    ['<b>; rel=license; type="text/html"', []],
    ['<b>; rel="next"; rel=license; type="application/rsl+xml"', []],
    ['<b; rel=license; type="application/rsl+xml"', []],
    ['<javascript:alert(1)>; rel=license; type="application/rsl+xml"', []],
    ['<b>; rel="license', []],
    ['', []],
  ])('Link: %s', (value, hrefs) => {
    expect(headerRslLinks([value], page, 'response header').links.map(({ href }) => href)).toEqual(hrefs);
  });

  it('Link: without its type', () => {
    const { links, warnings } = headerRslLinks(['</license.rsl>; rel="license"'], page, 'response header');
    expect(links).toEqual([]);
    expect(warnings).toMatchObject([{ fix: 'add `type="application/rsl+xml"`' }]);
  });

  it('HTML: links and documents in the page', () => {
    const html = readHtml(
      `<base href="/b/"><link rel="license" href="/cc">\n<link rel="License alternate" type="application/rsl+xml; v=1" href="l.xml"><link rel=license href=x.rsl><script type="application/rsl+xml">\n${licence('<prohibits type="usage">all</prohibits>')}</script>`,
      page,
    );
    const found = htmlRslLinks(html, page);
    expect(found.links).toMatchObject([{ href: 'https://example.com/b/l.xml', where: `${page}, line 2` }]);
    expect(found.warnings).toMatchObject([{ quote: '<link rel=license href=x.rsl>' }]);
    const [inline] = inlineRslSources(html, page);
    expect(inline?.where).toBe(`${page}, script on line 2`);
    expect(readRsl([inline as RslSource], contextOf({ url: page })).outcomes.search).toBe('prohibited');
  });
});

describe('RSL under attack', () => {
  const bomb = `<!DOCTYPE rsl [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "&a;&a;&a;&a;">]>${licence('<prohibits type="usage">&b;</prohibits>')}`;
  it.each([
    ['an entity bomb', bomb],
    ['an outside entity', `<!DOCTYPE rsl SYSTEM "file:///etc/passwd">${licence('')}`],
    ['an undeclared entity', licence('<permits type="usage">&all;</permits>')],
    ['depth', licence('<a>'.repeat(xmlDepthMax) + '</a>'.repeat(xmlDepthMax))],
    ['references', licence(`<prohibits type="usage">${'&#97;'.repeat(11_000)}</prohibits>`)],
    ['elements', licence('<a/>'.repeat(30_000))],
    ['length', licence(' '.repeat(rslLengthMax))],
    ['attributes', licence(`<a ${Array.from({ length: 41_000 }, (_, at) => `a${at}=""`).join(' ')}/>`)],
    ['half a document', licence('<permits type="usage">all</permits>').slice(0, -1)],
  ])('%s is refused', (_name, text) => {
    const { document, slips } = parseRsl(text);
    expect(document).toBeNull();
    expect(slips).toHaveLength(1);
  });

  it('more contents than are read take away the grants', () => {
    const one = '<content url="/"><license><permits type="usage">all</permits></license></content>';
    const text = `<rsl xmlns="https://rslstandard.org/rsl">${one.repeat(rslContentsMax + 1)}</rsl>`;
    expect(read(text).evidence).toEqual([]);
  });

  it('never throws, and never grants once a byte is lost', () => {
    const text = licence('<permits type="usage">all</permits><prohibits type="user">commercial</prohibits>');
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), (at, by) => {
        const cut = read(text.slice(0, at));
        expect(cut.evidence).toEqual([]);
        read(text.slice(0, at) + by + text.slice(at + 1));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (body) => {
        expect(read(body, licence(body)).evidence.filter(({ preference }) => preference === 'allow')).toEqual(
          [],
        );
      }),
    );
  });
});
