import { describe, expect, it } from 'vitest';
import { resolveAgent } from '../../src/consent/agent.ts';
import { policyTokens } from '../../src/consent/policy-tokens.ts';
import { robotsEvidence, robotsWarningsMax } from '../../src/consent/robots/evidence.ts';
import { robotsBytesMax } from '../../src/consent/robots/file.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { quoteLengthMax } from '../../src/consent/statement.ts';

const robotsUrl = 'https://example.com/robots.txt';
const observedAt = '2026-11-23T12:00:00.000Z';

function ask(robots: string, agent: string | null, url = 'https://example.com/art/1') {
  return robotsEvidence(parseRobots(robots), {
    url,
    agent: agent === null ? null : resolveAgent(agent),
    robotsUrl,
    observedAt,
  });
}

describe("a crawler's own token", () => {
  const robots = 'User-agent: *\nAllow: /\n\nUser-agent: GPTBot\nUser-agent: CCBot\nDisallow: /art/ # mine\n';

  it('refuses crawl, with the lines as they stand and their place', () => {
    expect(ask(robots, 'GPTBot').crawl).toEqual({
      verdict: 'disallow',
      reason: 'rule',
      where: 'https://example.com/robots.txt, line 6',
      quote: 'User-agent: GPTBot / Disallow: /art/',
      line: 6,
    });
  });

  it('that only trains also refuses training, by its operator alone', () => {
    expect(ask(robots, 'Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)').evidence).toEqual([
      {
        source: 'robots.txt',
        usage: 'train-ai',
        preference: 'disallow',
        where: 'https://example.com/robots.txt, line 6',
        quote: 'User-agent: GPTBot / Disallow: /art/',
        observedAt,
        operators: ['OpenAI'],
      },
    ]);
  });

  it('speaks to every agent of that operator about training, and to no other operator', () => {
    const search = ask(robots, 'OAI-SearchBot');
    expect(search.crawl).toMatchObject({ verdict: 'allow', quote: 'User-agent: * / Allow: /', line: 2 });
    expect(search.evidence).toMatchObject([{ usage: 'train-ai', operators: ['OpenAI'] }]);
    expect(ask(robots, 'ClaudeBot').evidence).toEqual([]);
    expect(ask(robots, 'UnheardOfBot').evidence).toEqual([]);
    expect(ask(robots, null).evidence).toEqual([]);
  });

  it('elsewhere on the site refuses nothing', () => {
    expect(ask(robots, 'GPTBot', 'https://example.com/about')).toMatchObject({
      crawl: {
        verdict: 'allow',
        reason: 'no-rule',
        where: robotsUrl,
        quote: 'User-agent: GPTBot',
        line: null,
      },
      evidence: [],
    });
  });

  it('of a search crawler refuses crawl and no usage', () => {
    const answer = ask('User-agent: OAI-SearchBot\nDisallow: /\n', 'OAI-SearchBot');
    expect(answer).toMatchObject({ crawl: { verdict: 'disallow' }, evidence: [] });
  });

  it('ours: an Allow is no permission for any usage', () => {
    expect(ask('User-agent: GPTBot\nAllow: /\n', 'GPTBot').evidence).toEqual([]);
    expect(ask('User-agent: Google-Extended\nAllow: /\n', 'Googlebot').evidence).toEqual([]);
  });
});

describe('the group for everybody', () => {
  const robots = 'User-agent: *\nDisallow: /\n';

  it('is crawl only', () => {
    for (const agent of ['GPTBot', 'Googlebot', null]) {
      expect(ask(robots, agent)).toMatchObject({
        crawl: { verdict: 'disallow', quote: 'User-agent: * / Disallow: /', line: 2 },
        evidence: [],
      });
    }
  });

  it('is not inherited by control tokens or policy tokens', () => {
    expect(ask(robots, 'Google-Extended').evidence).toEqual([]);
  });
});

