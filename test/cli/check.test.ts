import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakeRegistry, problem, startRegistry } from './fake-registry.ts';
import { run } from './run.ts';

let registry: FakeRegistry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.close());
beforeEach(() => {
  registry.before = undefined;
  registry.bodies.length = 0;
});

const check = (args: string[], stdin?: string) =>
  run(['check', ...args, '--retry-for', '0'], {
    ...(stdin === undefined ? {} : { stdin }),
    env: { WITHHOLD_SERVER: registry.url },
  });
const asked = () => registry.bodies.flatMap((body) => JSON.parse(body).items);

describe('withhold check', () => {
  test('says what holds and why, and exits 1 when something is disallowed', async () => {
    const { code, stdout, stderr } = await check(['https://robots.example/cat.jpg', '--agent', 'GPTBot']);
    expect(stdout).toBe(
      [
        'https://robots.example/cat.jpg',
        '  verdict      disallow, train-ai, asked by GPTBot of Example AI',
        '  act          stop',
        '  crawl        allow: robots.txt allows',
        '  because      robots.txt says disallow for train-ai, https://robots.example/robots.txt, line 3: "Disallow: /"',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('');
    expect(code).toBe(1);
  });

  test('says what was not checked, and exits 0 when nothing is disallowed', async () => {
    const { code, stdout } = await check(['https://cold.example/']);
    expect(stdout).toContain('  verdict      unknown, train-ai\n');
    expect(stdout).toContain('  not checked  robots.txt: not-fetched-yet, ask again in 30 s\n');
    expect(code).toBe(0);
  });

  test('a refused crawl exits 1, and escape sequences of others never reach the terminal', async () => {
    const { code, stdout } = await check(['https://closed.example/']);
    expect(stdout).toContain('crawl        disallow: robots.txt forbids');
    expect(stdout).toContain('"Disallow: /\\u{1b}[31m"');
    expect(stdout).not.toContain('\u001b');
    expect(code).toBe(1);
  });

  test('--json gives one line per item: what was asked and the decision', async () => {
    const { code, stdout } = await check(['https://stop.example/', 'https://free.example/', '--json']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ asked: item, verdict }) => [item.url, verdict])).toEqual([
      ['https://stop.example/', 'disallow'],
      ['https://free.example/', 'unknown'],
    ]);
    expect(lines[0].reasons[0].record).toBe('r-1');
    expect(code).toBe(1);
  });

  test('hashes and the page go with one URL, or alone', async () => {
    const sha256 = '00'.repeat(32);
    const { stdout } = await check(['--sha256', sha256.toUpperCase()]);
    expect(stdout).toContain(`${sha256}\n`);
    expect(stdout).toContain('proven by email, exact, 0 bits apart');
    await check(['https://a.example/', '--page-url', 'https://b.example/', '--pdq', sha256]);
    expect(asked()).toEqual([
      { sha256 },
      { url: 'https://a.example/', page_url: 'https://b.example/', pdq: sha256 },
    ]);
  });

  test('- reads URLs from stdin', async () => {
    const { stdout } = await check(['-'], '\ufeffhttps://a.example/\r\n\n  https://stop.example/');
    expect(asked()).toEqual([{ url: 'https://a.example/' }, { url: 'https://stop.example/' }]);
    expect(stdout.match(/^https.*$/gm)).toEqual(['https://a.example/', 'https://stop.example/']);
  });

  test('many URLs are asked about in several requests, answered in order', async () => {
    const urls = Array.from({ length: 1_234 }, (_, at) => `https://a.example/${at}`);
    const { stdout } = await check(['-'], urls.join('\n'));
    expect(stdout.match(/^https.*$/gm)).toEqual(urls);
    expect(registry.bodies).toHaveLength(3);
  });

  test.each([
    [[], 'nothing to check was given; give a URL, or see --help'],
    [['cat.jpg'], 'cat.jpg is not a URL; give it whole, like https://example.com/cat.jpg'],
    [['--sha256', 'abc'], 'sha256 must be 64 hex digits (SHA-256 of the file)'],
    [
      ['https://a.example/', 'https://b.example/', '--md5', 'a'.repeat(32)],
      '--sha256, --md5 and --pdq go with one URL',
    ],
    [
      ['https://a.example/', '--usage', 'everything'],
      '--usage takes train-ai, ai-use, search, style-imitation, not everything',
    ],
    [['https://a.example/', '--colour'], "unknown option '--colour'; see --help"],
    [
      ['https://a.example/', '--server', 'nowhere'],
      'nowhere is not the address of a registry; give one like https://registry.example',
    ],
  ])('%j is refused in one line with exit 2', async (args, words) => {
    const { code, stdout, stderr } = await check(args);
    expect(stderr).toBe(`withhold: ${words}\n`);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(registry.bodies).toEqual([]);
  });

  test('a key that is not known', async () => {
    registry.before = (_request, response) => problem(response, 401, 'unauthorized', 'no such key');
    const { code, stderr } = await check(['https://a.example/']);
    expect(stderr).toBe(
      `withhold: ${registry.url} wants an API key it knows: no such key; set WITHHOLD_KEY (its operator makes one with \`withhold key add\`)\n`,
    );
    expect(code).toBe(2);
  });

  test('the key comes from the option or else from the environment', async () => {
    const keys: unknown[] = [];
    registry.before = ({ headers }) => {
      keys.push(headers.authorization);
      return undefined;
    };
    const env = { WITHHOLD_SERVER: registry.url, WITHHOLD_KEY: 'from-env' };
    await run(['check', 'https://a.example/'], { env });
    await run(['check', 'https://a.example/', '--key', 'given'], { env });
    expect(keys).toEqual(['Bearer from-env', 'Bearer given']);
  });
});
