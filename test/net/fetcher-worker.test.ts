import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { createFetcher } from '../../src/net/fetcher-worker.ts';
import { type FetchRequest, headersBytesMax } from '../../src/net/fetching.ts';
import { here, localNet, text, userAgent } from './local-net.ts';

const { site, raw } = localNet();

function get(port: number, request: FetchRequest = {}, path = '/') {
  return createFetcher({ userAgent, allow: [here(port)] }).fetch(`http://${here(port)}${path}`, request);
}

/** For URLs that must be refused before anything is fetched. */
const nothingFetched = createFetcher({
  userAgent,
  fetch: () => {
    throw new Error('something was fetched');
  },
});

test('the module and what it needs import nothing of Node', () => {
  for (const file of ['fetcher-worker', 'fetching', 'address', 'resolver-doh']) {
    expect(readFileSync(new URL(`../../src/net/${file}.ts`, import.meta.url), 'utf8')).not.toMatch(
      /from 'node:/,
    );
  }
});

describe('the guard', () => {
  test.each([
    'http://8.8.8.8/',
    'http://[2a00:1450:4001:80b::200e]/',
    'http://0x08080808/',
    'http://localhost/',
    'http://169.254.169.254/',
    'http://metadata.google.internal/',
    'http://service.namespace/',
    'ftp://example.com/',
    'http://u:p@example.com/',
    'http://example.com:25/',
  ])('%s is refused', async (url) => {
    expect(await nothingFetched.fetch(url)).toMatchObject({ ok: false, kind: 'refused' });
  });

  test.each([
    'http://127.0.0.1/',
    'http://8.8.8.8/',
    'http://host.cluster/',
    'file:///etc/passwd',
    'http://localhost:1/',
  ])('a redirect to %s is refused', async (location) => {
    const { port } = await site((_request, response) => response.writeHead(302, { location }).end('x'));
    expect(await get(port)).toMatchObject({
      ok: false,
      kind: 'refused',
      message: expect.stringContaining('Redirect 1'),
    });
  });
});

test('an address is refused as such, not for want of a public suffix', async () => {
  expect(await nothingFetched.fetch('http://8.8.8.8/')).toMatchObject({
    message: expect.stringContaining('not a name'),
  });
});

describe('a fetch', () => {
  test('follows redirects itself and says who it is', async () => {
    const server = await site((request, response) => {
      if (request.url === '/') response.writeHead(308, { location: '/robots.txt' }).end();
      else
        response
          .writeHead(200, { 'x-robots-tag': ['noai', 'noindex'], 'content-encoding': 'gzip' })
          .end(gzipSync('here'));
    });
    const result = await get(server.port, { accept: 'text/plain' });
    expect(text(result)).toBe('here');
    expect(result).toMatchObject({
      ok: true,
      status: 200,
      truncated: false,
      address: null,
      url: `http://${here(server.port)}/robots.txt`,
      redirects: [{ status: 308 }],
    });
    expect(result.ok && result.headers['x-robots-tag']).toEqual(['noai, noindex']);
    expect(server.lastHeaders).toMatchObject({ 'user-agent': userAgent, accept: 'text/plain' });
    expect(server.lastHeaders).not.toHaveProperty('cookie');
    expect(server.lastHeaders).not.toHaveProperty('referer');
    expect(server.seen).toEqual(['/', '/robots.txt']);
  });

  test('keeps the cap on decompressed bytes', async () => {
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024));
    const { port } = await site((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );
    const result = await get(port, { maxBytes: 1_000 });
    expect(result).toMatchObject({ ok: true, truncated: true });
    expect(result.ok && result.body.length).toBe(1_000);
  });

  test('ends a loop and counts redirects', async () => {
    const loop = await site((_request, response) => response.writeHead(302, { location: '/' }).end());
    expect(await get(loop.port)).toMatchObject({ ok: false, kind: 'too-many-redirects' });
    const chain = await site((request, response) =>
      response.writeHead(302, { location: `${request.url}x` }).end(),
    );
    expect(await get(chain.port, { maxRedirects: 3 })).toMatchObject({
      ok: false,
      kind: 'too-many-redirects',
    });
    expect(chain.seen).toHaveLength(4);
  });

  test('falls to the deadline while a body drips', async () => {
    const { port } = await site((_request, response) => {
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    expect(await get(port, { timeoutMs: 60 })).toMatchObject({ ok: false, kind: 'timeout' });
  });

  test('refuses headers beyond the cap, whatever the platform lets through', async () => {
    const fetcher = createFetcher({
      userAgent,
      fetch: async () => new Response('', { headers: { x: 'a'.repeat(headersBytesMax) } }),
    });
    expect(await fetcher.fetch('http://example.com/')).toMatchObject({ ok: false, kind: 'protocol' });
  });

  test('reports a broken body, a broken connection and a closed port as outcomes', async () => {
    const broken = await site((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'),
    );
    expect(await get(broken.port)).toMatchObject({ ok: false, kind: 'decode' });
    const short = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'));
    expect(await get(short.port)).toMatchObject({
      ok: false,
      kind: 'connect',
    });
    const gone = await site(() => {});
    await gone.close();
    expect(await get(gone.port)).toMatchObject({ ok: false, kind: 'connect' });
  });
});
