import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPoliteQueue, type QueueLimits } from '../../src/net/polite-queue.ts';

/** A queue whose jobs end when the test says so. */
function rig(limits: Partial<QueueLimits> = {}) {
  const started: string[] = [];
  const running = new Map<string, PromiseWithResolvers<string>>();
  const queue = createPoliteQueue<string>(
    (key) => {
      started.push(key);
      const job = Promise.withResolvers<string>();
      running.set(key, job);
      return job.promise;
    },
    { runsMax: 2, waitingMax: 100, waitingPerSiteMax: 100, ...limits },
  );
  const push = (key: string, urgent = false) => queue.push(key, siteOf(key), urgent);
  const end = async (key: string) => {
    const job = running.get(key);
    running.delete(key);
    const done = queue.push(key, siteOf(key), false);
    job?.resolve(`${key} done`);
    await done;
    // The queue starts the next job in the turn after the outcome is known.
    await Promise.resolve();
    await Promise.resolve();
  };
  return { queue, push, end, started, running };
}

/** `a1`, `a2` belong to the site `a`. */
function siteOf(key: string): string {
  return key.slice(0, 1);
}

describe('order', () => {
  test('as many at once as allowed, and one for each site', async () => {
    const { push, end, started } = rig({ runsMax: 3 });
    for (const key of ['a1', 'a2', 'b1', 'c1', 'd1']) push(key);
    expect(started).toEqual(['a1', 'b1', 'c1']);
    await end('b1');
    expect(started).toEqual(['a1', 'b1', 'c1', 'd1']);
    await end('a1');
    expect(started).toEqual(['a1', 'b1', 'c1', 'd1', 'a2']);
  });

  test('sites take turns', async () => {
    const { push, end, started } = rig({ runsMax: 1 });
    for (const key of ['a1', 'a2', 'a3', 'b1', 'b2']) push(key);
    for (const key of ['a1', 'b1', 'a2', 'b2', 'a3']) {
      expect(started.at(-1)).toBe(key);
      await end(key);
    }
  });

  test('what is urgent goes first, also when it waited before', async () => {
    const { push, end, started } = rig({ runsMax: 1 });
    for (const key of ['a1', 'b1', 'c1', 'd1']) push(key);
    push('c1', true);
    push('e1', true);
    for (const key of ['a1', 'c1', 'e1', 'b1', 'd1']) {
      expect(started.at(-1)).toBe(key);
      await end(key);
    }
  });

  test('urgency does not break politeness', async () => {
    const { push, end, started } = rig();
    push('a1');
    push('a2', true);
    expect(started).toEqual(['a1']);
    await end('a1');
    expect(started).toEqual(['a1', 'a2']);
  });
});

describe('joining', () => {
  test('one job for one key, waiting or running', async () => {
    const { push, end, started } = rig({ runsMax: 1 });
    const first = push('a1');
    const waiting = push('b1');
    expect(push('a1', true)).toBe(first);
    expect(push('b1', true)).toBe(waiting);
    await end('a1');
    await end('b1');
    expect(await first).toBe('a1 done');
    expect(started).toEqual(['a1', 'b1']);
  });

  test('a job that fails tells those who joined, and the queue goes on', async () => {
    const { push, running, started, queue } = rig({ runsMax: 1 });
    const failing = push('a1');
    push('a2');
    running.get('a1')?.reject(new Error('no'));
    await expect(failing).rejects.toThrow('no');
    await Promise.resolve();
    expect(started).toEqual(['a1', 'a2']);
    running.get('a2')?.resolve('fine');
    await queue.idle();
  });
});

describe('bounds', () => {
  test('over all sites', () => {
    const { push, queue } = rig({ runsMax: 1, waitingMax: 2 });
    push('a1');
    push('b1');
    push('c1');
    expect(push('d1')).toBeUndefined();
    expect(push('d1', true)).toBeUndefined();
    expect(push('c1')).toBeDefined();
    expect(queue.waiting('c')).toEqual({ all: 2, site: 1 });
  });

  test('for one site', () => {
    const { push, queue } = rig({ waitingPerSiteMax: 1 });
    push('a1');
    push('a2');
    expect(push('a3')).toBeUndefined();
    expect(push('b1')).toBeDefined();
    expect(queue.waiting('a')).toEqual({ all: 1, site: 1 });
  });
});

describe('the end', () => {
  test('idle waits for everything, and at once where there is nothing', async () => {
    const { push, end, queue } = rig({ runsMax: 1 });
    await queue.idle();
    push('a1');
    push('a2');
    let idle = false;
    const waited = queue.idle().then(() => {
      idle = true;
    });
    await end('a1');
    expect(idle).toBe(false);
    await end('a2');
    await waited;
  });

  test('closing drops what waits and lets end what runs', async () => {
    const { push, running, started, queue } = rig({ runsMax: 1 });
    const first = push('a1');
    const dropped = push('b1', true);
    const closed = queue.close();
    expect(await dropped).toBeUndefined();
    expect(push('c1')).toBeUndefined();
    running.get('a1')?.resolve('fine');
    await closed;
    expect(await first).toBe('fine');
    expect(started).toEqual(['a1']);
  });
});

test('any run of jobs is done, each key once, no site twice at once, never more than allowed', async () => {
  const job = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat({ max: 9 }), fc.boolean());
  await fc.assert(
    fc.asyncProperty(fc.array(job), fc.integer({ min: 1, max: 4 }), async (jobs, runsMax) => {
      const busy = new Set<string>();
      const done: string[] = [];
      const queue = createPoliteQueue<void>(
        async (key) => {
          expect(busy.has(siteOf(key))).toBe(false);
          busy.add(siteOf(key));
          expect(busy.size).toBeLessThanOrEqual(runsMax);
          await Promise.resolve();
          busy.delete(siteOf(key));
          done.push(key);
        },
        { runsMax, waitingMax: 1_000, waitingPerSiteMax: 1_000 },
      );
      const keys = jobs.map(([site, n, urgent]) => {
        const key = `${site}${n}`;
        void queue.push(key, site, urgent);
        return key;
      });
      await queue.idle();
      expect(done.toSorted()).toEqual([...new Set(keys)].toSorted());
    }),
  );
});
