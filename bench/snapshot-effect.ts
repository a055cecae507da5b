import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { offeredSnapshots } from '../src/actions/snapshots.ts';
import { readConfig } from '../src/config.ts';
import { makeSnapshot } from '../src/make-snapshot.ts';
import { startService } from '../src/node.ts';
import { currentStatement } from '../src/opt-outs/statement.ts';
import { startChild } from './child.ts';

const optOuts = 300;
/** They come one after the other with so much time between, so that none waits for another. */
const everyMs = 60;
const lookEveryMs = 5;

export interface EffectFigures {
  optOuts: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** From the answer that confirms an opt-out to the first refusal of a replica in another process. */
export async function measureEffect(root: string): Promise<EffectFigures> {
  const data = join(root, `effect-${process.pid}`);
  const tokens: string[] = [];
  const config = readConfig({ WITHHOLD_DATA: data, WITHHOLD_PORT: '0', WITHHOLD_LOG_LEVEL: 'error' });
  const service = await startService(config, { limitScale: 1e6, mail: async () => {} });
  const { confirm } = service.deps.letters;
  service.deps.letters.confirm = (to) => {
    tokens.push(to.token);
    return confirm(to);
  };
  const post = async (path: string, body: unknown) => {
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(`${service.url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
    await response.body?.cancel();
  };
  const optOut = async (sha256: string) => {
    const fingerprints = [{ variant: 'full', pdq: sha256, quality: 90 }];
    await post('/v1/opt-outs', {
      ...{ name: 'Ada', email: 'ada@example.com', role: 'owner', affirmed: true },
      ...{ statement: currentStatement.version, usages: { 'train-ai': 'disallow' } },
      subjects: [
        { kind: 'work', label: 'a.png', sha256, width: 9, height: 9, hasher: 'pdq/1', fingerprints },
      ],
    });
    return tokens.pop() ?? '';
  };
  await post('/v1/confirmations', { token: await optOut(digestOf(-1)) });
  // The service's own sequencer brings both into the log.
  await until(async () => (service.deps.consentLog.published?.size ?? 0) >= 2);
  await makeSnapshot(config);
  await until(async () => (await offeredSnapshots(service.deps)).length > 0);
  const replica = await startChild('./replica.ts', [service.url, join(data, 'replica')]);
  try {
    const times: number[] = [];
    for (let n = 0; n < optOuts; n += 1) {
      const sha256 = digestOf(n);
      const token = await optOut(sha256);
      await setTimeout(everyMs);
      await post('/v1/confirmations', { token });
      const from = performance.now();
      await until(() => refuses(replica.origin, sha256));
      times.push(performance.now() - from);
    }
    times.sort((a, b) => a - b);
    const quantile = (q: number) => times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? 0;
    return { optOuts, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: quantile(1) };
  } finally {
    await replica.stop();
    await service.close();
  }
}

const digestOf = (n: number): string => createHash('sha256').update(`work ${n}`).digest('hex');

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await setTimeout(lookEveryMs);
}

async function refuses(origin: string, sha256: string): Promise<boolean> {
  const response = await fetch(`${origin}/v1/check?sha256=${sha256}`);
  const { verdict } = (await response.json()) as { verdict: string };
  return verdict === 'disallow';
}
