import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../src/config.ts';
import { openDatabase } from '../src/open.ts';
import { answer, type Child, startChild } from './child.ts';
import { coldHostOf, startColdOrigin, timeEach } from './cold.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { hostsAsked, type Question, type Seeded, seedRegistry, urlRules, works } from './registry.ts';
import { machine, markdownTable, writeSection } from './table.ts';

const connections = 16;
const rounds = 3;
const warmingS = 25;
const bulkItems = 10_000;
const bulkRounds = 5;
const coldOneByOne = 400;
const coldTogether = 1_600;
const coldInFlight = 16;
const sampleChecked = 500;
const target = 0.5;

interface Row {
  name: string;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  cpuUs: number;
}

/** `GET` and `POST /v1/check` against an empty handler of the same framework and server. */
export async function runCheck(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      write: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '8' },
      profile: { type: 'string' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'withhold-bench-'));
  try {
    const seeded = await seed(folder);
    const lines = [
      ...(await warm(folder, seeded, Number(values.seconds), values.profile)),
      '',
      ...(await bulk(folder, seeded)),
      '',
      ...(await cold(folder)),
    ];
    const text = [...head(values.seconds), '', ...lines].join('\n');
    process.stdout.write(`${text}\n`);
    if (values.write) writeSection('check', text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function seed(folder: string): Promise<Seeded> {
  const from = performance.now();
  const database = await openDatabase(readConfig({ WITHHOLD_DATA: folder }));
  const seeded = await seedRegistry(database);
  database.close();
  process.stderr.write(`seeded in ${((performance.now() - from) / 1000).toFixed(1)} s\n`);
  return seeded;
}

function head(seconds: string): string[] {
  return [
    '## check',
    '',
    `\`npm run bench -- check --write\`, ${machine()}. ${urlRules.toLocaleString('en')} URL rules (40 % URLs, 30 % ` +
      `prefixes, 30 % domains), ${works.toLocaleString('en')} works with two fingerprints each, SQLite file, ` +
      `${hostsAsked.toLocaleString('en')} hosts asked about whose robots.txt are cached. Service and load ` +
      `(autocannon, ${connections} connections, ${seconds} s a round, medians of ${rounds} alternating rounds) are ` +
      'processes of their own on 127.0.0.1 and share the two cores.',
  ];
}

const pathOf = (query: Record<string, string>) =>
  `/v1/check?${new URLSearchParams({ ...query, agent: 'GPTBot', usage: 'train-ai' })}`;

async function warm(folder: string, seeded: Seeded, seconds: number, profile?: string): Promise<string[]> {
  const empty = await startChild('./empty.ts', [], profile);
  const service = await startChild('./service.ts', [folder], profile);
  const urls = seeded.questions.map(({ url }) => pathOf({ url }));
  await expectRight(service, seeded);
  // Warm means that every origin was asked and that the compiler has come to rest, which takes tens of thousands of answers.
  for (const child of [empty, service]) await load(child, 'warming', urls, warmingS);
  const [emptyRows, urlRows]: [Row[], Row[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    emptyRows.push(await load(empty, 'empty handler', urls, seconds));
    urlRows.push(await load(service, '`GET /v1/check` by `url`', urls, seconds));
  }
  const base = median(emptyRows);
  const rows = [base, median(urlRows)];
  const others = [
    ['`sha256`', seeded.sha256s.map((sha256) => pathOf({ sha256 }))],
    ['`pdq`', seeded.pdqs.map((pdq) => pathOf({ pdq }))],
  ] as const;
  for (const [name, paths] of others) {
    rows.push(await load(service, `\`GET /v1/check\` by ${name}`, paths, seconds));
  }
  await service.stop();
  await empty.stop();
  const cells = rows.map((row) => [
    row.name,
    row.perSecond.toFixed(0),
    (row.perSecond / base.perSecond).toFixed(2),
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(2),
    row.cpuUs.toFixed(0),
    (base.cpuUs / row.cpuUs).toFixed(2),
  ]);
  const titles = ['warm', 'requests/s', 'of empty', 'p50 ms', 'p99 ms', 'CPU µs/request', 'of empty, by CPU'];
  const reached = (rows[1]?.perSecond ?? 0) / base.perSecond;
  return [
    ...markdownTable(titles, cells),
    '',
    `Target by \`url\`: ≥ ${target} of the empty handler; ${reached >= target ? 'met' : 'missed'} (${reached.toFixed(2)}).`,
  ];
}

/** A number without right answers is worth nothing: a sample is asked one by one and compared with the rules. */
async function expectRight(service: Child, { questions, pdqs, sha256s }: Seeded): Promise<void> {
  const verdictOf = async (query: Record<string, string>) => {
    const response = await fetch(`${service.origin}${pathOf(query)}`);
    const body = (await response.json()) as { reasons: { source: string; effect: string }[] };
    return body.reasons.some(({ source, effect }) => source === 'registry' && effect === 'decides');
  };
  const step = Math.floor(questions.length / sampleChecked);
  for (let at = 0; at < questions.length; at += step) {
    const { url, ruled } = questions[at] as Question;
    if ((await verdictOf({ url })) !== ruled) throw new Error(`wrong answer for ${url}: expected ${ruled}`);
  }
  for (let at = 0; at < 100; at += 1) {
    const known = at % 2 === 0;
    if ((await verdictOf({ pdq: pdqs[at] ?? '' })) !== known) throw new Error(`wrong answer for pdq ${at}`);
    if ((await verdictOf({ sha256: sha256s[at] ?? '' })) !== known)
      throw new Error(`wrong answer for sha256 ${at}`);
  }
}

async function load(child: Child, name: string, paths: readonly string[], seconds: number): Promise<Row> {
  const before = await child.cpuUs();
  const process_ = fork(new URL('./load.ts', import.meta.url));
  const order: LoadOrder = { origin: child.origin, paths, connections, seconds };
  process_.send(order);
  const result = await answer<LoadResult>(process_);
  if (result.failed > 0) throw new Error(`${name}: ${result.failed} requests failed`);
  const cpuUs = ((await child.cpuUs()) - before) / result.requests;
  process.stderr.write(`${name}: ${result.perSecond.toFixed(0)}/s, ${cpuUs.toFixed(0)} µs CPU each\n`);
  return { name, perSecond: result.perSecond, p50Ms: result.p50Ms, p99Ms: result.p99Ms, cpuUs };
}

/** The row with the median rate. */
function median(rows: readonly Row[]): Row {
  return rows.toSorted((a, b) => a.perSecond - b.perSecond)[Math.floor(rows.length / 2)] as Row;
}

async function bulk(folder: string, { questions }: Seeded): Promise<string[]> {
  const service = await startChild('./service.ts', [folder]);
  const items = questions.slice(0, bulkItems).map(({ url }) => ({ url }));
  const body = JSON.stringify({ usage: 'train-ai', agent: 'GPTBot', items });
  const times: number[] = [];
  for (let round = 0; round < bulkRounds; round += 1) {
    const from = performance.now();
    const response = await fetch(`${service.origin}/v1/check`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const { decisions } = (await response.json()) as { decisions: unknown[] };
    if (decisions.length !== items.length) throw new Error(`${decisions.length} answers`);
    times.push(performance.now() - from);
  }
  await service.stop();
  const [first = Number.NaN, ...later] = times;
  const middle = later.sort((a, b) => a - b)[Math.floor(later.length / 2)] ?? Number.NaN;
  const cells = [
    ['first, nothing in memory', first],
    [`later, median of ${later.length}`, middle],
  ].map(([name, ms]) => [String(name), (bulkItems / (Number(ms) / 1000)).toFixed(0), Number(ms).toFixed(0)]);
  return markdownTable(
    [`\`POST /v1/check\`, ${bulkItems.toLocaleString('en')} items`, 'rows/s', 'ms'],
    cells,
  );
}

async function cold(folder: string): Promise<string[]> {
  const origin = await startColdOrigin();
  const service = await startChild('./service.ts', [folder, String(origin.port)]);
  const ask = async (url: string) => {
    const response = await fetch(`${service.origin}${pathOf({ url })}`);
    const { crawl } = (await response.json()) as { crawl: { verdict: string } };
    if (crawl.verdict === 'unknown') throw new Error(`${url} was not fetched`);
  };
  const urls = Array.from({ length: coldOneByOne + coldTogether }, (_none, n) => {
    return `http://${coldHostOf(n)}:${origin.port}/photos/${n}.jpg`;
  });
  const alone = await timeEach(urls.slice(0, coldOneByOne), 1, ask);
  const together = await timeEach(urls.slice(coldOneByOne), coldInFlight, ask);
  await service.stop();
  origin.close();
  const titles = ['cold: robots.txt fetched from a local origin', 'p50 ms', 'p95 ms', 'p99 ms'];
  return markdownTable(titles, [
    ['one at a time', ...percentiles(alone)],
    [`${coldInFlight} at a time`, ...percentiles(together)],
  ]);
}

function percentiles(times: readonly number[]): string[] {
  return [0.5, 0.95, 0.99].map((share) => (times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(1));
}
