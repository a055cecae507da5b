import { describe, expect, test, vi } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { FetchResult } from '../../src/net/fetching.ts';
import type { SiteEntry } from '../../src/net/gather-site.ts';
import { robotsBytesMax } from '../../src/net/robots-outcome.ts';
import { rslUrls } from '../../src/net/robots-rules.ts';
import type { SignalsCacheLimits } from '../../src/net/signals-cache.ts';
import { memoryStore, rig, start, success } from './signals-rig.ts';

const hour = 3_600_000;

describe('waiting', () => {
  test('fetches once for all who ask, and then answers from memory', async () => {
    const { robots, asked, answer, store } = rig();
    const all = ['https://example.com', 'https://EXAMPLE.com/', 'https://example.com:443/a/b?c'].map(
      (origin) => robots(origin, { wait: true }),
    );
    await answer('https://example.com', 'User-agent: *\n');
    for (const entry of await Promise.all(all))
      expect(entry).toMatchObject({ state: 'read', body: 'User-agent: *\n' });
    await robots('https://example.com', { wait: true });
    await robots('https://example.com', { wait: false });
    expect(asked).toEqual(['https://example.com/robots.txt']);
    expect(store.calls.at(-1)).toBe('write https://example.com');
    expect(store.rows.get('https://example.com')).toMatchObject({
      robots: { body: 'User-agent: *\n' },
    });
  });

  test('asks within the limits of RFC 9309', async () => {
    const { robots, requests, answer } = rig();
    const pending = robots('https://example.com', { wait: true });
    await answer('https://example.com', '');
    await pending;
    expect(requests).toMatchObject([{ maxBytes: robotsBytesMax, maxRedirects: 5 }]);
  });

  test.each(['ftp://example.com', 'example.com', '', 'data:text/plain,x'])(
    '%j is no origin',
    async (origin) => {
      const { robots } = rig();
      await expect(robots(origin, { wait: true })).rejects.toThrow(AppError);
    },
  );

  test('origins are kept apart by scheme and port', async () => {
    const { robots, asked, answer } = rig();
    const origins = ['https://example.com', 'http://example.com', 'http://example.com:8080'];
    for (const origin of origins) {
      const pending = robots(origin, { wait: true });
      await answer(origin, origin);
      expect(await pending).toMatchObject({ body: origin });
    }
    expect(asked).toEqual(origins.map((origin) => `${origin}/robots.txt`));
  });
});

