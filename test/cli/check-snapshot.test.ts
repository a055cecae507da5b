import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { DecisionView } from '../../src/http/schemas.ts';
import { toHex } from '../../src/log/encoding.ts';
import { openSnapshot } from '../../src/snapshots/open.ts';
import { sampleRecord, sampleWork } from '../opt-outs/sample-record.ts';
import { type Pulled, pulledRegistry } from '../snapshots/pulled.ts';
import { type SampleRegistry, sampleRegistry } from '../snapshots/sample-registry.ts';
import { run } from './run.ts';

const day = 86_400_000;
const work = sampleWork({ rid: '0190a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a02' });
const salt = (byte: string) => byte.repeat(32);

let registry: SampleRegistry;
let pulled: Pulled;
let now: number;

/** A registry with a domain and a picture, pulled. */
async function begin(ageMs = 0): Promise<void> {
  now = Date.now() - ageMs;
  registry = await sampleRegistry({}, () => now);
  pulled = await pulledRegistry(registry, () => now);
  await registry.put(sampleRecord({ except: ['OpenAI', 'Anthropic'] }));
  await registry.put(work);
  await registry.sequence();
  await pulled.build();
}

const check = (...args: string[]) => run(['check', '--snapshot', pulled.folder, ...args]);

/** What a crash, a bad disk or a person leaves behind. */
const damages: [string, (folder: string) => void, string][] = [
  [
    'a file cut short',
    (folder) => truncateSync(join(folder, 'snapshots/3/records.table'), 100),
    'records.table has 100 bytes, not',
  ],
  [
    'a file that is missing',
    (folder) => rmSync(join(folder, 'snapshots/3/works.index')),
    'works.index is missing',
  ],
  ['no manifest', (folder) => rmSync(join(folder, 'snapshots/3/manifest.json')), 'has no manifest'],
  [
    'a manifest of somebody else',
    (folder) => writeFileSync(join(folder, 'snapshots/3/manifest.json'), '{}'),
    'This is not a snapshot manifest.',
  ],
  ['no policy', (folder) => rmSync(join(folder, 'policy')), 'policy cannot be read (ENOENT)'],
  ['nothing', (folder) => rmSync(join(folder, 'current')), 'there is no snapshot in'],
  [
    'a feed that is torn',
    (folder) => writeFileSync(join(folder, 'feed-3/copy.sqlite'), 'x'.repeat(4_096)),
    'copy.sqlite cannot be read',
  ],
];

