import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type FetcherOptions, isCheckedPeer } from '../../src/net/fetcher-node.ts';
import type { Resolver } from '../../src/net/fetching.ts';
import { type Handler, here, localNet, noNames, pem, text, type Zone } from './local-net.ts';

const { site, raw, dns, fetcher } = localNet();

describe('names', () => {
  test('are looked up once, over A and AAAA, and dialled at the answer', async () => {
    const server = await site((_request, response) => response.end('here'));
    const local = await dns({ 'site.test': { a: ['127.0.0.1'] } });
    const client = fetcher({ dns: local, allow: [`site.test:${server.port}`, here(server.port)] });
    const result = await client.fetch(`http://site.test:${server.port}/`);
    expect(text(result)).toBe('here');
    expect(result).toMatchObject({ address: '127.0.0.1' });
    expect(server.lastHeaders.host).toBe(`site.test:${server.port}`);
    expect(local.questions.toSorted()).toEqual(['A site.test', 'AAAA site.test']);
  });

  test('rebinding: the first answer is dialled, and a second answer is checked anew', async () => {
    const server = await site((request, response) => {
      if (request.url === '/') response.end('first');
      else response.writeHead(302, { location: '/' }).end();
    });
    const local = await dns({
      'site.test': (earlier) => ({ a: [earlier === 0 ? '127.0.0.1' : '10.0.0.1'] }),
    });
    const allow = [`site.test:${server.port}`, here(server.port)];
    const client = fetcher({ dns: local, allow });
    expect(text(await client.fetch(`http://site.test:${server.port}/`))).toBe('first');
    expect(local.questions.filter((question) => question === 'A site.test')).toHaveLength(1);
    expect(await client.fetch(`http://site.test:${server.port}/`)).toMatchObject({
      ok: false,
      kind: 'refused',
    });

    const again = await dns({
      'site.test': (earlier) => ({ a: [earlier === 0 ? '127.0.0.1' : '10.0.0.1'] }),
    });
    const redirected = await fetcher({ dns: again, allow }).fetch(`http://site.test:${server.port}/again`);
    expect(redirected).toMatchObject({ ok: false, kind: 'refused' });
    expect(server.seen).toEqual(['/', '/again']);
  });

  test.each<[string, Zone]>([
    ['one private address among public ones', { a: ['93.184.216.34', '10.0.0.1'] }],
    ['the private one first', { a: ['10.0.0.1', '93.184.216.34'] }],
    ['A public, AAAA loopback', { a: ['93.184.216.34'], aaaa: ['::1'] }],
    ['AAAA mapped', { aaaa: ['::ffff:127.0.0.1'] }],
    ['cloud platform', { a: ['168.63.129.16'] }],
    ['unique local', { aaaa: ['fd00:ec2::254'] }],
    ['an alias of a private name', { cname: 'inside.example.com' }],
  ])('%s: refused without a connection', async (_name, zone) => {
    const local = await dns({ 'a.example.com': zone, 'inside.example.com': { a: ['192.168.0.1'] } });
    const result = await fetcher({ dns: local }).fetch('http://a.example.com/');
    expect(result).toMatchObject({
      ok: false,
      kind: 'refused',
      message: expect.stringMatching(/public address|cloud platform/),
    });
  });

  test('an address allowed at one port is not allowed at another', async () => {
    const server = await site((_request, response) => response.end('secret'));
    const local = await dns({ 'site.test': { a: ['127.0.0.1'] } });
    const client = fetcher({ dns: local, allow: [`site.test:${server.port}`, here(server.port + 1)] });
    expect(await client.fetch(`http://site.test:${server.port}/`)).toMatchObject({
      ok: false,
      kind: 'refused',
    });
    expect(server.seen).toEqual([]);
  });

  test.each<[string, Record<string, Zone>]>([
    ['that do not exist', {}],
    ['without an address', { 'a.example.com': {} }],
    ['whose server is broken', { 'a.example.com': { broken: true } }],
    ['whose server is silent', { 'a.example.com': { silent: true } }],
  ])('%s', async (_name, zones) => {
    const local = await dns(zones);
    expect(await fetcher({ dns: local }).fetch('http://a.example.com/')).toMatchObject({
      ok: false,
      kind: 'dns',
    });
  });

  test('with a flood of addresses are refused', async () => {
    const resolver: Resolver = {
      ...noNames,
      resolve: async () => Array.from({ length: 65 }, (_, i) => `93.184.216.${i}`),
    };
    expect(await fetcher({ resolver }).fetch('http://example.com/')).toMatchObject({
      ok: false,
      kind: 'refused',
    });
  });

  test('a resolver that never answers falls to the deadline', async () => {
    const resolver: Resolver = { ...noNames, resolve: () => new Promise(() => {}) };
    expect(await fetcher({ resolver }).fetch('http://example.com/', { timeoutMs: 30 })).toMatchObject({
      ok: false,
      kind: 'timeout',
    });
  });

  test('of several checked addresses, one that does not answer is passed over', async () => {
    const server = await site((_request, response) => response.end('here'), { address: '127.0.0.3' });
    const allow = ['127.0.0.2', '127.0.0.3', 'site.test'].map((host) => `${host}:${server.port}`);
    const local = await dns({ 'site.test': { a: ['127.0.0.2', '127.0.0.3'] } });
    const result = await fetcher({ dns: local, allow }).fetch(`http://site.test:${server.port}/`);
    expect(result).toMatchObject({ ok: true, address: '127.0.0.3' });
  });

  test('the peer of a connection is held against what was checked', () => {
    expect(isCheckedPeer('93.184.216.34', ['93.184.216.34'])).toBe(true);
    expect(isCheckedPeer('::ffff:93.184.216.34', ['93.184.216.34'])).toBe(true);
    expect(isCheckedPeer('2606:4700::1111', ['93.184.216.34', '2606:4700::1111'])).toBe(true);
    expect(isCheckedPeer('127.0.0.1', ['93.184.216.34'])).toBe(false);
    expect(isCheckedPeer(undefined, ['93.184.216.34'])).toBe(false);
  });
});

