import { expect, test } from 'vitest';
import { count, emptyTally } from '../../../src/cli/filter/tally.ts';
import { becauseOf } from '../../../src/datasets/because.ts';
import { decide } from '../fake-registry.ts';

const entry = {
  row: 1,
  file: 'f',
  line: 2,
  id: '',
  url: '',
  raw: undefined,
  item: { url: 'https://a.example/' },
};

test('words of the registry cannot make the counts grow without bound, nor name a prototype', () => {
  const tally = emptyTally();
  for (let n = 0; n < 500; n += 1) {
    const decision = decide({}, 'train-ai');
    decision.act = 'stop';
    decision.policy = `policy ${n}`;
    decision.asOf = [{ origin: n === 0 ? '__proto__' : `log ${n}`, size: n, root: null }];
    decision.notChecked = [{ source: n === 0 ? '__proto__' : `signal ${n}`, why: 'x' }];
    count(tally, entry, decision, becauseOf(decision));
  }
  expect(tally.dropped).toBe(500);
  expect(tally.byReason).toEqual({ 'no reason given': 500 });
  expect(Object.keys(tally.notChecked)).toHaveLength(101);
  expect(tally.notChecked.other).toBe(400);
  expect(tally.policies).toHaveLength(100);
  expect(Object.keys(tally.asOf)).toHaveLength(100);
  expect(Object.getOwnPropertyNames(tally.asOf)).toContain('__proto__');
});

test('the log sizes of a long run are the first and the last', () => {
  const tally = emptyTally();
  for (const size of [7, 8, 9]) {
    const decision = { ...decide({}, 'train-ai'), asOf: [{ origin: 'a/log', size, root: `r${size}` }] };
    count(tally, entry, decision, becauseOf(decision));
  }
  expect(tally.asOf).toEqual({ 'a/log': { first: { size: 7, root: 'r7' }, last: { size: 9, root: 'r9' } } });
});
