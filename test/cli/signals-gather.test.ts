import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSignals } from '../../src/snapshots/open-signals.ts';
import { run } from './run.ts';

const program = fileURLToPath(new URL('../../src/cli/withhold.ts', import.meta.url));

let folder: string;
let server: Server;
let port: number;
/** `127.0.0.5/robots.txt`, in the order asked. */
let seen: string[];
let agents: Set<string>;
/** The most requests each host was answering at once. */
let together: Map<string, number>;
/** Told of each request before it is answered. */
let before: (nth: number) => void;
let handlers: Record<string, (request: IncomingMessage, response: ServerResponse) => void>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'withhold-gather-'));
  [seen, agents, together, before, handlers] = [[], new Set(), new Map(), () => {}, {}];
  const busy = new Map<string, number>();
  server = createServer((request, response) => {
    const host = (request.headers.host ?? '').split(':')[0] ?? '';
    agents.add(request.headers['user-agent'] ?? '');
    seen.push(`${host}${request.url}`);
    const open = (busy.get(host) ?? 0) + 1;
    busy.set(host, open);
    together.set(host, Math.max(together.get(host) ?? 0, open));
    const leave = () => busy.set(host, (busy.get(host) ?? 1) - 1);
    // Counted out before the last byte leaves, so that whoever has it may ask again.
    const end = response.end.bind(response);
    response.end = ((...args: Parameters<typeof end>) => {
      leave();
      return end(...args);
    }) as typeof response.end;
    before(seen.length);
    // Long enough for another request to come in between, if one is on its way.
    setTimeout(() => answer(`${host}${request.url}`, request, response), 3);
  });
  await new Promise<void>((done) => server.listen(0, '0.0.0.0', done));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  await new Promise<void>((closed) => {
    server.close(() => closed());
    server.closeAllConnections();
  });
  await rm(folder, { recursive: true, force: true });
});

function answer(place: string, request: IncomingMessage, response: ServerResponse): void {
  const handler = handlers[place];
  if (handler !== undefined) handler(request, response);
  else if (request.url === '/robots.txt') response.end(`User-agent: *\nDisallow: /private/\n# ${place}\n`);
  else response.writeHead(404).end('not here');
}

const at = (name: string) => join(folder, name);
const origin = (n: number) => `http://127.0.${Math.floor(n / 200)}.${1 + (n % 200)}:${port}`;
const args = (...more: string[]) => [
  ...['signals', 'gather', at('data.csv'), '--agent', 'ExampleBot', '--contact', 'https://example.org/bot'],
  ...['--out', at('signals'), '--allow-private', ...more],
];
const writeData = (urls: readonly string[]) =>
  writeFile(at('data.csv'), `id,URL\n${urls.map((url, n) => `${n},"${url}"`).join('\n')}\n`);
const text = (body: string) => (_request: IncomingMessage, response: ServerResponse) =>
  void response.end(body);

/** Everything a snapshot holds but its times. */
async function contentOf(out = at('signals')) {
  const { file, manifest, close } = await openSignals(out);
  const { started, finished, files, ...rest } = manifest;
  const untimed = (value: unknown) =>
    JSON.parse(JSON.stringify(value), (key, inner) => (/At$/.test(key) ? undefined : inner));
  const sites = [...file.origins()].map((one) => [one, untimed(file.site(one))] as const);
  close();
  expect(Date.parse(started)).toBeLessThanOrEqual(Date.parse(finished));
  return { rest, sites };
}

