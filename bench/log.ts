import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { recordsInState } from '../db/records.ts';
import { confirm } from '../src/actions/confirm.ts';
import { deliverLetters } from '../src/actions/letters.ts';
import { changeRecords, saveChanges } from '../src/actions/record-changes.ts';
import { sequence } from '../src/actions/sequence.ts';
import { measureFeed } from './log-feed.ts';
import { type Floor, measureFloor } from './log-floor.ts';
import { measureProofs, type ProofFigures } from './log-proofs.ts';
import {
  concurrent,
  type Latency,
  openRegistry,
  perSecond,
  type Registry,
  untilCheckpoint,
} from './log-writes.ts';
import { machine, markdownTable, writeSection } from './table.ts';

const rates = [100, 1_000];
const proofLeaves = 10_000_000;
const feedRecords = 100_000;
const storedRecords = 40_000;
const recordsPerOptOut = 5_000;
const warmingS = 3;
const targets = { acknowledged: 2_000, checkpointMs: 2_000, proofMs: 2, feed: 100_000 };

interface Written {
  name: string;
  perSecond: number;
  /** Processor time of the whole process for each. */
  cpuUs: number;
}

/** What the consent log costs: writing, the way into a checkpoint, proofs of a large log, and the feed. */
export async function runLog(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      write: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '8' },
      profile: { type: 'string' },
    },
  });
  const seconds = Number(values.seconds);
  const folder = mkdtempSync(join(tmpdir(), 'withhold-bench-'));
  try {
    const floor = measureFloor(folder, seconds / 2);
    const registry = await openRegistry(join(folder, 'writes'));
    const written = await writes(registry, seconds);
    const latencies: Latency[] = [];
    for (const rate of rates) latencies.push(await untilCheckpoint(registry, rate, seconds));
    await registry.service.close();
    const proofs = await measureProofs(proofLeaves);
    const feed = await feedOf(join(folder, 'feed'));
    const lines = [
      ...head(values.seconds),
      ...writeTable(floor, written),
      ...latencyTable(latencies),
      ...readTable(proofs, feed),
    ];
    const text = lines.join('\n');
    process.stdout.write(`${text}\n`);
    if (values.write) writeSection('log', text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writes(registry: Registry, seconds: number): Promise<Written[]> {
  const { deps } = registry.service;
  const tokens: string[] = [];
  const submitOne = async () => {
    tokens.push((await registry.submitOne()).token);
  };
  await perSecond(warmingS, submitOne);
  const rows = [await timed('`submit`: answered with 201', seconds, submitOne)];
  const confirmOne = async () => {
    const token = tokens.shift();
    if (token === undefined) throw new Error('too few opt-outs are left to confirm');
    await confirm(deps, token);
  };
  rows.push(await timed('`confirm`: in force, on its way into the log', seconds / 2, confirmOne));
  rows.push(
    await timed('`submit`, then `confirm`', seconds, async () => {
      await confirm(deps, (await registry.submitOne()).token);
    }),
  );
  await fill(registry, storedRecords);
  const active = await recordsInState(deps.database, 'active', storedRecords);
  rows.push(
    await timed('one event of a stored record, logged', seconds / 2, async () => {
      const row = active.pop();
      if (row === undefined) throw new Error('too few records are in force');
      const changes = await changeRecords(deps, [row], () => ({ event: 'withdrawn' }));
      await deps.database.atomically(saveChanges(deps, changes));
    }),
  );
  while ((await sequence(deps)) > 0);
  return rows;
}

async function timed(name: string, seconds: number, one: () => Promise<unknown>): Promise<Written> {
  const before = process.cpuUsage();
  let done = 0;
  const rate = await perSecond(seconds, async () => {
    await one();
    done += 1;
  });
  const { user, system } = process.cpuUsage(before);
  process.stderr.write(`${name}: ${rate.toFixed(0)}/s\n`);
  return { name, perSecond: rate, cpuUs: (user + system) / done };
}

/** Confirms so many records, as many in each opt-out as a submission may have, and gives them their places. */
async function fill({ service: { deps }, submitMany }: Registry, records: number): Promise<void> {
  for (let from = 0; from < records; from += recordsPerOptOut) {
    await confirm(deps, (await submitMany(recordsPerOptOut)).token);
  }
  while ((await sequence(deps)) > 0);
}

async function feedOf(folder: string): Promise<{ records: number; perSecond: number }> {
  const registry = await openRegistry(folder);
  const { service } = registry;
  const { deps } = service;
  await fill(registry, feedRecords);
  // Nothing is to be sent while the feed is read.
  deps.mail = async () => {};
  while ((await deliverLetters(deps)) > 0);
  await service.close();
  return measureFeed(folder);
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const verdict = (met: boolean) => (met ? 'met' : 'missed');

function head(seconds: string): string[] {
  return [
    '## log',
    '',
    `\`npm run bench -- log --write\`, ${machine()}; ${seconds} s a row. Everything through \`src/actions\` in one process, on a ` +
      `SQLite file with \`synchronous = FULL\`; ${concurrent} calls under way at once. What they want to write within one ` +
      'turn of the event loop is one transaction; a call returns only after it.',
    '',
  ];
}

function writeTable(floor: Floor, written: readonly Written[]): string[] {
  const [submitted] = written;
  const reached = submitted?.perSecond ?? 0;
  return [
    ...markdownTable(
      ['acknowledged, one record each', 'a second', 'CPU µs each'],
      [
        ...written.map(({ name, perSecond: rate, cpuUs }) => [name, whole(rate), whole(cpuUs)]),
        ['for comparison: 1 kB appended to a file and synced', whole(floor.fsyncs), ''],
        ['for comparison: SQLite, 1 kB a row, one row a transaction', whole(floor.commits), ''],
        ['for comparison: SQLite, 1 kB a row, 64 rows a transaction', whole(floor.groupedRows), ''],
      ],
    ),
    '',
    `Target: ≥ ${whole(targets.acknowledged)} acknowledged submissions a second; ${verdict(reached >= targets.acknowledged)} ` +
      `(${whole(reached)}). An acknowledged submission is a whole \`submit\`: address looked up by HMAC, name and letter ` +
      'encrypted, record, event, token and letter stored.',
    '',
  ];
}

function latencyTable(latencies: readonly Latency[]): string[] {
  const met = latencies.every(({ p99Ms }) => p99Ms <= targets.checkpointMs);
  return [
    ...markdownTable(
      ['`confirm` answered → in a published checkpoint', 'reached a second', 'p50 ms', 'p99 ms', 'max ms'],
      latencies.map(({ rate, reached, p50Ms, p99Ms, maxMs }) => [
        `${whole(rate)} a second, arriving whether or not the last is done`,
        whole(reached),
        whole(p50Ms),
        whole(p99Ms),
        whole(maxMs),
      ]),
    ),
    '',
    `Target: p99 ≤ ${whole(targets.checkpointMs)} ms; ${verdict(met)}.`,
    '',
  ];
}

function readTable(proofs: ProofFigures, feed: { records: number; perSecond: number }): string[] {
  const ms = (value: number) => value.toFixed(2);
  const met = (time: number) => verdict(time <= targets.proofMs);
  return [
    ...markdownTable(
      [`proofs from the tiles of ${whole(proofs.leaves)} leaves`, 'p50 ms', 'p99 ms'],
      [
        ['inclusion of a random leaf', ms(proofs.inclusion.p50Ms), ms(proofs.inclusion.p99Ms)],
        [
          'consistency with a random smaller size',
          ms(proofs.consistency.p50Ms),
          ms(proofs.consistency.p99Ms),
        ],
      ],
    ),
    '',
    `Target: an inclusion proof ≤ ${targets.proofMs} ms; ${met(proofs.inclusion.p50Ms)} at p50, ` +
      `${met(proofs.inclusion.p99Ms)} at p99. Each inclusion proof was verified. The tree was ` +
      `built at ${whole(proofs.buildPerSecond)} leaves a second.`,
    '',
    ...markdownTable(
      ['`GET /v1/records` as a stream, service and reader on the same cores', 'records', 'records/s'],
      [['median of 3, after one to warm up', whole(feed.records), whole(feed.perSecond)]],
    ),
    '',
    `Target: ≥ ${whole(targets.feed)} records/s; ${verdict(feed.perSecond >= targets.feed)}.`,
  ];
}
