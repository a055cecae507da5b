import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReportContent } from '../../src/datasets/report/content.ts';
import { makeReport } from '../../src/datasets/report/filter-report.ts';
import { formatLogPolicy } from '../../src/log/log-policy.ts';
import { type NoteSigner, parseSigningKey } from '../../src/log/note-key.ts';
import { makeManifest } from '../../src/log/snapshot-manifest.ts';
import { sampleContent } from '../datasets/report/sample.ts';
import { at, origin, type SampleLog, sampleLog } from '../log/sample-log.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'withhold-verify-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = { WITHHOLD_BUILDER_KEY: join(folder, 'keys', 'builder-key') };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let log: SampleLog;
let signer: NoteSigner;
let vkey: string;
let manifest: string;
let place: string;
let runs = 0;

beforeAll(async () => {
  log = await sampleLog();
  const made = await run(['key', 'builder', '--name', 'builder.example'], { env });
  vkey = made.stdout.trim();
  signer = await parseSigningKey(readFileSync(env.WITHHOLD_BUILDER_KEY, 'utf8'));
  const content = {
    at,
    notAfter: '2026-12-24T14:02:00.000Z',
    keySpecs: {},
    hashers: [],
    counts: {},
    files: [],
  };
  manifest = await makeManifest({ size: 5, ...content }, log.checkpoint, log.policy, log.checkSigner);
});

/** A run whose output, input and manifest lie beside its report. */
beforeEach(async () => {
  runs += 1;
  place = join(folder, `run-${runs}`);
  mkdirSync(join(place, 'decisions'), { recursive: true });
  writeFileSync(join(place, 'decisions', 'part-0.csv'), 'row,verdict\n');
  writeFileSync(join(place, 'data.csv'), 'url\n');
  writeFileSync(join(place, 'manifest.json'), manifest);
  await report({});
});

async function report(changed: Partial<ReportContent>): Promise<void> {
  const content = sampleContent();
  if (content.source.kind !== 'snapshot') throw new Error('the sample is of a snapshot');
  const text = await makeReport(
    {
      ...content,
      source: { ...content.source, origin, snapshotSize: 5, manifest: `sha256:${sha256(manifest)}` },
      inputs: [{ name: '/elsewhere/data.csv', bytes: 4, rows: 0, sha256: sha256('url\n') }],
      outputs: [
        { name: 'decisions/part-0.csv', what: 'decisions', bytes: 12, sha256: sha256('row,verdict\n') },
      ],
      ...changed,
    },
    signer,
  );
  writeFileSync(join(place, 'report.json'), text);
}

const verify = (...more: string[]) => run(['verify', join(place, 'report.json'), ...more]);