describe('a run', () => {
  test('asks each origin once for each file, one thing at a time, and keeps what it said', async () => {
    const urls = Array.from({ length: 120 }, (_none, n) => `${origin(n % 40)}/art/${n}.jpg`);
    await writeData(urls);
    const { code, stderr, stdout } = await run(args('--json'));
    expect(stderr).toContain('120 rows name 40 origins; 0 URLs name none');
    expect(code).toBe(0);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(40 * 5);
    expect(new Set(together.values())).toEqual(new Set([1]));
    expect([...agents]).toEqual(['WithholdBot/1 (+https://example.org/bot; for ExampleBot)']);
    const { rest, sites } = await contentOf();
    expect(JSON.parse(stdout)).toMatchObject(rest);
    expect(rest).toMatchObject({ rows: 120, origins: 40, agent: 'ExampleBot', robotsToken: 'WithholdBot' });
    expect(rest.outcomes).toMatchObject({ 'robots.txt': { read: 40 }, 'ai.txt': { absent: 40 } });
    expect(rest.inputs).toMatchObject([{ name: at('data.csv'), rows: 120 }]);
    expect(sites.map(([one]) => one)).toEqual([...new Set(urls.map((url) => new URL(url).origin))].sort());
    const body = `User-agent: *\nDisallow: /private/\n# ${new URL(sites[0]?.[0] ?? '').hostname}/robots.txt\n`;
    expect(sites[0]?.[1].robots).toMatchObject({ state: 'read', body, status: 200 });
    expect((await readdir(folder)).sort()).toEqual(['data.csv', 'signals']);
  });

  test('leaves alone what robots.txt forbids, by the name that is sent', async () => {
    await writeData([`${origin(1)}/a`, `${origin(2)}/a`, `${origin(3)}/a`]);
    handlers['127.0.0.2/robots.txt'] = text('User-agent: *\nDisallow: /');
    handlers['127.0.0.3/robots.txt'] = text('User-agent: WithholdBot\nDisallow: /ai.txt');
    handlers['127.0.0.4/robots.txt'] = text('User-agent: OwnBot\nDisallow: /');
    expect((await run(args())).code).toBe(0);
    expect(seen.filter((place) => place.startsWith('127.0.0.2/'))).toEqual(['127.0.0.2/robots.txt']);
    expect(seen).not.toContain('127.0.0.3/ai.txt');
    expect(seen).toContain('127.0.0.3/trust.txt');
    expect(seen).toContain('127.0.0.4/ai.txt');
    seen.length = 0;
    const own = ['--agent', 'OwnBot/2 (+https://own.example)', '--out', at('own'), '--allow-private'];
    expect((await run(['signals', 'gather', at('data.csv'), ...own])).code).toBe(0);
    expect(agents).toContain('OwnBot/2 (+https://own.example)');
    expect(seen).toContain('127.0.0.3/ai.txt');
    expect(seen.filter((place) => place.startsWith('127.0.0.4/'))).toEqual(['127.0.0.4/robots.txt']);
  });

  test('takes sites as they are: broken, huge, without end, silent, leading round and elsewhere', async () => {
    await writeData(Array.from({ length: 8 }, (_none, n) => `${origin(n)}/a`));
    handlers['127.0.0.1/robots.txt'] = (request) => request.socket.destroy();
    handlers['127.0.0.2/robots.txt'] = text(`User-agent: *\n${'# long\n'.repeat(200_000)}`);
    handlers['127.0.0.3/robots.txt'] = (_request, response) => {
      const more = () =>
        void (response.write('# without end\n'.repeat(1_000))
          ? setImmediate(more)
          : response.once('drain', more));
      more();
    };
    handlers['127.0.0.4/ai.txt'] = () => {};
    handlers['127.0.0.5/robots.txt'] = (_request, response) =>
      void response.writeHead(302, { Location: '/robots.txt' }).end();
    handlers['127.0.0.6/robots.txt'] = (_request, response) =>
      void response.writeHead(301, { Location: `${origin(7)}/robots.txt` }).end();
    handlers['127.0.0.7/robots.txt'] = (_request, response) => void response.writeHead(503).end();
    const { code, stderr } = await run(args());
    expect(code).toBe(1);
    expect(stderr).toContain('cannot be reached: 1 HTTP 503, 1 connect');
    const { rest, sites } = await contentOf();
    expect(rest.outcomes['robots.txt']).toEqual({ unreachable: 2, read: 5, absent: 1 });
    expect(rest.outcomes['ai.txt']).toMatchObject({ unreachable: 3 });
    const states = Object.fromEntries(sites.map(([one, { robots }]) => [new URL(one).hostname, robots]));
    expect(states['127.0.0.2'].warnings).toEqual(['truncated']);
    expect(states['127.0.0.3'].warnings).toEqual(['truncated']);
    expect(states['127.0.0.5']).toMatchObject({ state: 'absent', warnings: ['too-many-redirects'] });
    expect(states['127.0.0.6']).toMatchObject({ state: 'read', url: `${origin(7)}/robots.txt` });
    // Asked once, although two origins needed it.
    expect(seen.filter((place) => place === '127.0.0.8/robots.txt')).toHaveLength(1);
    // The first four never end what they say, so the server cannot tell when we stopped listening.
    expect([5, 6, 7, 8].map((n) => together.get(`127.0.0.${n}`))).toEqual([1, 1, 1, 1]);
  }, 30_000);

  test('never reaches into a private network unless told to', async () => {
    await writeData([
      `${origin(1)}/a`,
      'http://localhost/a',
      'http://169.254.169.254/latest',
      'http://[::1]/a',
    ]);
    const { code, stderr } = await run(args().filter((arg) => arg !== '--allow-private'));
    expect(code).toBe(1);
    expect(stderr).toContain('cannot be reached: 4 refused');
    expect(seen).toEqual([]);
  });

  test('reads every kind of input, finds page URLs, and passes over what is no URL', async () => {
    const good = [
      `${origin(0)}/a`,
      `HTTP://127.0.0.1:${port}/b`,
      `http://someone:secret@127.0.0.2:${port}/`,
      `${origin(2)}?q#f`,
    ];
    const bad = [
      '',
      'not a url',
      'ftp://127.0.0.1/a',
      `http://a b/`,
      `${origin(9)}/${'x'.repeat(17_000)}`,
      'http://',
      '//x/y',
    ];
    const rows = [...good, ...bad, `http://faß.de:${port}\\@127.0.0.9/`].map((url) => ({
      image_url: url,
      other: 1,
    }));
    await writeFile(at('a.jsonl.gz'), gzipSync(rows.map((row) => JSON.stringify(row)).join('\n')));
    await writeFile(at('b.tsv'), `Page_URL\tsha256\n${origin(4)}/page\t00\n${origin(0)}/\t00\n`);
    const more = ['--agent', 'X', '--allow-private', '--out'];
    const done = await run(['signals', 'gather', at('a.jsonl.gz'), at('b.tsv'), ...more, at('signals')]);
    const { rest, sites } = await contentOf();
    expect(sites.map(([one]) => one)).toEqual(
      [...[0, 1, 2, 4].map(origin), `http://xn--fa-hia.de:${port}`].sort(),
    );
    // Blank cells are no URLs at all; of the others these name no site.
    expect(rest).toMatchObject({ rows: 14, urlsUnusable: 6, origins: 5 });
    expect(done.code).toBe(1);

    const stdin = `{"url":"${origin(5)}/a"}\n{"url":7}\n[]\n`;
    const piped = await run(['signals', 'gather', '-', '--format', 'jsonl', ...more, at('piped')], { stdin });
    expect(piped.code).toBe(0);
    const { rest: told } = await contentOf(at('piped'));
    expect(told.inputs).toEqual([
      {
        name: 'stdin',
        rows: 3,
        bytes: stdin.length,
        sha256: createHash('sha256').update(stdin).digest('hex'),
      },
    ]);
    const none = await run(['signals', 'gather', '-', '--format', 'csv', ...more, at('none')], {
      stdin: 'sha256\n00\n',
    });
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('stdin has no column of URLs')]);
  });
});

