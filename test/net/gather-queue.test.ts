import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGatherQueue, type GatherQueueLimits } from '../../src/net/gather-queue.ts';

/** A queue whose jobs end when the test says so. */
function held(limits: Partial<GatherQueueLimits> = {}) {
  const running = new Map<string, PromiseWithResolvers<void>>();
  const started: string[] = [];
  const queue = createGatherQueue(
    (key) => {
      started.push(key);
      const outcome = Promise.withResolvers<void>();
      running.set(key, outcome);
      return outcome.promise;
    },
    { runsMax: 100, waitingMax: 100, perAddressMax: 2, ...limits },
  );
  const end = async (key: string, error?: Error) => {
    const job = running.get(key);
    running.delete(key);
    if (error === undefined) job?.resolve();
    else job?.reject(error);
    await new Promise(setImmediate);
  };
  return { queue, running, started, end };
}

describe('a queue of very many jobs', () => {
  test('never two of one site at once, in the order they came', async () => {
    const { queue, started, end } = held();
    for (const key of ['a1', 'a2', 'b1', 'a3']) queue.add({ key, site: key[0] ?? '', address: key });
    expect(started).toEqual(['a1', 'b1']);
    await end('a1');
    expect(started).toEqual(['a1', 'b1', 'a2']);
  });

  test('no more than allowed on one address, and those who wait take nobody else a place', async () => {
    const { queue, started, end } = held({ runsMax: 3 });
    for (const n of [1, 2, 3, 4]) queue.add({ key: `shared${n}`, site: `${n}`, address: 'one' });
    queue.add({ key: 'other', site: 'other', address: 'two' });
    expect(started).toEqual(['shared1', 'shared2', 'other']);
    await end('shared1');
    expect(started).toEqual(['shared1', 'shared2', 'other', 'shared3']);
  });

  test('has room again once something has started', async () => {
    const { queue, end } = held({ runsMax: 1, waitingMax: 1 });
    queue.add({ key: 'a', site: 'a', address: 'a' });
    queue.add({ key: 'b', site: 'b', address: 'b' });
    let hasRoom = false;
    const room = queue.room().then(() => {
      hasRoom = true;
    });
    await new Promise(setImmediate);
    expect(hasRoom).toBe(false);
    await end('a');
    await room;
    expect(hasRoom).toBe(true);
  });

  test('a job that throws ends the rest and is told', async () => {
    const { queue, started, end } = held({ runsMax: 1 });
    queue.add({ key: 'a', site: 'a', address: 'a' });
    queue.add({ key: 'b', site: 'b', address: 'b' });
    await end('a', new Error('disk'));
    await expect(queue.idle()).rejects.toThrow('disk');
    expect(started).toEqual(['a']);
  });

  test('whatever comes: each runs once, within the limits', async () => {
    const jobs = fc.array(fc.record({ site: fc.nat(5), address: fc.nat(3) }), { maxLength: 60 });
    const property = fc.asyncProperty(jobs, fc.integer({ min: 1, max: 8 }), async (list, runsMax) => {
      const now = { runs: 0, sites: new Set<number>(), addresses: new Map<number, number>() };
      const done: number[] = [];
      const queue = createGatherQueue(
        async (key) => {
          const { site, address } = list[Number(key)] ?? { site: -1, address: -1 };
          const onAddress = (now.addresses.get(address) ?? 0) + 1;
          expect(now.sites.has(site)).toBe(false);
          expect(onAddress).toBeLessThanOrEqual(2);
          expect(now.runs).toBeLessThan(runsMax);
          now.runs += 1;
          now.sites.add(site);
          now.addresses.set(address, onAddress);
          await new Promise(setImmediate);
          now.runs -= 1;
          now.sites.delete(site);
          now.addresses.set(address, (now.addresses.get(address) ?? 0) - 1);
          done.push(Number(key));
        },
        { runsMax, waitingMax: 10, perAddressMax: 2 },
      );
      for (const [at, { site, address }] of list.entries()) {
        await queue.room();
        queue.add({ key: `${at}`, site: `${site}`, address: `${address}` });
      }
      await queue.idle();
      expect(done.sort((a, b) => a - b)).toEqual([...list.keys()]);
    });
    await fc.assert(property, { numRuns: 50 });
  });
});
