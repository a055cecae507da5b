import { readFileSync } from 'node:fs';
import { resolveAgent } from '../../src/consent/agent.ts';
import { type RobotsEvidence, robotsEvidence } from '../../src/consent/robots/evidence.ts';
import type { ParsedRobots } from '../../src/consent/robots/file.ts';
import { type RobotsAnswer, robotsAllows, robotsAllowsEach } from '../../src/consent/robots/match.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import type { Seeded } from '../../src/demo/seeded.ts';
import { joined, mutated, noise, sequence } from './mutations.ts';
import type { FuzzTarget } from './targets.ts';

interface Case {
  robots: Uint8Array;
  agent: string;
  url: string;
  /** Where a further line is put in: the share of the line ends that stand before it. */
  insertAt: number;
}

interface Found {
  parsed: ParsedRobots;
  answer: RobotsAnswer;
  evidence: RobotsEvidence;
}

const samples = readSamples();
const agents = ['a', 'b', '*', 'GPTBot', 'AI2Bot', 'Googlebot', 'img2dataset', '360Spider', 'x'.repeat(60)];
const pieces = [
  ...agents.map((agent) => `User-agent: ${agent}\n`),
  'user-agent:b\r\n',
  'USERAGENT : a\n',
  'User-agent: Google-Extended\n',
  'User-agent: __usage_ai-training\n',
  'Disallow: /\n',
  'Disallow:/a\n',
  'disallow: /*b$\n',
  'Disallow: /%61%2A%zz%\n',
  'Disallow: /*a*a*a*a*a*b\n',
  'Disalow: /a # c\n',
  'Disallow /a\n',
  'Disallow:\n',
  'Allow: /a/b\n',
  'Allow: /\n',
  'Allow: /$\n',
  'Allow: ö/é\n',
  'Content-Signal: ai-train=yes\n',
  'Content-Usage: train-ai=y\n',
  'License: https://e.example/l\n',
  'Sitemap: /s\n',
  'Crawl-delay: 1\r',
  '\ufeff',
  '\0',
  '#',
  '\n',
  '\r',
  ':',
  '   ',
  '<html>',
];
const urls = [
  '/',
  '/a',
  '/a/b',
  '/a/b?c',
  '/%61',
  '/ö',
  '/robots.txt',
  'https://h.example/a#b',
  'aaaa',
  '/*',
  '/$',
];

/** Large ones are rare: they take as long as thousands of others. */
const largeChance = 1 / 4_000;
const largeBytes = 500_000;
const repeatedMax = 40;

function generate(random: Seeded): Case {
  return {
    robots: random.chance(largeChance) ? large(random) : small(random),
    agent: random.chance(0.9) ? random.pick(agents) : new TextDecoder().decode(noise(random, 20)),
    url: random.chance(0.8)
      ? random.pick(urls)
      : `/${sequence(random, ['a', 'b', '/', '%61', '*', 'ö', '?'], 30)}`,
    insertAt: random.between(0, 1),
  };
}

function small(random: Seeded): Uint8Array {
  const kind = random.below(10);
  if (kind < 5) return new TextEncoder().encode(sequence(random, pieces, 24));
  if (kind < 8) return mutated(random, samples);
  if (kind < 9) return noise(random, 300);
  const repeated = sequence(random, pieces, 4).repeat(random.below(repeatedMax));
  return joined(new TextEncoder().encode(repeated), noise(random, 20));
}

/** One short piece, over and over: what caps and the budget of comparisons are for. */
function large(random: Seeded): Uint8Array {
  const piece = random.chance(0.5)
    ? new TextEncoder().encode(sequence(random, pieces, 3) || ':')
    : noise(random, 12);
  const unit = piece.length === 0 ? Uint8Array.of(0x2a) : piece;
  const bytes = Uint8Array.from({ length: largeBytes }, (_none, at) => unit[at % unit.length] as number);
  return joined(new TextEncoder().encode('User-agent: *\nDisallow: /'), bytes);
}

