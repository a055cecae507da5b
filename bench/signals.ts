import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrate } from '../db/migrate.ts';
import { readMigrations } from '../db/migrations-files.ts';
import { openSqlite } from '../db/sqlite.ts';
import { check } from '../src/actions/check.ts';
import { inspect } from '../src/actions/inspect.ts';
import { signalsFor } from '../src/actions/signals.ts';
import { resolveAgent } from '../src/consent/agent.ts';
import { decide } from '../src/consent/decide.ts';
import { shippedPolicy } from '../src/consent/policy.ts';
import { urlKey } from '../src/opt-outs/url-key.ts';
import { migrationsFolder } from '../src/paths.ts';
import { createWorld, type World } from '../test/http/world.ts';
import { seedRegistry, urlRules } from './registry.ts';
import { samples } from './robots-files.ts';
import { machine, markdownTable, writeSection } from './table.ts';

const targetUs = 100;
const rounds = 5;
const usage = 'train-ai';
const agent = resolveAgent('GPTBot');

/** What one evaluation of a URL costs when every file of its site is in memory. */
export async function runSignals(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { write: { type: 'boolean', default: false }, seconds: { type: 'string', default: '8' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'withhold-bench-'));
  const database = openSqlite(join(folder, 'registry.sqlite'));
  try {
    await migrate(database, readMigrations(migrationsFolder));
    await seedRegistry(database);
    const world = await createWorld(database);
    for (const site of sites) fill(world, site);
    const eachMs = (Number(values.seconds) * 1_000) / rounds / (sites.length * 2 + 1);
    const rows: string[][] = [];
    let all = Number.NaN;
    for (const { name, origin } of sites) {
      const alone = await cpuUs(eachMs, await signalsAlone(world, `${origin}/section-49/a/page-14.jpg`));
      const whole = await cpuUs(eachMs, () => ask(world, origin, 'cached'));
      if (origin === allSignals) all = whole;
      rows.push([name, alone.toFixed(1), whole.toFixed(1)]);
    }
    const inspected = await cpuUs(eachMs, () => inspect(response(), new Date().toISOString()));
    const text = [
      '## signals',
      '',
      `\`npm run bench -- signals --write\`, ${machine()}. ${urlRules.toLocaleString('en-GB')} URL rules in a SQLite file; ` +
        `one URL, one agent, one usage; processor time of the process, medians of ${rounds} rounds.`,
      '',
      ...markdownTable(
        ['files of the site, in memory', 'signals and decision µs', 'whole check with the registry µs'],
        rows,
      ),
      '',
      `Target: a warm check of a URL with all signals ≤ ${targetUs} µs; ${all <= targetUs ? 'met' : 'missed'} (${all.toFixed(1)}).`,
      '',
      `Reading a response that was sent (headers, a page of ${(page.length / 1_024).toFixed(0)} KB, a robots.txt of 46 KB, all parsed anew): ${inspected.toFixed(0)} µs.`,
    ].join('\n');
    process.stdout.write(`${text}\n`);
    if (values.write) writeSection('signals', text);
    if (!(all <= targetUs)) process.exitCode = 1;
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const allSignals = 'https://all-signals.example';
const robots46 = samples()[1]?.text ?? '';
const rsl =
  '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><prohibits type="usage">ai-all</prohibits></license></content></rsl>';

interface Site {
  name: string;
  origin: string;
  files: Record<string, string>;
}

const sites: readonly Site[] = [
  { name: 'none', origin: 'https://silent.example', files: {} },
  {
    name: 'robots.txt of 46 KB',
    origin: 'https://robots-only.example',
    files: { '/robots.txt': robots46 },
  },
  {
    name: 'robots.txt of 46 KB with Content-Usage, Content-Signal and License; tdmrep.json, ai.txt, trust.txt, RSL',
    origin: allSignals,
    files: {
      '/robots.txt':
        `${robots46}\nUser-agent: GPTBot\nAllow: /\nContent-Usage: train-ai=n, ai-use=n\n` +
        `Content-Usage: /section-49/ train-ai=n\nContent-Signal: search=yes, ai-train=no\nLicense: ${allSignals}/license.xml\n`,
      '/license.xml': rsl,
      '/.well-known/tdmrep.json': JSON.stringify(
        Array.from({ length: 20 }, (_, at) => ({ location: `/section-${at + 30}/`, 'tdm-reservation': 1 })),
      ),
      '/ai.txt': 'User-Agent: *\nDisallow: *.jpg\nDisallow: *.png\nDisallow: *.mp4\n',
      '/trust.txt': 'datatrainingallowed=no\n',
    },
  },
];

function fill({ outside }: World, { origin, files }: Site): void {
  for (const [path, body] of Object.entries(files)) outside.pages.set(origin + path, { status: 200, body });
}

const ask = (world: World, origin: string, signals: 'cached' | 'fetch') =>
  check(world.deps, {
    items: [{ url: `${origin}/section-49/a/page-14.jpg` }],
    agent,
    usage,
    consumer: 'bench',
    signals,
  });

/** @returns one evaluation without the registry, after everything was fetched once. */
async function signalsAlone(world: World, url: string): Promise<() => unknown> {
  const key = urlKey(url);
  if (key === null) throw new Error(`${url} has no key`);
  await signalsFor(world.deps, [{ key }], 'fetch');
  const [answer] = await ask(world, new URL(url).origin, 'fetch');
  if (answer?.notChecked.some(({ source }) => source !== 'response'))
    throw new Error('something was not read');
  return async () => {
    const view = (await signalsFor(world.deps, [{ key }], 'cached'))(key);
    const { crawl, evidence, notChecked, warnings } = view.ask(url, agent);
    return decide(evidence, { usage, agent, policy: shippedPolicy, crawl, notChecked, warnings });
  };
}

const page = `<!doctype html><html><head><title>Heron</title><meta name="robots" content="noai"><meta name="tdm-reservation" content="1"></head><body>${'<p>A heron stands in the water and waits.</p>\n'.repeat(400)}</body></html>`;

const response = () => ({
  url: `${allSignals}/section-49/a/page-14.jpg`,
  agent: 'GPTBot',
  usages: [usage] as const,
  robotsTxt: robots46,
  headers: [
    ['Content-Usage', 'train-ai=n'],
    ['X-Robots-Tag', 'noai'],
    ['tdm-reservation', '1'],
  ] as const,
  html: page,
});

/** Processor time of one run, in µs: the median over rounds, after as much to warm up. */
async function cpuUs(eachMs: number, run: () => unknown): Promise<number> {
  const figures: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const end = performance.now() + eachMs;
    const from = process.cpuUsage();
    let runs = 0;
    while (performance.now() < end) {
      for (let at = 0; at < 100; at += 1) await run();
      runs += 100;
    }
    const { user, system } = process.cpuUsage(from);
    if (round > 0) figures.push((user + system) / runs);
  }
  return figures.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
}
