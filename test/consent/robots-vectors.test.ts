import { describe, expect, it } from 'vitest';
import { robotsAllows } from '../../src/consent/robots-match.ts';
import { parseRobots } from '../../src/consent/robots-parse.ts';
import { ownVectors, publicVectors } from './vectors.ts';

interface Input {
  robots?: string;
  robots_b64?: string;
  agent: string;
  url: string;
}

interface Expect {
  allowed: boolean;
  reason?: string;
  line?: number;
  group?: string;
}

function body(input: { robots?: unknown; robots_b64?: unknown }): Uint8Array | string {
  return typeof input.robots_b64 === 'string'
    ? new Uint8Array(Buffer.from(input.robots_b64, 'base64'))
    : String(input.robots);
}

describe('robots.txt, our own vectors', () => {
  const vectors = ownVectors<Input, Expect>('robots.json');

  it('are enough to mean something alone, and each names its section', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(60);
    for (const vector of vectors) expect(vector.section, vector.id).toMatch(/^\d(\.\d)*$/);
  });

  it.each(vectors.map((vector) => [`§${vector.section} ${vector.id}`, vector] as const))(
    '%s',
    (_name, vector) => {
      const answer = robotsAllows(parseRobots(body(vector.input)), vector.input);
      const found = {
        allowed: answer.allowed,
        reason: answer.reason,
        line: answer.rule?.line,
        group: answer.group?.agent,
      };
      expect(found).toMatchObject(vector.expect);
    },
  );
});

/**
 * What google/robotstxt does beyond or against RFC 9309. Each of these would have to break a vector of the tiers
 * we hold: a missing colon (`rfc-over-google` has it unread), /robots.txt refused, encoded letters not decoded,
 * non-ASCII in a URL not encoded, index.html as its folder. The last is an artefact of a lone surrogate.
 */
const againstTheRfc = [
  'crawler-commons/testPrecedenceOfRules#1',
  'google-spec-test/stress/327748#6',
  'google-spec-test/stress/369883#10',
  'google-spec-test/stress/369883#6',
  'google-spec-test/stress/860237#10',
  'google/GoogleOnly_IndexHTMLisDirectory#1',
  'google/ID_Encoding#3',
  'google/ID_Encoding#5',
  'google/ID_Encoding#6',
  'google/ID_LineSyntax_Line#3',
  'protego/TestProtego-test_generosity#2',
  'protego/TestProtego-test_index_html_is_directory#1',
  'texting_robots/test_forgiveness_disallow_all_but_no_colon#1',
  'texting_robots/test_forgiveness_disallow_all_but_no_colon#2',
  'texting_robots/test_forgiveness_ensure_not_too_forgiving#3',
  'texting_robots/test_google_allows_disallow_with_no_colon#1',
  'texting_robots/test_google_encoding#8',
  'robots-parser/should-handle-lone-high-/-low-surrogates#1',
];

const suites = publicVectors('robots.json');

describe.skipIf(suites === null)(
  `robots.txt, public suites${suites === null ? ' (public vectors not found)' : ''}`,
  () => {
    const inTier = (tier: string) => (suites?.vectors ?? []).filter((vector) => vector.tier === tier);
    const answerTo = (vector: Record<string, unknown>) =>
      robotsAllows(parseRobots(body(vector)), { agent: String(vector.agent), url: String(vector.url) });
    const failing = (tier: string) =>
      inTier(tier)
        .filter((vector) => answerTo(vector).allowed !== vector.allowed)
        .map((vector) => String(vector.id));

    it.each([
      ['consensus', 1200],
      ['rfc-over-google', 60],
    ])('every vector of tier %s', (tier, atLeast) => {
      expect(inTier(tier).length).toBeGreaterThanOrEqual(atLeast);
      expect(failing(tier)).toEqual([]);
    });

    it('every google-extension that does not contradict the RFC', () => {
      expect(inTier('google-extension').length).toBeGreaterThan(againstTheRfc.length);
      expect(failing('google-extension').sort()).toEqual([...againstTheRfc].sort());
    });

    it('the deciding line is the one google/robotstxt names, wherever both have a rule', () => {
      const named = inTier('consensus').filter((vector) => Number(vector.google_matching_line) > 0);
      let compared = 0;
      for (const vector of named) {
        const answer = answerTo(vector);
        if (!answer.rule) continue;
        compared++;
        expect(answer.rule.line, String(vector.id)).toBe(vector.google_matching_line);
      }
      expect(compared).toBeGreaterThan(500);
    });
  },
);
