import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import {
  dnsProofFound,
  dnsProofName,
  dnsProofValue,
  domainProofCovers,
  isProofToken,
  profileProofCovers,
  proofToken,
  provableHost,
  wellKnownBody,
  wellKnownBodyBytesMax,
  wellKnownFound,
  wellKnownPath,
} from '../../src/opt-outs/proof.ts';
import { covers, type ScopeKind, scopeKey } from '../../src/opt-outs/scope.ts';
import { siteHost } from './url-arbitraries.ts';

const token = proofToken(Uint8Array.from({ length: 16 }, (_, at) => 255 - at * 5));
const bytes = (text: string) => new TextEncoder().encode(text);

describe('a token', () => {
  test('is base64url of its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 64 }), (random) => {
        const made = proofToken(random);
        expect(made).toBe(Buffer.from(random).toString('base64url'));
        expect(isProofToken(made)).toBe(true);
        expect(wellKnownBody(made).length).toBeLessThan(wellKnownBodyBytesMax);
      }),
    );
  });

  test('has at least 128 bits', () => {
    expect(() => proofToken(new Uint8Array(15))).toThrow(RangeError);
    expect(() => proofToken(new Uint8Array(65))).toThrow(RangeError);
    expect(isProofToken('short')).toBe(false);
  });
});

test.each([
  ['Example.COM.', 'example.com'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['artist.github.io', 'artist.github.io'],
])('%s is proven as %s', (host, proven) => {
  expect(provableHost(host)).toBe(proven);
  expect(dnsProofName(host)).toBe(`_withhold.${proven}`);
});

test.each([
  ['com', 'public-suffix'],
  ['co.uk', 'public-suffix'],
  ['github.io', 'public-suffix'],
  ['localhost', 'public-suffix'],
  ['', 'invalid'],
  ['192.0.2.1', 'invalid'],
  ['3221225985', 'invalid'],
  ['[::1]', 'invalid'],
  ['example.com:443', 'invalid'],
  ['example.com/x', 'invalid'],
  ['me@example.com', 'invalid'],
  ['a b.com', 'invalid'],
  [`${`${'a'.repeat(60)}.`.repeat(4)}com`, 'invalid'],
])('nobody proves %j', (host, code) => {
  expect(() => provableHost(host)).toThrow(AppError);
  expect(() => dnsProofName(host)).toThrow(
    expect.objectContaining({ code, fix: expect.stringMatching(/\.$/) }),
  );
});

describe('a TXT record', () => {
  const value = dnsProofValue(token);
  test.each<[string, (string | string[])[]]>([
    ['as it is', [value]],
    ['among others', ['v=spf1 -all', value]],
    ['in chunks', [[value.slice(0, 7), value.slice(7)]]],
    ['with quotes pasted in', [`"${value}"`]],
    ['in presentation form', [`"${value.slice(0, 12)}" "${value.slice(12)}"`]],
    ['with escapes of presentation form', [`"withhold\\=${token}"`]],
    ['with white space around', [` withhold = ${token}\n`]],
    ['with a capital name', [`Withhold=${token}`]],
  ])('proves %s', (_name, records) => expect(dnsProofFound(records, token)).toBe(true));

  test.each<[string, (string | string[])[]]>([
    ['nothing', []],
    ['the bare token', [token]],
    ['another name', [`x-withhold=${token}`]],
    ['more behind it', [`${value}x`]],
    ['a sentence with it', [`please add ${value}`]],
    ['a list with it', [`a=b; ${value}`]],
    ['another token', [`withhold=${token.slice(1)}A`]],
    ['another case', [value.toUpperCase()]],
    ['chunks of two records', [value.slice(0, 9), value.slice(9)]],
    ['two values in one', [`"${value}" "${value}"`]],
  ])('proves nothing: %s', (_name, records) => expect(dnsProofFound(records, token)).toBe(false));

  test('proves however it is cut and quoted, and only its own token', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: value.length }), { maxLength: 4 });
    const other = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(proofToken);
    fc.assert(
      fc.property(cuts, fc.boolean(), other, (at, quoted, otherToken) => {
        const ends = [0, ...at.sort((a, b) => a - b), value.length];
        const chunks = ends.slice(1).map((end, index) => value.slice(ends[index], end));
        const record = quoted ? chunks.map((chunk) => `"${chunk}"`).join(' ') : chunks;
        expect(dnsProofFound([record], token)).toBe(true);
        expect(dnsProofFound([record], otherToken)).toBe(otherToken === token);
      }),
    );
  });

  test('an empty token is found nowhere', () => expect(dnsProofFound(['withhold='], '')).toBe(false));
});

