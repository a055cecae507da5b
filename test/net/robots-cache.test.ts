import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { RobotsCacheLimits } from '../../src/net/robots-cache.ts';
import { robotsBytesMax } from '../../src/net/robots-outcome.ts';
import { memoryStore, rig, start } from './robots-rig.ts';

const hour = 3_600_000;

describe('waiting', () => {
  test('fetches once for all who ask, and then answers from memory', async () => {
    const { cache, asked, answer, store } = rig();
    const all = ['https://example.com', 'https://EXAMPLE.com/', 'https://example.com:443/a/b?c'].map(
      (origin) => cache.get(origin, { wait: true }),
    );
    await answer('https://example.com', 'User-agent: *\n');
    for (const entry of await Promise.all(all))
      expect(entry).toMatchObject({ state: 'read', body: 'User-agent: *\n' });
    await cache.get('https://example.com', { wait: true });
    await cache.get('https://example.com', { wait: false });
    expect(asked).toEqual(['https://example.com/robots.txt']);
    expect(store.calls.at(-1)).toBe('write https://example.com');
    expect(store.rows.get('https://example.com')).toMatchObject({ body: 'User-agent: *\n' });
  });

  test('asks within the limits of RFC 9309', async () => {
    const { cache, requests, answer } = rig();
    const pending = cache.get('https://example.com', { wait: true });
    await answer('https://example.com', '');
    await pending;
    expect(requests).toMatchObject([{ maxBytes: robotsBytesMax, maxRedirects: 5 }]);
  });

  test.each(['ftp://example.com', 'example.com', '', 'data:text/plain,x'])(
    '%j is no origin',
    async (origin) => {
      const { cache } = rig();
      await expect(cache.get(origin, { wait: true })).rejects.toThrow(AppError);
    },
  );

  test('origins are kept apart by scheme and port', async () => {
    const { cache, asked, answer } = rig();
    const origins = ['https://example.com', 'http://example.com', 'http://example.com:8080'];
    for (const origin of origins) {
      const pending = cache.get(origin, { wait: true });
      await answer(origin, origin);
      expect(await pending).toMatchObject({ body: origin });
    }
    expect(asked).toEqual(origins.map((origin) => `${origin}/robots.txt`));
  });
});

describe('not waiting', () => {
  test('queues what is not known and says when to ask again', async () => {
    const { cache, asked, answer } = rig();
    expect(await cache.get('https://example.com', { wait: false })).toEqual({
      state: 'queued',
      retryAfterS: 2,
      stale: null,
    });
    await answer('https://example.com', 'here');
    await cache.idle();
    expect(await cache.get('https://example.com', { wait: false })).toMatchObject({
      state: 'read',
      body: 'here',
    });
    expect(asked).toHaveLength(1);
  });

  test('one who waits joins the fetch that was queued', async () => {
    const { cache, asked, answer } = rig();
    await cache.get('https://example.com', { wait: false });
    const pending = cache.get('https://example.com', { wait: true });
    await answer('https://example.com', 'here');
    expect(await pending).toMatchObject({ body: 'here' });
    expect(asked).toHaveLength(1);
  });

  test('the hosts of one domain are fetched one after the other, other domains beside them', async () => {
    const { cache, asked, answer } = rig();
    const origins = [
      'https://a.example.com',
      'https://b.example.com',
      'http://example.com',
      'https://example.org',
    ];
    for (const origin of origins) await cache.get(origin, { wait: false });
    expect(asked).toEqual(['https://a.example.com/robots.txt', 'https://example.org/robots.txt']);
    await answer('https://a.example.com', '');
    await answer('https://b.example.com', '');
    expect(asked).toHaveLength(3);
    await answer('http://example.com', '');
    await answer('https://example.org', '');
    await cache.idle();
    expect(asked).toHaveLength(4);
  });

  test('hosts under a private suffix are sites of their own', async () => {
    const { cache, asked } = rig();
    for (const origin of ['https://a.github.io', 'https://b.github.io'])
      await cache.get(origin, { wait: false });
    expect(asked).toHaveLength(2);
  });

  test('the wait that is named grows with the queue', async () => {
    const { cache } = rig({ runsMax: 1 });
    const answers = [];
    for (let i = 0; i < 12; i++) answers.push(await cache.get(`https://a${i}.example.com`, { wait: false }));
    expect(answers.at(-1)).toMatchObject({ state: 'queued', retryAfterS: 11 });
  });

  test('a full queue takes nothing more, and says so', async () => {
    const { cache, asked, answer } = rig({ runsMax: 1, waitingMax: 1 });
    await cache.get('https://a.com', { wait: false });
    await cache.get('https://b.com', { wait: false });
    expect(await cache.get('https://c.com', { wait: false })).toMatchObject({
      state: 'queued',
      retryAfterS: 60,
    });
    expect(await cache.get('https://c.com', { wait: true })).toMatchObject({
      state: 'queued',
      retryAfterS: 60,
    });
    await answer('https://a.com', '');
    await answer('https://b.com', '');
    await cache.idle();
    expect(asked).toEqual(['https://a.com/robots.txt', 'https://b.com/robots.txt']);
  });
});

