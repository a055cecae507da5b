import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Job } from '../../src/actions/maintenance.ts';
import { isSnapshotDue, snapshotJob } from '../../src/snapshot-schedule.ts';
import { lockFolder } from '../../src/snapshots/build/lock-folder.ts';
import { domainOf } from './fixture-registry.ts';
import { type SampleRegistry, sampleRegistry } from './sample-registry.ts';

// Each starts a process, which on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });

const hourMs = 3_600_000;

let ahead: number;
let registry: SampleRegistry;
let job: Job;
beforeEach(async () => {
  // A snapshot is made in a process of its own, by the clock of the machine.
  ahead = 0;
  registry = await sampleRegistry({ WITHHOLD_SNAPSHOT_EVERY: '2' }, () => Date.now() + ahead);
  job = snapshotJob();
});

const deps = () => registry.service.deps;
const root = () => join(registry.config.data, 'snapshots');
const stored = async () => (await deps().snapshots?.list())?.length;

/** One turn of the job, while the service goes on bringing what it finds into its log. */
async function turn(): Promise<void> {
  let isDone = false;
  const running = Promise.resolve(job.run(deps())).finally(() => {
    isDone = true;
  });
  running.catch(() => {});
  while (!isDone) {
    await registry.sequence();
    // The process it starts needs the processor more than this loop does.
    await new Promise((next) => setTimeout(next, 20));
  }
  await running;
}

async function put(index: number): Promise<void> {
  await registry.put(domainOf(index));
  await registry.sequence();
}

test('one is made when there is none, and again when it is old enough and something changed', async () => {
  expect(await isSnapshotDue(deps())).toBe(false);
  await put(1);
  expect(await isSnapshotDue(deps())).toBe(true);
  await turn();
  expect(await stored()).toBe(1);
  await put(2);
  expect(await isSnapshotDue(deps())).toBe(false);
  await turn();
  expect(await stored()).toBe(1);
  ahead = 2 * hourMs;
  expect(await isSnapshotDue(deps())).toBe(true);
  await turn();
  expect(await stored()).toBe(2);
});

test('while nothing changes no process is started for nothing, until a week has gone by', async () => {
  await put(1);
  await turn();
  ahead = 24 * hourMs;
  expect(await isSnapshotDue(deps())).toBe(false);
  ahead = 7 * 24 * hourMs;
  expect(await isSnapshotDue(deps())).toBe(true);
});

test('0 hours is never', async () => {
  await put(1);
  const never = { ...deps(), config: { ...deps().config, snapshot_every: 0 } };
  expect(await isSnapshotDue(never)).toBe(false);
});

test('what is past its end is removed, also where none are made', async () => {
  await put(1);
  await turn();
  ahead = 31 * 24 * hourMs - 60_000;
  const never = { ...deps(), config: { ...deps().config, snapshot_every: 0 } };
  await job.run(never);
  expect(await stored()).toBe(1);
  ahead += 120_000;
  await job.run(never);
  expect(await stored()).toBe(0);
});

test('one that fails is told with its cause, and tried again after a while, not at once', async () => {
  await put(1);
  const lock = lockFolder(root(), 'held');
  await expect(turn()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('another snapshot is being built'),
  });
  lock.close();
  await turn();
  expect(await stored()).toBe(0);
  ahead = hourMs / 4;
  await turn();
  expect(await stored()).toBe(1);
});

test('when the service stops so does the build, and leaves nothing', async () => {
  await put(1);
  const stopping = new AbortController();
  deps().stopping = stopping.signal;
  const running = job.run(deps());
  const lying = () =>
    existsSync(root()) ? readdirSync(root()).filter((name) => !name.startsWith('lock.sqlite')) : [];
  await vi.waitUntil(() => lying().length > 0, { interval: 1, timeout: 30_000 });
  stopping.abort();
  await running;
  expect(lying().filter((name) => name.startsWith('.'))).toEqual([]);
});
