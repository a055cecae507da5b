import { describe, expect, it } from 'vitest';
import { type RobotsCaps, robotsBytesMax, robotsCaps } from '../../src/consent/robots/file.ts';
import { robotsAllows } from '../../src/consent/robots/match.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { robotsStepsMax } from '../../src/consent/robots/pattern.ts';
import { type Hostile, hostileFiles, hostileUrl } from './hostile-robots.ts';

/** How often a character may be looked at: for its line end, its key, its value, its diagnostic. */
const looksMax = 6;
/** A comparison under way is not broken off in the middle of a path. */
const slack = 20_000;
/** Without a budget a test would take as long as the file was built to. */
const urlLengthUncapped = 1_500;
const named = hostileFiles.map((file) => [file.name, file] as const);
const uncapped: RobotsCaps = {
  bytesMax: Infinity,
  lineOctetsMax: Infinity,
  rulesMax: Infinity,
  agentsMax: Infinity,
  extensionsMax: Infinity,
  diagnosticsMax: Infinity,
};

function workOn(hostile: Hostile, scale: number, caps: RobotsCaps, stepsMax: number) {
  const url = hostileUrl(hostile, stepsMax === Infinity ? urlLengthUncapped : Infinity);
  const input = hostile.make(scale);
  const parsing = { characters: 0, kept: 0 };
  const matching = { steps: 0, stepsMax };
  const parsed = parseRobots(input, caps, parsing);
  robotsAllows(parsed, { agent: 'x', url }, matching);
  const octets = typeof input === 'string' ? new TextEncoder().encode(input).length : input.length;
  return { ...parsing, steps: matching.steps, octets, parsed };
}

describe('no file can hurt: with the caps of the service', () => {
  it.each(named)('%s', (_name, hostile) => {
    const { characters, kept, steps, parsed } = workOn(hostile, 1, robotsCaps, robotsStepsMax);
    expect(characters).toBeLessThanOrEqual(looksMax * robotsBytesMax);
    const { agentsMax, rulesMax, extensionsMax, diagnosticsMax } = robotsCaps;
    expect(kept).toBeLessThanOrEqual(agentsMax + rulesMax + extensionsMax + diagnosticsMax);
    expect(steps).toBeLessThanOrEqual(robotsStepsMax + slack);
    const rules = parsed.groups.reduce((sum, group) => sum + group.rules.length, 0);
    expect(rules).toBeLessThanOrEqual(rulesMax);
  });
});

describe('no file can hurt: without caps, work grows with the bytes', () => {
  const [small, large] = [0.04, 0.16];
  const growth = (large / small) * 1.1;

  it.each(named)('%s', (_name, hostile) => {
    const less = workOn(hostile, small, uncapped, Infinity);
    const more = workOn(hostile, large, uncapped, Infinity);
    for (const work of [less, more]) {
      expect(work.characters).toBeLessThanOrEqual(looksMax * work.octets);
      expect(work.kept).toBeLessThanOrEqual(work.octets);
      expect(work.steps).toBeLessThanOrEqual(2 * work.octets * hostile.urlLength);
    }
    for (const kind of ['characters', 'kept', 'steps'] as const) {
      expect(more[kind], kind).toBeLessThanOrEqual(less[kind] * growth + 1_000);
    }
    expect(more.parsed).toMatchObject({ truncated: false, overflow: false });
  });
});

describe('caps are an option', () => {
  const robots = 'User-agent: a\nUser-agent: b\nDisallow: /x\nDisallow: /y\nX: 1\nSitemap: s\nDisalow: /z\n';

  it.each<[keyof RobotsCaps, number, object]>([
    ['rulesMax', 3, { overflow: false }],
    ['rulesMax', 2, { overflow: true }],
    ['agentsMax', 2, { overflow: false }],
    ['agentsMax', 1, { overflow: true }],
    ['extensionsMax', 2, { overflow: false }],
    ['extensionsMax', 1, { overflow: true }],
    ['diagnosticsMax', 0, { diagnostics: [] }],
    ['bytesMax', robots.length, { truncated: false }],
    ['bytesMax', robots.length - 1, { truncated: true, diagnostics: [] }],
  ])('%s of %i', (cap, most, expected) => {
    expect(parseRobots(robots, { ...robotsCaps, [cap]: most })).toMatchObject(expected);
  });

  it('a line is read up to its cap, and never half a letter', () => {
    const parsed = parseRobots('User-agent: a\nDisallow: /aöb\n', { ...robotsCaps, lineOctetsMax: 13 });
    expect(parsed.groups[0]?.rules[0]?.path).toBe('/a');
    expect(parsed.diagnostics).toMatchObject([
      { line: 2, message: expect.stringContaining('longer than 13') },
    ]);
  });

  it('a budget of comparisons, too', () => {
    const parsed = parseRobots('User-agent: *\nDisallow: /abc\n');
    const ask = (stepsMax: number) =>
      robotsAllows(parsed, { agent: 'a', url: '/abc' }, { steps: 0, stepsMax });
    expect(ask(2)).toMatchObject({ allowed: false, reason: 'too-complex' });
    expect(ask(20)).toMatchObject({ allowed: false, reason: 'rule' });
  });
});
