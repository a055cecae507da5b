import { describe, expect, it } from 'vitest';
import { resolveAgent } from '../../src/consent/agent.ts';
import { decide, type Question } from '../../src/consent/decide.ts';
import type { Act, Verdict } from '../../src/consent/decision.ts';
import type { Evidence } from '../../src/consent/evidence.ts';
import { type Policy, shippedPolicy } from '../../src/consent/policy.ts';

const observedAt = '2026-11-23T12:00:00.000Z';

function record(more: Partial<Evidence> = {}): Evidence {
  return {
    source: 'registry',
    usage: 'train-ai',
    preference: 'disallow',
    where: 'rid-1',
    quote: 'disallow train-ai',
    observedAt,
    record: 'rid-1',
    trust: 'domain',
    since: '2026-01-01T00:00:00.000Z',
    ...more,
  };
}

function signal(more: Partial<Evidence> = {}): Evidence {
  return {
    source: 'robots.txt',
    usage: 'train-ai',
    preference: 'disallow',
    where: 'https://example.com/robots.txt, line 2',
    quote: 'User-agent: GPTBot / Disallow: /',
    observedAt,
    ...more,
  };
}

function question(more: Partial<Question> & { named?: string } = {}): Question {
  const { named, ...rest } = more;
  return {
    usage: 'train-ai',
    agent: named === undefined ? null : resolveAgent(named),
    policy: shippedPolicy,
    crawl: { verdict: 'allow', reason: 'no-rule' },
    ...rest,
  };
}

interface Case {
  name: string;
  evidence: Evidence[];
  asked?: Partial<Question> & { named?: string };
  verdict: Verdict;
  act: Act;
  effects: string[];
}

const allow = { preference: 'allow' } as const;
const possible = { weight: 'possible' } as const;
const strict: Policy = { ...shippedPolicy, trust: { disallow: 'profile', allow: 'domain' } };

