import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { lookOurselves } from '../../src/cli/site.ts';
import { siteWords } from '../../src/cli/site-words.ts';
import { SiteView } from '../../src/http/site.ts';
import { createFetcher } from '../../src/net/fetcher-node.ts';
import { run } from './run.ts';

/** A site and a registry on one real server: what is not told is not there. */
interface Answer {
  status?: number;
  headers?: Record<string, string | string[]>;
  body?: string;
}
const answers = new Map<string, Answer>();
const asked: string[] = [];
let server: Server;
let origin = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers['user-agent']}`);
    const { status = 200, headers = {}, body = '' } = answers.get(request.url ?? '') ?? { status: 404 };
    response.writeHead(status, headers);
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
afterEach(() => {
  answers.clear();
  asked.length = 0;
});

const look = (path: string) =>
  lookOurselves(origin + path, () =>
    createFetcher({ userAgent: 'WithholdBot/1 (test)', allow: [new URL(origin).host] }),
  );

describe('a site looked at from this machine', () => {
  test('that gives no robots.txt is not said to refuse or to be silent', async () => {
    answers.set('/robots.txt', { status: 503 });
    const words = siteWords(SiteView.parse(await look('/')), false);
    expect(words).toContain('The site did not give its robots.txt.');
    expect(words).toContain('What it says about AI training is not known.');
    expect(words).not.toContain('None of the');
  });

  test('is read file by file, and the page once, with its headers', async () => {
    answers.set('/robots.txt', {
      body: `License: ${origin}/named.xml\nUser-agent: GPTBot\nDisallow: /gallery\n`,
    });
    answers.set('/trust.txt', { body: 'datatrainingallowed=no\n' });
    answers.set('/named.xml', { body: rsl('ai-input') });
    answers.set('/page.xml', { body: rsl('search') });
    answers.set('/gallery', {
      headers: {
        'content-type': 'text/html',
        'x-robots-tag': ['noai', 'CCBot: noml'],
        'tdm-reservation': '1',
        link: '</page.xml>; rel="license"; type="application/rsl+xml"',
      },
      body: '<!doctype html><meta name="robots" content="noml">',
    });
    const report = SiteView.parse(await look('/gallery'));
    expect(report.page).toMatchObject({ state: 'read', status: 200 });
    expect(new Set(report.signals.map(({ where }) => where.replace(origin, '')))).toEqual(
      new Set([
        '/robots.txt, line 3',
        '/trust.txt, line 1',
        '/named.xml, line 1',
        '/page.xml, line 1',
        '/gallery, response header',
        '/gallery',
      ]),
    );
    expect(report.unnamed).toMatchObject({
      crawl: { verdict: 'allow' },
      'train-ai': { verdict: 'disallow' },
      'ai-use': { verdict: 'disallow' },
      search: { verdict: 'disallow', source: 'rsl' },
    });
    expect(asked.filter((line) => line.startsWith('/gallery '))).toEqual(['/gallery WithholdBot/1 (test)']);
  });

  test('is not asked for a page that robots.txt forbids, nor for one it redirects to', async () => {
    answers.set('/robots.txt', { body: 'User-agent: WithholdBot\nDisallow: /closed\n' });
    answers.set('/open', { status: 302, headers: { location: '/closed' } });
    answers.set('/away', { status: 301, headers: { location: 'https://elsewhere.example/x' } });
    expect((await look('/closed')).page?.state).toBe('disallowed');
    expect((await look('/open')).page).toMatchObject({ state: 'elsewhere', status: 302 });
    expect((await look('/away')).page?.note).toBe('the page redirects to https://elsewhere.example/x');
    expect(asked.some((line) => line.startsWith('/closed'))).toBe(false);
  });

  test('reads 500 KiB of a page and says so', async () => {
    answers.set('/long', {
      headers: { 'content-type': 'text/html' },
      body: `<!doctype html>${' '.repeat(600 * 1024)}<meta name="robots" content="noai">`,
    });
    const report = await look('/long');
    expect(report.page?.cut).toBe(true);
    expect(report.notChecked).toContainEqual({ source: 'page', why: 'too-large' });
  });

  test('a site that does not answer at all could not be checked', async () => {
    const closed = createFetcher({ userAgent: 'x' });
    await closed.close();
    await expect(lookOurselves('nobody.example', () => closed)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  test('a private address is never asked, unless a test says so', async () => {
    const { code, stderr } = await run(['site', origin]);
    expect(code).toBe(2);
    expect(stderr).toContain('does not answer');
    expect(asked).toEqual([]);
  });
});

function rsl(usage: string): string {
  return `<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><prohibits type="usage">${usage}</prohibits></license></content></rsl>`;
}

describe('withhold site', () => {
  const site = (args: string[]) =>
    run(['site', ...args, '--retry-for', '0'], { env: { WITHHOLD_SERVER: origin } });
  const registered = async (robots: string) => {
    answers.set('/robots.txt', { body: robots });
    const report = await look('/');
    answers.set(`/v1/site?url=${encodeURIComponent('example.org')}`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(report),
    });
    return report;
  };

  test('asks the registry, says who may do what and why, and exits 1 when something is to be mended', async () => {
    await registered('User-agent: GPTBot\nContent-Signal: ai-train=no\nUser-agent: CCBot\nDisallow: /\n');
    const { code, stdout, stderr } = await site(['example.org']);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe(`${origin}/`);
    expect(lines[1]).toMatch(/^\d+ AI crawlers may fetch this page, 2 may not\.$/);
    expect(stdout).toContain('fetch     train-ai  ai-use    search    crawlers\n');
    expect(stdout).toContain(
      'no        refused   unsaid    unsaid    GPTBot\n' +
        '          fetch: robots.txt, line 4: "User-agent: GPTBot / Disallow: /"\n' +
        '          train-ai: robots.txt, line 2: "User-agent: GPTBot / Content-Signal: ai-train=no"\n',
    );
    expect(stdout).toMatch(/^yes {7}unsaid .* and \d+ more$/m);
    expect(stdout).toContain(
      'read differently by crawlers built on robots-parser:\n  line 2 (Content-Signal)',
    );
    expect(stdout).toContain('; move it below line 3 (lets GPTBot in at');
    expect(stderr).toBe('');
    expect(code).toBe(1);
  });

  test('exits 0 when nothing is to be mended, and --all names every crawler', async () => {
    const { crawlers } = await registered('User-agent: *\nDisallow: /private\n');
    const short = await site(['example.org']);
    expect(short.code).toBe(0);
    const { stdout } = await site(['example.org', '--all']);
    for (const { token } of crawlers) expect(stdout).toContain(token);
    expect(stdout.length).toBeGreaterThan(short.stdout.length);
  });

  test('--json is what the API gives, --paste the text alone', async () => {
    const report = await registered('User-agent: *\nDisallow:\n');
    expect(JSON.parse((await site(['example.org', '--json'])).stdout)).toEqual(report);
    expect((await site(['example.org', '--paste'])).stdout).toBe(report.paste.robots.text);
  });

  test('what a site writes cannot reach into the terminal', async () => {
    const report = await registered('User-agent: *\nDisalow: /\u001b[31m\u202e\n');
    const words = siteWords(report, true);
    expect(words).not.toContain('\u001b');
    expect(words).not.toContain('\u202e');
    expect(words).toContain('\\u{1b}[31m');
  });

  test.each([
    [[], 'one site is checked at a time'],
    [['a.example', 'b.example'], 'one site is checked at a time'],
    [['not-here.example'], 'not'],
  ])('%j could not be done', async (args, words) => {
    const { code, stderr } = await site(args);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});
