import { describe, expect, it } from 'vitest';
import {
  robotsAgentsMax,
  robotsBytesMax,
  robotsDiagnosticsMax,
  robotsExtensionsMax,
  robotsLineOctetsMax,
  robotsRulesMax,
} from '../../src/consent/robots/file.ts';
import { strictToken } from '../../src/consent/robots/line.ts';
import { robotsAllows } from '../../src/consent/robots/match.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';

describe('what is kept of a file', () => {
  it('keeps groups with their lines, unknown lines in their group, and what stands before', () => {
    const parsed = parseRobots(
      [
        'License: https://example.com/terms.xml',
        'User-agent: GPTBot # theirs',
        'Content-Signal: ai-train=no',
        'User-agent: CCBot',
        'Disallow: /a # not this',
        'Crawl-delay: 5',
        '',
        'User-agent: *',
        'Allow: /',
        'Sitemap: https://example.com/sitemap.xml',
      ].join('\n'),
    );
    expect(parsed.extensions).toEqual([{ key: 'license', value: 'https://example.com/terms.xml', line: 1 }]);
    expect(parsed.sitemaps).toEqual([{ value: 'https://example.com/sitemap.xml', line: 10 }]);
    expect(parsed.groups).toEqual([
      {
        agents: [
          { value: 'GPTBot', token: 'gptbot', line: 2 },
          { value: 'CCBot', token: 'ccbot', line: 4 },
        ],
        rules: [{ kind: 'disallow', path: '/a', length: 2, raw: 'Disallow: /a', line: 5 }],
        extensions: [
          { key: 'content-signal', value: 'ai-train=no', line: 3 },
          { key: 'crawl-delay', value: '5', line: 6 },
        ],
      },
      {
        agents: [{ value: '*', token: '*', line: 8 }],
        rules: [{ kind: 'allow', path: '/', length: 1, raw: 'Allow: /', line: 9 }],
        extensions: [],
      },
    ]);
    expect(parsed).toMatchObject({ diagnostics: [], truncated: false, overflow: false });
  });

  it('shows words as they were written, whatever the octets', () => {
    const parsed = parseRobots(new TextEncoder().encode('User-agent: Львів-bot\nDisallow: /könyvek\n'));
    expect(parsed.groups[0]?.agents[0]?.value).toBe('Львів-bot');
    expect(parsed.groups[0]?.rules[0]).toMatchObject({ raw: 'Disallow: /könyvek', path: '/k%C3%B6nyvek' });
  });

  it('is plain data: survives JSON and answers the same', () => {
    const parsed = parseRobots('User-agent: a\nDisallow: /*.gif$\n');
    expect(JSON.parse(JSON.stringify(parsed))).toEqual(parsed);
  });
});

describe('diagnostics', () => {
  it.each([
    ['User-agent: a\nDisallow /x', 2, 'no colon', 'write "Disallow: /x"'],
    ['useragent a', 1, 'no colon', 'write "User-agent: a"'],
    ['allow /x y', 1, 'no colon', 'write "Allow: /x y"'],
    ['User-agent: a\nDisallow /x:y', 2, 'no colon', 'write "Disallow: /x:y"'],
    ['SITEMAP https://e.example/s', 1, 'no colon', 'write "Sitemap: https://e.example/s"'],
    ['User-agent: a\nDisalow: /x', 2, '"disalow" is read as "disallow"', 'write "Disallow: /x"'],
    ['User-agent: a\nDisallowed: /x', 2, '"disallowed" is read as "disallow"', 'write "Disallow: /x"'],
    ['Useragent: a', 1, '"useragent" is read as "user-agent"', 'write "User-agent: a"'],
    ['User-agents: a', 1, '"user-agents" is read as "user-agent"', 'write "User-agent: a"'],
    ['Site-map: /s', 1, '"site-map" is read as "sitemap"', 'write "Sitemap: /s"'],
    ['User-agent: a\nAlow: /x', 2, '"alow" is no known key', 'write "Allow: /x"'],
    ['User-agent: a\nDis-allow: /x', 2, '"dis-allow" is no known key', 'write "Disallow: /x"'],
    ['Disallow: /x', 1, 'before any User-agent', 'write "User-agent: *" on a line above "Disallow: /x"'],
    ['User-agent: a\nDisallow: x', 2, 'does not begin with', 'write "Disallow: /x"'],
    ['User-agent: a\nDisallow: https://e.example/x?y', 2, 'does not begin with', 'write "Disallow: /x?y"'],
    ['User-agent: a\nDisallow: https://e.example', 2, 'does not begin with', 'write "Disallow: /"'],
    ['User-agent:', 1, 'names nobody', 'write "User-agent: *" to speak to all crawlers'],
    ['User-agent: AI2Bot', 1, '"AI2Bot" is not a product token; a strict parser reads "AI"', undefined],
    ['User-agent: 360Spider', 1, 'reads nothing', undefined],
    ['User-agent: GPTBot, CCBot', 1, 'reads "GPTBot"', 'give each crawler a User-agent line of its own'],
    ['User-agent: Foo/1.0', 1, 'reads "Foo"', 'write "User-agent: Foo"'],
    ['User-agent: *bot', 1, 'reads nothing', expect.stringContaining('"*" stands for all')],
    ['\n\ufeffUser-agent: a', 2, 'a byte order mark stands before the key', 'write "User-agent: a"'],
    ['<!DOCTYPE html>', 1, 'looks like a web page', 'serve plain text here'],
    [
      `User-agent: a\nDisallow: /${'x'.repeat(robotsLineOctetsMax)}`,
      2,
      'the line is longer',
      'write shorter rules, one a line',
    ],
  ])('%j', (robots, line, words, fix) => {
    for (const input of [robots, new TextEncoder().encode(robots)]) {
      const { diagnostics } = parseRobots(input);
      expect(diagnostics).toHaveLength(1);
      expect(diagnostics[0]).toMatchObject({ line, message: expect.stringContaining(words) });
      expect(diagnostics[0]?.fix).toEqual(fix);
    }
  });

  it('what they say to write is read without another one', () => {
    const slips = 'Disalow: /x\nDisallow /y\nDisallow: z\nUseragents: b\nUser-agent: Foo/1.0\nAlow: /q\n';
    const { diagnostics } = parseRobots(`User-agent: a\n${slips}`);
    const lines = diagnostics.map(({ fix }) => /^write "(.+)"$/.exec(fix ?? '')?.[1]);
    expect(lines).toHaveLength(6);
    expect(parseRobots(`User-agent: a\n${lines.join('\n')}\n`).diagnostics).toEqual([]);
  });

  it('ours: keys that only begin like ours are those of others', () => {
    const parsed = parseRobots('User-agent: a\nDisallowAITraining: /\nUser-agent-policy: x\nAllowed: /\n');
    expect(parsed.groups[0]?.rules).toEqual([]);
    expect(parsed.groups[0]?.extensions.map(({ key }) => key)).toEqual([
      'disallowaitraining',
      'user-agent-policy',
      'allowed',
    ]);
  });

  it('are bounded in number and in length', () => {
    const parsed = parseRobots(`Disallow ${'x'.repeat(500)}\n`.repeat(robotsDiagnosticsMax + 50));
    expect(parsed.diagnostics).toHaveLength(robotsDiagnosticsMax);
    for (const { message } of parsed.diagnostics) expect(message.length).toBeLessThan(200);
  });

  it('say nothing about a faultless file', () => {
    const robots = 'User-agent: a\nUser-agent: *\nDisallow: /x*y$\nAllow:\nCrawl-delay: 1\n# Disallow /\n';
    expect(parseRobots(robots).diagnostics).toEqual([]);
  });
});

