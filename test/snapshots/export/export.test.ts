import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check, type Question } from '../../../src/actions/check.ts';
import { resolveAgent } from '../../../src/consent/agent.ts';
import { formatLogPolicy } from '../../../src/log/log-policy.ts';
import type { OptOutRecord } from '../../../src/opt-outs/record.ts';
import { canonicalUrl, urlKey } from '../../../src/opt-outs/url-key.ts';
import { folder } from '../../cli/log-server.ts';
import { run } from '../../cli/run.ts';
import { sampleRecord } from '../../opt-outs/sample-record.ts';
import { type Pulled, pulledRegistry } from '../pulled.ts';
import { createLife, question, step } from '../random-registry.ts';
import { type SampleRegistry, sampleRegistry } from '../sample-registry.ts';
import { nutchReading } from './readers.ts';

const recordOf = (index: number, changes: Partial<OptOutRecord>): OptOutRecord =>
  sampleRecord({
    rid: `0190a0b1-c2d3-7e4f-8a5b-${index.toString(16).padStart(12, '0')}`,
    salt: index.toString(16).padStart(64, '0'),
    ...changes,
  });

/** Records of every kind, with what each of them does to the export. */
const records: OptOutRecord[] = [
  recordOf(1, { key: 'com,example' }),
  recordOf(2, { kind: 'prefix', key: 'org,example)/art', trust: 'profile' }),
  recordOf(3, {
    kind: 'prefix',
    key: 'org,example:8443)/',
    usages: { 'train-ai': 'disallow', search: 'disallow' },
  }),
  recordOf(4, { kind: 'url', key: 'org,example)/a.jpg?b=1' }),
  recordOf(5, { kind: 'url', key: 'org,example)/unproven.jpg', trust: 'email' }),
  recordOf(6, { key: 'com,allows', usages: { 'train-ai': 'allow' } }),
  recordOf(7, { key: 'com,searches', usages: { search: 'disallow' } }),
  recordOf(8, { key: 'com,excepts', except: ['OpenAI'] }),
  recordOf(9, { key: 'com,contested', contested: true }),
  recordOf(10, { key: 'com,twice' }),
  recordOf(11, { key: 'com,twice', licence: 'https://example.com/terms' }),
  recordOf(12, { kind: 'name', key: 'ada example', keySpec: 'name/1' }),
  recordOf(13, { key: 'com,leaves' }),
  recordOf(14, { key: 'com,erased' }),
  recordOf(15, { key: 'com,turns', usages: { 'train-ai': 'allow' } }),
];

interface World {
  registry: SampleRegistry;
  pulled: Pulled;
  size: number;
}

async function pulledWorld(clock?: () => number): Promise<World> {
  const registry = await sampleRegistry({}, clock);
  const pulled = await pulledRegistry(registry, clock);
  for (const record of records) await registry.put(record);
  await registry.sequence();
  const size = await pulled.build();
  return { registry, pulled, size };
}

const exported = (dir: string, ...options: string[]) => run(['snapshot', 'export', dir, ...options]);
const rulesIn = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

const nutchRules = [
  'Domain contested.com',
  '  DenyPath .*',
  'Domain erased.com',
  '  DenyPath .*',
  'Domain example.com',
  '  DenyPath .*',
  'Domain excepts.com',
  '  DenyPath .*',
  'Domain leaves.com',
  '  DenyPath .*',
  'Domain twice.com',
  '  DenyPath .*',
  'Host example.org',
  '  DenyPath ^/art(?:/|$)',
  '  DenyPath .*',
  '  DenyPathQuery ^/a\\.jpg\\?b=1$',
];

