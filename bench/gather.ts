import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resolveAgent } from '../src/consent/agent.ts';
import { openSignals } from '../src/snapshots/open-signals.ts';
import { createSignalsViews } from '../src/snapshots/signals-views.ts';
import { machine, markdownTable, writeSection } from './table.ts';

const program = fileURLToPath(new URL('../src/cli/withhold.ts', import.meta.url));
const targetPerSecond = 500;
const knownOrigins = 2_000;
const agent = resolveAgent('GPTBot');

/** How fast origins are gathered from servers of this machine, and rows answered from what was gathered. */
export async function runGather(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { write: { type: 'boolean', default: false }, origins: { type: 'string', default: '10000' } },
  });
  const origins = Number(values.origins);
  const folder = mkdtempSync(join(tmpdir(), 'withhold-bench-'));
  const sites = fork(fileURLToPath(new URL('gather-sites.ts', import.meta.url)));
  try {
    const [port] = (await once(sites, 'message')) as [number];
    const urls = Array.from({ length: origins }, (_none, n) => `http://${addressOf(n)}:${port}/art/${n}.jpg`);
    writeFileSync(join(folder, 'data.csv'), `url\n${urls.join('\n')}\n`);
    const gathered = await gather(folder);
    const snapshot = await openSignals(join(folder, 'signals'));
    const answered = answer(snapshot, urls);
    snapshot.close();
    const { bytes } = snapshot.manifest.files[0] ?? { bytes: 0 };
    const text = [
      '## gather',
      '',
      `\`npm run bench -- gather --write\`, ${machine()}. ${number(origins)} origins on as many addresses of this machine, ` +
        'all served by one process beside: four files each, three of them absent, three quarters with a robots.txt of 1.7 KB of its own.',
      '',
      ...markdownTable(
        ['', 'per second', 'seconds', 'peak memory MB'],
        [
          [
            'origins gathered',
            number(origins / gathered.seconds),
            gathered.seconds.toFixed(1),
            gathered.peakMb.toFixed(0),
          ],
          ['origins answered for the first time', number(answered.cold), '', ''],
          ['rows answered, origins known', number(answered.warm), '', ''],
        ],
      ),
      '',
      `The snapshot has ${number(bytes / origins)} bytes an origin. Target: ≥ ${targetPerSecond} origins a second; ` +
        `${origins / gathered.seconds >= targetPerSecond ? 'met' : 'missed'}.`,
    ].join('\n');
    process.stdout.write(`${text}\n`);
    if (values.write) writeSection('gather', text);
    if (!(origins / gathered.seconds >= targetPerSecond)) process.exitCode = 1;
  } finally {
    sites.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function gather(folder: string): Promise<{ seconds: number; peakMb: number }> {
  const start = performance.now();
  const out = join(folder, 'signals');
  const child = spawn(
    process.execPath,
    [
      program,
      'signals',
      'gather',
      join(folder, 'data.csv'),
      '--agent',
      'ExampleBot',
      '--allow-private',
      '--out',
      out,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  let peakMb = 0;
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, memoryMb(child.pid));
  }, 50);
  const [code] = (await once(child, 'exit')) as [number];
  clearInterval(timer);
  if (code !== 0 || !statSync(join(out, 'manifest.json')).isFile())
    throw new Error(`gather ended with ${code}`);
  return { seconds: (performance.now() - start) / 1_000, peakMb };
}

function answer(snapshot: Awaited<ReturnType<typeof openSignals>>, urls: readonly string[]) {
  const views = createSignalsViews(snapshot, { now: Date.now });
  const ask = (asked: readonly string[]) => {
    const start = performance.now();
    for (const url of asked) views.viewOf(new URL(url).origin).ask(url, agent);
    return asked.length / ((performance.now() - start) / 1_000);
  };
  const cold = ask(urls);
  // As many as are kept ready; a round before the others makes them so.
  const known = urls.slice(0, knownOrigins);
  ask(known);
  const rounds = Array.from({ length: 5 }, () => ask(known)).sort((a, b) => a - b);
  return { cold, warm: rounds[2] ?? 0 };
}

/** The most the process has held so far, by Linux's own account; 0 elsewhere. */
function memoryMb(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

const addressOf = (n: number) =>
  `127.${1 + Math.floor(n / 62_500)}.${Math.floor(n / 250) % 250}.${1 + (n % 250)}`;
const number = (value: number) => Math.round(value).toLocaleString('en-GB');
