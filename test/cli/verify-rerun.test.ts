import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Question } from '../../src/actions/check.ts';
import { checkWithReceipt, type ReceiptDeps } from '../../src/actions/check-receipt.ts';
import { signalsCacheOf } from '../../src/actions/signals-store.ts';
import { resolveAgent } from '../../src/consent/agent.ts';
import { type CheckAnswer, makeCheckReceipt, verifyCheckReceipt } from '../../src/log/check-receipt.ts';
import { signCheckpoint } from '../../src/log/checkpoint.ts';
import type { Fetcher } from '../../src/net/fetching.ts';
import type { RerunItem } from '../../src/snapshots/rerun.ts';
import { sampleRecord } from '../opt-outs/sample-record.ts';
import { type Pulled, pulledRegistry } from '../snapshots/pulled.ts';
import { pictures } from '../snapshots/random-registry.ts';
import { type SampleRegistry, sampleRegistry } from '../snapshots/sample-registry.ts';
import { run } from './run.ts';

const ridOf = (n: number) => `0190a0b1-c2d3-7e4f-8a5b-6c7d8e9f0b0${n}`;
const saltOf = (n: number) => n.toString(16).padStart(64, '0');
const [picture] = pictures as [(typeof pictures)[0], ...typeof pictures];

const domain = sampleRecord({ rid: ridOf(1), salt: saltOf(1) });
const work = sampleRecord({
  ...{
    rid: ridOf(2),
    salt: saltOf(2),
    kind: 'work',
    key: picture.work.sha256,
    keySpec: 'sha256',
    trust: 'email',
  },
  fingerprints: picture.work.fingerprints.map(({ variant, pdq, quality }) => ({
    ...{ variant, pdq, quality, hasher: picture.work.hasher, sha256: picture.work.sha256 },
    ...{ md5: picture.work.md5 ?? null, blockhash: picture.work.blockhash ?? null },
    ...(variant === 'full' ? { descriptor: picture.work.descriptor as string } : {}),
  })),
});
const name = sampleRecord({ rid: ridOf(3), salt: saltOf(3), kind: 'name', key: 'ada', keySpec: 'name/1' });

/** Every site refuses GPTBot, by one line of robots.txt. */
const sites: Fetcher = {
  async fetch(url) {
    const isRobots = url.endsWith('/robots.txt');
    const body = new TextEncoder().encode(isRobots ? 'User-agent: GPTBot\nDisallow: /private\n' : '');
    const status = isRobots ? 200 : 404;
    return { ok: true, status, headers: {}, body, truncated: false, url, redirects: [], address: null };
  },
  async close() {},
};

let registry: SampleRegistry;
let pulled: Pulled;

const everything: Question['items'] = [
  { id: 'a', url: 'https://example.com/private/1.jpg' },
  { url: 'https://other.example/1.jpg', page_url: 'https://www.example.com/' },
  { sha256: picture.work.sha256 },
  { md5: picture.work.md5 },
  { blockhash: picture.work.blockhash },
  { pdq: picture.work.fingerprints[0]?.pdq },
  { pixels: picture.queries[1] },
  { name: 'ADA' },
  { sha256: '00'.repeat(32) },
];

/** What the registry answers and signs now. */
async function receiptOf(
  items: Question['items'],
  form: 'one' | 'many' = 'many',
  agent = 'GPTBot',
): Promise<string> {
  const { deps } = registry.service;
  const own: ReceiptDeps = { ...deps, signals: signalsCacheOf(deps.database, sites, deps.clock, deps.log) };
  const usage = 'train-ai' as const;
  const question: Question = { items, usage, agent: resolveAgent(agent), signals: 'fetch', consumer: '' };
  const query = form === 'many' ? { items, usage, agent } : { ...items[0], usage, agent };
  const { receipt } = await checkWithReceipt(own, question, JSON.parse(JSON.stringify(query)), form);
  return receipt;
}

/** Signs another answer than the registry gave. */
async function forged(
  receipt: string,
  change: (check: CheckAnswer) => CheckAnswer,
  note?: string,
): Promise<string> {
  const { keys, checkSigner } = registry.service.deps.consentLog;
  const logs = keys.map((key) => ({ key, url: null }));
  const { proven, log } = await verifyCheckReceipt(receipt, { logs, checkKeys: [checkSigner.key] });
  if (proven === null || log === null) throw new Error('not proven');
  return makeCheckReceipt(change(proven), note ?? log.checkpoint, { logs }, checkSigner);
}

