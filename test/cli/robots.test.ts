import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { dispatch } from '../../src/cli/dispatch.ts';
import { readRobots } from '../../src/cli/robots/source.ts';
import { run as runRobots } from '../../src/cli/robots.ts';
import { robotsBytesMax } from '../../src/consent/robots/file.ts';
import { createFetcher } from '../../src/net/fetcher-node.ts';
import { publicVectors } from '../consent/vectors.ts';
import { startSite } from '../net/local-net.ts';
import { run } from './run.ts';

const text = [
  'User-agent: GPTBot',
  'Disallow: /art # mine',
  'Allow: /art/open',
  'Disalow: /draft',
  '',
  'User-agent: *',
  'Disallow /x',
].join('\n');

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'withhold-robots-'));
  file = join(folder, 'robots.txt');
  writeFileSync(file, text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('withhold robots FILE', () => {
  test('names the group, the line that decides, what lost, and the slips of the file', async () => {
    const { code, stdout, stderr } = await run(['robots', file, '--agent', 'GPTBot', '/art/1', '/art/open']);
    expect(stdout).toBe(
      [
        '/art/1',
        '  allowed      no, for GPTBot',
        '  because      Disallow: /art, line 2',
        '  group        User-agent: GPTBot, line 1',
        '/art/open',
        '  allowed      yes, for GPTBot',
        '  because      Allow: /art/open, line 3',
        '  group        User-agent: GPTBot, line 1',
        '  outranked    Disallow: /art, line 2',
        file,
        '  line 4       "disalow" is read as "disallow"; write "Disallow: /draft"',
        '  line 7       "Disallow /x" has no colon after "Disallow", so it is not read; write "Disallow: /x"',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('');
    expect(code).toBe(1);
  });

  test.each([
    ['GPTBot', '/art', 1, 'rule'],
    [
      'Mozilla/5.0 AppleWebKit/537.36 (compatible; GPTBot/1.2; +https://openai.com/gptbot)',
      '/art',
      1,
      'rule',
    ],
    ['GPTBot', 'https://example.com/robots.txt', 0, 'robots-txt'],
    ['GPTBot', '/elsewhere', 0, 'no-rule'],
    ['CCBot', '/art', 0, 'no-rule'],
  ])('--json: %s about %s', async (agent, url, exit, reason) => {
    const { code, stdout } = await run(['robots', '-', '--agent', agent, '--json', url], { stdin: text });
    expect(code).toBe(exit);
    const said = JSON.parse(stdout);
    expect(said.answers).toMatchObject([{ url, reason, allowed: exit === 0 }]);
    expect(said).toMatchObject({ robots: 'stdin', truncated: false, overflow: false });
    expect(said.diagnostics).toHaveLength(2);
  });

  test('without an agent, or with a browser, the rules for all crawlers are asked for', async () => {
    const robots = 'User-agent: GPTBot\nDisallow: /\nUser-agent: *\nAllow: /\n';
    const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    expect((await run(['robots', '-', '/a'], { stdin: robots })).code).toBe(0);
    const asked = await run(['robots', '-', '--agent', browser, '/a'], { stdin: robots });
    expect(asked.code).toBe(0);
    expect(asked.stderr).toContain('names no crawler');
  });

  test('escape sequences in a file never reach the terminal', async () => {
    const { stdout } = await run(['robots', '-', '/\u001b'], {
      stdin: 'User-agent: *\nDisallow: /\u001b[31m',
    });
    expect(stdout).not.toContain('\u001b');
  });

  test.each([
    [['robots'], 'no robots.txt was given'],
    [['robots', '/no/such/file', '/a'], 'cannot be read (ENOENT)'],
    [['robots', 'http://127.0.0.1/robots.txt', '/a'], 'not fetched'],
    [['robots', '-', `/${'a'.repeat(40_000)}`], 'longer than'],
    [['robots', '--ndjson', '--agent', 'a'], '--ndjson takes everything from its lines'],
  ])('could not finish: %j', async (args, words) => {
    const { code, stdout, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(words);
  });
});

describe('a robots.txt on the web', () => {
  async function served(status: number, body: string) {
    const site = await startSite((_request, response) => response.writeHead(status).end(body));
    onTestFinished(() => site.close());
    const address = `127.0.0.1:${site.port}`;
    const fetcher = createFetcher({ userAgent: 'test', allow: [address] });
    return readRobots(`http://${address}/robots.txt`, {} as never, () => fetcher);
  }

  test.each([
    [200, false, 'no-robots-txt'],
    [404, true, 'no-robots-txt'],
    [410, true, 'no-robots-txt'],
    [429, true, 'unreachable'],
    [503, true, 'unreachable'],
  ] as const)('answered with %i', async (status, isEmpty, reason) => {
    const source = await served(status, text);
    expect(source.body === null).toBe(isEmpty);
    expect(source.reason).toBe(reason);
    expect(source.origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  test('is read as far as it counts', async () => {
    const source = await served(200, '#\n'.repeat(robotsBytesMax));
    expect(source.body).toHaveLength(robotsBytesMax + 1);
  });

  async function asked(status: number, ...args: string[]) {
    const site = await startSite((_request, response) => response.writeHead(status).end(text));
    onTestFinished(() => site.close());
    const address = `127.0.0.1:${site.port}`;
    const parts: string[] = [];
    const take = new Writable({ write: (chunk, _encoding, done) => done(void parts.push(String(chunk))) });
    const signal = new AbortController().signal;
    const io = { stdin: Readable.from([]), stdout: take, stderr: take, env: {}, isTty: false, signal };
    const command = [`http://${address}/robots.txt`, '--agent', 'GPTBot', ...args];
    const code = await runRobots(command, io, () => createFetcher({ userAgent: 'test', allow: [address] }));
    return { code, stdout: parts.join('') };
  }

  test.each([
    [200, 1, 'Disallow: /art, line 2'],
    [404, 0, 'the site has no robots.txt'],
    [500, 1, 'robots.txt cannot be read now'],
  ])('%i, in words', async (status, code, words) => {
    const found = await asked(status, '/art');
    expect(found.stdout).toContain(words);
    expect(found.code).toBe(code);
  });

  test.each([
    [404, true, 'no-robots-txt'],
    [429, false, 'unreachable'],
  ])('%i, as JSON', async (status, allowed, reason) => {
    const { stdout } = await asked(status, '/art', '--json');
    expect(JSON.parse(stdout).answers).toMatchObject([
      { url: '/art', agent: 'GPTBot', allowed, reason, line: null },
    ]);
  });

  test('speaks for its own origin only', async () => {
    await expect(asked(200, 'https://other.example/art')).rejects.toThrow(/speaks for http:\/\/127/);
  });

  test('that nobody serves is an error, not an answer', async () => {
    const site = await startSite(() => {});
    await site.close();
    const address = `127.0.0.1:${site.port}`;
    const fetcher = createFetcher({ userAgent: 'test', allow: [address] });
    await expect(readRobots(`http://${address}/`, {} as never, () => fetcher)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

describe('withhold robots --ndjson', () => {
  const line = (robots: unknown, agent: unknown, url: unknown) => JSON.stringify({ robots, agent, url });
  const answersOf = (stdout: string) =>
    stdout
      .trimEnd()
      .split('\n')
      .map((answer) => JSON.parse(answer));

  test('one answer a line, in order', async () => {
    const stdin = [
      line(text, 'GPTBot', '/art'),
      line(text, 'CCBot', '/art'),
      line(text, 'GPTBot', '/art/open'),
    ];
    const { code, stdout } = await run(['robots', '--ndjson'], { stdin: stdin.join('\n') });
    expect(code).toBe(1);
    expect(answersOf(stdout)).toEqual([
      {
        url: '/art',
        agent: 'GPTBot',
        allowed: false,
        reason: 'rule',
        line: 2,
        rule: 'Disallow: /art',
        group: 'GPTBot',
        groupLine: 1,
        rivals: [],
      },
      expect.objectContaining({ agent: 'CCBot', allowed: true, reason: 'no-rule', line: null, group: '*' }),
      expect.objectContaining({ allowed: true, line: 3, rivals: [{ line: 2, rule: 'Disallow: /art' }] }),
    ]);
  });

  test('a bad line is told with its number, keeps its place and stops nothing', async () => {
    const good = line('', 'a', '/x');
    const long = line('#'.repeat(5_000_000), 'a', '/x');
    const stdin = [good, 'nope', '', '[]', line(1, 'a', '/x'), long, line('', 'a', '/'.repeat(40_000)), good];
    const { code, stdout, stderr } = await run(['robots', '--ndjson'], { stdin: stdin.join('\n') });
    expect(code).toBe(1);
    expect(answersOf(stdout).map(({ allowed }) => allowed)).toEqual([
      true,
      null,
      null,
      null,
      null,
      null,
      true,
    ]);
    expect(stderr.match(/line \d+/g)).toEqual(['line 2', 'line 4', 'line 5', 'line 6', 'line 7']);
  });

  test('everything allowed exits 0, also when there is nothing', async () => {
    expect((await run(['robots', '--ndjson'], { stdin: `${line(text, 'CCBot', '/')}\n` })).code).toBe(0);
    expect(await run(['robots', '--ndjson'], { stdin: '' })).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('reads no further ahead than the reader takes, and a reader that leaves is success', async () => {
    let given = 0;
    const stdin = Readable.from(
      (function* () {
        for (; given < 100_000; given++) yield Buffer.from(`${line('', 'a', `/${given}`)}\n`);
      })(),
    );
    let taken = 0;
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        done(++taken > 10 ? Object.assign(new Error(), { code: 'EPIPE' }) : null);
      },
    });
    stdout.on('error', () => {});
    const stderr = new Writable({ write: (_chunk, _encoding, done) => done() });
    const signal = new AbortController().signal;
    const io = { stdin, stdout, stderr, env: {}, isTty: false, signal };
    expect(await dispatch(['robots', '--ndjson'], io)).toBe(0);
    expect(given).toBeLessThan(1_000);
  });

  const suites = publicVectors('robots.json');
  test.skipIf(suites === null)(
    `answers the public suites${suites === null ? ' (public vectors not found)' : ''}`,
    async () => {
      const vectors = (suites?.vectors ?? []).filter(
        ({ tier, robots, agent, url }) =>
          (tier === 'consensus' || tier === 'rfc-over-google') &&
          [robots, agent, url].every((value) => typeof value === 'string'),
      );
      expect(vectors.length).toBeGreaterThan(1_200);
      const stdin = vectors.map(({ robots, agent, url }) => line(robots, agent, url)).join('\n');
      const { stdout } = await run(['robots', '--ndjson'], { stdin });
      expect(answersOf(stdout).map(({ allowed }) => allowed)).toEqual(vectors.map(({ allowed }) => allowed));
    },
  );
});
