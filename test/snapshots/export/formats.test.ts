import fc from 'fast-check';
import robotsParser, { type Robot } from 'robots-parser';
import { describe, expect, test } from 'vitest';
import { robotsAllows } from '../../../src/consent/robots/match.ts';
import { parseRobots } from '../../../src/consent/robots/parse.ts';
import { covers, type Scope } from '../../../src/opt-outs/scope.ts';
import { type UrlKey, urlKey } from '../../../src/opt-outs/url-key.ts';
import { type RuleFormatName, ruleFormats } from '../../../src/snapshots/export/formats.ts';
import { authorityKey, domainKeysOf } from '../../../src/snapshots/export/host.ts';
import type { Rule } from '../../../src/snapshots/export/rule.ts';
import { about, anyScope, rulesOf, urlsNear, written } from './arbitraries.ts';
import {
  datatroveReading,
  heritrixReading,
  nutchReading,
  nutchSpelling,
  type Reading,
  stormcrawlerReading,
  stormcrawlerSpelling,
} from './readers.ts';

const { robots, hosts, urls, words } = ruleFormats;

const parseAsOthers = robotsParser as unknown as (url: string, text: string) => Robot;

interface Tool {
  name: string;
  /** What the tool reads out of the rules, and whether it says them exactly. */
  read(rules: readonly Rule[]): Promise<{ reading: Reading; isExact: boolean }>;
  /** What of a scope and a URL the tool can tell apart. */
  blur(scope: Scope, key: UrlKey): [Scope, UrlKey];
}

function portless({ kind, key }: Scope, url: UrlKey): [Scope, UrlKey] {
  const without = (text: string) => text.replace(/^(\[[^\]]*\]|[^:)]*):\d+\)/, '$1)');
  return [
    { kind, key: without(key) },
    { ...url, port: '', surt: without(url.surt) },
  ];
}

function caseless({ kind, key }: Scope, url: UrlKey): [Scope, UrlKey] {
  const lower = (text: string) => text.toLowerCase();
  const { path, query, surt } = url;
  return [
    { kind, key: lower(key) },
    { ...url, path: lower(path), surt: lower(surt), query: query === null ? null : lower(query) },
  ];
}

function oneFile(name: RuleFormatName, reader: (text: string) => Reading, blur: Tool['blur']): Tool {
  return {
    ...{ name, blur },
    async read(rules) {
      const { text, tally } = await written(ruleFormats[name], rules);
      return { reading: reader(text), isExact: tally.wider === 0 && tally.unsaid === 0 };
    },
  };
}

const tools: Tool[] = [
  oneFile('nutch', nutchReading, portless),
  oneFile('stormcrawler', stormcrawlerReading, portless),
  oneFile('heritrix', heritrixReading, caseless),
  {
    name: 'datatrove, with its three lists',
    blur: portless,
    async read(rules) {
      const all = [
        await written(hosts, rules),
        await written(urls, rules),
        await written(words, rules),
      ] as const;
      const [forHosts, forUrls, forWords] = all;
      const reading = datatroveReading({
        hosts: forHosts.text,
        urls: forUrls.text,
        words: forWords.text,
      });
      const isExact = all.every(({ tally }) => tally.wider === 0) && forUrls.tally.written === 0;
      return { reading, isExact };
    },
  },
];

const keyOf = (url: string): UrlKey => urlKey(url) as UrlKey;
const scopesAndUrls = fc
  .array(anyScope, { minLength: 1, maxLength: 5 })
  .chain((scopes) =>
    fc.tuple(fc.constant(scopes), fc.array(urlsNear(scopes), { minLength: 1, maxLength: 30 })),
  );

