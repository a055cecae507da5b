import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readConfig } from '../src/config.ts';
import type { Letter } from '../src/deps.ts';
import { hasher } from '../src/images/pdq.ts';
import { makeSnapshot } from '../src/make-snapshot.ts';
import { type RunningService, startService } from '../src/node.ts';
import { currentStatement } from '../src/opt-outs/statement.ts';

const program = join(import.meta.dirname, '../src/cli/withhold.ts');
/** How often the replica is asked, which is how exact a figure is. */
const lookEveryMs = 5;
/** An effect that takes longer is none. */
const effectMsMax = 60_000;

/**
 * How long an opt-out takes to act in a replica: from the answer that it is confirmed until the replica refuses the
 * work. The service, with all its jobs, runs in this process and the replica in its own, over HTTP.
 * @param rounds opt-outs, one after the other at moments of chance.
 * @returns milliseconds of each, smallest first.
 */
export async function measureEffect(rounds: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-effect-'));
  const letters: Letter[] = [];
  const config = readConfig({
    ...{ WITHHOLD_PORT: '0', WITHHOLD_DATA: join(folder, 'data'), WITHHOLD_LOG_LEVEL: 'silent' },
    WITHHOLD_DNS: '127.0.0.1:9',
  });
  const service = await startService(config, {
    limitScale: 1e6,
    mail: async (letter) => {
      letters.push(letter);
    },
  });
  try {
    await optOut(service, letters);
    await snapshotOf(service);
    const replica = await startReplica(service.url, folder);
    try {
      const times: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        // The sequencer and the feed have their own beat, which the rounds must not fall in with.
        await setTimeout(Math.random() * 1_000);
        const { sha256, confirmedAt } = await optOut(service, letters);
        await untilRefused(replica.url, sha256);
        times.push(performance.now() - confirmedAt);
      }
      return times.sort((a, b) => a - b);
    } finally {
      await replica.close();
    }
  } finally {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits for a first checkpoint, makes a snapshot, and waits until it is on offer. */
async function snapshotOf(service: RunningService): Promise<void> {
  const { config } = service.deps;
  while (service.deps.consentLog.published === null) await setTimeout(50);
  await setTimeout(1_500);
  await makeSnapshot(config);
  for (let isOffered = false; !isOffered; await setTimeout(50)) {
    isOffered = (await fetch(`${service.url}/v1/snapshots/latest`)).ok;
  }
}

async function startReplica(server: string, folder: string) {
  const args = [program, 'serve', '--replica', server, '--dir', join(folder, 'replica')];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? '', WITHHOLD_PORT: '0', WITHHOLD_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (part: Buffer) => {
      said += part.toString();
      const found = /on (http:\S+)/.exec(said)?.[1];
      if (found !== undefined && said.includes('it answers')) resolve(found);
    });
    void ended.then(() => reject(new Error(`the replica ended:\n${said}`)));
  });
  return {
    url,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Opts one made-up work out. @returns when the confirmation was answered. */
async function optOut(
  service: RunningService,
  letters: Letter[],
): Promise<{ sha256: string; confirmedAt: number }> {
  const sha256 = randomBytes(32).toString('hex');
  const pdq = randomBytes(32).toString('hex');
  const subject = {
    ...{ kind: 'work', sha256, width: 800, height: 600, hasher },
    fingerprints: [{ variant: 'full', pdq, quality: 100 }],
  };
  const before = letters.length;
  await post(`${service.url}/v1/opt-outs`, {
    ...{ name: 'Ada Example', email: 'ada@example.com', role: 'owner', affirmed: true },
    statement: currentStatement.version,
    usages: { 'train-ai': 'disallow' },
    subjects: [subject],
  });
  const linkOf = () =>
    letters.slice(before).flatMap(({ text }) => /\/confirm\/(\S+)/.exec(text)?.[1] ?? [])[0];
  while (linkOf() === undefined) await setTimeout(5);
  const token = linkOf();
  await post(`${service.url}/v1/confirmations`, { token });
  return { sha256, confirmedAt: performance.now() };
}

async function post(url: string, body: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`);
}

async function untilRefused(replica: string, sha256: string): Promise<void> {
  const end = performance.now() + effectMsMax;
  while (performance.now() < end) {
    const answer = await fetch(`${replica}/v1/check?sha256=${sha256}`);
    const { verdict } = (await answer.json()) as { verdict?: string };
    if (verdict === 'disallow') return;
    await setTimeout(lookEveryMs);
  }
  throw new Error(`no effect within ${effectMsMax} ms`);
}

if (import.meta.main) {
  const times = await measureEffect(Number(process.argv[2] ?? 20));
  const at = (share: number) => Math.round(times[Math.ceil(share * times.length) - 1] ?? Number.NaN);
  process.stdout.write(
    `${times.length} opt-outs: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms\n`,
  );
}
