import { describe, expect, it } from 'vitest';
import {
  robotsAgentsMax,
  robotsBytesMax,
  robotsDiagnosticsMax,
  robotsExtensionsMax,
  robotsLineOctetsMax,
  robotsRulesMax,
} from '../../src/consent/robots-file.ts';
import { strictToken } from '../../src/consent/robots-line.ts';
import { robotsAllows } from '../../src/consent/robots-match.ts';
import { parseRobots } from '../../src/consent/robots-parse.ts';

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
    ['User-agent: a\nDisallow /x', 2, 'no colon'],
    ['useragent a', 1, 'no colon'],
    ['User-agent: a\nDisalow: /x', 2, '"disalow" is read as "disallow"'],
    ['Useragent: a', 1, '"useragent" is read as "user-agent"'],
    ['Disallow: /x', 1, 'before any User-agent'],
    ['User-agent: a\nDisallow: x', 2, 'does not begin with'],
    ['User-agent: AI2Bot', 1, '"AI2Bot" is not a product token; a strict parser reads "AI"'],
    ['User-agent: 360Spider', 1, 'reads nothing'],
    [`User-agent: a\nDisallow: /${'x'.repeat(robotsLineOctetsMax)}`, 2, 'the line is longer'],
  ])('%j', (robots, line, words) => {
    const { diagnostics } = parseRobots(robots);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ line, message: expect.stringContaining(words) });
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