const hasV6 = Object.values(networkInterfaces()).some((list) =>
  list?.some((entry) => entry.address === '::1'),
);

describe.skipIf(!hasV6)(`IPv6${hasV6 ? '' : ' (this machine has no ::1)'}`, () => {
  test('a literal and a name', async () => {
    const server = await site((_request, response) => response.end('six'), { address: '::1' });
    const local = await dns({ 'site.test': { aaaa: ['::1'] } });
    const client = fetcher({ dns: local, allow: [`[::1]:${server.port}`, `site.test:${server.port}`] });
    expect(await client.fetch(`http://[::1]:${server.port}/`)).toMatchObject({ ok: true, address: '::1' });
    expect(await client.fetch(`http://site.test:${server.port}/`)).toMatchObject({
      ok: true,
      address: '::1',
    });
    expect(await client.fetch(`http://[::1]:${server.port + 1}/`)).toMatchObject({
      ok: false,
      kind: 'refused',
    });
  });

  test('a name whose IPv6 side is dead is reached over IPv4', async () => {
    const server = await site((_request, response) => response.end('four'));
    const local = await dns({ 'site.test': { a: ['127.0.0.1'], aaaa: ['::1'] } });
    const allow = [`[::1]:${server.port}`, here(server.port), `site.test:${server.port}`];
    const result = await fetcher({ dns: local, allow }).fetch(`http://site.test:${server.port}/`);
    expect(result).toMatchObject({ ok: true, address: '127.0.0.1' });
  });
});

describe('TLS', () => {
  const ca = pem('ca.crt');
  const answer: Handler = (_request, response) => {
    response.end('sealed');
  };

  async function secure(host: string, certificate: string, options: Partial<FetcherOptions> = {}) {
    const server = await site(answer, { certificate });
    const local = await dns({ [host]: { a: ['127.0.0.1'] } });
    const allow = [`${host}:${server.port}`, here(server.port)];
    const result = await fetcher({ dns: local, allow, ca, ...options }).fetch(
      `https://${host}:${server.port}/`,
    );
    return { result, server };
  }

  test('the certificate is checked against the name, not the address', async () => {
    const { result } = await secure('site.test', 'site.test');
    expect(text(result)).toBe('sealed');
  });

  test('a literal is checked against the address', async () => {
    const server = await site(answer, { certificate: 'site.test' });
    const result = await fetcher({ allow: [here(server.port)], ca }).fetch(`https://${here(server.port)}/`);
    expect(text(result)).toBe('sealed');
  });

  test.each([
    ['a certificate of another name', 'other.test', 'site.test', {}, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['an expired certificate', 'expired.test', 'expired.test', {}, 'CERT_HAS_EXPIRED'],
    [
      'an unknown authority',
      'site.test',
      'site.test',
      { ca: pem('expired.test.crt') },
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
  ])('%s is refused before anything is sent', async (_name, host, certificate, options, code) => {
    const { result, server } = await secure(host, certificate, options);
    expect(result).toMatchObject({ ok: false, kind: 'tls', message: expect.stringContaining(code) });
    expect(server.seen).toEqual([]);
  });

  test('a server that does not speak TLS', async () => {
    const { port } = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    const result = await fetcher({ allow: [here(port)], ca }).fetch(`https://${here(port)}/`);
    expect(result).toMatchObject({ ok: false, kind: 'tls' });
  });

  test('a redirect from https to http and back passes the guard each time', async () => {
    const plain = await site((_request, response) => response.end('plain'));
    const server = await site(
      (_request, response) => response.writeHead(301, { location: `http://${here(plain.port)}/` }).end(),
      {
        certificate: 'site.test',
      },
    );
    const client = fetcher({ allow: [here(server.port), here(plain.port)], ca });
    expect(text(await client.fetch(`https://${here(server.port)}/`))).toBe('plain');
  });
});
