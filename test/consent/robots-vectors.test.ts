import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { robotsAllows } from '../../src/consent/robots/match.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
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

/** The vectors of tier `google-extension` that are not followed, and why: the table of docs/departures.md. */
function documentedExceptions(): { id: string; reason: string }[] {
  const page = readFileSync(new URL('../../docs/departures.md', import.meta.url), 'utf8');
  const [, table = ''] =
    /<!-- robots-exceptions -->\n([\s\S]*?)<!-- \/robots-exceptions -->/.exec(page) ?? [];
  return [...table.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, id = '', reason = '']) => ({
    id,
    reason,
  }));
}

const againstTheRfc = documentedExceptions();

it('docs/departures.md gives a reason for every vector that is not followed', () => {
  expect(againstTheRfc.length).toBeGreaterThan(0);
  expect(new Set(againstTheRfc.map(({ id }) => id)).size).toBe(againstTheRfc.length);
  for (const { reason } of againstTheRfc) expect(reason.length).toBeGreaterThan(20);
});

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
      expect(failing('google-extension').sort()).toEqual(againstTheRfc.map(({ id }) => id).sort());
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
