import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildCli } from '../../src/build-cli.ts';
import { usage, usageOf } from '../../src/cli/usage.ts';
import { freePort, serve } from '../service/running.ts';
import { type FakeRegistry, startRegistry } from './fake-registry.ts';
import { run } from './run.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = join(root, 'src/cli/withhold.ts');
const launcher = join(root, 'bin/withhold.js');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

function spawned(file: string, args: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [file, ...args],
      { env: { ...process.env, ...env } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe('withhold', () => {
  test('--version and --help', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect(await run(['--help'])).toEqual({ code: 0, stdout: usage, stderr: '' });
  });

  test('without a command tells the commands and exits 2', async () => {
    const { code, stdout, stderr } = await run([]);
    expect(stderr).toContain('commands:\n  check ');
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test.each(['constructor', 'chekc', '--verbose'])('%s is no command: one line and exit 2', async (name) => {
    expect(await run([name])).toEqual({
      code: 2,
      stdout: '',
      stderr: `withhold: there is no command ${name}; withhold --help lists them\n`,
    });
  });

  test.each(['check', 'filter'])(
    '%s --help tells of every option it takes, and does nothing else',
    async (name) => {
      const { code, stdout } = await run([name, '--help', '--nonsense']);
      expect(stdout).toBe(usageOf(name));
      expect(stdout).toMatch(new RegExp(`^withhold ${name} \\[OPTION\\]`));
      expect(code).toBe(0);
      const source = await readFile(
        join(root, name === 'filter' ? 'src/cli/filter/options.ts' : 'src/cli/check.ts'),
        'utf8',
      );
      const options = [...source.matchAll(/^ {4}'?([\w-]+)'?: '(?:string|boolean)',$/gm)].map(
        ([, one]) => one,
      );
      expect(options.length).toBeGreaterThan(4);
      for (const option of options) expect(stdout).toContain(`--${option}`);
    },
  );

  test('usage fits a terminal', () => {
    expect(Math.max(...usage.split('\n').map((line) => line.length))).toBeLessThanOrEqual(116);
  });
});

describe('the process', () => {
  let registry: FakeRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry.close());

  test('data goes to stdout, words to stderr, the answer is the exit status', async () => {
    const env = { WITHHOLD_SERVER: registry.url };
    const stop = await spawned(program, ['check', 'https://stop.example/', '--json'], env);
    expect(JSON.parse(stop.stdout).verdict).toBe('disallow');
    expect([stop.code, stop.stderr]).toEqual([1, '']);
    expect(await spawned(program, ['nope'])).toMatchObject({ code: 2, stdout: '' });
  });

  test('a reader that goes away is success', async () => {
    const args = [program, 'check', '-', '--server', registry.url];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (part) => {
      stderr += part;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    child.stdin.on('error', () => {});
    child.stdin.end('https://stop.example/\n'.repeat(20_000));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(stderr).toBe('');
  });
});

describe('bin/withhold.js', () => {
  test('runs the source in a checkout', async () => {
    expect(await spawned(launcher, ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  const pinned = existsSync(join(root, 'node_modules/.bin/node'));
  test.skipIf(!pinned)(
    'an older Node hands over to the pinned one, with input, output and exit status',
    async () => {
      // Told to be too old, the launcher takes the way it takes on Node 20.
      const aside = join(root, 'node_modules/.withhold-launcher-test.mjs');
      await writeFile(
        aside,
        `Object.defineProperty(process.versions, 'node', { value: '20.0.0' });\n` +
          `if (process.versions.node !== '20.0.0') throw new Error('still new');\n` +
          `process.argv[1] = ${JSON.stringify(launcher)};\nawait import(${JSON.stringify(launcher)});\n`,
      );
      try {
        expect(await spawned(aside, ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
        expect(await spawned(aside, ['nope'])).toMatchObject({ code: 2, stdout: '' });
      } finally {
        await rm(aside);
      }
    },
  );
});

test('the build runs as plain JavaScript under node_modules, as a published package', {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'withhold-build-'));
  try {
    const home = join(folder, 'node_modules/withhold');
    await mkdir(home, { recursive: true });
    await buildCli(new URL(`file://${home}/dist/`));
    await symlink(join(root, 'node_modules'), join(home, 'node_modules'));
    await symlink(join(root, 'db'), join(home, 'db'));
    await mkdir(join(home, 'bin'));
    await writeFile(join(home, 'bin/withhold.js'), await readFile(launcher));
    await writeFile(join(home, 'package.json'), await readFile(join(root, 'package.json')));
    const path = join(home, 'bin/withhold.js');
    expect(await spawned(path, ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect((await spawned(path, ['check', 'nonsense'])).stderr).toContain('withhold: nonsense is not a URL');
    const service = await serve(join(folder, 'data'), await freePort(), {}, path);
    const picture = sharp({ create: { width: 200, height: 200, channels: 3, background: '#246' } });
    const read = await fetch(`${service.url}/v1/fingerprints`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
      body: new Uint8Array(await picture.png().toBuffer()),
    });
    expect([read.status, await read.json()]).toMatchObject([200, { hasher: 'pdq/1', exactOnly: 'flat' }]);
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
