import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOverlay, type FoundBy, type OverlayRecord } from '../../src/snapshots/overlay.ts';

const rids = Array.from(
  { length: 12 },
  (_, n) => `0190a0b1-c2d3-7e4f-8a5b-${n.toString(16).padStart(12, '0')}`,
);
const digests = ['aa', 'bb', 'cc'].map((byte) => byte.repeat(32));
const record: fc.Arbitrary<OverlayRecord> = fc
  .record({
    kind: fc.constantFrom('work' as const, 'url' as const, 'name' as const),
    text: fc.constantFrom('com,example)/', 'ada', '名前', 'org,example)/"\\\t', ...digests),
    digest: fc.constantFrom(...digests),
    usages: fc.constantFrom<OverlayRecord['usages']>({ 'train-ai': 'disallow' }, { search: 'allow' }),
    except: fc.constantFrom<string[]>([], ['OpenAI']),
    licence: fc.constantFrom(null, 'https://example.com/terms'),
    contact: fc.constantFrom(null, 'ask@example.com'),
    trust: fc.constantFrom('email' as const, 'domain' as const),
    contested: fc.boolean(),
    since: fc.constantFrom(null, '2026-11-23T14:02:00.123Z', '1969-07-20T20:17:40.000Z'),
    md5: fc.constantFrom(null, '11'.repeat(16), '22'.repeat(16)),
    blockhash: fc.constantFrom(null, ...digests),
  })
  .map(({ text, digest, md5, blockhash, ...same }) =>
    same.kind === 'work'
      ? { ...same, key: digest, md5, blockhash }
      : { ...same, key: text, md5: null, blockhash: null },
  );

const puts = fc.array(
  fc.record({
    rid: fc.constantFrom(...rids),
    now: fc.oneof({ weight: 3, arbitrary: record }, fc.constantFrom('hidden' as const, 'gone' as const)),
  }),
  { maxLength: 200 },
);

function expectedRows(
  known: ReadonlyMap<string, OverlayRecord | 'hidden' | 'gone'>,
  by: FoundBy,
  value: string,
) {
  return [...known].flatMap(([rid, now]) => {
    if (typeof now === 'string') return [];
    const { md5, blockhash, usages, except, ...same } = now;
    const isWork = now.kind === 'work';
    const found = { rid, md5, blockhash, sha256: isWork ? now.key : null, text: isWork ? null : now.key }[by];
    const texts = { usages: JSON.stringify(usages), except: JSON.stringify(except) };
    return found === value ? [{ ...same, ...texts, rid, state: 'active' }] : [];
  });
}

const byRid = (a: { rid: string }, b: { rid: string }) => (a.rid < b.rid ? -1 : 1);

test('finds the newest state of each record, and nothing of what it was before', () => {
  fc.assert(
    // A seed for each run: records must be told apart wherever their hashes fall.
    fc.property(puts, fc.nat(), (steps, seed) => {
      const overlay = createOverlay(seed);
      const known = new Map<string, OverlayRecord | 'hidden' | 'gone'>();
      for (const { rid, now } of steps) {
        overlay.put(rid, typeof now === 'string' ? null : now, now === 'gone');
        known.set(rid, now);
      }
      for (const rid of rids) {
        expect([overlay.has(rid), overlay.isGone(rid)]).toEqual([known.has(rid), known.get(rid) === 'gone']);
        expect(overlay.find('rid', rid)).toEqual(expectedRows(known, 'rid', rid));
      }
      const values = ['com,example)/', 'ada', '名前', 'org,example)/"\\\t', ...digests, '11'.repeat(16)];
      for (const by of ['text', 'sha256', 'md5', 'blockhash'] as const) {
        for (const value of values) {
          expect(overlay.find(by, value).sort(byRid)).toEqual(expectedRows(known, by, value).sort(byRid));
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('records that change for ever take no more room', () => {
  const overlay = createOverlay(1);
  const said = fc.sample(record, { numRuns: 50, seed: 3 });
  const peaks = [0, 0];
  for (let round = 0; round < 20_000; round += 1) {
    overlay.put(rids[round % rids.length] as string, said[round % said.length] as OverlayRecord);
    const half = round < 10_000 ? 0 : 1;
    peaks[half] = Math.max(peaks[half] as number, overlay.bytes());
  }
  expect(peaks[1]).toBeLessThanOrEqual(peaks[0] as number);
});

test('ten thousand records are each found by what they say now', () => {
  const overlay = createOverlay(7);
  const [shape] = fc.sample(record, { numRuns: 1, seed: 1 }) as [OverlayRecord];
  const ridOf = (n: number) => `0190a0b1-c2d3-7e4f-8a5b-${n.toString(16).padStart(12, '0')}`;
  const put = (n: number, key: string) =>
    overlay.put(ridOf(n), { ...shape, kind: 'url', key, md5: null, blockhash: null });
  for (let n = 0; n < 10_000; n += 1) put(n, `com,example)/${n}`);
  for (let n = 0; n < 10_000; n += 2) put(n, `com,example)/moved/${n}`);
  for (let n = 0; n < 10_000; n += 1) {
    const [old, moved] = [
      overlay.find('text', `com,example)/${n}`),
      overlay.find('text', `com,example)/moved/${n}`),
    ];
    expect([old.length, moved.length]).toEqual(n % 2 === 0 ? [0, 1] : [1, 0]);
  }
});
