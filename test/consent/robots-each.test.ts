import { describe, expect, it } from 'vitest';
import { crawlers } from '../../src/consent/crawlers.ts';
import { robotsAllows, robotsAllowsEach } from '../../src/consent/robots/match.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { robotsStepsMax } from '../../src/consent/robots/pattern.ts';
import { tokenOf } from './hostile-robots.ts';

const tokens = [...crawlers.map(({ token }) => token), '*', 'AI2Bot', '360Spider', 'unheard-of'];
const rules = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_none, n) => line(n)).join('');

describe('many crawlers asked about one URL', () => {
  const robots = [
    'User-agent: *\nDisallow: /a\nAllow: /a/*.jpg$\n',
    'User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n',
    'User-agent: AI2Bot\nUser-agent: ai\nDisallow: /a/b\n',
    'User-agent: CCBot\nAllow: /a\nAllow: /a\n',
    'User-agent: 360Spider\n',
  ].join('\n');

  it.each(['/a', '/a/b/c.jpg', '/robots.txt', 'https://example.com/', '/a/b'])('%s: as one by one', (url) => {
    const parsed = parseRobots(robots);
    const each = robotsAllowsEach(parsed, url, tokens);
    expect(each).toEqual(tokens.map((agent) => robotsAllows(parsed, { agent, url })));
  });

  it('the deciding line of a name in several groups is that of the rule, and so is the group', () => {
    const [answer] = robotsAllowsEach(parseRobots(robots), '/a/x', ['CCBot']);
    expect(answer).toEqual({
      allowed: true,
      reason: 'rule',
      group: { agent: 'CCBot', line: 13 },
      rule: { kind: 'allow', raw: 'Allow: /a', line: 14 },
      rivals: [
        { kind: 'allow', raw: 'Allow: /a', line: 15 },
        { kind: 'disallow', raw: 'Disallow: /', line: 7 },
      ],
    });
  });

  it('160 of them cost as much as one when one group speaks to all', () => {
    const parsed = parseRobots(`User-agent: *\n${rules(2_000, (n) => `Disallow: /*${n}/x\n`)}`);
    const agents = Array.from({ length: 160 }, (_none, n) => `bot-${tokenOf(n)}`);
    const [one, all] = [{ steps: 0 }, { steps: 0 }];
    robotsAllows(parsed, { agent: 'bot', url: '/a/b/c/d' }, one);
    robotsAllowsEach(parsed, '/a/b/c/d', agents, all);
    expect(all.steps).toBeLessThan(one.steps + 2 * agents.length);
  });

  it('a file built to be slow spends one budget for all', () => {
    const groups = Array.from({ length: 160 }, (_none, n) => tokenOf(n));
    const robots = groups.map((name) => `User-agent: ${name}\n${'Disallow: *aq\n'.repeat(100)}`).join('');
    const work = { steps: 0 };
    const url = `/${'a'.repeat(8_000)}`;
    const answers = robotsAllowsEach(parseRobots(robots), url, groups, work);
    expect(work.steps).toBeLessThan(robotsStepsMax + 160 * 20_000);
    expect(answers.at(-1)).toMatchObject({ allowed: false, reason: 'too-complex' });
    expect(answers[0]).toMatchObject({ allowed: true, reason: 'no-rule' });
  });
});
