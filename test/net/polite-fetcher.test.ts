import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { cachedResolver } from '../../src/net/cached-resolver.ts';
import type { FetchResult } from '../../src/net/fetching.ts';
import { perAddressMax, politeFetcher } from '../../src/net/polite-fetcher.ts';
import { type Handler, here, localNet, text } from './local-net.ts';
import { start, success } from './signals-rig.ts';

const { site, fetcher } = localNet();

/** A fetcher whose answers come when the test gives them. */
function held(addressOf = (host: string) => host) {
  const open = new Map<string, (result: FetchResult) => void>();
  const asked: string[] = [];
  const polite = politeFetcher({
    fetcher: {
      fetch(url) {
        asked.push(url);
        return new Promise((resolve) => open.set(url, resolve));
      },
    },
    resolver: { resolve: async (host) => [addressOf(host)] },
    now: () => start,
  });
  const give = async (url: string, result: FetchResult = success(url, 404)) => {
    open.get(url)?.(result);
    await new Promise(setImmediate);
  };
  return { polite, asked, give };
}

describe('turns', () => {
  test('one host is asked one thing at a time, over all its ports and schemes', async () => {
    const { polite, asked, give } = held();
    const urls = [
      'https://a.example/1',
      'https://a.example/2',
      'http://a.example:8080/3',
      'https://b.example/1',
    ];
    const all = Promise.all(urls.map((url) => polite.fetch(url)));
    await new Promise(setImmediate);
    expect(asked).toEqual(['https://a.example/1', 'https://b.example/1']);
    await give('https://a.example/1');
    expect(asked).toHaveLength(3);
    for (const url of urls.slice(1)) await give(url);
    expect((await all).every(({ ok }) => ok)).toBe(true);
  });

  test('hosts of one address are asked a few at a time', async () => {
    const { polite, asked, give } = held(() => '192.0.2.1');
    const urls = Array.from({ length: perAddressMax + 2 }, (_none, n) => `https://site-${n}.example/`);
    const all = Promise.all(urls.map((url) => polite.fetch(url)));
    await new Promise(setImmediate);
    expect(asked).toHaveLength(perAddressMax);
    for (const url of urls) await give(url);
    await all;
    expect(asked).toHaveLength(urls.length);
  });

  test('what hosts redirect to has its turn too, and is asked for once', async () => {
    const { polite, asked, give } = held();
    const urls = ['https://a.example/robots.txt', 'https://b.example/robots.txt'];
    const all = Promise.all(urls.map((url) => polite.fetch(url)));
    await new Promise(setImmediate);
    const to = 'https://hub.example/robots.txt';
    for (const url of urls) await give(url, success(url, 301, '', { headers: { location: [to] } }));
    expect(asked.slice(2)).toEqual([to]);
    await give(to, success(to, 200, 'User-agent: *'));
    const results = await all;
    expect(results.map(text)).toEqual(['User-agent: *', 'User-agent: *']);
    expect(results.map((result) => result.ok && result.redirects)).toEqual(
      urls.map((from) => [{ status: 301, from, to }]),
    );
    expect(asked).toHaveLength(3);
  });
});

describe('the answer is that of the fetcher itself', () => {
  const to =
    (location: string): Handler =>
    (_request, response) =>
      response.writeHead(302, { location }).end();
  const pages: Record<string, Handler> = {
    '/': (_request, response) => response.end('here'),
    '/one': to('/'),
    '/two': to('/one'),
    '/round': to('/round'),
    '/none': to('http://'),
    '/away': to('ftp://a.example/'),
    '/private': to('http://192.168.0.1/'),
    '/broken': (request) => request.socket.destroy(),
    '/long': (_request, response) => response.end('x'.repeat(5_000)),
  };
  const cases = Object.keys(pages).flatMap((path) => [
    { path, request: { maxBytes: 1_000 } },
    { path, request: { maxBytes: 1_000, maxRedirects: 1 } },
    { path, request: { maxBytes: 1_000, maxRedirects: 0 } },
    { path, request: { maxBytes: 1_000, stopBefore: (target: URL) => target.pathname === '/' } },
  ]);
  test.each(cases)('$path $request', async ({ path, request }) => {
    const server = await site((incoming, response) => pages[incoming.url ?? '']?.(incoming, response));
    const plain = fetcher({ allow: [here(server.port)] });
    const polite = politeFetcher({
      fetcher: fetcher({ allow: [here(server.port)], keepMs: 1_000 }),
      resolver: { resolve: async () => [] },
      now: () => start,
    });
    const url = `http://${here(server.port)}${path}`;
    const [one, other] = await Promise.all([plain.fetch(url, request), polite.fetch(url, request)]);
    expect(comparable(other)).toEqual(comparable(one));
  });

  /** The sentence may be worded otherwise, and a kept connection is named in the headers. */
  function comparable(result: FetchResult) {
    if (!result.ok) return { kind: result.kind };
    const { connection, date, 'keep-alive': kept, ...headers } = result.headers;
    return { ...result, headers };
  }
});

