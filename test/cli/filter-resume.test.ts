import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakeRegistry, problem, startRegistry } from './fake-registry.ts';
import { run } from './run.ts';

const program = fileURLToPath(new URL('../../src/cli/withhold.ts', import.meta.url));
const hosts = ['free', 'stop', 'robots', 'maybe', 'cold'];
const lines = Array.from({ length: 1_000 }, (_, n) => {
  if (n % 97 === 5) return `${n},broken`;
  return `${n},https://${hosts[n % 5]}.example/${n},"caption ${n},\nin two lines"`;
});
const data = `id,url,caption\r\n${lines.join('\r\n')}`;

let registry: FakeRegistry;
let folder: string;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'withhold-resume-'));
  registry.before = undefined;
  registry.bodies.length = 0;
  await writeFile(at('data.csv.gz'), gzipSync(data));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const args = (...more: string[]) => [
  'filter',
  at('data.csv.gz'),
  ...[
    '--server',
    registry.url,
    '--batch',
    '50',
    '--concurrency',
    '3',
    '--retry-for',
    '0',
    '--id-column',
    'id',
  ],
  ...['--out', at('decisions.csv'), '--write', 'kept', '--rows-out', at('kept.csv')],
  ...['--summary-json', at('summary.json'), ...more],
];

interface Outputs {
  decisions: string;
  kept: string;
  summary: Record<string, unknown>;
}

async function outputs(): Promise<Outputs> {
  const { started, finished, ...summary } = JSON.parse(await readFile(at('summary.json'), 'utf8'));
  expect(Date.parse(started)).toBeLessThanOrEqual(Date.parse(finished));
  return {
    decisions: await readFile(at('decisions.csv'), 'utf8'),
    kept: await readFile(at('kept.csv'), 'utf8'),
    summary,
  };
}

async function uninterrupted(): Promise<Outputs> {
  const { code } = await run(args());
  expect(code).toBe(1);
  const whole = await outputs();
  for (const name of ['decisions.csv', 'kept.csv', 'summary.json']) await rm(at(name));
  registry.bodies.length = 0;
  return whole;
}

function start(...more: string[]): ChildProcess {
  return spawn(process.execPath, [program, ...args(...more)], { stdio: ['ignore', 'ignore', 'pipe'] });
}

describe('a run killed with SIGKILL', () => {
  test.each([
    ['at its first request', [1]],
    ['in its middle', [9]],
    ['at its last request', [20]],
    ['again and again', [2, 5, 4, 6]],
  ])(
    '%s goes on and ends with the same bytes',
    async (_name, kills) => {
      const whole = await uninterrupted();
      for (const killAt of kills) {
        registry.bodies.length = 0;
        let child: ChildProcess | undefined;
        registry.before = ({ number }) => {
          if (number === killAt) child?.kill('SIGKILL');
          return undefined;
        };
        child = start();
        expect((await once(child, 'exit'))[1]).toBe('SIGKILL');
      }
      registry.before = undefined;
      const journal = await readFile(at('decisions.csv.resume.json'), 'utf8').catch(() => undefined);
      const { code, stderr } = await run(args());
      expect(await outputs()).toEqual(whole);
      expect(code).toBe(1);
      const rows = journal === undefined ? 0 : JSON.parse(journal).rows;
      if (rows > 0)
        expect(stderr).toContain(`going on after row ${rows.toLocaleString('en')}, where the last run`);
      expect((await readdir(folder)).sort()).toEqual([
        'data.csv.gz',
        'decisions.csv',
        'kept.csv',
        'summary.json',
      ]);
    },
    60_000,
  );

  test('leaves nothing under the final names', async () => {
    registry.before = ({ number }) => {
      if (number === 8) child.kill('SIGKILL');
      return undefined;
    };
    const child = start();
    await once(child, 'exit');
    // Killed while it replaced its journal, it leaves the new one beside the old.
    const left = (await readdir(folder)).filter((name) => name !== 'decisions.csv.resume.json.tmp');
    expect(left.sort()).toEqual([
      'data.csv.gz',
      'decisions.csv.part',
      'decisions.csv.resume.json',
      'kept.csv.part',
    ]);
  });
});

test('SIGTERM stops in order, says how to go on, and exits 2', async () => {
  const whole = await uninterrupted();
  registry.before = ({ number }) => {
    if (number === 8) child.kill('SIGTERM');
    return undefined;
  };
  const child = start();
  let stderr = '';
  child.stderr?.on('data', (part) => {
    stderr += part;
  });
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(stderr).toMatch(
    /withhold: stopped\nwithhold: \d+ rows are done and kept; give the same command again/,
  );
  registry.before = undefined;
  await run(args('--resume'));
  expect(await outputs()).toEqual(whole);
});

describe('a registry that goes away', () => {
  test('stops the run with what is done kept, and the same command goes on', async () => {
    const whole = await uninterrupted();
    registry.before = ({ number }, response) => {
      if (number < 8) return undefined;
      response.destroy();
      return 'done';
    };
    const stopped = await run(args());
    expect(stopped.code).toBe(2);
    expect(stopped.stderr).toContain(`${registry.url} cannot be reached (`);
    expect(stopped.stderr).toMatch(
      /rows are done and kept; give the same command again to go on \(.*resume\.json\)/,
    );
    const rows = JSON.parse(await readFile(at('decisions.csv.resume.json'), 'utf8')).rows;
    expect(rows).toBeGreaterThan(0);
    registry.before = undefined;
    registry.bodies.length = 0;
    const resumed = await run(args());
    expect(resumed.stderr).toContain(`going on after row ${rows}, where the last run stopped`);
    expect(await outputs()).toEqual(whole);
    expect(registry.bodies).toHaveLength(Math.ceil((1_000 - rows) / 50));
  });

  test.each([
    [400, 'does not accept the request'],
    [401, 'wants an API key it knows'],
    [403, 'does not let this API key do that'],
  ])('status %d is a plain sentence and exit 2', async (status, words) => {
    registry.before = (_request, response) => problem(response, status, 'x', 'because');
    const { code, stderr } = await run(args());
    expect(stderr).toContain(`withhold: ${registry.url} ${words}: because`);
    expect(code).toBe(2);
  });
});