describe.each(tools)('$name', ({ read, blur }) => {
  test('what is refused is never let pass', async () => {
    await fc.assert(
      fc.asyncProperty(scopesAndUrls, async ([scopes, near]) => {
        const { reading } = await read(rulesOf(scopes));
        for (const url of near) {
          if (scopes.some((scope) => covers(scope, url))) expect(reading(url), url).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('a rule that is said exactly refuses what it covers and nothing else', async () => {
    let exact = 0;
    await fc.assert(
      fc.asyncProperty(scopesAndUrls, async ([[scope], near]) => {
        const { reading, isExact } = await read(rulesOf([scope as Scope]));
        if (!isExact) return;
        exact += 1;
        for (const url of near) expect(reading(url), url).toBe(covers(...blur(scope as Scope, keyOf(url))));
      }),
      { numRuns: 400 },
    );
    expect(exact).toBeGreaterThan(20);
  });
});

test.each([
  ['nutch', nutchReading, nutchSpelling],
  ['stormcrawler', stormcrawlerReading, stormcrawlerSpelling],
] as const)('%s refuses what its own normaliser has spelt in another way', async (name, reader, spelling) => {
  let others = 0;
  await fc.assert(
    fc.asyncProperty(scopesAndUrls, async ([scopes, near]) => {
      const { text } = await written(ruleFormats[name], rulesOf(scopes));
      const reading = reader(text);
      for (const url of near) {
        if (!scopes.some((scope) => covers(scope, url))) continue;
        others += Number(spelling(url) !== url);
        expect(reading(spelling(url)), spelling(url)).toBe(true);
      }
    }),
    { numRuns: 400 },
  );
  // About twenty are: a run without any would show nothing.
  expect(others).toBeGreaterThan(3);
});

test('the list of whole addresses says URLs exactly', async () => {
  await fc.assert(
    fc.asyncProperty(scopesAndUrls, async ([scopes, near]) => {
      const own = scopes.filter(({ kind }) => kind === 'url');
      const { text, tally } = await written(urls, rulesOf(scopes));
      expect(tally.wider).toBe(0);
      const reading = datatroveReading({ hosts: '#', urls: text, words: '#' });
      for (const url of near) expect(reading(url), url).toBe(own.some((scope) => covers(scope, url)));
    }),
    { numRuns: 200 },
  );
});

/** Only what holds on the host of the first, as the export asks for it. */
function onOneHost(scopes: readonly Scope[]): { origin: string; rules: Rule[] } {
  const [first] = rulesOf(scopes.slice(0, 1)) as [Rule];
  // A port that is the default of one scheme is no port as somebody types a host.
  const isPlain = ['', '80', '443'].includes(first.port);
  const at = `${first.host}${isPlain ? '' : `:${first.port}`}`;
  const authority = authorityKey(at);
  const domains = domainKeysOf(authority);
  const rules = rulesOf(scopes).filter(({ kind, key }) =>
    kind === 'domain' ? domains.includes(key) : key.startsWith(`${authority})`),
  );
  return { origin: `http://${at}`, rules };
}

/** URLs of one origin, out of others. */
const pathsOf = (origin: string, near: readonly string[]) =>
  near.map((url) => `${origin}${/^[a-z]+:\/\/[^/]*(.*)$/.exec(url)?.[1] ?? '/'}`);

describe('robots', () => {
  const read = async (rules: readonly Rule[], origin: string) => {
    const { text, tally } = await written(robots, rules);
    const parsed = parseRobots(new TextEncoder().encode(text));
    const others = parseAsOthers(`${origin}/robots.txt`, text);
    return {
      ours: (url: string) => !robotsAllows(parsed, { agent: 'GPTBot', url }).allowed,
      theirs: (url: string) => others.isDisallowed(url, 'GPTBot'),
      isExact: tally.wider === 0,
    };
  };

  test('what is refused is never let pass, by our parser and by robots-parser', async () => {
    await fc.assert(
      fc.asyncProperty(scopesAndUrls, async ([scopes, near]) => {
        const { origin, rules } = onOneHost(scopes);
        const { ours, theirs } = await read(rules, origin);
        for (const url of pathsOf(origin, near)) {
          if (url === `${origin}/robots.txt` || !rules.some((rule) => covers(rule, url))) continue;
          expect(ours(url), url).toBe(true);
          expect(theirs(url), url).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('a rule that is said exactly refuses what it covers and nothing else', async () => {
    let exact = 0;
    await fc.assert(
      fc.asyncProperty(scopesAndUrls, async ([[scope], near]) => {
        const { origin, rules } = onOneHost([scope as Scope]);
        const { ours, isExact } = await read(rules, origin);
        if (!isExact) return;
        exact += 1;
        for (const url of pathsOf(origin, near)) {
          const isRefused = rules.some((rule) => covers(rule, url));
          if (url !== `${origin}/robots.txt`) expect(ours(url), url).toBe(isRefused);
        }
      }),
      { numRuns: 400 },
    );
    expect(exact).toBeGreaterThan(20);
  });
});

describe('every file', () => {
  const rules = rulesOf([
    { kind: 'domain', key: 'com,example' },
    { kind: 'prefix', key: 'org,example:8443)/art' },
  ]);

  test.each(Object.entries(ruleFormats))('%s says of what it is, and how well', async (_name, format) => {
    const { text, tally } = await written(format, rules);
    expect(text).toContain('what may not be taken for train-ai, as registry.example/log has it');
    expect(text).toContain(`log size 7, root ${about.root}; snapshot of ${about.snapshotAt}`);
    expect(text).toContain(`not to be used after ${about.notAfter}`);
    expect(text).toContain(`${tally.written} of 2 rules; ${tally.wider} of them refuse more than was said`);
    expect(text.endsWith('\n')).toBe(true);
  });

  test.each(Object.entries(ruleFormats))('%s without a rule refuses nothing', async (name, format) => {
    const { text } = await written(format, []);
    if (name === 'stormcrawler') expect(stormcrawlerReading(text)('https://example.com/')).toBe(false);
    else expect(text.split('\n').filter((line) => !/^(?:#|$|User-agent: \*$)/.test(line))).toEqual([]);
  });
});
