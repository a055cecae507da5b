import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveAgent } from '../../src/consent/agent.ts';
import { decide, type Question } from '../../src/consent/decide.ts';
import { type Act, effects } from '../../src/consent/decision.ts';
import { type Evidence, trustLevels, usages } from '../../src/consent/evidence.ts';

const observedAt = '2026-11-23T12:00:00.000Z';

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

function refusal(usage: Evidence['usage']): Evidence {
  const where = 'https://example.com/robots.txt, line 2';
  return { source: 'robots.txt', usage, preference: 'disallow', where, quote: 'Disallow: /', observedAt };
}

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
        const decision = decide([...evidence, refusal(asked.usage)], asked);
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
