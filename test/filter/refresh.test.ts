import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { OptOutRecord } from '../../src/opt-outs/record.ts';
import { run } from '../cli/run.ts';
import { sampleRecord, sampleWork } from '../opt-outs/sample-record.ts';
import { pulledRegistry } from '../snapshots/pulled.ts';
import { sampleRegistry } from '../snapshots/sample-registry.ts';

const rid = (n: number) => `0190a0b1-c2d3-7e4f-8a5b-${String(n).padStart(12, '0')}`;
const digest = (n: number) => String(n).padStart(64, '0');

/** Everything a record can be about in these datasets; several speak of one row. */
const subjects: readonly Pick<OptOutRecord, 'kind' | 'key'>[] = [
  { kind: 'domain', key: 'com,example' },
  { kind: 'domain', key: 'com,example,art' },
  { kind: 'domain', key: 'com,example-two' },
  { kind: 'prefix', key: 'com,example)/art/' },
  { kind: 'prefix', key: 'com,example)/art' },
  { kind: 'prefix', key: 'org,other:8080)/' },
  { kind: 'url', key: 'com,example)/art/1.jpg' },
  { kind: 'url', key: 'org,other)/a%20b?x=1' },
  { kind: 'work', key: digest(1) },
  { kind: 'work', key: digest(2) },
];

const urls = [
  'https://example.com/art/1.jpg',
  'https://example.com/art',
  'https://example.com/artful/1.jpg',
  'http://www.art.example.com/x',
  'https://EXAMPLE.com:8080/art/',
  'https://example-two.com/',
  'https://example.community/art/1.jpg',
  'http://other.org:8080/deep/1.jpg',
  'http://other.org/a b?x=1#top',
  'https://elsewhere.example/1.jpg',
  'nonsense',
  '',
];

function recordOf(n: number, usage: 'disallow' | 'allow', version: number): OptOutRecord {
  const { kind, key } = subjects[n] as (typeof subjects)[number];
  const changes = { rid: rid(n), version, usages: { 'train-ai': usage } as const };
  const at = `2026-11-23T14:02:${String(version).padStart(2, '0')}.000Z`;
  if (kind !== 'work') return sampleRecord({ ...changes, kind, key, updated: at, since: at });
  const work = sampleWork();
  const fingerprints = work.fingerprints.map((print) => ({
    ...print,
    sha256: key,
    pdq: null,
    md5: key.slice(32),
  }));
  return sampleWork({ ...changes, trust: 'domain', key, fingerprints, updated: at, since: at });
}

const change = fc.record({
  record: fc.nat({ max: subjects.length - 1 }),
  becomes: fc.constantFrom('disallow', 'allow', 'withdrawn'),
});

const row = fc.record({
  url: fc.constantFrom(...urls),
  page: fc.constantFrom(...urls),
  sha256: fc.constantFrom('', digest(1), digest(2), digest(3)),
  md5: fc.constantFrom('', digest(1).slice(32), digest(9).slice(32)),
});

describe('a refresh', () => {
  test('says what filtering again would change, time after time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 20, maxLength: 60 }),
        fc.array(fc.array(change, { maxLength: 6 }), { minLength: 3, maxLength: 3 }),
        async (rows, rounds) => {
          const registry = await sampleRegistry();
          const pulled = await pulledRegistry(registry);
          const folder = mkdtempSync(join(tmpdir(), 'withhold-refresh-'));
          onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
          const data = join(folder, 'data.jsonl');
          const line = ({ url, page, sha256, md5 }: (typeof rows)[number], at: number) =>
            JSON.stringify({ id: `r${at}`, url, page_url: page, sha256, md5 });
          writeFileSync(data, rows.map((each, at) => `${line(each, at)}\n`).join(''));
          const known = new Map<number, { version: number; isActive: boolean }>();
          const apply = async (changes: (typeof rounds)[number]) => {
            for (const { record, becomes } of changes) {
              const last = known.get(record);
              const isActive = becomes !== 'withdrawn';
              if (!isActive && last?.isActive !== true) continue;
              const version = (last?.version ?? 0) + 1;
              known.set(record, { version, isActive });
              const usage = isActive ? becomes : 'disallow';
              const state = isActive ? 'active' : 'withdrawn';
              const event = last === undefined ? 'confirmed-active' : last.isActive ? 'changed' : 'restored';
              await registry.put(
                { ...recordOf(record, usage, version), state },
                isActive ? event : 'withdrawn',
              );
            }
            await registry.sequence();
            await pulled.pull();
          };
          await registry.put(sampleRecord({ rid: rid(99), key: 'com,unrelated' }));
          await registry.sequence();
          await pulled.build();
          const [first = [], ...others] = rounds;
          await apply(first);
          const filter = async (out: string, ...more: string[]) => {
            const { code, stderr } = await run(
              [
                'filter',
                data,
                '--snapshot',
                pulled.folder,
                '--out',
                out,
                '--id-column',
                'id',
                '--threads',
                '1',
                ...more,
              ],
              { env: { WITHHOLD_BUILDER_KEY: join(folder, 'key') } },
            );
            expect(code, stderr).toBeLessThanOrEqual(1);
            const [, ...lines] = readFileSync(join(out, 'decisions.csv'), 'utf8').trim().split('\n');
            return new Map(
              lines.flatMap((each) => {
                const [, at, , , , , outcome] = each.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
                return outcome === 'dropped' ? [[Number(at), true] as const] : [];
              }),
            );
          };
          const kept = join(folder, 'run');
          let before = await filter(kept, '--refreshable');
          for (const [round, changes] of others.entries()) {
            await apply(changes);
            const after = await filter(join(folder, `again-${round}`));
            const { code, stdout, stderr } = await run([
              'refresh',
              kept,
              '--snapshot',
              pulled.folder,
              '--json',
            ]);
            expect(code, stderr).toBe(0);
            const told = JSON.parse(stdout) as { file: string; goes: number; returns: number };
            const [, ...lines] = readFileSync(told.file, 'utf8').trim().split('\n');
            const said = (what: string) =>
              lines.flatMap((each) => (each.startsWith(`${what},`) ? [Number(each.split(',')[2])] : []));
            const goes = [...after.keys()].filter((at) => !before.has(at)).sort((a, b) => a - b);
            const returns = [...before.keys()].filter((at) => !after.has(at)).sort((a, b) => a - b);
            expect([said('goes'), said('returns')]).toEqual([goes, returns]);
            expect([told.goes, told.returns]).toEqual([goes.length, returns.length]);
            before = after;
          }
        },
      ),
      { numRuns: 4, endOnFailure: true },
    );
  }, 120_000);
});
