import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  nextProofState,
  type ProofCheck,
  proofDue,
  proofLostMs,
  proofRecheckMs,
} from '../../src/opt-outs/proof-period.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 10, 23);

/** `100+ 190- 197-`: looked on those days, found (+) or not (-). */
function checks(text: string): ProofCheck[] {
  return text
    .split(' ')
    .filter((each) => each !== '')
    .map((each) => ({ atMs: start + Number.parseInt(each, 10) * day, found: each.endsWith('+') }));
}

test('the periods are those of the design', () => {
  expect([proofRecheckMs / day, proofLostMs / day]).toEqual([90, 7]);
});

test.each<[string, number, string, number]>([
  ['', 5, 'unproven', 5],
  ['1- 9-', 10, 'unproven', 10],
  ['0+', 0, 'holds', 90],
  ['0+', 100, 'holds', 100],
  ['0- 1+', 2, 'holds', 91],
  ['0+ 90-', 90, 'missing', 97],
  ['0+ 90- 93-', 94, 'missing', 97],
  ['0+ 90- 96-', 99, 'missing', 99],
  ['0+ 90- 97-', 97, 'lost', 104],
  ['0+ 90- 93- 97-', 98, 'lost', 104],
  ['0+ 90- 93+ 97-', 97, 'missing', 104],
  ['0+ 90- 97- 104+', 105, 'holds', 194],
  ['97- 0+ 90-', 97, 'lost', 104],
  ['0+ 90- 97-', 95, 'missing', 97],
])('%s on day %i: %s, due on day %i', (history, today, state, due) => {
  const nowMs = start + today * day;
  expect(nextProofState(checks(history), nowMs)).toEqual({ state, dueAtMs: start + due * day });
  expect(proofDue(checks(history), nowMs)).toBe(due <= today);
});

const history = fc.array(
  fc.record({ atMs: fc.integer({ min: 0, max: 400 }).map((at) => start + at * day), found: fc.boolean() }),
);

test('one miss never loses a proof, and a find always restores it', () => {
  fc.assert(
    fc.property(history, (past) => {
      const lastMs = start + 401 * day;
      const found = nextProofState([...past, { atMs: lastMs, found: true }], lastMs);
      expect(found).toEqual({ state: 'holds', dueAtMs: lastMs + proofRecheckMs });
      const missed = [...past, { atMs: lastMs, found: true }, { atMs: lastMs + 100 * day, found: false }];
      expect(nextProofState(missed, lastMs + 300 * day).state).toBe('missing');
    }),
  );
});

test('a due check is never in the past, and looking when due comes to an end', () => {
  fc.assert(
    fc.property(history, (past) => {
      const looks = [...past, { atMs: start + 401 * day, found: true }];
      let nowMs = start + 401 * day;
      for (let look = 0; look < 3; look += 1) {
        const { dueAtMs } = nextProofState(looks, nowMs);
        expect(dueAtMs).toBeGreaterThanOrEqual(nowMs);
        nowMs = dueAtMs;
        looks.push({ atMs: nowMs, found: false });
      }
      expect(nextProofState(looks, nowMs).state).toBe('lost');
    }),
  );
});
