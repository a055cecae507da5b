import { describe, expect, test } from 'vitest';
import { FuzzFailure, runCases } from './cases.ts';
import { type AnyTarget, targets } from './targets.ts';

const casesEach = 2_000;
const seed = 20_261_123;

describe('every parser stands what it is given', () => {
  test.each(Object.entries(targets))('%s', (_name, target) => {
    const { bytes } = runCases(target, { cases: casesEach, seed });
    expect(bytes).toBeGreaterThan(casesEach);
  });
});

describe('the harness', () => {
  const even: AnyTarget = {
    generate: (random) => random.below(1_000),
    bytesOf: () => 1,
    run: (input) => input,
    check: (input) => {
      if (input === 500) throw new Error('found');
    },
    show: String,
  };

  test('finds what is there to be found, and finds it again by its number', () => {
    const failing = () => runCases(even, { cases: 20_000, seed: 1 });
    expect(failing).toThrow(FuzzFailure);
    expect(failing).toThrow(/\n500$/);
    const [, number] = /case (\d+)/.exec(messageOf(failing)) ?? [];
    expect(() => runCases(even, { cases: 1, seed: 1, first: Number(number) })).toThrow(/\n500$/);
  });

  test('refuses what is slow every time, and forgives what was slow once', () => {
    let now = 0;
    const slow = (times: number): AnyTarget => {
      let left = times;
      return {
        ...even,
        check() {},
        run() {
          now += left-- > 0 ? 60 : 1;
        },
      };
    };
    expect(() => runCases(slow(9), { cases: 1, seed: 1, now: () => now })).toThrow(/took 60/);
    expect(runCases(slow(1), { cases: 1, seed: 1, now: () => now }).slowest.ms).toBe(1);
  });
});

function messageOf(failing: () => unknown): string {
  try {
    failing();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}