describe('bounds', () => {
  const filler = `# ${'x'.repeat(97)}\n`;

  it('reads the first 500 KiB and says that there is more', () => {
    const before = filler.repeat(Math.floor((robotsBytesMax - 100) / filler.length));
    const parsed = parseRobots(`User-agent: a\n${before}Disallow: /in\n${filler.repeat(3)}Disallow: /out\n`);
    expect(parsed.truncated).toBe(true);
    expect(parsed.groups[0]?.rules.map((rule) => rule.path)).toEqual(['/in']);
  });

  it('ours: a rule that the limit cuts in two is not read at all', () => {
    const head = 'User-agent: a\nDisallow: /\nAllow: /';
    const padding = `#${'x'.repeat(robotsBytesMax - head.length - 2)}\n`;
    const robots = `${padding}${head}only-this\n`;
    for (const input of [robots, new TextEncoder().encode(robots)]) {
      const parsed = parseRobots(input);
      expect(parsed.truncated).toBe(true);
      expect(robotsAllows(parsed, { agent: 'a', url: '/other' }).allowed).toBe(false);
    }
  });

  it('ours: a last line longer than a line may be is read as any other long line is', () => {
    const parsed = parseRobots(`User-agent: a\nDisallow: /*${'*'.repeat(robotsBytesMax)}`);
    expect(robotsAllows(parsed, { agent: 'a', url: '/x' }).allowed).toBe(false);
  });

  it('counts bytes, not characters', () => {
    const parsed = parseRobots(`${'#éééé\n'.repeat(robotsBytesMax / 8)}User-agent: a\nDisallow: /\n`);
    expect(parsed).toMatchObject({ truncated: true, groups: [] });
  });

  it.each([
    ['agents', robotsAgentsMax, 'User-agent:a\n', ''],
    ['rules', robotsRulesMax, 'Allow:/\n', 'User-agent: a\n'],
    ['extensions', robotsExtensionsMax, 'x:y\n', 'User-agent: a\n'],
    ['sitemaps', robotsExtensionsMax, 'sitemap:a\n', 'User-agent: a\n'],
  ])('refuses everything when there are more %s than are read', (_name, most, line, head) => {
    const atMost = parseRobots(head + line.repeat(most));
    expect(atMost.overflow).toBe(false);
    const over = parseRobots(head + line.repeat(most + 1));
    expect(over.overflow).toBe(true);
    expect(robotsAllows(over, { agent: 'a', url: '/x' })).toMatchObject({
      allowed: false,
      reason: 'too-complex',
    });
    expect(robotsAllows(over, { agent: 'a', url: '/robots.txt' }).allowed).toBe(true);
  });
});

it.each([
  ['GPTBot', 'gptbot'],
  ['AI2Bot', 'ai'],
  ['meta_external-agent/1.0', 'meta_external-agent'],
  ['*', '*'],
  ['* all', '*'],
  ['*bot', ''],
  ['360Spider', ''],
  ['', ''],
])('a strict parser reads %j as %j', (value, token) => {
  expect(strictToken(value)).toBe(token);
});