const cases: Case[] = [
  { name: 'nobody said anything', evidence: [], verdict: 'unknown', act: 'proceed', effects: [] },
  { name: 'a refusal', evidence: [record()], verdict: 'disallow', act: 'stop', effects: ['decides'] },
  {
    name: 'a refusal by email',
    evidence: [record({ trust: 'email' })],
    verdict: 'disallow',
    act: 'stop',
    effects: ['decides'],
  },
  { name: 'a permission', evidence: [record(allow)], verdict: 'allow', act: 'proceed', effects: ['decides'] },
  {
    name: "a registry permission never outranks the site's refusal",
    evidence: [record({ ...allow, trust: 'identity' }), signal()],
    verdict: 'disallow',
    act: 'stop',
    effects: ['decides', 'overruled'],
  },
  {
    name: 'nor does a better proven permission another record',
    evidence: [record({ ...allow, trust: 'identity', where: 'rid-2' }), record({ trust: 'email' })],
    verdict: 'disallow',
    act: 'stop',
    effects: ['decides', 'overruled'],
  },
  {
    name: 'a permission by email is none',
    evidence: [record({ ...allow, trust: 'email' })],
    verdict: 'unknown',
    act: 'proceed',
    effects: ['below-trust'],
  },
  {
    name: 'a permission that proves nothing is none',
    evidence: [(({ trust: _trust, ...rest }) => rest)(record(allow))],
    verdict: 'unknown',
    act: 'proceed',
    effects: ['below-trust'],
  },
  {
    name: 'a refusal below the trust a policy asks for is possible',
    evidence: [record({ trust: 'email' })],
    asked: { policy: strict },
    verdict: 'unknown',
    act: 'review',
    effects: ['below-trust'],
  },
  {
    name: 'trust is asked of records, not of the site itself',
    evidence: [signal()],
    asked: { policy: { ...strict, trust: { disallow: 'identity', allow: 'identity' } } },
    verdict: 'disallow',
    act: 'stop',
    effects: ['decides'],
  },
  {
    name: 'a possible refusal is reviewed',
    evidence: [record(possible)],
    verdict: 'unknown',
    act: 'review',
    effects: ['possible'],
  },
  {
    name: 'a possible refusal beside a permission leaves the verdict',
    evidence: [record(possible), record(allow)],
    verdict: 'allow',
    act: 'review',
    effects: ['decides', 'possible'],
  },
  {
    name: 'a possible refusal beside a refusal adds nothing',
    evidence: [record(possible), signal()],
    verdict: 'disallow',
    act: 'stop',
    effects: ['decides', 'possible'],
  },
  {
    name: 'a possible permission permits nothing',
    evidence: [record({ ...allow, ...possible })],
    verdict: 'unknown',
    act: 'review',
    effects: ['possible'],
  },
  {
    name: 'a refusal to one operator binds its agents',
    evidence: [signal({ operators: ['OpenAI'] })],
    asked: { named: 'OAI-SearchBot' },
    verdict: 'disallow',
    act: 'stop',
    effects: ['decides'],
  },
  {
    name: 'a refusal to one operator does not bind another',
    evidence: [signal({ operators: ['OpenAI'] })],
    asked: { named: 'ClaudeBot' },
    verdict: 'unknown',
    act: 'proceed',
    effects: ['not-this-operator'],
  },
  {
    name: 'a refusal to one operator does not bind an unnamed agent',
    evidence: [signal({ operators: ['OpenAI'] })],
    verdict: 'unknown',
    act: 'proceed',
    effects: ['not-this-operator'],
  },
  {
    name: 'a permission to one operator is none for another',
    evidence: [record({ ...allow, operators: ['OpenAI'] })],
    asked: { named: 'ClaudeBot' },
    verdict: 'unknown',
    act: 'proceed',
    effects: ['not-this-operator'],
  },
  {
    name: 'an excepted operator is exempt',
    evidence: [record({ except: ['openai'] })],
    asked: { named: 'GPTBot' },
    verdict: 'unknown',
    act: 'proceed',
    effects: ['excepted'],
  },
  {
    name: 'an agent nobody knows can be excepted by its token',
    evidence: [record({ except: ['FriendlyBot'] })],
    asked: { named: 'FriendlyBot' },
    verdict: 'unknown',
    act: 'proceed',
    effects: ['excepted'],
  },
  {
    name: 'an exception is for those it names',
    evidence: [record({ except: ['OpenAI'] })],
    asked: { named: 'ClaudeBot' },
    verdict: 'disallow',
    act: 'stop',
    effects: ['decides'],
  },
  {
    name: 'an exception is not for the unnamed',
    evidence: [record({ except: ['OpenAI'] })],
    verdict: 'disallow',
    act: 'stop',
    effects: ['decides'],
  },
  {
    name: "an exception is from that record, not from the site's word",
    evidence: [record({ except: ['OpenAI'] }), signal({ operators: ['OpenAI'] })],
    asked: { named: 'GPTBot' },
    verdict: 'disallow',
    act: 'stop',
    effects: ['decides', 'excepted'],
  },
  {
    name: 'an exception is from a refusal, never from a permission',
    evidence: [record({ ...allow, except: ['OpenAI'] })],
    asked: { named: 'GPTBot' },
    verdict: 'allow',
    act: 'proceed',
    effects: ['decides'],
  },
  {
    name: 'search says nothing about training',
    evidence: [record({ ...allow, usage: 'search' }), record({ usage: 'ai-use' })],
    verdict: 'unknown',
    act: 'proceed',
    effects: [],
  },
  {
    name: 'a refusal of crawl stops, and says nothing about the usage',
    evidence: [record(allow)],
    asked: { crawl: { verdict: 'disallow', reason: 'rule' } },
    verdict: 'allow',
    act: 'stop',
    effects: ['decides'],
  },
  {
    name: 'a policy may stop at silence',
    evidence: [],
    asked: { policy: { ...shippedPolicy, unknown: 'stop' } },
    verdict: 'unknown',
    act: 'stop',
    effects: [],
  },
  {
    name: 'a required source that was not checked is reviewed',
    evidence: [],
    asked: { notChecked: [{ source: 'robots.txt', why: 'not-fetched-yet', retryAfterS: 30 }] },
    verdict: 'unknown',
    act: 'review',
    effects: [],
  },
  {
    name: 'also when there is a permission',
    evidence: [record(allow)],
    asked: { notChecked: [{ source: 'robots.txt', why: 'unreachable' }] },
    verdict: 'allow',
    act: 'review',
    effects: ['decides'],
  },
  {
    name: 'another source that was not checked is only told',
    evidence: [],
    asked: { notChecked: [{ source: 'Content-Signal', why: 'not-read-yet' }] },
    verdict: 'unknown',
    act: 'proceed',
    effects: [],
  },
  {
    name: 'a contested refusal is in force',
    evidence: [record({ contested: true })],
    verdict: 'disallow',
    act: 'stop',
    effects: ['decides'],
  },
];