describe('time', () => {
  async function filled(limits: Partial<RobotsCacheLimits> = {}) {
    const made = rig(limits);
    const pending = made.cache.get('https://example.com', { wait: true });
    await made.answer('https://example.com', 'old');
    await pending;
    return made;
  }

  test('near its end an entry is used and fetched again behind', async () => {
    const { cache, asked, answer, clock } = await filled();
    clock.now = start + 23 * hour - 1;
    await cache.get('https://example.com', { wait: true });
    expect(asked).toHaveLength(1);
    clock.now = start + 23 * hour;
    for (const wait of [true, false, true]) {
      expect(await cache.get('https://example.com', { wait })).toMatchObject({ state: 'read', body: 'old' });
    }
    expect(asked).toHaveLength(2);
    await answer('https://example.com', 'new');
    await cache.idle();
    expect(await cache.get('https://example.com', { wait: false })).toMatchObject({
      body: 'new',
      checkedAt: clock.now,
    });
  });

  test('after its end it is only told as stale', async () => {
    const { cache, answer, clock } = await filled();
    clock.now = start + 24 * hour;
    expect(await cache.get('https://example.com', { wait: false })).toMatchObject({
      state: 'queued',
      stale: { body: 'old' },
    });
    const pending = cache.get('https://example.com', { wait: true });
    await answer('https://example.com', 'new');
    expect(await pending).toMatchObject({ state: 'read', body: 'new' });
  });

  test('a site that goes down is disallowed, keeps its copy, and is asked again after an hour', async () => {
    const { cache, asked, answer, clock } = await filled();
    clock.now = start + 24 * hour;
    const pending = cache.get('https://example.com', { wait: true });
    await answer('https://example.com', 'down', 503);
    expect(await pending).toMatchObject({
      state: 'unreachable',
      crawl: 'disallow',
      body: 'old',
      bodyAt: start,
    });
    clock.now += hour - 1;
    expect(await cache.get('https://example.com', { wait: false })).toMatchObject({ state: 'unreachable' });
    await answer('https://example.com', 'still down', 503);
    await cache.idle();
    expect(asked).toHaveLength(3);
  });
});

describe('the store', () => {
  test('a new cache goes on with what the old one knew', async () => {
    const first = rig();
    const pending = first.cache.get('https://example.com', { wait: true });
    await first.answer('https://example.com', 'kept');
    await pending;
    const second = rig({}, first.store);
    expect(await second.cache.get('https://example.com', { wait: false })).toMatchObject({ body: 'kept' });
    expect(second.asked).toEqual([]);
  });

  test('many who ask at once cost one read', async () => {
    const first = rig();
    await Promise.all([1, 2, 3].map(() => first.cache.get('https://example.com', { wait: false })));
    expect(first.store.calls).toEqual(['read https://example.com']);
  });

  test('memory is bounded, and what fell out is read again', async () => {
    const { cache, asked, answer, store } = rig({ entriesMax: 1 });
    for (const origin of ['https://a.com', 'https://b.com']) {
      const pending = cache.get(origin, { wait: true });
      await answer(origin, origin);
      await pending;
    }
    store.calls.splice(0);
    for (const origin of ['https://a.com', 'https://a.com', 'https://b.com']) {
      expect(await cache.get(origin, { wait: false })).toMatchObject({ body: origin });
    }
    expect(asked).toHaveLength(2);
    expect(store.calls).toEqual(['read https://a.com', 'read https://b.com']);
  });

  test('a store that does not write loses no answer', async () => {
    const store = memoryStore();
    store.write = () => Promise.reject(new Error('disk full'));
    const { cache, answer, errors } = rig({}, store);
    const pending = cache.get('https://example.com', { wait: true });
    await answer('https://example.com', 'here');
    expect(await pending).toMatchObject({ body: 'here' });
    expect(errors).toMatchObject([{ message: 'disk full' }]);
  });

  test('a store that does not read is the caller’s to know, and is asked again', async () => {
    const store = memoryStore();
    const read = store.read;
    store.read = () => Promise.reject(new Error('locked'));
    const { cache, answer } = rig({}, store);
    await expect(cache.get('https://example.com', { wait: true })).rejects.toThrow('locked');
    store.read = read;
    const pending = cache.get('https://example.com', { wait: true });
    await answer('https://example.com', 'here');
    expect(await pending).toMatchObject({ body: 'here' });
  });
});

test('closing ends what runs, drops what waits, and answers those who waited', async () => {
  const { cache, asked, answer, store } = rig({ runsMax: 1 });
  await cache.get('https://a.com', { wait: false });
  const dropped = cache.get('https://b.com', { wait: true });
  // One turn for each await before the queue: reading the store, then joining the queue.
  await cache.get('https://a.com', { wait: false });
  const closed = cache.close();
  expect(await dropped).toMatchObject({ state: 'queued' });
  await answer('https://a.com', 'here');
  await closed;
  expect(asked).toEqual(['https://a.com/robots.txt']);
  expect([...store.rows.keys()]).toEqual(['https://a.com']);
});
