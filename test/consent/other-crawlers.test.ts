import robotsParser from 'robots-parser';
import { describe, expect, it } from 'vitest';
import { robotsAllows } from '../../src/consent/robots/match.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';

/**
 * robots-parser 3.0.1 stands for what many other crawlers read. Where it opens what the owner closed, a site
 * check should tell the owner; these tests hold both what we answer and that the difference is still there.
 */
const site = 'https://example.com';
// The package's types name a CommonJS default that Node hands over as the module itself.
const parseAsOthers = robotsParser as unknown as (
  url: string,
  robots: string,
) => { isAllowed(url: string, agent: string): boolean | undefined };

const failsOpen = [
  {
    name: 'an unknown line between User-agent lines drops the agents before it (RFC 9309 §2.2.4)',
    robots: 'User-agent: GPTBot\nContent-Signal: ai-train=no\nUser-agent: CCBot\nDisallow: /a\n',
    agent: 'GPTBot',
    path: '/a',
  },
  {
    name: 'a rule ending in "?" never matches an empty query (§2.2.2)',
    robots: 'User-agent: *\nDisallow: /?\n',
    agent: 'GPTBot',
    path: '/?',
  },
  {
    name: 'encoded letters and special characters are not decoded (§2.2.2, §2.2.3)',
    robots: 'User-agent: *\nDisallow: /foo/bar/%62%61%7A\nDisallow: /price-%24\n',
    agent: 'GPTBot',
    path: '/foo/bar/baz',
  },
];

describe('where other crawlers read a refusal as permission', () => {
  it.each(failsOpen)('$name', ({ robots, agent, path }) => {
    expect(robotsAllows(parseRobots(robots), { agent, url: site + path }).allowed).toBe(false);
    expect(parseAsOthers(`${site}/robots.txt`, robots).isAllowed(site + path, agent)).toBe(true);
  });
});

describe('where other crawlers refuse what is permitted', () => {
  it('a named group without rules falls back to * there (§5.1)', () => {
    const robots = 'User-agent: *\nDisallow: /\n\nUser-agent: quxbot\n';
    expect(robotsAllows(parseRobots(robots), { agent: 'quxbot', url: `${site}/x` }).allowed).toBe(true);
    expect(parseAsOthers(`${site}/robots.txt`, robots).isAllowed(`${site}/x`, 'quxbot')).toBe(false);
  });
});

it('both agree on an ordinary file', () => {
  const robots = 'User-agent: *\nDisallow: /a\nAllow: /a/b\n\nUser-agent: GPTBot\nDisallow: /\n';
  for (const [agent, path] of [
    ['GPTBot', '/'],
    ['CCBot', '/a/x'],
    ['CCBot', '/a/b/x'],
    ['CCBot', '/'],
  ] as const) {
    expect(robotsAllows(parseRobots(robots), { agent, url: site + path }).allowed).toBe(
      parseAsOthers(`${site}/robots.txt`, robots).isAllowed(site + path, agent),
    );
  }
});