describe('withhold snapshot export', { timeout: 60_000 }, () => {
  test('writes what decides, once, from a snapshot and from the feed beside it', async () => {
    const { registry, pulled, size } = await pulledWorld();
    await pulled.pull();
    const first = await exported(pulled.folder, '--format', 'nutch');
    expect(rulesIn(first.stdout)).toEqual(nutchRules);
    expect(first.stdout).toContain(`# log size ${size + 1}, root `);
    expect(first.stdout).toContain('# 9 of 9 rules; 1 of them refuse more than was said\n');
    expect(first.stderr).toContain(
      '9 of 9 rules; 1 of them refuse more than was said; ports are not looked at',
    );
    expect(first.stderr).toContain('1 records are not proven enough to refuse, and stand in no list');

    await registry.put({ ...(records[12] as OptOutRecord), state: 'withdrawn', version: 2 }, 'withdrawn');
    await registry.erase((records[13] as OptOutRecord).rid);
    const turned = {
      ...(records[14] as OptOutRecord),
      usages: { 'train-ai': 'disallow' } as const,
      version: 2,
    };
    await registry.put(turned, 'changed');
    await registry.put({ ...turned, contested: true, version: 3 }, 'contested');
    await registry.put(recordOf(16, { kind: 'url', key: 'com,new)/x', trust: 'profile' }));
    await registry.sequence();
    await pulled.pull();
    const { stdout } = await exported(pulled.folder, '--format', 'hosts');
    expect(rulesIn(stdout)).toEqual([
      ...['contested.com', 'example.com', 'excepts.com', 'turns.com', 'twice.com'],
    ]);
    expect(stdout).toContain(`# log size ${size + 6}, root `);
    const urls = await exported(pulled.folder, '--format', 'urls');
    expect(rulesIn(urls.stdout)).toContain('https://new.com/x');
  });

  test('an agent that a record excepts is told nothing of it, and each usage has its own list', async () => {
    const { pulled } = await pulledWorld();
    await pulled.pull();
    const hosts = async (...options: string[]) =>
      rulesIn((await exported(pulled.folder, '--format', 'hosts', ...options)).stdout);
    expect(await hosts('--agent', 'GPTBot')).not.toContain('excepts.com');
    expect(await hosts('--agent', 'ClaudeBot')).toContain('excepts.com');
    expect(await hosts('--usage', 'search')).toEqual(['searches.com']);
    expect(await hosts('--usage', 'ai-use')).toEqual([]);
  });

  test('robots.txt of one host has what is said of it, and above it', async () => {
    const { pulled } = await pulledWorld();
    await pulled.pull();
    const robots = async (...options: string[]) =>
      rulesIn((await exported(pulled.folder, '--format', 'robots', ...options)).stdout);
    expect(await robots('--host', 'example.org')).toEqual([
      'User-agent: *',
      ...['Disallow: /art/', 'Disallow: /art$', 'Disallow: /art?', 'Disallow: /a.jpg?b=1$'],
    ]);
    expect(await robots('--host', 'example.org:8443', '--agent', 'GPTBot')).toEqual([
      ...['User-agent: GPTBot', 'Disallow: /'],
    ]);
    expect(await robots('--host', 'www.shop.example.com')).toEqual(['User-agent: *', 'Disallow: /']);
    expect(await robots('--host', 'example')).toEqual(['User-agent: *']);
  });

  test('a file appears whole or not at all', async () => {
    const { pulled } = await pulledWorld();
    await pulled.pull();
    const out = join(folder(), 'rules.json');
    writeFileSync(out, 'the one before');
    const stopped = AbortSignal.abort();
    const args = ['snapshot', 'export', pulled.folder, '--format', 'stormcrawler', '--out', out];
    expect(await run(args, { signal: stopped })).toMatchObject({ code: 2 });
    expect(readFileSync(out, 'utf8')).toBe('the one before');
    expect(await run(args)).toMatchObject({ code: 0, stdout: '' });
    expect(JSON.parse(readFileSync(out, 'utf8')).rules).toHaveLength(9);
    expect(readdirSync(join(out, '..'))).toEqual(['rules.json']);
    const nowhere = await exported(pulled.folder, '--format', 'urls', '--out', join(folder(), 'none', 'x'));
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no such folder') });
  });

  test('past its date it takes --allow-stale, and says so everywhere', async () => {
    const past = Date.now() - 40 * 86_400_000;
    const { pulled } = await pulledWorld(() => past);
    await pulled.pull('--allow-stale');
    const args = ['--format', 'heritrix'];
    expect(await exported(pulled.folder, ...args)).toMatchObject({
      ...{ code: 2, stdout: '', stderr: expect.stringContaining('was to be used until') },
    });
    const stale = await exported(pulled.folder, ...args, '--allow-stale');
    expect(stale).toMatchObject({ code: 0, stderr: expect.stringContaining('was to be used until') });
    expect(stale.stdout).toContain('# PAST ITS DATE');
    expect(rulesIn(stale.stdout)).toContain('+http://(com,example,');
  });

  test('a folder in which a snapshot was built needs the keys to believe', async () => {
    const { registry, size } = await pulledWorld();
    const built = join(registry.config.data, 'snapshots', String(size));
    expect(await exported(built, '--format', 'nutch')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it does not say whose keys to believe; give --policy FILE'),
    });
    const policy = join(folder(), 'policy');
    const { keys, checkSigner } = registry.service.deps.consentLog;
    const logs = keys.map((key) => ({ key, url: null }));
    writeFileSync(policy, formatLogPolicy({ logs, checkKeys: [checkSigner.key] }));
    const { stdout } = await exported(built, '--format', 'nutch', '--policy', policy);
    expect(rulesIn(stdout)).toEqual(nutchRules);
    const copied = join(folder(), 'short');
    mkdirSync(copied);
    for (const name of readdirSync(built)) copyFileSync(join(built, name), join(copied, name));
    writeFileSync(join(copied, 'urls.parquet'), 'PAR1');
    expect(await exported(copied, '--format', 'nutch', '--policy', policy)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('urls.parquet has 4 bytes'),
    });
  });

  test.each([
    [['--format', 'nutch'], 'takes one folder and --format'],
    [['x'], 'takes one folder and --format'],
    [['x', '--format', 'csv'], '--format takes hosts, urls'],
    [['x', '--format', 'nutch', '--host', 'example.com'], '--format robots takes the --host it is for'],
    [['x', '--format', 'robots'], '--format robots takes the --host it is for'],
    [['x', '--format', 'robots', '--host', 'example.com/a'], '--host takes a host alone'],
    [['x', '--format', 'robots', '--host', 'a b'], 'This is not a host'],
    [['x', '--format', 'hosts', '--usage', 'style-imitation'], 'style-imitation is about names'],
    [['x', '--format', 'hosts', '--agent', 'Mozilla/5.0'], 'names no crawler'],
    [['x', '--format', 'robots', '--host', 'a.com', '--agent', 'Bot9'], 'cannot stand in robots.txt'],
    [['/nowhere', '--format', 'hosts'], 'there is no snapshot in /nowhere'],
  ])('%j is refused: %s', async (args, words) => {
    const ran = await run(['snapshot', 'export', ...args]);
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(words) });
    expect(existsSync('x')).toBe(false);
  });
});

