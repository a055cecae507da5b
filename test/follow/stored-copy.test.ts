import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { openCopy } from '../../src/follow/copy.ts';
import { readStoredCopy } from '../../src/follow/stored-copy.ts';
import { append, emptyFrontier, frontierRoot } from '../../src/log/append.ts';
import { leafHash } from '../../src/log/hash.ts';
import { leafBytes } from '../../src/log/leaf.ts';
import { startServer } from '../cli/log-server.ts';
import { run } from '../cli/run.ts';
import { domainOf, type FixtureRegistry, fixtureRegistry } from '../snapshots/fixture-registry.ts';

const records = 700;

async function followed(): Promise<{ registry: FixtureRegistry; folder: string; url: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-stored-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const registry = await fixtureRegistry();
  for (let from = 0; from < records; from += 100) {
    await registry.add(...Array.from({ length: 100 }, (_, index) => domainOf(from + index)));
  }
  const { url } = await startServer(registry.answer);
  const { code } = await run(['log', 'follow', url, '--dir', folder, '--once']);
  expect(code).toBe(0);
  return { registry, folder, url };
}

async function seqsOf(events: AsyncIterable<{ seq: number }>): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { seq } of events) seqs.push(seq);
  return seqs;
}

test('a copy is read while another process keeps it, with the root of every size', async () => {
  const { registry, folder } = await followed();
  const keeper = await openCopy(folder);
  onTestFinished(() => keeper.close());
  const copy = await readStoredCopy(folder);
  expect([copy?.reached, copy?.state.frontier.size]).toEqual([records, BigInt(records)]);
  const hashes = registry.events.map(({ leaf }) => leafHash(leafBytes(leaf)));
  for (const size of [1, 255, 256, 257, 511, 512, 699, 700]) {
    expect(await copy?.rootAt(size), String(size)).toEqual(
      frontierRoot(append(emptyFrontier, hashes.slice(0, size)).frontier),
    );
  }
  if (copy === null) throw new Error('no copy');
  expect(await seqsOf(copy.events(0, 1_000_000))).toHaveLength(records);
  expect(await seqsOf(copy.events(690, 693))).toEqual([690, 691, 692]);
  await expect(copy.rootAt(701)).rejects.toThrow();
});

test('the log is stored before its events: what is behind the last of them is not counted', async () => {
  const { folder } = await followed();
  const database = new Sqlite(join(folder, 'copy.sqlite'));
  database.exec("UPDATE state SET value = '650' WHERE key = 'cursor'");
  database.close();
  const [name] = readdirSync(join(folder, 'records')) as [string];
  // Written while it is read.
  writeFileSync(join(folder, 'records', name), '{"seq":700,"ty', { flag: 'a' });
  const copy = await readStoredCopy(folder);
  if (copy === null) throw new Error('no copy');
  expect([copy.reached, copy.state.frontier.size]).toEqual([651, BigInt(records)]);
  expect((await seqsOf(copy.events(0, 1_000_000))).at(-1)).toBe(650);
});

test('a folder without a copy has none, and damage is said', async () => {
  const { folder } = await followed();
  expect(await readStoredCopy(join(folder, 'elsewhere'))).toBeNull();
  const [name] = readdirSync(join(folder, 'records')) as [string];
  writeFileSync(join(folder, 'records', name), 'not json\n');
  const copy = await readStoredCopy(folder);
  await expect(seqsOf(copy?.events(0, 10) ?? ([] as never))).rejects.toThrow('is damaged');
});