describe('the decision', () => {
  it.each(cases)('$name', ({ evidence, asked, verdict, act, effects: expected }) => {
    const decision = decide(evidence, question(asked));
    expect({ verdict: decision.verdict, act: decision.act }).toEqual({ verdict, act });
    expect(decision.reasons.map((reason) => reason.effect)).toEqual(expected);
  });

  it('carries what was asked, what was not checked, and the words themselves', () => {
    const notChecked = [
      { source: 'pdq', why: 'no picture was sent' },
      { source: 'Content-Signal', why: 'not read yet' },
    ];
    const decision = decide([signal()], question({ named: 'GPTBot', notChecked, warnings: ['a', 'a', 'b'] }));
    expect(decision).toMatchObject({
      usage: 'train-ai',
      agent: { token: 'GPTBot', operator: 'OpenAI' },
      crawl: { verdict: 'allow' },
      warnings: ['a', 'b'],
      notChecked: [notChecked[1], notChecked[0]],
      contested: false,
    });
    expect(decision.reasons[0]).toEqual({ ...signal(), effect: 'decides' });
    for (const key of ['match', 'trust', 'since']) expect(decision).not.toHaveProperty(key);
  });

  it('crawl that nobody looked at is unknown', () => {
    const { crawl: _crawl, ...asked } = question();
    expect(decide([], asked).crawl).toEqual({ verdict: 'unknown', reason: 'not-checked' });
  });

  it('tells match, trust and since of the strongest record that bears on it', () => {
    const exact = { kind: 'exact', distance: 0, variant: 'full', orientation: 'identity' } as const;
    const near = { ...exact, kind: 'match', distance: 12 } as const;
    const decision = decide(
      [
        record({ where: 'rid-3', trust: 'email', match: exact }),
        record({ where: 'rid-2', trust: 'profile', match: near, since: '2026-02-02T00:00:00.000Z' }),
        record({ where: 'rid-1', trust: 'profile', match: exact, since: '2026-03-03T00:00:00.000Z' }),
        record({ where: 'rid-0', trust: 'identity', except: ['OpenAI'] }),
      ],
      question({ named: 'GPTBot' }),
    );
    expect(decision.reasons.map(({ where }) => where)).toEqual(['rid-1', 'rid-2', 'rid-3', 'rid-0']);
    expect(decision).toMatchObject({ match: exact, trust: 'profile', since: '2026-03-03T00:00:00.000Z' });
  });

  it('orders equal reasons by source, then by place', () => {
    const said = [
      signal({ where: 'https://a.example/robots.txt, line 9', licence: 'a' }),
      record({ where: 'rid-2', contact: 'a', trust: 'email' }),
      record({ where: 'rid-1', licence: 'b', trust: 'email' }),
    ];
    expect(decide(said, question()).reasons.map(({ where }) => where)).toEqual([
      'rid-1',
      'rid-2',
      'https://a.example/robots.txt, line 9',
    ]);
  });

  it('flags a contested record that bears on the answer, and no other', () => {
    const flagged = (said: Evidence) => decide([said], question({ named: 'GPTBot' })).contested;
    expect(flagged(record({ contested: true }))).toBe(true);
    expect(flagged(record({ contested: true, ...possible }))).toBe(true);
    expect(flagged(record({ contested: true, except: ['OpenAI'] }))).toBe(false);
    expect(flagged(record({ contested: true, usage: 'search' }))).toBe(false);
    expect(flagged(record({ contested: false }))).toBe(false);
  });

  it('does not change what it is given', () => {
    const evidence = Object.freeze([record(), signal()].map((said) => Object.freeze(said)));
    expect(() => decide(evidence, question())).not.toThrow();
  });
});