test('what a registry refuses is what its rules refuse, whatever is registered, asked and by whom', async () => {
  const asked = fc.record({
    items: fc.array(question, { minLength: 300, maxLength: 300 }),
    usage: fc.constantFrom('train-ai' as const, 'search' as const),
    agent: fc.constantFrom(null, 'GPTBot', 'ClaudeBot'),
  });
  const steps = { minLength: 20, maxLength: 80 };
  let refused = 0;
  const property = fc.asyncProperty(
    fc.array(step, steps),
    fc.array(step, steps),
    fc.array(asked, { minLength: 3, maxLength: 3 }),
    async (before, after, questions) => {
      const registry = await sampleRegistry();
      const pulled = await pulledRegistry(registry);
      const life = createLife();
      for (const [index, taken] of [...before, null, ...after].entries()) {
        const next = taken === null ? null : life.next(taken);
        if (next?.record.state === 'erased') await registry.erase(next.record.rid);
        else if (next !== null) await registry.put(next.record, next.event);
        if (index !== before.length) continue;
        await registry.sequence();
        await pulled.build();
      }
      await registry.sequence();
      await pulled.pull('--samples', '0');
      for (const { items, usage, agent } of questions) {
        const options = ['--usage', usage, ...(agent === null ? [] : ['--agent', agent])];
        const { code, stdout } = await exported(pulled.folder, '--format', 'nutch', ...options);
        expect(code).toBe(0);
        const reading = nutchReading(stdout);
        // The ports of this host are what the format cannot tell apart.
        const urls = items.flatMap((item) => {
          const key = 'url' in item ? urlKey(item.url) : null;
          return key === null || key.host.endsWith('b.example.org') ? [] : [canonicalUrl(key)];
        });
        const whole: Question = {
          ...{ usage, signals: 'cached', consumer: '', items: urls.map((url) => ({ url })) },
          agent: agent === null ? null : resolveAgent(agent),
        };
        const answers = await check({ ...registry.service.deps, signals: null }, whole);
        for (const [index, url] of urls.entries()) {
          const isRefused = answers[index]?.verdict === 'disallow';
          refused += Number(isRefused);
          expect(reading(url), url).toBe(isRefused);
        }
      }
    },
  );
  await fc.assert(property, { numRuns: 6, endOnFailure: true });
  expect(refused).toBeGreaterThan(10);
}, 300_000);
