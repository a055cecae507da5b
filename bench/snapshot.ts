import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { answer, startChild } from './child.ts';
import { measured } from './measured.ts';
import { type EffectFigures, measureEffect } from './snapshot-effect.ts';
import { fillRegistry, type Size } from './snapshot-registry.ts';
import type { LoadFigures } from './snapshot-url.ts';
import { machine, markdownTable, writeSection } from './table.ts';

const million = 1_000_000;
const places = (records: number): Size => ({
  domains: records / 10,
  prefixes: records / 50,
  urls: records - records / 10 - records / 50,
  works: 0,
});

const sizes: Record<string, { name: string; size: Size }> = {
  '1m': { name: '1 M domains, prefixes and URLs', size: places(million) },
  '10m': { name: '10 M domains, prefixes and URLs', size: places(10 * million) },
  works: {
    name: '10 M, of them 1 M works with 5 variants',
    size: { ...places(10 * million), urls: 7.8 * million, works: million },
  },
};

interface Row {
  name: string;
  buildS: number;
  buildMb: number;
  bytes: number;
  pullS: number;
  load: LoadFigures;
}

/** What snapshots cost: building, pulling, opening, asking, and how soon an opt-out acts in a replica. */
export async function runSnapshot(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      write: { type: 'boolean', default: false },
      sizes: { type: 'string', default: '1m,10m,works' },
      keep: { type: 'string' },
      seconds: { type: 'string' },
    },
  });
  const root = values.keep ?? mkdtempSync(join(tmpdir(), 'withhold-bench-'));
  try {
    const rows: Row[] = [];
    for (const key of values.sizes.split(',').filter(Boolean)) {
      const wanted = sizes[key];
      if (wanted === undefined) throw new Error(`--sizes takes ${Object.keys(sizes).join(', ')}`);
      rows.push(await measureSize(wanted.name, wanted.size, join(root, key)));
      if (values.keep === undefined) rmSync(join(root, key), { recursive: true, force: true });
    }
    const text = [...head(), ...sizeTable(rows), ...effectTable(await measureEffect(root))].join('\n');
    process.stdout.write(`${text}\n`);
    if (values.write) writeSection('snapshot', text);
  } finally {
    if (values.keep === undefined) rmSync(root, { recursive: true, force: true });
  }
}

async function measureSize(name: string, size: Size, folder: string): Promise<Row> {
  const data = join(folder, 'data');
  const pulled = join(folder, 'pulled');
  if (!existsSync(join(data, 'withhold.sqlite'))) await fillRegistry(data, size);
  for (const old of [join(data, 'snapshots'), pulled]) rmSync(old, { recursive: true, force: true });
  // The service runs meanwhile, as it would.
  const service = await startChild('./service.ts', [data]);
  try {
    const built = await measured(['snapshot', 'build', '--json'], { WITHHOLD_DATA: data });
    const { seconds: buildS, bytes } = JSON.parse(built.stdout) as { seconds: number; bytes: number };
    const { seconds: pullS } = await measured(['snapshot', 'pull', service.origin, pulled]);
    const hosts = Math.ceil(size.urls / 2) * 10;
    const child = fork(new URL('./snapshot-url.ts', import.meta.url), [pulled, String(hosts)]);
    const load = await answer<LoadFigures>(child);
    return { name, buildS, buildMb: built.peakMb, bytes, pullS, load };
  } finally {
    await service.stop();
  }
}

const head = (): string[] => [
  '## Snapshots and replicas',
  '',
  `\`npm run bench -- snapshot --write\` (${machine()}). A registry of that many records in force, with the log that`,
  'holds them, is made first and is not counted. `withhold snapshot build` runs in a process of its own beside the',
  'service; `withhold snapshot pull` fetches over HTTP from this machine, holds every file to its digest and 64 rows to',
  'their leaves. Opening is held against reading as many bytes. Checks: a million URLs as text, one thread, asked of the',
  'compiled table; the first 20,000 answers are held to the slow path.',
  '',
];

const whole = (value: number) => Math.round(value).toLocaleString('en');

function sizeTable(rows: readonly Row[]): string[] {
  return [
    ...markdownTable(
      [
        'registry',
        'build, s (≤ 120 for 10 M)',
        'peak MB (≤ 2,000)',
        'files, MB',
        'pull and verify, s',
        'open, s',
        'reading as many bytes, s',
        'MB in memory',
        'URL checks/s (≥ 1,000,000)',
        'covered',
      ],
      rows.map(({ name, buildS, buildMb, bytes, pullS, load }) => [
        name,
        buildS.toFixed(1),
        whole(buildMb),
        whole(bytes / 1e6),
        pullS.toFixed(1),
        load.openS.toFixed(2),
        load.readS.toFixed(2),
        whole(load.rssMb),
        whole(load.checksPerS),
        `${(load.hits * 100).toFixed(1)} %`,
      ]),
    ),
    '',
  ];
}

const effectTable = ({ optOuts, p50Ms, p99Ms, maxMs }: EffectFigures): string[] =>
  markdownTable(
    [
      `opt-out confirmed → refused by a replica (${optOuts} of them)`,
      'p50, ms',
      'p99, ms (≤ 5,000)',
      'max, ms',
    ],
    [['`withhold serve --replica`, following the feed', whole(p50Ms), whole(p99Ms), whole(maxMs)]],
  );