describe('a stopped run', () => {
  beforeEach(async () => {
    registry.before = ({ number }, response) =>
      number < 8 ? undefined : problem(response, 503, 'x', 'closing');
    expect((await run(args())).code).toBe(2);
    registry.before = undefined;
    registry.bodies.length = 0;
  });

  test.each([
    ['other options', async () => args('--agent', 'GPTBot')],
    ['other options', async () => args('--url-column', 'caption')],
    ['other options', async () => args('--on-review', 'drop')],
    ['other inputs', async () => args(await copied())],
    ['another', async () => touched()],
    ['another', async () => rewritten()],
  ])('with %s is not gone on with', async (difference, change) => {
    const { code, stderr } = await run(await change());
    expect(stderr).toContain(`decisions.csv.resume.json belongs to a stopped run with ${difference}`);
    expect(stderr).toContain('; give --fresh to start again, or another --out\n');
    expect(code).toBe(2);
    expect(registry.bodies).toEqual([]);
  });

  async function copied(): Promise<string> {
    await copyFile(at('data.csv.gz'), at('more.csv.gz'));
    return at('more.csv.gz');
  }

  async function touched(): Promise<string[]> {
    await utimes(at('data.csv.gz'), new Date(0), new Date(0));
    return args();
  }

  async function rewritten(): Promise<string[]> {
    await writeFile(at('data.csv.gz'), gzipSync(`${data}x`));
    return args();
  }

  test('may go on at another speed', async () => {
    const { code, stderr } = await run(args('--batch', '7', '--concurrency', '2'));
    expect(stderr).toContain('going on after row');
    expect(code).toBe(1);
  });

  test('is forgotten with --fresh', async () => {
    const { stderr } = await run(args('--fresh'));
    expect(stderr).not.toContain('going on');
    expect(registry.bodies).toHaveLength(20);
  });

  test('with a damaged journal, or a part that has lost bytes, is not gone on with', async () => {
    const journal = await readFile(at('decisions.csv.resume.json'), 'utf8');
    await writeFile(at('decisions.csv.resume.json'), journal.slice(0, -20));
    expect((await run(args())).stderr).toContain('decisions.csv.resume.json is damaged; give --fresh');
    await writeFile(at('decisions.csv.resume.json'), journal);
    await writeFile(at('decisions.csv.part'), 'row,');
    const { code, stderr } = await run(args());
    expect(stderr).toContain('decisions.csv.part is shorter than it was; give --fresh to start again');
    expect(code).toBe(2);
  });

  test('whose part has bytes the journal does not know of ends with the same bytes', async () => {
    await writeFile(at('decisions.csv.part'), 'half a li', { flag: 'a' });
    await writeFile(at('kept.csv.part'), 'half a li', { flag: 'a' });
    await run(args());
    const resumed = await outputs();
    expect(resumed).toEqual(await uninterrupted());
  });
});

test('a run stopped between its renames only renames', async () => {
  const whole = await uninterrupted();
  registry.before = ({ number }, response) =>
    number < 8 ? undefined : problem(response, 503, 'x', 'closing');
  await run(args());
  const path = at('decisions.csv.resume.json');
  const journal = JSON.parse(await readFile(path, 'utf8'));
  registry.before = undefined;
  await run(args());
  const { started, finished, ...summary } = JSON.parse(await readFile(at('summary.json'), 'utf8'));
  expect(summary).toEqual(whole.summary);
  const size = (text: string) => Buffer.byteLength(text);
  const done = { rows: 1_000, outBytes: size(whole.decisions), rowsOutBytes: size(whole.kept), whole: true };
  await writeFile(path, JSON.stringify({ ...journal, ...done }));
  await rename(at('decisions.csv'), at('decisions.csv.part'));
  registry.bodies.length = 0;
  const { stderr } = await run(args());
  expect(registry.bodies).toEqual([]);
  expect(stderr).not.toContain('going on');
  expect(await readFile(at('decisions.csv'), 'utf8')).toBe(whole.decisions);
  expect(await readFile(at('kept.csv'), 'utf8')).toBe(whole.kept);
  expect(await readdir(folder)).not.toContain('decisions.csv.resume.json');
});

test('--resume without a stopped run is refused, and so it is for stdin', async () => {
  const none = await run(args('--resume'));
  expect(none.stderr).toContain('there is no stopped run to go on with: no ');
  expect(none.code).toBe(2);
  const pipe = ['filter', '-', '--format', 'csv', '--server', registry.url, '--out', at('d.csv'), '--resume'];
  const { code, stderr } = await run(pipe, { stdin: 'url\nhttps://a.example/\n' });
  expect(stderr).toContain('a run that reads stdin or writes to stdout cannot be resumed');
  expect(code).toBe(2);
});
