import { expect, test } from 'vitest';
import { allowances, createLimiter, keyedFactor } from '../src/limiter.ts';

test('a burst is allowed, then what grows back', () => {
  const clock = { now: 0 };
  const limiter = createLimiter(() => clock.now);
  const { burst, perMinute } = allowances.mail;
  for (let taken = 0; taken < burst; taken += 1) expect(limiter.take('mail', 'ip:1').allowed).toBe(true);
  expect(limiter.take('mail', 'ip:1')).toEqual({ allowed: false, retryAfterS: 60 / perMinute });
  expect(limiter.take('mail', 'ip:2').allowed).toBe(true);
  clock.now += 60_000 / perMinute;
  expect(limiter.take('mail', 'ip:1').allowed).toBe(true);
  expect(limiter.take('mail', 'ip:1').allowed).toBe(false);
});

test('buckets are apart, a key takes more, and a cost above the burst can still be paid once it is full', () => {
  const limiter = createLimiter(() => 0);
  expect(limiter.take('check', 'ip:1', 10_000).allowed).toBe(true);
  expect(limiter.take('check', 'ip:1').allowed).toBe(false);
  expect(limiter.take('write', 'ip:1').allowed).toBe(true);
  expect(limiter.take('check', 'key:1', allowances.check.burst * keyedFactor.check).allowed).toBe(true);
  expect(limiter.take('check', 'key:1').allowed).toBe(false);
});

test('many callers do not grow the memory without bound', () => {
  const limiter = createLimiter(() => 0);
  for (let caller = 0; caller < 100_001; caller += 1) limiter.take('mail', `ip:${caller}`, 5);
  expect(limiter.take('mail', 'ip:100000').allowed).toBe(false);
  expect(limiter.take('mail', 'ip:0').allowed).toBe(true);
});
