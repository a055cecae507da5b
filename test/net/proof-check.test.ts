import { describe, expect, test } from 'vitest';
import type { FetchRequest, FetchResult } from '../../src/net/fetching.ts';
import {
  checkDnsProof,
  checkWellKnownProof,
  observedCharsMax,
  proofBytesMax,
  proofRedirectsMax,
} from '../../src/net/proof-check.ts';
import { type Handler, here, localNet, noNames, resolverOf, type Zone } from './local-net.ts';

const { site, dns, fetcher } = localNet();
const token = 'q3k5n7p2r4t6v8x0z1b3d5f7';

describe('the DNS record', () => {
  const name = '_withhold.example.com';
  const expectedValue = `withhold=${token}`;

  async function check(zone?: Zone) {
    const local = await dns(
      zone === undefined ? {} : { [name]: zone, 'other.example.net': { txt: [[expectedValue]] } },
    );
    return checkDnsProof(resolverOf(local), { name, expectedValue });
  }

  test.each<[string, Zone]>([
    ['alone', { txt: [[expectedValue]] }],
    ['in several strings', { txt: [['withhold=', token.slice(0, 5), token.slice(5)]] }],
    ['beside others', { txt: [['v=spf1 -all'], [expectedValue], ['withhold=old']] }],
    ['with blanks around it', { txt: [[` ${expectedValue} `]] }],
    ['behind an alias', { cname: 'other.example.net' }],
  ])('is found %s', async (_name, zone) => {
    expect(await check(zone)).toEqual({
      found: true,
      seen: 'match',
      detail: `The TXT record at ${name} is right.`,
      observed: expectedValue,
    });
  });

  test.each<[string, string, Zone | undefined, string]>([
    ['nothing', 'no such name', undefined, ''],
    ['nothing', 'no TXT record', { a: ['93.184.216.34'] }, ''],
    ['other', 'another value', { txt: [['withhold=other']] }, 'withhold=other'],
    ['other', 'the value inside another', { txt: [[`x ${expectedValue}`]] }, `x ${expectedValue}`],
    ['other', 'the token alone', { txt: [[token]] }, token],
    ['other', 'the value cut over two records', { txt: [['withhold='], [token]] }, `withhold= | ${token}`],
    ['other', 'another case', { txt: [[expectedValue.toUpperCase()]] }, expectedValue.toUpperCase()],
    ['unreachable', 'broken name servers', { broken: true }, ''],
    ['unreachable', 'silent name servers', { silent: true }, ''],
  ])('says %s for %s', async (seen, _name, zone, observed) => {
    const outcome = await check(zone);
    expect(outcome).toMatchObject({ found: false, seen });
    for (const part of observed.split(' | ')) expect(outcome.observed).toContain(part);
    expect(outcome.detail).toContain(name);
  });

  test('shows a stranger’s words printable and short', async () => {
    const resolveTxt = async () => [['a\u0000\u001b[31m\r\nb\u202e', 'x'.repeat(10_000)]];
    const { observed } = await checkDnsProof({ ...noNames, resolveTxt }, { name, expectedValue });
    expect(observed).toMatch(/^a \[31m b x+…$/);
    expect(observed.length).toBeLessThanOrEqual(observedCharsMax + 1);
  });
});

describe('the well-known file', () => {
  const path = `/.well-known/withhold-${token}`;

  async function check(handler: Handler) {
    const server = await site(handler);
    const url = `http://${here(server.port)}${path}`;
    const client = fetcher({ allow: [here(server.port)] });
    return { server, outcome: await checkWellKnownProof(client, { url, expectedBody: token }) };
  }

  test.each(['', '\n', '\r\n', ' \t\n\n'])('is found when it ends in %j', async (end) => {
    const { server, outcome } = await check((_request, response) => response.end(token + end));
    expect(outcome).toMatchObject({ found: true, seen: 'match', observed: token });
    expect(server.seen).toEqual([path]);
  });

  test.each<[string, string, Handler]>([
    ['nothing', '404', (_request, response) => response.writeHead(404).end(token)],
    ['nothing', '410', (_request, response) => response.writeHead(410).end(token)],
    ['other', '403', (_request, response) => response.writeHead(403).end(token)],
    ['other', '203', (_request, response) => response.writeHead(203).end(token)],
    ['unreachable', '503', (_request, response) => response.writeHead(503).end(token)],
    ['unreachable', '429', (_request, response) => response.writeHead(429).end(token)],
    ['unreachable', 'a broken connection', (request) => request.socket.resetAndDestroy()],
    ['other', 'an empty file', (_request, response) => response.end()],
    ['other', 'a blank before it', (_request, response) => response.end(` ${token}`)],
    ['other', 'a page around it', (_request, response) => response.end(`<html>${token}</html>`)],
    ['other', 'one byte too many', (_request, response) => response.end(token.padEnd(proofBytesMax + 1))],
    ['other', 'another token', (_request, response) => response.end('another')],
  ])('says %s for %s', async (seen, _name, handler) => {
    const { outcome } = await check(handler);
    expect(outcome).toMatchObject({ found: false, seen });
    expect(outcome.detail).toContain(path);
  });

  test('may be padded up to the cap', async () => {
    const { outcome } = await check((_request, response) => response.end(token.padEnd(proofBytesMax)));
    expect(outcome.found).toBe(true);
  });

  test.each([
    [proofRedirectsMax, true],
    [proofRedirectsMax + 1, false],
  ])('behind %i redirects: %j', async (hops, found) => {
    let left = hops;
    const { outcome } = await check((_request, response) => {
      if (left-- > 0) response.writeHead(302, { location: `/${left}` }).end();
      else response.end(token);
    });
    expect(outcome.found).toBe(found);
    if (found) expect(outcome.detail).toContain('redirected from');
  });

  test.each([
    'http://example.com:8080/x',
    'https://example.com:8443/x',
    'http://8.8.8.8/x',
    'http://[2a00:1450:4001:80b::200e]/x',
    'http://host.unknowntld/x',
    'http://localhost/x',
    'http://10.0.0.1/x',
    'http://[fe80::1%25eth0]/x',
    'gopher://example.com/x',
  ])('never follows a redirect to %s', async (location) => {
    const { outcome } = await check((_request, response) => response.writeHead(301, { location }).end(token));
    expect(outcome).toMatchObject({ found: false, seen: 'other' });
    expect(outcome.detail).toMatch(/Redirect 1 is not followed|not a URL/);
  });

  test('asks the fetcher for Boulder’s limits', async () => {
    const asked: FetchRequest[] = [];
    const fetch = async (_url: string, request: FetchRequest = {}): Promise<FetchResult> => {
      asked.push(request);
      return { ok: false, kind: 'dns', message: 'The name could not be looked up.' };
    };
    const outcome = await checkWellKnownProof(
      { fetch },
      { url: `http://example.com${path}`, expectedBody: token },
    );
    expect(asked).toMatchObject([{ maxBytes: 128, maxRedirects: 10, ports: [80, 443] }]);
    expect(outcome.detail).toBe(
      `http://example.com${path} could not be read. The name could not be looked up.`,
    );
  });
});