async function rerun(receipt: string, ...options: string[]) {
  const path = join(pulled.folder, 'receipt.json');
  writeFileSync(path, receipt);
  return run(['verify', '--rerun', '--snapshot', pulled.folder, path, ...options]);
}

/** The same as JSON, without what is the same. */
async function differing(receipt: string) {
  const { code, stdout } = await rerun(receipt, '--json');
  const { ok, rerun: result } = JSON.parse(stdout);
  const items = (result.items as RerunItem[]).filter(({ outcome }) => outcome !== 'same');
  return { code, ok, items };
}

beforeEach(async () => {
  registry = await sampleRegistry();
  pulled = await pulledRegistry(registry);
  for (const record of [domain, work]) await registry.put(record);
  await registry.sequence();
  await pulled.build();
  await registry.put(name);
  await registry.sequence();
});

const next = { version: 2, salt: saltOf(9) };

describe('withhold verify --rerun', () => {
  test('every kind of question again, in words and as JSON', async () => {
    const receipt = await receiptOf(everything);
    await pulled.pull();
    const { code, stdout } = await rerun(receipt);
    expect(stdout).toContain('proven: the registry of localhost:8787/log was asked this');
    expect(stdout).toContain('run again: what the registry said is what its log says\n');
    expect(stdout).toMatch(
      / {2}log {10}localhost:8787\/log at 5 entries, root [0-9a-f]{64}\n {2}from {9}the snapshot of 3 /,
    );
    expect(stdout).toContain('  answers      9 the same\n');
    expect(code).toBe(0);
    const { ok, proven, rerun: result } = JSON.parse((await rerun(receipt, '--json')).stdout);
    expect([ok, result.warnings, result.asOf.size]).toEqual([true, [], 5]);
    const verdicts = proven.answer.decisions.map(({ verdict }: { verdict: string }) => verdict);
    expect(result.items.map(({ verdict }: RerunItem) => verdict)).toEqual(verdicts);
    expect(verdicts).toEqual([
      ...[
        'disallow',
        'disallow',
        'disallow',
        'disallow',
        'unknown',
        'disallow',
        'disallow',
        'disallow',
        'unknown',
      ],
    ]);
  });

  test('one item, later than which much has happened', async () => {
    const receipt = await receiptOf([{ url: 'https://example.com/a.jpg' }], 'one');
    await registry.put({ ...domain, ...next, state: 'withdrawn' }, 'withdrawn');
    await registry.sequence();
    await pulled.pull();
    expect(await differing(receipt)).toEqual({ code: 0, ok: true, items: [] });
  });

  test('a record that was on its way into the log is explained', async () => {
    const fresh = sampleRecord({ rid: ridOf(4), salt: saltOf(4), kind: 'url', key: 'com,other)/1.jpg' });
    await registry.put(fresh);
    await registry.put({ ...domain, ...next, state: 'withdrawn' }, 'withdrawn');
    const receipt = await receiptOf([{ url: 'https://other.com/1.jpg' }, { url: 'https://example.com/' }]);
    await pulled.pull();
    const early = await rerun(receipt);
    expect([early.code, early.stderr]).toEqual([1, expect.stringContaining('pull, and run it again')]);
    await registry.sequence();
    await pulled.pull();
    const { code, stdout } = await rerun(receipt);
    expect(stdout).toContain(
      `item 1       record ${fresh.rid} had changed and was on its way into the log (entry 5, `,
    );
    expect(stdout).toContain(
      `item 2       record ${domain.rid} had changed and was on its way into the log (entry 6, `,
    );
    expect(stdout).toContain('  answers      2 explained by the log\n');
    expect(code).toBe(0);
  });

  test('a change that came after the answer explains nothing', async () => {
    const receipt = await receiptOf([{ url: 'https://example.com/' }]);
    const late = new Date(Date.now() + 3_600_000).toISOString();
    const lie = await forged(receipt, (check) => withoutRecords(check));
    await registry.put({ ...domain, ...next, state: 'withdrawn', updated: late }, 'withdrawn');
    await registry.sequence();
    await pulled.pull();
    expect(await differing(lie)).toMatchObject({ code: 1, items: [{ outcome: 'differs', explained: [] }] });
  });

  test.each([
    ['in the snapshot', () => work, { sha256: picture.work.sha256 }],
    ['in the feed', () => name, { name: 'Ada' }],
  ])('a record erased since, %s, is reported as such', async (_where, record, item) => {
    const receipt = await receiptOf([item]);
    await registry.erase(record().rid);
    await registry.sequence();
    await pulled.pull();
    const { code, stdout } = await rerun(receipt);
    expect(stdout).toContain(`record ${record().rid} was erased since (entry 5, `);
    expect(code).toBe(0);
  });

  test.each<[string, (check: CheckAnswer) => CheckAnswer, string[]]>([
    [
      'that nothing was found',
      (check) => withoutRecords(check),
      ['verdict', 'act', 'reasons', 'trust', 'since'],
    ],
    [
      'another verdict from the same evidence',
      (check) => changed(check, (decision) => ({ ...decision, verdict: 'unknown', act: 'review' })),
      ['verdict', 'act'],
    ],
    [
      'better proof than there was',
      (check) => JSON.parse(JSON.stringify(check).replaceAll('"trust":"domain"', '"trust":"identity"')),
      ['reasons', 'trust'],
    ],
    [
      'a record there never was',
      (check) => JSON.parse(JSON.stringify(check).replaceAll(domain.rid, ridOf(8))),
      ['reasons'],
    ],
  ])('a registry that signed %s is found out', async (_lie, change, parts) => {
    const receipt = await receiptOf([{ url: 'https://example.com/' }]);
    await pulled.pull();
    const { code, ok, items } = await differing(await forged(receipt, change));
    expect([code, ok]).toEqual([1, false]);
    expect(items[0]?.differences.map(({ part }) => part)).toEqual(parts);
    const { stdout } = await rerun(await forged(receipt, change));
    expect(stdout).toContain('run again: this is not what the log says\n');
  });

  test('what cannot be run again is said with what to do', async () => {
    const receipt = await receiptOf([{ url: 'https://example.com/' }]);
    const outdated = await receiptOf([{ url: 'https://example.com/' }]);
    await pulled.pull();
    const other = `sha256:${'0'.repeat(64)}`;
    const policy = await forged(outdated, (check) => ({ ...check, policy: other }));
    expect(await rerun(policy)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`decided by the policy ${other}`),
    });
    const { consentLog } = registry.service.deps;
    const root = new Uint8Array(32).fill(7);
    const note = await signCheckpoint(
      { origin: consentLog.origin, size: 5n, root, extensions: [] },
      consentLog.signers,
    );
    const split = await rerun(await forged(receipt, (check) => check, note));
    expect(split).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is of another history: at 5 entries'),
    });
    const ahead = await signCheckpoint(
      { origin: consentLog.origin, size: 50n, root, extensions: [] },
      consentLog.signers,
    );
    const unread = await rerun(await forged(receipt, (check) => check, ahead));
    expect(unread).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the stored feed reaches log size 5, not 50'),
    });
    const before = await signCheckpoint(
      { origin: consentLog.origin, size: 2n, root, extensions: [] },
      consentLog.signers,
    );
    const newer = await rerun(await forged(receipt, (check) => check, before));
    expect(newer).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is of log size 3, which is after 2'),
    });
    const tampered = await rerun(receipt.replaceAll('disallow', 'unknown'));
    expect(tampered).toMatchObject({ code: 1, stdout: expect.stringMatching(/^not proven\n/) });
    const alone = await run(['verify', '--rerun', 'receipt.json']);
    expect(alone).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--rerun and --snapshot DIR go together'),
    });
  });
});

type Decision = Record<string, unknown> & { reasons: { source: string }[] };

function changed(check: CheckAnswer, change: (decision: Decision) => Decision): CheckAnswer {
  const decisions = (check.answer.decisions as Decision[]).map(change);
  return { ...check, answer: { ...check.answer, decisions } };
}

/** As if the registry had nothing. */
function withoutRecords(check: CheckAnswer): CheckAnswer {
  const evidence = (check.evidence as { source: string }[]).filter(({ source }) => source !== 'registry');
  return {
    ...changed(check, ({ trust: _trust, since: _since, ...decision }) => ({
      ...decision,
      ...{ verdict: 'unknown', act: 'proceed' },
      reasons: decision.reasons.filter(({ source }) => source !== 'registry'),
    })),
    evidence,
  };
}
