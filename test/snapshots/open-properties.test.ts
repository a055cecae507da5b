import fc from 'fast-check';
import { expect, test } from 'vitest';
import { check, type Question } from '../../src/actions/check.ts';
import { resolveAgent } from '../../src/consent/agent.ts';
import { usages } from '../../src/consent/evidence.ts';
import type { CheckDeps } from '../../src/deps.ts';
import { createFingerprintThreads } from '../../src/fingerprint-threads.ts';
import { snapshotDeps } from '../../src/snapshots/answering.ts';
import { openSnapshot } from '../../src/snapshots/open.ts';
import { pulledRegistry } from './pulled.ts';
import { createLife, question, type Step, step } from './random-registry.ts';
import { type SampleRegistry, sampleRegistry } from './sample-registry.ts';

const registries = 8;
const questionsPerRegistry = 400;
const clock = () => Date.parse('2026-11-24T00:00:00.000Z');

type Life = ReturnType<typeof createLife>;

async function live(registry: SampleRegistry, life: Life, steps: readonly Step[]): Promise<void> {
  for (const taken of steps) {
    const next = life.next(taken);
    if (next === null) continue;
    if (next.record.state === 'erased') await registry.erase(next.record.rid);
    else await registry.put(next.record, next.event);
  }
  await registry.sequence();
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