describe('the well-known file', () => {
  test('has its place', () => expect(wellKnownPath(token)).toBe(`/.well-known/withhold-${token}`));
  test.each([token, `${token}\n`, `${token}\r\n`, `\ufeff${token}`])('%j proves', (body) => {
    expect(wellKnownFound(bytes(body), token)).toBe(true);
  });
  test.each(['', `${token}\n\n`, ` ${token}`, `${token}x`, `<html>${token}`, `${token}\n${'x'.repeat(128)}`])(
    '%j does not',
    (body) => expect(wellKnownFound(bytes(body), token)).toBe(false),
  );
  test('an empty file does not prove an empty token', () =>
    expect(wellKnownFound(bytes(''), '')).toBe(false));
});

describe('a domain proof', () => {
  test.each<[string, ScopeKind, string, boolean]>([
    ['example.com', 'domain', 'example.com', true],
    ['example.com', 'domain', 'www.example.com', true],
    ['example.com', 'prefix', 'example.com/art', true],
    ['example.com', 'prefix', 'a.b.example.com:8443/art', true],
    ['example.com', 'url', 'https://example.com/a?b=)', true],
    ['www.example.com', 'domain', 'example.com', false],
    ['www.example.com', 'url', 'https://example.com/', false],
    ['www.example.com', 'prefix', 'www.example.com', true],
    ['example.com', 'domain', 'notexample.com', false],
    ['example.com', 'url', 'https://example.com.evil.test/', false],
    ['example.com', 'url', 'http://192.0.2.1/example.com', false],
    ['example.com', 'url', 'http://[2001:db8::1]/', false],
    ['amazonaws.com', 'url', 'https://bucket.s3.amazonaws.com/x', false],
    ['artist.github.io', 'prefix', 'artist.github.io/x', true],
    ['artist.github.io', 'prefix', 'github.io', false],
  ])('for %s speaks for %s %s: %s', (host, kind, value, expected) => {
    expect(domainProofCovers(provableHost(host), scopeKey(kind, value))).toBe(expected);
  });

  test('speaks for nothing outside its host and what is below it', () => {
    fc.assert(
      fc.property(siteHost, siteHost, (host, other) => {
        let proven: string;
        let url: string;
        try {
          proven = provableHost(host);
          url = `https://${other}/x`;
          scopeKey('url', url);
        } catch {
          return;
        }
        if (!domainProofCovers(proven, scopeKey('url', url))) return;
        expect(covers(scopeKey('domain', proven), url)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a profile proof', () => {
  const page = 'https://social.example/@ann';
  test.each<[string, ScopeKind, string, boolean]>([
    [page, 'prefix', 'social.example/@ann', true],
    [page, 'prefix', 'social.example/@ann/', true],
    [page, 'prefix', 'social.example/@ann/art', true],
    [page, 'prefix', 'social.example/@anna', false],
    [page, 'prefix', 'social.example/', false],
    [page, 'prefix', 'social.example:8443/@ann', false],
    [page, 'prefix', 'other.example/@ann', false],
    [page, 'url', 'https://social.example/@ann/1?large', true],
    [page, 'url', 'https://social.example/@ann?x=/', true],
    [page, 'url', 'https://social.example/@bob/1', false],
    [page, 'domain', 'social.example', false],
    ['https://social.example/@ann/', 'prefix', 'social.example/@ann', true],
    ['https://social.example/users/ann', 'prefix', 'social.example/users', false],
    ['https://ann.social.example/', 'prefix', 'ann.social.example', true],
    ['https://ann.social.example/', 'url', 'https://ann.social.example/1.jpg', true],
    ['https://social.example/a)/', 'prefix', 'social.example/a)', true],
    ['https://social.example/profile?id=7', 'prefix', 'social.example/profile', false],
    ['https://social.example/profile?id=7', 'url', 'https://social.example/profile?id=7', true],
    ['https://social.example/profile?id=7', 'url', 'https://social.example/profile?id=8', false],
    ['not a url', 'prefix', 'social.example/', false],
  ])('on %s speaks for %s %s: %s', (pageUrl, kind, value, expected) => {
    expect(profileProofCovers(pageUrl, scopeKey(kind, value))).toBe(expected);
  });
});
