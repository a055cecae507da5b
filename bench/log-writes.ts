import { setTimeout } from 'node:timers/promises';
import { confirm } from '../src/actions/confirm.ts';
import { jobs } from '../src/actions/maintenance.ts';
import { submit } from '../src/actions/submit.ts';
import { readConfig } from '../src/config.ts';
import { openService, type Service } from '../src/node.ts';
import { currentStatement } from '../src/opt-outs/statement.ts';

/** Calls under way at the same time. */
export const concurrent = 64;
const creators = 1_000;

export interface Registry {
  service: Service;
  /** Submits an opt-out of one URL. @returns the token that confirms it, and its record. */
  submitOne(): Promise<{ token: string; rid: string }>;
  /** Submits an opt-out of that many URLs. */
  submitMany(records: number): Promise<{ token: string }>;
}

/** The service of a data folder without its port, whose letters are read as they are written. */
export async function openRegistry(folder: string): Promise<Registry> {
  const config = readConfig({ WITHHOLD_DATA: folder, WITHHOLD_LOG_LEVEL: 'silent' });
  const service = await openService(config);
  const { confirm: letter } = service.deps.letters;
  const tokens = new Map<string, string>();
  // The letter is written and stored as always; this only reads along.
  service.deps.letters.confirm = (to) => {
    tokens.set(to.name, to.token);
    return letter(to);
  };
  let count = 0;
  const submitMany = async (records: number) => {
    count += 1;
    const name = `Ada ${count}`;
    const { rids } = await submit(service.deps, {
      ...{ name, email: `ada${count % creators}@example.com`, role: 'owner' },
      ...{ statement: currentStatement.version, usages: { 'train-ai': 'disallow' } },
      subjects: Array.from({ length: records }, (_none, n) => ({
        kind: 'url' as const,
        value: `https://host-${count % creators}.example/${count}/${n}.jpg`,
      })),
    });
    const token = tokens.get(name) ?? '';
    tokens.delete(name);
    return { token, rid: rids[0] ?? '' };
  };
  return { service, submitMany, submitOne: () => submitMany(1) };
}

/** Runs `one` again and again, `concurrent` at a time. @returns how many a second were done. */
export async function perSecond(seconds: number, one: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  const until = from + seconds * 1_000;
  let done = 0;
  const lane = async () => {
    while (performance.now() < until) {
      await one();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrent }, lane));
  return done / ((performance.now() - from) / 1_000);
}

/** Runs the sequencer as the service does, until told to stop. @returns what stops it, once its last turn is over. */
export function runSequencer(service: Service, turned: () => Promise<void> | void): () => Promise<void> {
  const job = jobs.find(({ name }) => name === 'log');
  if (job === undefined) throw new Error('there is no job called log');
  const stop = new AbortController();
  const running = (async () => {
    while (!stop.signal.aborted) {
      if (((await job.run(service.deps)) as number) > 0) await turned();
      await setTimeout(job.everyMs, undefined, { signal: stop.signal }).catch(() => {});
    }
    await job.run(service.deps);
  })();
  return async () => {
    stop.abort();
    await running;
  };
}

export interface Latency {
  rate: number;
  /** What was reached of that rate. */
  reached: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

/**
 * Confirms opt-outs at a fixed rate, however long each takes, with the sequencer at work.
 * @returns the time from each answer to the moment a checkpoint that includes it is published.
 */
export async function untilCheckpoint(
  { service, submitOne }: Registry,
  rate: number,
  seconds: number,
): Promise<Latency> {
  const prepared: { token: string; rid: string }[] = [];
  const total = rate * seconds;
  const prepare = async () => {
    while (prepared.length < total) prepared.push(await submitOne());
  };
  await Promise.all(Array.from({ length: concurrent }, prepare));
  const answered = new Map<string, number>();
  const times: number[] = [];
  const { database, consentLog } = service.deps;
  let size = consentLog.published?.size ?? 0;
  const placed = database.db;
  const stop = runSequencer(service, async () => {
    const at = performance.now();
    const rows = (await placed.all(
      `SELECT rid FROM record_events WHERE seq >= ${size} AND seq < ${consentLog.published?.size ?? 0}`,
    )) as { rid: string }[];
    size = consentLog.published?.size ?? size;
    for (const { rid } of rows) {
      const from = answered.get(rid);
      // In the log before its answer was out.
      times.push(from === undefined ? 0 : at - from);
      answered.delete(rid);
    }
  });
  const from = performance.now();
  const running: Promise<void>[] = [];
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - from) / 1_000) * rate) + 1);
    for (; sent < due; sent += 1) {
      const { token, rid } = prepared[sent] ?? { token: '', rid: '' };
      running.push(
        confirm(service.deps, token).then(() => {
          answered.set(rid, performance.now());
        }),
      );
    }
    await setTimeout(1);
  }
  await Promise.all(running);
  const reached = total / ((performance.now() - from) / 1_000);
  await setTimeout(1_500);
  await stop();
  times.sort((a, b) => a - b);
  const quantile = (q: number) =>
    times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? Number.NaN;
  if (times.length < total) throw new Error(`only ${times.length} of ${total} came into the log`);
  return { rate, reached, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: quantile(1) };
}
