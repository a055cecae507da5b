import { describe, expect, test } from 'vitest';
import type { SiteEntry } from '../../src/net/gather-site.ts';
import { robotsBytesMax } from '../../src/net/robots-outcome.ts';
import { createSignalsCache } from '../../src/net/signals-cache.ts';
import { here, localNet, userAgent } from './local-net.ts';
import { memoryStore, start } from './signals-rig.ts';

const { site, fetcher } = localNet();
const hour = 3_600_000;

describe('over real HTTP', () => {
  test('with the real fetcher: a file, its redirect, its absence, and a server that is gone', async () => {
    const server = await site((request, response) => {
      if (request.url === '/robots.txt') response.writeHead(301, { location: '/real.txt' }).end();
      else response.writeHead(200, { 'cache-control': 'max-age=3600' }).end('User-agent: *\nDisallow: /\n');
    });
    const none = await site((_request, response) => response.writeHead(404).end());
    const gone = await site(() => {});
    await gone.close();
    const cache = createSignalsCache({
      fetcher: fetcher({ allow: [server, none, gone].map(({ port }) => here(port)) }),
      store: memoryStore(),
      now: () => start,
      onError: (error) => {
        throw error;
      },
    });
    const get = async (port: number) => {
      const found = await cache.get(`http://${here(port)}`, { wait: true });
      return 'robots' in found ? found.robots : found;
    };
    expect(await get(server.port)).toMatchObject({
      state: 'read',
      crawl: 'by-rules',
      body: 'User-agent: *\nDisallow: /\n',
      url: `http://${here(server.port)}/real.txt`,
      redirects: [{ status: 301 }],
      expiresAt: start + hour,
    });
    expect(server.lastHeaders['user-agent']).toBe(userAgent);
    expect(await get(none.port)).toMatchObject({ state: 'absent', crawl: 'allow', status: 404 });
    expect(await get(gone.port)).toMatchObject({
      state: 'unreachable',
      crawl: 'disallow',
      failure: 'connect',
    });
    const refused = await cache.get('http://169.254.169.254', { wait: true });
    expect(refused).toMatchObject({
      robots: { state: 'unreachable', crawl: 'disallow', failure: 'refused' },
    });
  });

  test('a robots.txt beyond 500 KiB is read up to its last whole line', async () => {
    const line = 'Disallow: /0123456789\n';
    const { port } = await site((_request, response) => response.end(line.repeat(30_000)));
    const cache = createSignalsCache({
      fetcher: fetcher({ allow: [here(port)] }),
      store: memoryStore(),
      now: () => start,
      onError: (error) => {
        throw error;
      },
    });
    const { robots: entry } = (await cache.get(`http://${here(port)}`, { wait: true })) as SiteEntry;
    expect(entry.warnings).toEqual(['truncated']);
    expect(entry.body).toBe(line.repeat(Math.floor(robotsBytesMax / line.length)));
  });
});