describe('not waiting', () => {
  test('queues what is not known and says when to ask again', async () => {
    const { cache, robots, asked, answer } = rig();
    expect(await robots('https://example.com', { wait: false })).toEqual({
      state: 'queued',
      retryAfterS: 2,
      stale: null,
    });
    await answer('https://example.com', 'here');
    await cache.idle();
    expect(await robots('https://example.com', { wait: false })).toMatchObject({
      state: 'read',
      body: 'here',
    });
    expect(asked).toHaveLength(1);
  });

  test('one who waits joins the fetch that was queued', async () => {
    const { robots, asked, answer } = rig();
    await robots('https://example.com', { wait: false });
    const pending = robots('https://example.com', { wait: true });
    await answer('https://example.com', 'here');
    expect(await pending).toMatchObject({ body: 'here' });
    expect(asked).toHaveLength(1);
  });

  test('the hosts of one domain are fetched one after the other, other domains beside them', async () => {
    const { cache, robots, asked, answer } = rig();
    const origins = [
      'https://a.example.com',
      'https://b.example.com',
      'http://example.com',
      'https://example.org',
    ];
    for (const origin of origins) await robots(origin, { wait: false });
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
    const { robots, asked } = rig();
    for (const origin of ['https://a.github.io', 'https://b.github.io'])
      await robots(origin, { wait: false });
    expect(asked).toHaveLength(2);
  });

  test('the wait that is named grows with the queue', async () => {
    const { robots } = rig({ runsMax: 1 });
    const answers = [];
    for (let i = 0; i < 12; i++) answers.push(await robots(`https://a${i}.example.com`, { wait: false }));
    expect(answers.at(-1)).toMatchObject({ state: 'queued', retryAfterS: 11 });
  });

  test('a full queue takes nothing more, and says so', async () => {
    const { cache, robots, asked, answer } = rig({ runsMax: 1, waitingMax: 1 });
    await robots('https://a.com', { wait: false });
    await robots('https://b.com', { wait: false });
    expect(await robots('https://c.com', { wait: false })).toMatchObject({
      state: 'queued',
      retryAfterS: 60,
    });
    expect(await robots('https://c.com', { wait: true })).toMatchObject({
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
  async function filled(limits: Partial<SignalsCacheLimits> = {}) {
    const made = rig(limits);
    const pending = made.robots('https://example.com', { wait: true });
    await made.answer('https://example.com', 'old');
    await pending;
    return made;
  }

  test('near its end an entry is used and fetched again behind', async () => {
    const { cache, robots, asked, answer, clock } = await filled();
    clock.now = start + 23 * hour - 1;
    await robots('https://example.com', { wait: true });
    expect(asked).toHaveLength(1);
    clock.now = start + 23 * hour;
    for (const wait of [true, false, true]) {
      expect(await robots('https://example.com', { wait })).toMatchObject({ state: 'read', body: 'old' });
    }
    expect(asked).toHaveLength(2);
    await answer('https://example.com', 'new');
    await cache.idle();
    expect(await robots('https://example.com', { wait: false })).toMatchObject({
      body: 'new',
      checkedAt: clock.now,
    });
  });

  test('after its end it is only told as stale', async () => {
    const { robots, answer, clock } = await filled();
    clock.now = start + 24 * hour;
    expect(await robots('https://example.com', { wait: false })).toMatchObject({
      state: 'queued',
      stale: { body: 'old' },
    });
    const pending = robots('https://example.com', { wait: true });
    await answer('https://example.com', 'new');
    expect(await pending).toMatchObject({ state: 'read', body: 'new' });
  });

  test('a site that goes down is disallowed, keeps its copy, and is asked again after an hour', async () => {
    const { cache, robots, asked, answer, clock } = await filled();
    clock.now = start + 24 * hour;
    const pending = robots('https://example.com', { wait: true });
    await answer('https://example.com', 'down', 503);
    expect(await pending).toMatchObject({
      state: 'unreachable',
      crawl: 'disallow',
      body: 'old',
      bodyAt: start,
    });
    clock.now += hour - 1;
    expect(await robots('https://example.com', { wait: false })).toMatchObject({ state: 'unreachable' });
    await answer('https://example.com', 'still down', 503);
    await cache.idle();
    expect(asked).toHaveLength(3);
  });
});

describe('the store', () => {
  test('a new cache goes on with what the old one knew', async () => {
    const first = rig();
    const pending = first.robots('https://example.com', { wait: true });
    await first.answer('https://example.com', 'kept');
    await pending;
    const second = rig({}, first.store);
    expect(await second.robots('https://example.com', { wait: false })).toMatchObject({ body: 'kept' });
    expect(second.asked).toEqual([]);
  });

  test('many who ask at once cost one read', async () => {
    const first = rig();
    await Promise.all([1, 2, 3].map(() => first.robots('https://example.com', { wait: false })));
    expect(first.store.calls).toEqual(['read https://example.com']);
  });

  test('memory is bounded, and what fell out is read again', async () => {
    const { robots, asked, answer, store } = rig({ entriesMax: 1 });
    for (const origin of ['https://a.com', 'https://b.com']) {
      const pending = robots(origin, { wait: true });
      await answer(origin, origin);
      await pending;
    }
    store.calls.splice(0);
    for (const origin of ['https://a.com', 'https://a.com', 'https://b.com']) {
      expect(await robots(origin, { wait: false })).toMatchObject({ body: origin });
    }
    expect(asked).toHaveLength(2);
    expect(store.calls).toEqual(['read https://a.com', 'read https://b.com']);
  });

  test('a store that does not write loses no answer', async () => {
    const store = memoryStore();
    store.write = () => Promise.reject(new Error('disk full'));
    const { robots, answer, errors } = rig({}, store);
    const pending = robots('https://example.com', { wait: true });
    await answer('https://example.com', 'here');
    expect(await pending).toMatchObject({ body: 'here' });
    expect(errors).toMatchObject([{ message: 'disk full' }]);
  });

  test('a store that does not read is the caller’s to know, and is asked again', async () => {
    const store = memoryStore();
    const read = store.read;
    store.read = () => Promise.reject(new Error('locked'));
    const { robots, answer } = rig({}, store);
    await expect(robots('https://example.com', { wait: true })).rejects.toThrow('locked');
    store.read = read;
    const pending = robots('https://example.com', { wait: true });
    await answer('https://example.com', 'here');
    expect(await pending).toMatchObject({ body: 'here' });
  });
});

test('closing ends what runs, drops what waits, and answers those who waited', async () => {
  const { cache, robots, asked, answer, store } = rig({ runsMax: 1 });
  await robots('https://a.com', { wait: false });
  const dropped = robots('https://b.com', { wait: true });
  // One turn for each await before the queue: reading the store, then joining the queue.
  await robots('https://a.com', { wait: false });
  const closed = cache.close();
  expect(await dropped).toMatchObject({ state: 'queued' });
  await answer('https://a.com', 'here');
  await closed;
  expect(asked).toEqual(['https://a.com/robots.txt']);
  expect([...store.rows.keys()]).toEqual(['https://a.com']);
});

describe('the other files of a site', () => {
  const origin = 'https://example.com';
  async function filled(made = rig()) {
    const pending = made.cache.get(origin, { wait: true });
    await made.answer(origin, 'User-agent: *\nDisallow: /private/\n');
    return { ...made, entry: (await pending) as SiteEntry };
  }
  const known = async (made: ReturnType<typeof rig>) =>
    (await made.cache.get(origin, { wait: false })) as SiteEntry;

  test('are asked for once each, and kept with robots.txt', async () => {
    const made = rig();
    made.files.set(`${origin}/ai.txt`, success(`${origin}/ai.txt`, 200, 'User-Agent: *'));
    const { entry, askedElse, store } = await filled(made);
    expect(askedElse.sort()).toEqual([
      `${origin}/.well-known/tdmrep.json`,
      `${origin}/.well-known/trust.txt`,
      `${origin}/ai.txt`,
      `${origin}/trust.txt`,
    ]);
    expect(entry.documents).toMatchObject({
      'ai.txt': { state: 'read', body: 'User-Agent: *' },
      tdmrep: { state: 'absent' },
      'trust.txt': { state: 'absent' },
    });
    expect(store.rows.get(origin)).toEqual(entry);
    expect(await known(made)).toBe(entry);
    expect(made.asked).toHaveLength(1);
  });

  test('robots.txt is known while the others are still awaited', async () => {
    const made = rig();
    const { promise, resolve } = Promise.withResolvers<FetchResult>();
    made.files.get = (() => promise) as unknown as typeof made.files.get;
    const pending = made.cache.get(origin, { wait: true });
    await made.answer(origin, 'User-agent: *\nDisallow: /private/\n');
    await vi.waitFor(async () => {
      expect(await made.cache.get(origin, { wait: false })).toMatchObject({
        state: 'queued',
        stale: { robots: { state: 'read' }, documents: {} },
      });
    });
    resolve(success(`${origin}/ai.txt`, 404));
    expect(await pending).toMatchObject({ documents: { tdmrep: { state: 'absent' } } });
  });

  test('each has its own end: what is not due is not asked for again', async () => {
    const made = rig();
    const brief = { headers: { 'cache-control': ['max-age=600'] } };
    made.files.set(`${origin}/ai.txt`, success(`${origin}/ai.txt`, 200, 'a', brief));
    const { cache, clock, askedElse, asked, entry } = await filled(made);
    askedElse.splice(0);
    clock.now = start + 590_000;
    expect(await known(made)).toBe(entry);
    await cache.idle();
    expect(askedElse).toEqual([`${origin}/ai.txt`]);
    expect(asked).toHaveLength(1);
    const renewed = await known(made);
    expect(renewed.documents['ai.txt']?.checkedAt).toBe(clock.now);
    expect(renewed.documents.tdmrep).toBe(entry.documents.tdmrep);
    expect(renewed.robots).toBe(entry.robots);
  });

  test('one that is down keeps its last good copy and is asked again after an hour', async () => {
    const made = rig();
    made.files.set(`${origin}/ai.txt`, success(`${origin}/ai.txt`, 200, 'good'));
    const { cache, clock, answer } = await filled(made);
    made.files.set(`${origin}/ai.txt`, success(`${origin}/ai.txt`, 503));
    clock.now = start + 24 * hour;
    const pending = cache.get(origin, { wait: true });
    await answer(origin, 'User-agent: *\n');
    expect((await pending) as SiteEntry).toMatchObject({
      documents: {
        'ai.txt': { state: 'unreachable', body: 'good', bodyAt: start },
        tdmrep: { state: 'absent' },
      },
    });
    clock.now += hour;
    made.files.set(`${origin}/ai.txt`, success(`${origin}/ai.txt`, 200, 'back'));
    // Its end has come, but that of robots.txt has not: what still counts is told at once.
    expect(await made.cache.get(origin, { wait: false })).toMatchObject({
      state: 'queued',
      stale: { robots: { state: 'read' }, documents: { tdmrep: { state: 'absent' } } },
    });
    await cache.idle();
    expect((await known(made)).documents['ai.txt']).toMatchObject({ state: 'read', body: 'back' });
  });

  test('a new robots.txt that forbids one ends its use, and one that allows it has it asked for', async () => {
    const made = rig();
    made.files.set(`${origin}/ai.txt`, success(`${origin}/ai.txt`, 200, 'good'));
    const { cache, clock, answer } = await filled(made);
    const renew = async (robots: string) => {
      clock.now += 24 * hour;
      const pending = cache.get(origin, { wait: true });
      await answer(origin, robots);
      return ((await pending) as SiteEntry).documents['ai.txt'];
    };
    expect(await renew('User-agent: *\nDisallow: /ai.txt')).toMatchObject({
      state: 'disallowed',
      body: null,
    });
    expect(await renew('User-agent: *\nDisallow: /')).toMatchObject({ state: 'disallowed' });
    expect(await renew('User-agent: *\nDisallow: /a.txt')).toMatchObject({ state: 'read', body: 'good' });
  });
});

describe('RSL documents that robots.txt names', () => {
  const named = (...urls: string[]) => urls.map((url) => `License: ${url}`).join('\n');
  const rsl = 'https://rsl.example.org/all.xml';

  test('are fetched behind, once for all sites that name them, as their own robots.txt allows', async () => {
    const { cache, answer, asked, askedElse, files, store } = rig();
    files.set(rsl, success(rsl, 200, '<rsl/>'));
    for (const origin of ['https://a.com', 'https://b.com']) {
      await cache.get(origin, { wait: false });
      await answer(origin, named(rsl));
    }
    await answer('https://rsl.example.org', '');
    await cache.idle();
    expect(askedElse.filter((url) => url === rsl)).toHaveLength(1);
    expect(asked).toHaveLength(3);
    expect(await cache.document(rsl, { wait: false })).toMatchObject({ state: 'read', body: '<rsl/>' });
    expect(store.rows.get(rsl)).toMatchObject({ state: 'read' });
  });

  test.each([
    ['User-agent: *\nDisallow: /', 200, { state: 'disallowed', body: null }],
    ['', 503, { state: 'unreachable', body: null }],
  ])('are not fetched where %j with status %i', async (robots, status, expected) => {
    const { cache, answer, askedElse } = rig();
    const pending = cache.document(rsl, { wait: true });
    await answer('https://rsl.example.org', robots, status);
    expect(await pending).toMatchObject(expected);
    expect(askedElse).toEqual([]);
  });

  test('use what is known of their origin’s robots.txt', async () => {
    const { cache, answer, asked, files } = rig();
    files.set(rsl, success(rsl, 200, '<rsl/>'));
    const pending = cache.get('https://rsl.example.org', { wait: true });
    await answer('https://rsl.example.org', named(rsl));
    await pending;
    await cache.idle();
    expect(await cache.document(rsl, { wait: false })).toMatchObject({ state: 'read' });
    expect(asked).toHaveLength(1);
  });

  test('wait their turn with everything else of their site', async () => {
    const { cache, answer, asked } = rig();
    await cache.get('https://www.example.org', { wait: false });
    await cache.document(rsl, { wait: false });
    expect(asked).toEqual(['https://www.example.org/robots.txt']);
    await answer('https://www.example.org', '');
    await answer('https://rsl.example.org', '');
    await cache.idle();
  });

  test('count only as absolute addresses, a few of them', async () => {
    const { cache, answer } = rig();
    const pending = cache.get('https://a.com', { wait: true });
    const many = ['/license.xml', 'rsl.xml', 'ftp://a.com/x', `https://a.com/${'x'.repeat(3_000)}`];
    const good = [1, 2, 3, 4].map((n) => `https://a.com/${n}.xml#part`);
    await answer('https://a.com', named(...many, ...good, good[0] as string));
    const entry = (await pending) as SiteEntry;
    expect(rslUrls(entry.robots)).toEqual([
      'https://a.com/1.xml',
      'https://a.com/2.xml',
      'https://a.com/3.xml',
    ]);
    await cache.idle();
  });

  test.each([
    ['application/rsl+xml', '<?xml version="1.0"?>\n<rsl xmlns="https://rslstandard.org/rsl"/>', 'read'],
    ['text/html', '<rsl:rsl xmlns:rsl="https://rslstandard.org/rsl"/>', 'read'],
    ['text/xml', '<!DOCTYPE html><html><rsl></html>', 'absent'],
    ['text/html', '<div>Not here</div>', 'absent'],
  ])('as %s, %j is %s', async (type, body, state) => {
    const { cache, answer, files } = rig();
    files.set(rsl, success(rsl, 200, body, { headers: { 'content-type': [type] } }));
    const pending = cache.document(rsl, { wait: true });
    await answer('https://rsl.example.org', '');
    expect(await pending).toMatchObject({ state, warnings: state === 'absent' ? ['html'] : [] });
  });
});