function run({ robots, agent, url }: Case): Found {
  const parsed = parseRobots(robots);
  const answer = robotsAllows(parsed, { agent, url });
  const observedAt = '2026-11-23T12:00:00.000Z';
  const robotsUrl = 'https://h.example/robots.txt';
  const evidence = robotsEvidence(parsed, { url, agent: resolveAgent(agent), robotsUrl, observedAt });
  return { parsed, answer, evidence };
}

function check(asked: Case, { parsed, answer, evidence }: Found): void {
  holds(
    evidence.evidence.every(({ source, preference }) => preference === 'disallow' || source !== 'robots.txt'),
    'robots.txt rules grant a use',
  );
  holds((answer.rule === null) === (answer.reason !== 'rule'), 'a rule without its reason');
  if (answer.rule)
    holds(answer.allowed === (answer.rule.kind === 'allow'), 'the answer is not that of its rule');
  holds(same(robotsAllowsEach(parsed, asked.url, [asked.agent])[0], answer), 'asking for many differs');
  if (parsed.truncated || parsed.overflow || answer.reason === 'too-complex') return;
  linesAreThere(asked.robots, parsed);
  unknownLineChangesNothing(asked, answer);
  lastRefusalHolds(asked.robots);
}

/** Each rule stands on the line it names, and lines only go up. */
function linesAreThere(bytes: Uint8Array, { groups }: ParsedRobots): void {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (text.includes('\ufffd')) return;
  const lines = text.replaceAll('\0', '').split(/\r\n|\r|\n/);
  let last = 0;
  for (const { rules } of groups) {
    for (const { raw, line } of rules) {
      holds(line > last, 'lines do not go up');
      holds(lines[line - 1]?.includes(raw) === true, `line ${line} does not hold ${raw}`);
      last = line;
    }
  }
}

/** RFC 9309 §2.2.4: a line of others closes no group and hides no rule. */
function unknownLineChangesNothing({ robots, agent, url, insertAt }: Case, answer: RobotsAnswer): void {
  const ends = [...robots.keys()].filter((at) => robots[at] === 0x0a);
  const end = ends[Math.floor(ends.length * insertAt)];
  if (end === undefined) return;
  const line = new TextEncoder().encode('X-Of-Others: Allow: /\n');
  const longer = parseRobots(joined(robots.subarray(0, end + 1), line, robots.subarray(end + 1)));
  if (longer.truncated || longer.overflow) return;
  const again = robotsAllows(longer, { agent, url });
  holds(
    again.allowed === answer.allowed && again.reason === answer.reason,
    'an unknown line changed the answer',
  );
  holds(again.rule?.raw === answer.rule?.raw, 'an unknown line changed the rule');
}

const ownGroup = new TextEncoder().encode('\nUser-agent: fuzz-own\nDisallow: /own\n');

/** Whatever stands before it, a refusal to a crawler by its name is read. */
function lastRefusalHolds(robots: Uint8Array): void {
  const parsed = parseRobots(joined(robots, ownGroup));
  if (parsed.truncated || parsed.overflow) return;
  holds(
    !robotsAllows(parsed, { agent: 'fuzz-own', url: '/own/x' }).allowed,
    'the refusal at the end was lost',
  );
}

function holds(condition: boolean, words: string): void {
  if (!condition) throw new Error(words);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function readSamples(): Uint8Array[] {
  const file = new URL('../vectors/robots.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
    vectors: { input: { robots?: string; robots_b64?: string } }[];
  };
  return vectors.map(({ input }) =>
    input.robots_b64 === undefined
      ? new TextEncoder().encode(input.robots ?? '')
      : new Uint8Array(Buffer.from(input.robots_b64, 'base64')),
  );
}

export const robots: FuzzTarget<Case, Found> = {
  generate,
  bytesOf: ({ robots: bytes }) => bytes.length,
  run,
  check,
  show: ({ robots: bytes, ...rest }) =>
    JSON.stringify({
      ...rest,
      bytes: bytes.length,
      base64: Buffer.from(bytes.subarray(0, 600)).toString('base64'),
    }),
};
