import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { robotsAllows, robotsRivalsMax } from '../../src/consent/robots/match.ts';
import { robotsPath, robotsUrlLengthMax, rulePattern } from '../../src/consent/robots/octets.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { patternMatches, robotsStepsMax } from '../../src/consent/robots/pattern.ts';

const piece = fc.constantFrom<string>(
  'User-agent: a\n',
  'User-agent: b\n',
  'User-agent: *\n',
  'Disallow: /a\n',
  'Disallow: /*b$\n',
  'Disallow:\n',
  'Allow: /a/b\n',
  'Allow: /a\n',
  'Content-Signal: ai-train=no\n',
  'Disalow /x\n',
  '\u0000\ufeff#\r',
  '<p>:\r\n',
);
const robotsLike = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
);
const path = fc.string({
  unit: fc.constantFrom('/', 'a', 'b', '%', '2', 'A', '*', '$', '?', 'ö'),
  maxLength: 20,
});

describe('robots.txt, whatever the input', () => {
  it('parsing never throws, and neither does asking', () => {
    fc.assert(
      fc.property(
        robotsLike,
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.string(),
        (robots, agent, url) => {
          const parsed = parseRobots(robots);
          const answer = robotsAllows(parsed, { agent, url });
          expect(answer.rule === null).toBe(answer.reason !== 'rule');
          if (answer.rule) expect(answer.allowed).toBe(answer.rule.kind === 'allow');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('bytes and the text they encode read the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const robots = `User-agent: a\nDisallow: /${text}\n`;
        expect(parseRobots(new TextEncoder().encode(robots))).toEqual(parseRobots(robots));
      }),
    );
  });

  it('CR, LF and CRLF are one line end', () => {
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const robots = pieces.join('').replaceAll(/\r\n?/g, '\n');
        const expected = parseRobots(robots);
        expect(parseRobots(robots.replaceAll('\n', '\r'))).toEqual(expected);
        expect(parseRobots(robots.replaceAll('\n', '\r\n'))).toEqual(expected);
      }),
    );
  });

  it('§2.2.1: the order of groups and of rules changes no answer', () => {
    const rule = fc
      .tuple(fc.constantFrom('Allow', 'Disallow'), path)
      .map(([kind, value]) => `${kind}: /${value}`);
    const group = fc.tuple(fc.constantFrom('a', 'b', '*'), fc.array(rule, { minLength: 1, maxLength: 4 }));
    const shuffled = fc
      .array(group, { minLength: 1, maxLength: 6 })
      .chain((groups) =>
        fc.tuple(fc.constant(groups), fc.shuffledSubarray(groups, { minLength: groups.length })),
      );
    const write = (groups: [string, string[]][]) =>
      groups.map(([agent, rules]) => `User-agent: ${agent}\n${rules.join('\n')}\n`).join('\n');
    fc.assert(
      fc.property(shuffled, path, fc.constantFrom('a', 'b', 'c'), ([groups, other], url, agent) => {
        const question = { agent, url: `/${url}` };
        const one = robotsAllows(parseRobots(write(groups)), question);
        const two = robotsAllows(
          parseRobots(write(other.map(([name, rules]) => [name, rules.toReversed()]))),
          question,
        );
        expect(two.allowed).toBe(one.allowed);
        expect(two.reason).toBe(one.reason);
      }),
    );
  });

  it('§2.2.4: an unknown line anywhere changes no answer', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.nat(12),
        fc.constantFrom('a', 'b', 'c'),
        (pieces, at, agent) => {
          const withLine = pieces.toSpliced(at, 0, 'Content-Usage: train-ai=n\n');
          const question = { agent, url: '/a/b' };
          expect(robotsAllows(parseRobots(withLine.join('')), question).allowed).toBe(
            robotsAllows(parseRobots(pieces.join('')), question).allowed,
          );
        },
      ),
    );
  });
});

