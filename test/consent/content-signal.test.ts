import { describe, expect, it } from 'vitest';
import { resolveAgent } from '../../src/consent/agent.ts';
import {
  contentSignalPairsMax,
  contentSignals,
  contentSignalUsages,
  parseContentSignal,
} from '../../src/consent/content-signal.ts';
import { decide } from '../../src/consent/decide.ts';
import type { Verdict } from '../../src/consent/decision.ts';
import { shippedPolicy } from '../../src/consent/policy.ts';
import { robotsEvidence } from '../../src/consent/robots/evidence.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { verdicts } from './signal-verdicts.ts';
import { ownVectors } from './vectors.ts';

type Input = { robots: string; agent: string; scope: 'group' | 'origin' };
type Expected = Record<'ai-train' | 'ai-input' | 'search', Verdict> & { use: string | null };

const vectors = ownVectors<Input, Expected>('signals/content-signal.json');

function ask(robots: string, agent: string | null) {
  return robotsEvidence(parseRobots(robots), {
    url: 'https://example.com/p',
    agent: agent === null ? null : resolveAgent(agent),
    robotsUrl: 'https://example.com/robots.txt',
    observedAt: '2026-11-23T12:00:00.000Z',
  });
}

describe('Content Signals, our own vectors', () => {
  it('are there', () => expect(vectors.length).toBeGreaterThan(20));

  it.each(vectors)('$id', ({ input, expect: expected }) => {
    expect(contentSignals(parseRobots(input.robots), input.agent, input.scope)).toMatchObject(expected);
  });

  it.each(vectors.filter(({ input }) => input.scope === 'group'))(
    '$id, decided',
    ({ input, expect: expected }) => {
      const signals = ask(input.robots, input.agent).evidence.filter(
        ({ source }) => source === 'content-signal',
      );
      const decided = verdicts(signals, input.agent);
      for (const [key, usage] of Object.entries(contentSignalUsages)) {
        expect(decided[usage]).toBe(expected[key as keyof typeof contentSignalUsages]);
      }
    },
  );
});

describe('Content-Signal lines as evidence', () => {
  it('carry their line and the usages of our vocabulary', () => {
    expect(
      ask('User-agent: *\nContent-Signal: ai-input=no, ai-train=yes, use=reference\n', null).evidence,
    ).toEqual([
      {
        source: 'content-signal',
        usage: 'ai-use',
        preference: 'disallow',
        where: 'https://example.com/robots.txt, line 2',
        quote: 'User-agent: * / Content-Signal: ai-input=no, ai-train=yes, use=reference',
        observedAt: '2026-11-23T12:00:00.000Z',
      },
      expect.objectContaining({ usage: 'train-ai', preference: 'allow' }),
    ]);
  });

  it.each([
    [
      'in the group of *',
      'User-agent: *\nContent-Signal: ai-train=no\nAllow: /\nUser-agent: GPTBot\nDisallow: /x\n',
    ],
    ['before any group', 'Content-Signal: ai-train=no\nUser-agent: *\nDisallow: /x\n'],
  ])('ours: %s, a refusal is possible for an agent with a group of its own', (_name, robots) => {
    const { evidence } = ask(robots, 'GPTBot');
    expect(evidence).toMatchObject([
      { source: 'content-signal', preference: 'disallow', weight: 'possible' },
    ]);
    const question = { usage: 'train-ai', agent: resolveAgent('GPTBot'), policy: shippedPolicy } as const;
    expect(decide(evidence, question)).toMatchObject({ verdict: 'unknown', act: 'review' });
  });

  it('ours: where its own group speaks, the rest of the file does not', () => {
    const robots =
      'User-agent: *\nContent-Signal: ai-train=no\nAllow: /\nUser-agent: GPTBot\nContent-Signal: ai-train=yes\nAllow: /\n';
    expect(ask(robots, 'GPTBot').evidence).toMatchObject([{ preference: 'allow', operators: ['GPTBot'] }]);
  });

  it("ours: nothing is possible from a group that names somebody else, and no grant from another's", () => {
    expect(ask('User-agent: CCBot\nContent-Signal: ai-train=no\nAllow: /\n', 'GPTBot').evidence).toEqual([]);
    expect(
      ask('User-agent: *\nContent-Signal: ai-train=yes\nAllow: /\nUser-agent: GPTBot\nAllow: /\n', 'GPTBot')
        .evidence,
    ).toEqual([]);
  });

  it('a group for a control token refuses for the crawler it governs', () => {
    const robots = 'User-agent: Google-Extended\nContent-Signal: ai-train=no, search=yes\nAllow: /\n';
    expect(verdicts(ask(robots, 'Googlebot').evidence, 'Googlebot')).toMatchObject({
      'train-ai': 'disallow',
      search: 'unknown',
    });
  });

  it('ours: a grant counts where every reading of the name finds it', () => {
    const robots =
      'User-agent: AI\nContent-Signal: search=yes\nAllow: /\n\nUser-agent: *\nContent-Signal: ai-train=yes, search=yes\n';
    expect(verdicts(ask(robots, 'AI2Bot').evidence, 'AI2Bot')).toMatchObject({
      'train-ai': 'unknown',
      search: 'allow',
    });
  });
});

describe('ours: letters', () => {
  it('a refusal is read in any case, a grant only as it is written in the policy', () => {
    expect(parseContentSignal('AI-Train=NO').preferences).toEqual(new Map([['ai-train', 'disallow']]));
    expect(parseContentSignal('AI-Train=yes, search=Yes').preferences).toEqual(new Map());
  });

  it('after too many pairs only refusals count', () => {
    const pairs = `search=yes, ai-train=no, ${'a=b,'.repeat(contentSignalPairsMax)}`;
    expect(parseContentSignal(pairs).preferences).toEqual(new Map([['ai-train', 'disallow']]));
  });
});