describe('connections that are kept', () => {
  const counting = async (handler: Handler) => {
    const sockets = new Set<Socket>();
    const server = await site((request, response) => {
      sockets.add(request.socket);
      handler(request, response);
    });
    return { server, sockets, url: `http://${here(server.port)}/` };
  };
  const hello: Handler = (_request, response) => response.end('hello');

  test('carry the next request, unless they are not asked for', async () => {
    for (const [keepMs, connections] of [
      [1_000, 1],
      [undefined, 3],
    ] as const) {
      const { server, sockets, url } = await counting(hello);
      const client = fetcher({ allow: [here(server.port)], ...(keepMs === undefined ? {} : { keepMs }) });
      for (let n = 0; n < 3; n += 1) expect(text(await client.fetch(url))).toBe('hello');
      expect(sockets.size).toBe(connections);
    }
  });

  test('that the server has closed meanwhile are replaced', async () => {
    let nth = 0;
    const { server, sockets, url } = await counting((request, response) => {
      nth += 1;
      if (nth === 2) request.socket.destroy();
      else response.end(`answer ${nth}`);
    });
    const client = fetcher({ allow: [here(server.port)], keepMs: 1_000 });
    expect(text(await client.fetch(url))).toBe('answer 1');
    expect(text(await client.fetch(url))).toBe('answer 3');
    expect(sockets.size).toBe(2);
  });

  test('are not kept after an answer that was cut', async () => {
    const { server, sockets, url } = await counting((_request, response) =>
      response.end('x'.repeat(100_000)),
    );
    const client = fetcher({ allow: [here(server.port)], keepMs: 1_000 });
    for (let n = 0; n < 2; n += 1)
      expect(await client.fetch(url, { maxBytes: 10 })).toMatchObject({ truncated: true });
    expect(sockets.size).toBe(2);
  });

  test('are not used for a name that leads elsewhere by now', async () => {
    const { server, url } = await counting(hello);
    const name = `name.test:${server.port}`;
    let address = '127.0.0.1';
    const client = fetcher({
      allow: [here(server.port), name],
      keepMs: 1_000,
      resolver: { resolve: async () => [address], resolveTxt: async () => [] },
    });
    expect(text(await client.fetch(url.replace(here(server.port), name)))).toBe('hello');
    address = '192.168.7.7';
    expect(await client.fetch(url.replace(here(server.port), name))).toMatchObject({
      ok: false,
      kind: 'refused',
    });
    expect(server.seen).toHaveLength(1);
    address = '93.184.216.34';
    const moved = await client.fetch(url.replace(here(server.port), name), { timeoutMs: 300 });
    expect(moved).toMatchObject({ ok: false });
    expect(server.seen).toHaveLength(1);
  });
});

test('a name is looked up once, and again when its time is over', async () => {
  const clock = { now: start };
  const asked: string[] = [];
  const resolver = cachedResolver(
    {
      async resolve(host) {
        asked.push(host);
        if (host === 'dead.test') throw new Error('SERVFAIL');
        return ['192.0.2.1'];
      },
      resolveTxt: async () => [],
    },
    () => clock.now,
  );
  expect(await Promise.all([resolver.resolve('a.test'), resolver.resolve('a.test')])).toEqual([
    ['192.0.2.1'],
    ['192.0.2.1'],
  ]);
  await expect(resolver.resolve('dead.test')).rejects.toThrow('SERVFAIL');
  await expect(resolver.resolve('dead.test')).rejects.toThrow('SERVFAIL');
  expect(asked).toEqual(['a.test', 'dead.test']);
  clock.now += 5 * 60_000;
  await resolver.resolve('a.test');
  expect(asked).toHaveLength(3);
});
