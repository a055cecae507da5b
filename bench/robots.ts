import { parseArgs } from 'node:util';
import robotsParser from 'robots-parser';
import { robotsAllows } from '../src/consent/robots/match.ts';
import { parseRobots } from '../src/consent/robots/parse.ts';
import { type Sample, samples } from './robots-files.ts';
import { hostileTable } from './robots-hostile.ts';
import { measureReference } from './robots-reference.ts';
import { machine, markdownTable, writeSection } from './table.ts';

const targets = { parse: 0.5, cachedUs: 5, cachedSample: 1 };
const rounds = 5;
const warmingMs = 300;
const origin = 'https://example.com';

// The package's types name a CommonJS default that Node hands over as the module itself.
const parseAsOthers = robotsParser as unknown as (
  url: string,
  robots: string,
) => { isAllowed(url: string, agent: string): boolean | undefined };

interface Figures {
  ours: number;
  theirs: number;
}

/** Reading and asking robots.txt files of three sizes, and files built to hurt. */
export async function runRobots(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      write: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '8' },
      reference: { type: 'string' },
    },
  });
  const files = samples();
  for (const file of files) expectAlike(file);
  const eachMs = (Number(values.seconds) * 1000) / rounds / (files.length * 6);
  const figures = files.map((file) => ({ file, ...measure(file, eachMs) }));
  const hostile = hostileTable();
  const measured = figures.map(({ file, parseAndAsk }) => ({ file, ours: parseAndAsk.ours }));
  const reference =
    values.reference === undefined ? [] : ['', ...measureReference(values.reference, measured)];
  const rows = figures.flatMap(({ file, parse, parseAndAsk, bytes, cached }) => [
    row(`${file.name}: parse`, parse),
    row('… from bytes', bytes),
    row('… parse and one question', parseAndAsk),
    row('… question to a parsed file', cached),
  ]);
  const worst = Math.max(...figures.map(({ parse }) => parse.ours / parse.theirs));
  const cachedUs = figures[targets.cachedSample]?.cached.ours ?? Number.NaN;
  const text = [
    '## robots',
    '',
    `\`npm run bench -- robots --write\`, ${machine()}. Files made by script; medians of ${rounds} rounds in which both ` +
      'parsers take turns, in one process. Both are given text; the second line of each is the body as bytes.',
    '',
    ...markdownTable(['', 'Withhold µs', 'robots-parser 3.0.1 µs', 'ratio'], rows),
    '',
    `Target: parse ≤ ${targets.parse} × robots-parser at every size; ${verdict(worst, targets.parse)}. ` +
      `A question to a parsed file of 46 KB ≤ ${targets.cachedUs} µs; ${verdict(cachedUs, targets.cachedUs)}.`,
    ...reference,
    '',
    ...hostile.lines,
  ].join('\n');
  process.stdout.write(`${text}\n`);
  if (values.write) writeSection('robots', text);
  if (worst > targets.parse || !(cachedUs <= targets.cachedUs) || !hostile.isMet) process.exitCode = 1;
}

/** Two parsers can only be compared on a file they read alike. */
function expectAlike({ name, text, agent, url }: Sample): void {
  const ours = robotsAllows(parseRobots(text), { agent, url }).allowed;
  if (parseAsOthers(`${origin}/robots.txt`, text).isAllowed(url, agent) !== ours) {
    throw new Error(`${name}: the parsers differ`);
  }
}

function measure({ text, agent, url }: Sample, eachMs: number) {
  const question = { agent, url };
  const bytes = new TextEncoder().encode(text);
  const parsed = parseRobots(text);
  const other = parseAsOthers(`${origin}/robots.txt`, text);
  const theirParse = () => parseAsOthers(`${origin}/robots.txt`, text);
  return {
    parse: inTurns(() => parseRobots(text), theirParse, eachMs),
    bytes: inTurns(() => parseRobots(bytes), theirParse, eachMs),
    parseAndAsk: inTurns(
      () => robotsAllows(parseRobots(text), question),
      () => theirParse().isAllowed(url, agent),
      eachMs,
    ),
    cached: inTurns(
      () => robotsAllows(parsed, question),
      () => other.isAllowed(url, agent),
      eachMs,
    ),
  };
}

function inTurns(ours: () => unknown, theirs: () => unknown, eachMs: number): Figures {
  const found: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  for (const one of [ours, theirs]) microseconds(one, warmingMs);
  for (let round = 0; round < rounds; round++) {
    found.ours.push(microseconds(ours, eachMs));
    found.theirs.push(microseconds(theirs, eachMs));
  }
  return { ours: middle(found.ours), theirs: middle(found.theirs) };
}

/** Time of one call, over as many as fit. */
function microseconds(call: () => unknown, forMs: number): number {
  const from = performance.now();
  let calls = 0;
  let batch = 1;
  let spent = 0;
  while (spent < forMs) {
    for (let at = 0; at < batch; at++) call();
    calls += batch;
    spent = performance.now() - from;
    // The clock costs as much as a short call.
    if (spent * 20 < forMs) batch *= 2;
  }
  return (spent * 1000) / calls;
}

function middle(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

function row(name: string, { ours, theirs }: Figures): string[] {
  const digits = (us: number) => us.toFixed(us < 100 ? 2 : 0);
  return [name, digits(ours), digits(theirs), (ours / theirs).toFixed(2)];
}

function verdict(found: number, most: number): string {
  return `${found <= most ? 'met' : 'missed'} (${found.toFixed(2)})`;
}