describe('withhold key builder', () => {
  test('makes a key once, for its owner alone, and prints what others need', async () => {
    expect(vkey).toMatch(/^builder\.example\+[0-9a-f]{8}\+/);
    expect(statSync(env.WITHHOLD_BUILDER_KEY).mode & 0o777).toBe(0o600);
    const again = await run(['key', 'builder'], { env });
    expect([again.code, again.stdout.trim()]).toEqual([0, vkey]);
    expect(again.stderr).not.toContain('keep a copy');
  });

  test('another name is no reason to replace it', async () => {
    const { code, stderr } = await run(['key', 'builder', '--name', 'other.example'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('already holds a key named builder.example');
    expect((await run(['key', 'builder'], { env })).stdout.trim()).toBe(vkey);
  });

  test.each([
    [[], 'a key has a name'],
    [['--name', 'two words'], 'not the name of a key'],
  ])('%j is refused', async (more, words) => {
    const none = { WITHHOLD_BUILDER_KEY: join(folder, 'none') };
    const { code, stderr } = await run(['key', 'builder', ...more], { env: none });
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});

describe('withhold verify report.json', () => {
  test('says who, then whether site signals were checked, what lies beside it and what is not proven', async () => {
    const { code, stdout, stderr } = await verify('--builder-key', vkey);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('proven: builder.example signed this report, word for word');
    expect(lines[2]).toBe('  signals      site signals NOT checked');
    expect(stdout).toContain('  - decisions/part-0.csv is the file the report speaks of, byte for byte');
    expect(stdout).toContain('  - /elsewhere/data.csv is the file the report speaks of, byte for byte');
    expect(stdout).toContain('manifest.json is the same, but of a registry you did not name');
    expect(stdout).toContain('not proven by this:\n  - that the dataset was built from what was kept');
    expect([code, stderr]).toEqual([0, '']);
  });

  test('a policy names builders and registries in one file', async () => {
    const policy = `${formatLogPolicy(log.policy)}#builder-key ${vkey}\n`;
    writeFileSync(join(folder, 'mine'), policy);
    const { code, stdout } = await verify('--policy', join(folder, 'mine'));
    expect(stdout).toContain('manifest.json is the snapshot’s, signed by a registry you named');
    expect(code).toBe(0);
    writeFileSync(join(place, 'policy'), policy);
    expect((await verify()).code).toBe(0);
  });

  test('without a key that was named nothing is said of who', async () => {
    const { code, stdout, stderr } = await verify();
    expect(stdout).toMatch(
      /^not proven whose this is: it is signed by a key that calls itself builder\.example/,
    );
    expect(stderr).toContain('--builder-key VKEY');
    expect(code).toBe(1);
  });

  test('a file that was changed, a file that is gone, a file without a digest', async () => {
    writeFileSync(join(place, 'decisions', 'part-0.csv'), 'row,verdicT\n');
    rmSync(join(place, 'data.csv'));
    const changed = await verify('--builder-key', vkey);
    expect(changed.stdout).toContain('decisions/part-0.csv is NOT the file the report speaks of');
    expect(changed.stdout).toContain('/elsewhere/data.csv does not lie here, so it was not looked at');
    expect(changed.stdout).toContain('so not all of this is proven');
    expect(changed.code).toBe(1);
    await report({ inputs: [{ name: 'data.csv', bytes: null, rows: 0, sha256: null }], outputs: [] });
    writeFileSync(join(place, 'data.csv'), 'whatever');
    const undigested = await verify('--builder-key', vkey);
    expect(undigested.stdout).toContain('data.csv lies here; the report has no digest of it');
    expect(undigested.code).toBe(0);
  });

  test.each(['../run-1/data.csv', '/etc/hostname', 'a/../../x', './x', 'a//b', 'C:/x'])(
    'an output called %s is not followed',
    async (name) => {
      await report({ outputs: [{ name, what: 'other', bytes: 1, sha256: '00'.repeat(32) }], inputs: [] });
      const { code, stdout } = await verify('--builder-key', vkey);
      expect(stdout).toContain('does not lie here, so it was not looked at');
      expect(code).toBe(0);
    },
  );

  test('the manifest of another snapshot', async () => {
    writeFileSync(join(place, 'manifest.json'), manifest.replace('"size": 5', '"size": 6'));
    const { code, stdout } = await verify('--builder-key', vkey);
    expect(stdout).toContain('manifest.json is NOT the one of the snapshot named');
    expect(code).toBe(1);
  });

  test('a report that was changed is not proven, and says why', async () => {
    const path = join(place, 'report.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"onReview": "keep"', '"onReview": "drop"'));
    const { code, stdout } = await verify('--builder-key', vkey);
    expect(stdout).toBe('not proven\n  failed       The report is not what was signed.\n');
    expect(code).toBe(1);
  });

  test('--json is one object', async () => {
    const { stdout } = await verify('--builder-key', vkey, '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      kind: 'filter-report',
      builder: { name: 'builder.example', vkey, known: true },
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      proven: { dataset: 'Photos of the web, 2026-11' },
      files: [{ found: 'same' }, { found: 'same' }],
      failures: [],
    });
  });
});