describe('control tokens', () => {
  const robots = 'User-agent: Google-Extended\nDisallow: /art\n\nUser-agent: Googlebot\nDisallow: /cgi\n';

  it('refuse usages to their operator, and never crawl', () => {
    const answer = ask(robots, 'Googlebot');
    expect(answer.crawl).toMatchObject({
      verdict: 'allow',
      reason: 'no-rule',
      quote: 'User-agent: Googlebot',
    });
    expect(answer.evidence.map(({ usage, operators, quote }) => ({ usage, operators, quote }))).toEqual([
      { usage: 'train-ai', operators: ['Google'], quote: 'User-agent: Google-Extended / Disallow: /art' },
      { usage: 'ai-use', operators: ['Google'], quote: 'User-agent: Google-Extended / Disallow: /art' },
    ]);
  });

  it('asked by name: crawl is that of the crawler they govern, and it says so', () => {
    const answer = ask(robots, 'Google-Extended', 'https://example.com/cgi/x');
    expect(answer.crawl).toMatchObject({
      verdict: 'disallow',
      quote: 'User-agent: Googlebot / Disallow: /cgi',
    });
    expect(answer.evidence).toEqual([]);
    expect(answer.warnings).toEqual(['Google-Extended sends no requests; crawl is answered for Googlebot.']);
  });

  it("Apple's governs training only", () => {
    const answer = ask('User-agent: Applebot-Extended\nDisallow: /\n', 'Applebot');
    expect(answer.crawl.verdict).toBe('allow');
    expect(answer.evidence.map(({ usage }) => usage)).toEqual(['train-ai']);
  });
});

describe('policy tokens', () => {
  const robots = 'User-agent: __usage_ai-training\nDisallow: /\n';

  it('refuse training to everybody, also when no agent is named, and never crawl', () => {
    for (const agent of ['GPTBot', 'UnheardOfBot', null]) {
      const answer = ask(robots, agent);
      expect(answer.crawl).toMatchObject({ verdict: 'allow', reason: 'no-group', quote: '' });
      expect(answer.evidence).toHaveLength(1);
      expect(answer.evidence[0]).toMatchObject({
        usage: 'train-ai',
        preference: 'disallow',
        quote: 'User-agent: __usage_ai-training / Disallow: /',
      });
      expect(answer.evidence[0]).not.toHaveProperty('operators');
    }
  });

  it('are data, dated, and legal product tokens for every existing parser', () => {
    for (const { token, usages, source } of policyTokens) {
      expect(token).toMatch(/^[A-Za-z_-]+$/);
      expect(usages.length).toBeGreaterThan(0);
      expect(source).toMatch(/\d{4}-\d{2}-\d{2}/);
    }
  });
});

describe('warnings', () => {
  it('name what its author probably meant, in the groups that bear on the answer', () => {
    const robots = 'User-agent: GPTBot\nAllow: /open\nDisallow /art\n\nUser-agent: CCBot\nDisalow: /\n';
    const { crawl, warnings } = ask(robots, 'GPTBot');
    expect(crawl.verdict).toBe('allow');
    expect(warnings).toEqual([
      'https://example.com/robots.txt, line 3: "Disallow /art" has no colon after "Disallow", so it is not read; write "Disallow: /art".',
    ]);
    expect(ask(robots, 'CCBot').warnings).toHaveLength(1);
    expect(ask(robots, 'ClaudeBot').warnings).toEqual([]);
  });

  it('tell everybody of rules that stand before any group', () => {
    const robots = 'Disallow: /\nUser-agent: GPTBot\nAllow: /\n';
    for (const agent of ['GPTBot', 'CCBot', null]) {
      expect(ask(robots, agent).warnings).toEqual([
        expect.stringContaining('line 1: this rule stands before'),
      ]);
    }
  });

  it("leave out the names of others, and the asking one's own tell how it was read", () => {
    const robots = 'User-agent: AI2Bot\nUser-agent: img2dataset\nDisallow: /\n';
    expect(ask(robots, 'img2dataset').warnings).toEqual([
      'https://example.com/robots.txt, line 2: "img2dataset" is not a product token; a strict parser reads "img".',
    ]);
  });

  it('say that a file was too long to read whole, and are bounded', () => {
    expect(ask(`User-agent: *\n${'#\n'.repeat(robotsBytesMax)}`, 'a').warnings[0]).toContain(
      'is longer than',
    );
    expect(ask(`User-agent: *\n${'Disallow /\n'.repeat(50)}`, 'a').warnings).toHaveLength(robotsWarningsMax);
  });

  it('say that a file built to be slow is refused', () => {
    const robots = `User-agent: *\n${'Disallow: *aq\n'.repeat(36_000)}`;
    const answer = ask(robots, 'a', `https://example.com/${'a'.repeat(8_000)}`);
    expect(answer.crawl).toMatchObject({ verdict: 'disallow', reason: 'too-complex', line: null });
    expect(answer.warnings[0]).toContain('too complex');
  });
});

it('quotes are bounded', () => {
  const { crawl } = ask(`User-agent: *\nDisallow: /${'*'.repeat(10_000)}\n`, 'a');
  expect(crawl.quote.length).toBeLessThanOrEqual(quoteLengthMax + 1);
});