function start(...more: string[]): ChildProcess {
  return spawn(process.execPath, [program, ...args(...more)], { stdio: ['ignore', 'ignore', 'pipe'] });
}

describe('a run that was stopped', () => {
  const origins = 60;
  const concurrency = 4;
  const paced = ['--concurrency', `${concurrency}`];
  const whole = async () => {
    await writeData(Array.from({ length: origins }, (_none, n) => `${origin(n)}/a`));
    expect((await run(args(...paced))).code).toBe(0);
    const content = await contentOf();
    await rm(at('signals'), { recursive: true });
    seen.length = 0;
    return content;
  };

  test.each([
    ['at its first request', [1]],
    ['in its middle', [140]],
    ['again and again', [40, 60, 3, 90]],
  ])(
    'by SIGKILL %s goes on, asks nobody again, and ends with the same folder',
    async (_name, kills) => {
      const content = await whole();
      for (const killAt of kills) {
        const from = seen.length;
        let child: ChildProcess | undefined;
        before = (nth) => {
          if (nth === from + killAt) child?.kill('SIGKILL');
        };
        child = start(...paced);
        expect((await once(child, 'exit'))[1]).toBe('SIGKILL');
        expect((await readdir(folder)).sort()).toEqual(['data.csv', 'signals.part']);
      }
      before = () => {};
      const { code } = await run(args(...paced));
      expect(code).toBe(0);
      expect(await contentOf()).toEqual(content);
      expect((await readdir(folder)).sort()).toEqual(['data.csv', 'signals']);
      // Only sites that were under way at a kill are asked again.
      const again = new Set(
        seen.filter((place, n) => seen.indexOf(place) !== n).map((place) => place.split('/')[0]),
      );
      expect(again.size).toBeLessThanOrEqual(kills.length * concurrency);
      expect(new Set(seen).size).toBe(origins * 5);
    },
    60_000,
  );

  test('by SIGINT says how to go on, exits 2, and takes no cut answer for one', async () => {
    const content = await whole();
    before = (nth) => {
      if (nth === 100) child.kill('SIGINT');
    };
    const child = start(...paced);
    let stderr = '';
    child.stderr?.on('data', (part) => {
      stderr += part;
    });
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(stderr).toMatch(
      /withhold: stopped\nwithhold: \d+ of 60 origins are gathered and kept; give the same command/,
    );
    before = () => {};
    const { code, stderr: said } = await run(args(...paced));
    expect(code).toBe(0);
    expect(said).toMatch(/going on: \d+ of 60 origins are there already/);
    expect(await contentOf()).toEqual(content);
  }, 30_000);

  test('is not mixed with another run, nor with a second one at the same time', async () => {
    await writeData([`${origin(0)}/a`, `${origin(1)}/a`]);
    const held = new Promise<void>((resolve) => {
      handlers['127.0.0.1/robots.txt'] = () => resolve();
    });
    const child = start();
    await held;
    const second = await run(args());
    expect([second.code, second.stderr]).toEqual([2, expect.stringContaining('another run is at work in')]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    delete handlers['127.0.0.1/robots.txt'];
    const other = await run([...args(), '--contact', 'mail@example.org']);
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('give --fresh to start again')]);
    await writeData([`${origin(0)}/a`]);
    expect((await run(args())).stderr).toContain('with other inputs or options');
    expect((await run(args('--fresh'))).code).toBe(0);
    const again = await run(args('--fresh'));
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('is there already')]);
  }, 30_000);
});

