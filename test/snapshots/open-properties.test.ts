import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { check, type Question } from '../../src/actions/check.ts';
import { checkWithReceipt } from '../../src/actions/check-receipt.ts';
import { resolveAgent } from '../../src/consent/agent.ts';
import { usages } from '../../src/consent/evidence.ts';
import type { CheckDeps } from '../../src/deps.ts';
import { createFingerprintThreads } from '../../src/fingerprint-threads.ts';
import { snapshotDeps } from '../../src/snapshots/answering.ts';
import { openSnapshot } from '../../src/snapshots/open.ts';
import type { RerunItem } from '../../src/snapshots/rerun.ts';
import { run } from '../cli/run.ts';
import { pulledRegistry } from './pulled.ts';
import { createLife, question, type Step, step } from './random-registry.ts';
import { type SampleRegistry, sampleRegistry } from './sample-registry.ts';

const registries = 8;
const questionsPerRegistry = 400;
const clock = () => Date.parse('2026-11-24T00:00:00.000Z');

type Life = ReturnType<typeof createLife>;

async function live(registry: SampleRegistry, life: Life, steps: readonly Step[]): Promise<void> {
  await happen(registry, life, steps);
  await registry.sequence();
}

async function happen(registry: SampleRegistry, life: Life, steps: readonly Step[]): Promise<void> {
  for (const taken of steps) {
    const next = life.next(taken);
    if (next === null) continue;
    if (next.record.state === 'erased') await registry.erase(next.record.rid);
    else await registry.put(next.record, next.event);
  }
}

const asked = fc.record({
  items: fc.array(question, { minLength: questionsPerRegistry / 4, maxLength: questionsPerRegistry / 4 }),
  usage: fc.constantFrom(...usages),
  agent: fc.constantFrom(null, 'GPTBot', 'Google-Extended'),
});

test('a snapshot with its feed answers as its registry does, whatever is registered and asked', async () => {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 20, maxLength: 120 }),
    fc.array(step, { maxLength: 80 }),
    fc.array(asked, { minLength: 4, maxLength: 4 }),
    requireSameAnswers,
  );
  await fc.assert(property, { numRuns: registries, endOnFailure: true });
}, 300_000);

const receiptItems = 50;

test('a receipt is run again to the same answers, or the log explains what was on its way or erased', async () => {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 20, maxLength: 100 }),
    fc.array(step, { maxLength: 40 }),
    fc.array(step, { minLength: 10, maxLength: 30 }),
    asked,
    requireSameReceipts,
  );
  await fc.assert(property, { numRuns: registries / 2, endOnFailure: true });
}, 300_000);

async function requireSameReceipts(
  before: readonly Step[],
  after: readonly Step[],
  unpublished: readonly Step[],
  { items: all, usage, agent }: { items: Question['items']; usage: Question['usage']; agent: string | null },
): Promise<void> {
  const registry = await sampleRegistry();
  const pulled = await pulledRegistry(registry);
  const life = createLife();
  await live(registry, life, before);
  await pulled.build();
  await live(registry, life, after);
  await happen(registry, life, unpublished);
  const items = all.slice(0, receiptItems);
  const deps = { ...registry.service.deps, signals: null };
  const resolved = agent === null ? null : resolveAgent(agent);
  const whole: Question = { items, usage, agent: resolved, signals: 'cached', consumer: '' };
  const query = JSON.parse(JSON.stringify({ items, usage, agent }));
  const { receipt } = await checkWithReceipt(deps, whole, query, 'many');
  await registry.sequence();
  await pulled.pull('--samples', '0');
  const path = join(pulled.folder, 'receipt.json');
  writeFileSync(path, receipt);
  const ran = await run(['verify', '--rerun', '--snapshot', pulled.folder, path, '--json']);
  const { rerun } = JSON.parse(ran.stdout);
  expect([ran.code, rerun.items.filter(({ outcome }: RerunItem) => outcome === 'differs')]).toEqual([0, []]);
  expect(rerun.items).toHaveLength(items.length);
}

async function requireSameAnswers(
  before: readonly Step[],
  after: readonly Step[],
  questions: readonly { items: Question['items']; usage: Question['usage']; agent: string | null }[],
): Promise<void> {
  const registry = await sampleRegistry();
  const pulled = await pulledRegistry(registry);
  const life = createLife();
  await live(registry, life, before);
  const size = await pulled.build();
  await live(registry, life, after);
  await pulled.pull('--samples', '0');
  const threads = createFingerprintThreads({ filedRowsMin: 8, deltaRowsMax: 8 });
  const snapshot = await openSnapshot(pulled.folder, { threads });
  try {
    expect(snapshot.manifest.content.size).toBe(size);
    const server: CheckDeps = { ...registry.service.deps, clock, signals: null };
    const offline = snapshotDeps(snapshot, { clock });
    for (const { agent, ...rest } of questions) {
      const resolved = agent === null ? null : resolveAgent(agent);
      const whole: Question = { ...rest, agent: resolved, signals: 'cached', consumer: '' };
      const [expected, answered] = [await check(server, whole), await check(offline, whole)];
      for (const [index, answer] of answered.entries()) {
        expect(answer, JSON.stringify(rest.items[index])).toEqual(expected[index]);
      }
    }
  } finally {
    await threads.close();
  }
}