describe('withhold check --snapshot', () => {
  beforeEach(async () => {
    await begin();
    await pulled.pull();
  });

  test('says what the registry says, and that sites were not asked', async () => {
    const { code, stdout, stderr } = await check('https://www.example.com/a.jpg', '--agent', 'CCBot');
    expect(stdout).toContain('  verdict      disallow, train-ai, asked by CCBot');
    expect(stdout).toContain('because      registry says disallow for train-ai');
    for (const source of ['robots.txt', 'tdmrep', 'ai.txt', 'trust.txt'])
      expect(stdout).toContain(`  not checked  ${source}: not-in-a-snapshot\n`);
    expect(stderr).toMatch(
      /^withhold: answers are those of localhost:8787\/log at 4 entries, root [0-9a-f]{64};/,
    );
    expect(code).toBe(1);
  });

  test('--json gives what the API gives, with the log it stands on', async () => {
    const { code, stdout } = await check('--sha256', work.key, '--json');
    const { asked, ...decision } = JSON.parse(stdout);
    expect(DecisionView.parse(decision)).toEqual(decision);
    expect(asked).toEqual({ sha256: work.key });
    const { size, root } = (await openSnapshot(pulled.folder)).asOf();
    expect(decision.asOf).toEqual([
      { origin: 'localhost:8787/log', size, root: Buffer.from(toHex(root), 'hex').toString('base64') },
    ]);
    expect([code, decision.verdict, decision.match]).toEqual([
      1,
      'disallow',
      { kind: 'exact', distance: 0, variant: 'full', orientation: 'orig' },
    ]);
  });

  test('nobody refused: unknown, and to be reviewed, since robots.txt was not read', async () => {
    const { code, stdout } = await run(['check', '--snapshot', pulled.folder, '-', '--json'], {
      stdin: 'https://other.example/1\nhttps://other.example/2\n',
    });
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers.map(({ verdict, act }) => [verdict, act])).toEqual([
      ['unknown', 'review'],
      ['unknown', 'review'],
    ]);
    expect(code).toBe(0);
  });

  test('knows what the feed has said since', async () => {
    const later = { version: 2, updated: new Date(now).toISOString(), salt: salt('22') };
    await registry.put({ ...work, ...later, state: 'withdrawn' }, 'withdrawn');
    await registry.put(
      sampleRecord({
        rid: '0190a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a03',
        kind: 'prefix',
        key: 'org,example)/art',
        salt: salt('33'),
      }),
    );
    await registry.sequence();
    expect((await check('--sha256', work.key)).code).toBe(1);
    await pulled.pull();
    expect((await check('--sha256', work.key)).code).toBe(0);
    expect((await check('--pdq', 'f'.repeat(64))).code).toBe(0);
    const { code, stderr } = await check('https://example.org/art/1.jpg');
    expect([code, stderr]).toEqual([1, expect.stringContaining('at 6 entries')]);
  });

  test('says what is damaged or missing, and what to do', async () => {
    for (const [name, damage, words] of damages) {
      const folder = `${pulled.folder}-damaged`;
      cpSync(pulled.folder, folder, { recursive: true });
      try {
        damage(folder);
        const { code, stdout, stderr } = await run(['check', '--snapshot', folder, 'https://example.com/']);
        expect([code, stdout, stderr], name).toEqual([2, '', expect.stringContaining(words)]);
        expect(stderr, name).not.toContain('unexpected fault');
      } finally {
        rmSync(folder, { recursive: true });
      }
    }
  });

  test('a byte that changed on the disk shows in the digests', async () => {
    const path = join(pulled.folder, 'snapshots/3/domains.parquet');
    const bytes = readFileSync(path);
    bytes[100] = (bytes[100] as number) ^ 1;
    writeFileSync(path, bytes);
    await expect(openSnapshot(pulled.folder)).resolves.toBeDefined();
    await expect(openSnapshot(pulled.folder, { digests: true })).rejects.toThrow(
      'domains.parquet is not what the manifest says',
    );
  });
});

describe('options that contradict each other', () => {
  test.each([
    [['--server', 'http://localhost:1'], '--server does not go with --snapshot'],
    [['--key', 'k'], '--key does not go with --snapshot'],
    [['--retry-for', '1'], '--retry-for does not go with --snapshot'],
  ])('%j is refused', async (args, words) => {
    const { code, stderr } = await run(['check', '--snapshot', 'nowhere', 'https://example.com/', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });

  test('--allow-stale without a snapshot is refused', async () => {
    const { code, stderr } = await run(['check', '--allow-stale', 'https://example.com/']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--allow-stale goes with --snapshot')]);
  });
});

describe('a snapshot past its date', () => {
  beforeEach(async () => {
    await begin(40 * day);
    await pulled.pull('--allow-stale');
  });

  test('is refused with the date and what to do', async () => {
    const { code, stdout, stderr } = await check('https://example.com/');
    const date = new Date(now + 31 * day).toISOString();
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      `was to be used until ${date} and no longer; what was erased since may still be in it`,
    );
    expect(stderr).toContain('pull a newer one, or say --allow-stale');
  });

  test('answers with --allow-stale, and every answer warns', async () => {
    const date = new Date(now + 31 * day).toISOString();
    const words = await check('--allow-stale', 'https://example.com/', 'https://other.example/');
    expect(
      words.stdout.match(
        new RegExp(`  warning      this snapshot of the registry was to be used until ${date}`, 'g'),
      ),
    ).toHaveLength(2);
    expect(words.code).toBe(1);
    const json = await check('--allow-stale', '--json', 'https://example.com/', 'https://other.example/');
    for (const line of json.stdout.trim().split('\n'))
      expect(JSON.parse(line).warnings).toEqual([expect.stringContaining(date)]);
  });
});
