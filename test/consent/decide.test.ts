import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveAgent } from '../../src/consent/agent.ts';
import { decide, type Question } from '../../src/consent/decide.ts';
import { type Act, earliestExpiry, effects, type Verdict } from '../../src/consent/decision.ts';
import { type Evidence, trustLevels, usages } from '../../src/consent/evidence.ts';
import { canonicalPolicy, type Policy, policyDigest, shippedPolicy } from '../../src/consent/policy.ts';

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

const text = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.string({ unit: 'binary', maxLength: 5 }));
const operators = fc.subarray(['OpenAI', 'Anthropic', 'Google', 'FriendlyBot']);
const anyEvidence: fc.Arbitrary<Evidence> = fc.record(
  {
    source: fc.constantFrom('registry', 'robots.txt'),
    usage: fc.constantFrom(...usages),
    preference: fc.constantFrom('allow', 'disallow'),
    where: text,
    quote: text,
    observedAt: fc.constant(observedAt),
    weight: fc.constantFrom('decides', 'possible'),
    operators,
    except: operators,
    trust: fc.constantFrom(...trustLevels),
    contested: fc.boolean(),
    since: text,
    match: fc.record({
      kind: fc.constantFrom('exact', 'match', 'possible'),
      distance: fc.nat(256),
      variant: text,
      orientation: text,
    }),
  },
  { requiredKeys: ['source', 'usage', 'preference', 'where', 'quote', 'observedAt'] },
);
const anyQuestion: fc.Arbitrary<Question> = fc.record({
  usage: fc.constantFrom(...usages),
  agent: fc.option(fc.constantFrom('GPTBot', 'ClaudeBot', 'Googlebot', 'FriendlyBot', '').map(resolveAgent)),
  policy: fc.record({
    name: fc.constant('test'),
    version: fc.nat(9),
    unknown: fc.constantFrom('proceed', 'stop'),
    required: fc.subarray(['registry', 'robots.txt']),
    trust: fc.record({ disallow: fc.constantFrom(...trustLevels), allow: fc.constantFrom(...trustLevels) }),
  }),
  crawl: fc.record({ verdict: fc.constantFrom('allow', 'disallow', 'unknown'), reason: text }),
  notChecked: fc.array(fc.record({ source: fc.constantFrom('registry', 'robots.txt', 'pdq'), why: text }), {
    maxLength: 3,
  }),
});
const someEvidence = fc.array(anyEvidence, { maxLength: 8 });
const severity: Record<Act, number> = { proceed: 0, review: 1, stop: 2 };

describe('the decision, whatever the evidence', () => {
  it('is total, keeps every statement about the usage, and invents none', () => {
    fc.assert(
      fc.property(someEvidence, anyQuestion, (evidence, asked) => {
        const decision = decide(evidence, asked);
        expect(['disallow', 'allow', 'unknown']).toContain(decision.verdict);
        expect(decision.reasons).toHaveLength(evidence.filter((said) => said.usage === asked.usage).length);
        for (const { effect, ...said } of decision.reasons) {
          expect(effects).toContain(effect);
          expect(evidence).toContainEqual(said);
          if (effect === 'decides') expect(said.preference).toBe(decision.verdict);
        }
        const decided = decision.reasons.some((reason) => reason.effect === 'decides');
        expect(decided).toBe(decision.verdict !== 'unknown');
      }),
    );
  });

  it('does not depend on the order of the evidence, of its keys, or of what was not checked', () => {
    const shuffled = someEvidence.chain((evidence) =>
      fc.tuple(fc.constant(evidence), fc.shuffledSubarray(evidence, { minLength: evidence.length })),
    );
    const reordered = (said: Evidence) =>
      Object.fromEntries(Object.entries(said).toReversed()) as unknown as Evidence;
    fc.assert(
      fc.property(shuffled, anyQuestion, ([evidence, other], asked) => {
        const backwards = { ...asked, notChecked: asked.notChecked?.toReversed() ?? [] };
        expect(decide(other.map(reordered), backwards)).toEqual(decide(evidence, asked));
      }),
    );
  });

  it('adding a refusal never opens anything', () => {
    fc.assert(
      fc.property(someEvidence, anyEvidence, anyQuestion, (evidence, said, asked) => {
        const before = decide(evidence, asked);
        const after = decide([...evidence, { ...said, preference: 'disallow' }], asked);
        if (before.verdict !== 'allow') expect(after.verdict).not.toBe('allow');
        if (before.verdict === 'disallow') expect(after.verdict).toBe('disallow');
        expect(severity[after.act]).toBeGreaterThanOrEqual(severity[before.act]);
      }),
    );
  });

  it('a refusal in force disallows, whatever else was said', () => {
    fc.assert(
      fc.property(someEvidence, anyQuestion, (evidence, asked) => {
        const decision = decide([...evidence, signal({ usage: asked.usage })], asked);
        expect(decision).toMatchObject({ verdict: 'disallow', act: 'stop' });
      }),
    );
  });

  it('statements about other usages change nothing', () => {
    fc.assert(
      fc.property(someEvidence, anyQuestion, (evidence, asked) => {
        const own = evidence.filter((said) => said.usage === asked.usage);
        expect(decide(evidence, asked)).toEqual(decide(own, asked));
      }),
    );
  });
});

describe('the policy', () => {
  it('has one canonical form and one digest, whatever the order of its parts', async () => {
    const same: Policy = {
      trust: { allow: 'profile', disallow: 'email' },
      required: ['robots.txt', 'registry', 'registry'],
      unknown: 'proceed',
      version: 1,
      name: 'withhold',
    };
    expect(canonicalPolicy(shippedPolicy)).toBe(
      '{"name":"withhold","required":["registry","robots.txt"],"trust":{"allow":"profile","disallow":"email"},"unknown":"proceed","version":1}',
    );
    expect(await policyDigest(same)).toBe(await policyDigest(shippedPolicy));
    expect(await policyDigest({ ...same, unknown: 'stop' })).not.toBe(await policyDigest(shippedPolicy));
  });

  it('the digest is SHA-256 of that form', async () => {
    const { createHash } = await import('node:crypto');
    const expected = createHash('sha256').update(canonicalPolicy(shippedPolicy)).digest('hex');
    expect(await policyDigest(shippedPolicy)).toBe(`sha256:${expected}`);
  });
});

describe('how long an answer holds', () => {
  it('until the first thing it stands on may change', () => {
    expect(
      earliestExpiry(['2026-11-24T12:00:00Z', '2026-11-23T13:00:00+02:00', '2026-11-23T11:30:00.500Z']),
    ).toBe('2026-11-23T11:00:00.000Z');
    expect(earliestExpiry(['2026-11-24T12:00:00Z'])).toBe('2026-11-24T12:00:00.000Z');
  });

  it('throws on what is no time', () => {
    expect(() => earliestExpiry(['soon'])).toThrow(RangeError);
    expect(() => earliestExpiry(['2026-11-24T12:00:00Z', 'soon'])).toThrow(RangeError);
  });
});