describe('matching a path', () => {
  /** The definition itself: every way the star can be filled. */
  function naive(pattern: string, text: string): boolean {
    if (pattern === '$') return text === '';
    if (pattern === '') return true;
    if (pattern.startsWith('*')) {
      return Array.from({ length: text.length + 1 }, (_, taken) => taken).some((taken) =>
        naive(pattern.slice(1), text.slice(taken)),
      );
    }
    return text !== '' && text[0] === pattern[0] && naive(pattern.slice(1), text.slice(1));
  }

  it('equals the naive reading of §2.2.3', () => {
    const pattern = fc
      .tuple(fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 9 }), fc.constantFrom('', '$'))
      .map(([body, end]) => `/${body}${end}`);
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 }).map((body) => `/${body}`);
    fc.assert(
      fc.property(pattern, text, (rule, url) => {
        expect(patternMatches(rule, url)).toBe(naive(rule, url));
        expect(patternMatches(rulePattern(rule).path, url)).toBe(naive(rule, url));
      }),
      { numRuns: 3000 },
    );
  });

  it('normalising is idempotent, and a path always matches itself', () => {
    fc.assert(
      fc.property(path, (value) => {
        const once = robotsPath(`/${value}`);
        expect(robotsPath(once)).toBe(once);
        expect(rulePattern(once)).toEqual({ path: once, length: once.length });
        expect(patternMatches(`${once}$`, once)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('§2.2.2: encoding any unreserved character of a URL changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'abcXYZ019-_~'), minLength: 1 }), (word) => {
        const encoded = [...word].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');
        expect(robotsPath(`/${encoded}`)).toBe(robotsPath(`/${word}`));
        expect(rulePattern(`/${encoded}`)).toEqual(rulePattern(`/${word}`));
      }),
    );
  });

  it('refuses a URL too long to compare instead of comparing its beginning', () => {
    expect(() => robotsPath(`/${'a'.repeat(robotsUrlLengthMax)}`)).toThrow(/longer than/);
  });
});

describe('files built to be slow', () => {
  const url = `http://h/${'a'.repeat(8000)}`;
  const ask = (robots: string, agent = 'x') => {
    const work = { steps: 0 };
    const parsed = parseRobots(robots);
    return { parsed, work, answer: robotsAllows(parsed, { agent, url }, work) };
  };

  it('10,000 agents × 2,000 rules: each rule is held once', () => {
    const name = (n: number) => [...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
    const agents = Array.from({ length: 10_000 }, (_, n) => `User-agent: ${name(n)}\n`).join('');
    const rules = Array.from({ length: 2_000 }, (_, n) => `Disallow: /${n}\n`).join('');
    const { parsed, answer } = ask(agents + rules, name(9_999));
    expect(parsed.groups).toHaveLength(1);
    expect(parsed.groups[0]?.agents).toHaveLength(10_000);
    expect(parsed.groups[0]?.rules).toHaveLength(2_000);
    expect(answer.group?.agent).toBe(name(9_999));
  });

  it('250 rules of 1,000 stars: work grows with the URL, not with the stars', () => {
    const { work, answer } = ask(`User-agent: *\n${`Disallow: /${'*a'.repeat(1_000)}b\n`.repeat(250)}`);
    expect(answer.reason).toBe('no-rule');
    expect(work.steps).toBeLessThan(250 * 3 * 8_001);
  });

  it('a line of nothing but stars is one star', () => {
    const { parsed, work, answer } = ask(`User-agent: *\nDisallow: /${'*'.repeat(16_000)}\n`);
    expect(parsed.groups[0]?.rules[0]?.path).toBe('/*');
    expect(answer.allowed).toBe(false);
    expect(work.steps).toBeLessThan(10);
  });

  it.each([
    ['long pieces behind a star', `Disallow: /*${'a'.repeat(4_000)}b\n`.repeat(125)],
    ['tens of thousands of star rules', 'Disallow: *aq\n'.repeat(36_000)],
  ])('%s: refused when the work is spent', (_name, rules) => {
    const { work, answer } = ask(`User-agent: *\n${rules}`);
    expect(answer).toMatchObject({ allowed: false, reason: 'too-complex', group: { agent: '*', line: 1 } });
    expect(work.steps).toBeLessThan(robotsStepsMax + 2 * 8_001);
  });

  it('lists only so many rivals', () => {
    const { answer } = ask(`User-agent: *\n${'Disallow: /a\n'.repeat(1_000)}Allow: /aa\n`);
    expect(answer).toMatchObject({ allowed: true, rule: { line: 1_002 } });
    expect(answer.rivals).toHaveLength(robotsRivalsMax);
    expect(answer.rivals[0]).toEqual({ kind: 'disallow', raw: 'Disallow: /a', line: 2 });
  });
});