describe('what is refused', () => {
  test.each([
    [['--out', 'x', 'a.csv'], 'no --agent was given'],
    [['--agent', 'X', 'a.csv'], 'no --out was given'],
    [['--agent', 'X', '--out', 'x'], 'no input was given'],
    [['--agent', 'Mozilla/5.0 (X11; Linux x86_64)', '--out', 'x', 'a.csv'], 'names no crawler'],
    [['--agent', 'X\r\nCookie: a', '--out', 'x', 'a.csv'], 'ASCII'],
    [['--agent', 'X; y', '--out', 'x', 'a.csv'], 'is no product token'],
    [['--agent', 'X', '--contact', 'me', '--out', 'x', 'a.csv'], '--contact takes'],
    [['--agent', 'X', '--contact', 'https://a.example/)', '--out', 'x', 'a.csv'], '--contact takes'],
    [
      ['--agent', 'X/1 (+https://x.example)', '--contact', 'a@b.example', '--out', 'x', 'a.csv'],
      'leave out --contact',
    ],
    [['--agent', 'X', '--out', 'x', '--concurrency', '0', 'a.csv'], '--concurrency takes'],
    [['--agent', 'X', '--out', 'x', 'nowhere.csv'], 'there is no file nowhere.csv'],
  ])('%s', async (given, words) => {
    const { code, stderr } = await run([
      'signals',
      'gather',
      ...given.map((arg) => (arg === 'x' ? at('x') : arg)),
    ]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });

  test('a snapshot that is not there, not one, or not what it says', async () => {
    await expect(openSignals(at('nowhere'))).rejects.toThrow('there is no signals snapshot');
    await writeData([`${origin(0)}/a`]);
    await run(args());
    const file = join(at('signals'), 'signals.sqlite');
    const bytes = await readFile(file);
    const manifest = await readFile(join(at('signals'), 'manifest.json'), 'utf8');
    const cases: [Buffer, string, string][] = [
      [
        Buffer.concat([bytes.subarray(0, -1), Buffer.from([7])]),
        manifest,
        'is not the file that was gathered',
      ],
      [
        bytes,
        manifest.replace('withhold-signals/1', 'withhold-signals/2'),
        'no manifest of a signals snapshot',
      ],
      [bytes, '{', 'no manifest of a signals snapshot'],
    ];
    for (const [data, json, words] of cases) {
      await writeFile(file, data);
      await writeFile(join(at('signals'), 'manifest.json'), json);
      await expect(openSignals(at('signals'))).rejects.toThrow(words);
    }
    await writeFile(join(at('signals'), 'manifest.json'), manifest);
    await writeFile(file, 'not a database'.repeat(500));
    await expect(openSignals(at('signals'), { verify: false })).rejects.toThrow(
      'is damaged, or no signals snapshot',
    );
  });
});
