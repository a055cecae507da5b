import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import {
  covers,
  hostLabelsMax,
  lookupKeys,
  pathSegmentsMax,
  prefixPathCharsMax,
  readableScope,
  type Scope,
  type ScopeKind,
  scopeKey,
} from '../../src/opt-outs/scope.ts';
import { urlCharsMax, urlKey } from '../../src/opt-outs/url-key.ts';
import { anyUrl, prefixOf, siteHost } from './url-arbitraries.ts';

interface UrlVector {
  id: string;
  input: { rule: { kind: ScopeKind | 'host'; value: string }; url: string };
  expect: { validRule: boolean; covers: boolean };
  note?: string;
}

const vectorFile = new URL('../vectors/urls.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(vectorFile, 'utf8')) as { vectors: UrlVector[] };

/** The registry's own way to an answer: is the key of the rule among the keys looked up for the URL? */
function found(scope: Scope, url: string): boolean {
  const keys = lookupKeys(url);
  if (keys === null) return false;
  if (scope.kind === 'url') return keys.url === scope.key;
  return (scope.kind === 'domain' ? keys.domains : keys.prefixes).includes(scope.key);
}

function tryScope(kind: ScopeKind, value: string): Scope | null {
  try {
    return scopeKey(kind, value);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

describe('own/urls.json', () => {
  test('has its 98 vectors', () => expect(vectors).toHaveLength(98));
  test.each(vectors.map((vector) => [`${vector.id} ${vector.note ?? ''}`, vector] as const))(
    '%s',
    (_name, vector) => {
      const { rule, url } = vector.input;
      const scope = tryScope(rule.kind === 'host' ? 'prefix' : rule.kind, rule.value);
      const answer = scope !== null && covers(scope, url);
      expect({ validRule: scope !== null, covers: answer }).toEqual(vector.expect);
      if (scope !== null) expect(found(scope, url)).toBe(answer);
    },
  );
});

test.each<[ScopeKind, string, string]>([
  ['domain', 'Shop.Example.co.uk', 'uk,co,example,shop'],
  ['domain', 'https://example.com/', 'com,example'],
  ['domain', 'bücher.example.', 'example,xn--bcher-kva'],
  ['domain', 'artist.github.io', 'io,github,artist'],
  ['domain', 'my_name.example.com', 'com,example,my_name'],
  ['prefix', 'example.com', 'com,example)/'],
  ['prefix', 'example.com/art', 'com,example)/art'],
  ['prefix', 'example.com/art/', 'com,example)/art/'],
  ['prefix', 'http://example.com:80/art#top', 'com,example)/art'],
  ['prefix', 'example.com:80/art', 'com,example)/art'],
  ['prefix', 'example.com:443/art', 'com,example)/art'],
  ['prefix', 'example.com:8443/art', 'com,example:8443)/art'],
  ['prefix', 'localhost:8787/a', 'localhost:8787)/a'],
  ['prefix', ' https:\\\\example.com\\art ', 'com,example)/art'],
  ['prefix', '0x7f.1/x', '127.0.0.1)/x'],
  ['prefix', '[2001:DB8::1]:8080', '[2001:db8::1]:8080)/'],
  ['url', 'https://u:p@Example.com:443/a/../b?Q=%7e#f', 'com,example)/b?Q=~'],
  ['url', 'http://example.com:443/', 'com,example:443)/'],
])('%s %s has the key %s', (kind, value, key) => {
  expect(scopeKey(kind, value)).toEqual({ kind, key });
});

test.each<[ScopeKind, string, 'invalid' | 'public-suffix']>([
  ['domain', 'co.uk', 'public-suffix'],
  ['domain', 'github.io', 'public-suffix'],
  ['domain', 'xn--55qx5d.cn', 'public-suffix'],
  ['domain', 'localhost', 'public-suffix'],
  ['domain', '192.0.2.1', 'invalid'],
  ['domain', '[::1]', 'invalid'],
  ['domain', 'example.com:8443', 'invalid'],
  ['domain', 'example.com/art', 'invalid'],
  ['domain', 'example.com?x', 'invalid'],
  ['domain', '*.example.com', 'invalid'],
  ['domain', 'a,b.com', 'invalid'],
  ['domain', 'a..example.com', 'invalid'],
  ['domain', '.example.com', 'invalid'],
  ['domain', 'me@example.com', 'invalid'],
  ['domain', 'mailto:me@example.com', 'invalid'],
  ['domain', 'ftp://example.com/', 'invalid'],
  ['domain', `${'a.'.repeat(hostLabelsMax)}com`, 'invalid'],
  ['domain', `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.com`, 'invalid'],
  ['prefix', '', 'invalid'],
  ['prefix', '\\art', 'invalid'],
  ['prefix', 'example.com/art?x=1', 'invalid'],
  ['prefix', 'example.com/art?', 'invalid'],
  ['prefix', 'javascript:alert(1)', 'invalid'],
  ['prefix', 'data://x/y', 'invalid'],
  ['prefix', `example.com${'/a'.repeat(pathSegmentsMax + 1)}`, 'invalid'],
  ['prefix', `example.com/${'a'.repeat(prefixPathCharsMax)}`, 'invalid'],
  ['prefix', `example.com/a${'\t'.repeat(urlCharsMax)}`, 'invalid'],
  ['url', 'example.com/a.jpg', 'invalid'],
  ['url', 'https://', 'invalid'],
  ['url', `https://example.com/${'a'.repeat(urlCharsMax)}`, 'invalid'],
])('%s %s is refused as %s, with a fix', (kind, value, code) => {
  let thrown: unknown;
  try {
    scopeKey(kind, value);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(AppError);
  expect(thrown).toMatchObject({ code, field: undefined, fix: expect.stringMatching(/\.$/) });
});

test('a comma in a host does not reach the key of another host', () => {
  expect(covers(scopeKey('url', 'https://b.a.com/'), 'https://a,b.com/')).toBe(false);
  expect(covers(scopeKey('domain', 'a.com'), 'https://a,b.com/')).toBe(false);
});

test('a prefix with a slash at its end covers what is below it only', () => {
  const scope = scopeKey('prefix', 'example.com/art/');
  expect(covers(scope, 'https://example.com/art/x')).toBe(true);
  expect(covers(scope, 'https://example.com/art')).toBe(false);
});

test('the port is part of a prefix and of a URL, and of no domain', () => {
  expect(covers(scopeKey('prefix', 'example.com/art'), 'https://example.com:8443/art')).toBe(false);
  expect(covers(scopeKey('prefix', 'example.com:8443/art'), 'http://example.com:8443/art/x')).toBe(true);
  expect(covers(scopeKey('domain', 'example.com'), 'http://a.example.com:8443/art/x')).toBe(true);
});

test('look-ups are bounded for a hostile URL', () => {
  const url = `https://${'a.'.repeat(500)}com/${'a/'.repeat(5000)}`;
  const keys = lookupKeys(url);
  expect(keys?.domains).toHaveLength(hostLabelsMax - 1);
  expect(keys?.prefixes.length).toBeLessThanOrEqual(2 * pathSegmentsMax);
  expect(lookupKeys('not a url')).toBeNull();
});

const scopeValue = fc.oneof(
  siteHost.map((value) => ['domain', value] as const),
  prefixOf.map((value) => ['prefix', value] as const),
  anyUrl.map((value) => ['url', value] as const),
);

test('covers says yes exactly when the key is among those looked up', () => {
  fc.assert(
    fc.property(scopeValue, anyUrl, ([kind, value], url) => {
      const scope = tryScope(kind, value);
      fc.pre(scope !== null);
      expect(found(scope, url)).toBe(covers(scope, url));
    }),
    { numRuns: 3000 },
  );
});

test('every key looked up for a URL that can be registered does cover it', () => {
  fc.assert(
    fc.property(anyUrl, (url) => {
      const keys = lookupKeys(url);
      fc.pre(keys !== null);
      for (const key of keys.domains) expect(covers({ kind: 'domain', key }, url)).toBe(true);
      for (const key of keys.prefixes) expect(covers({ kind: 'prefix', key }, url)).toBe(true);
      expect(covers({ kind: 'url', key: keys.url }, url)).toBe(true);
      expect(new Set(keys.prefixes).size).toBe(keys.prefixes.length);
    }),
  );
});

test('keys keep the order of prefixes: what a scope covers starts with its key', () => {
  fc.assert(
    fc.property(scopeValue, anyUrl, ([kind, value], url) => {
      const scope = tryScope(kind, value);
      fc.pre(scope !== null && covers(scope, url));
      expect(urlKey(url)?.surt.startsWith(scope.key)).toBe(true);
    }),
  );
});

test('a key in ordinary spelling gives the same key again', () => {
  fc.assert(
    fc.property(scopeValue, ([kind, value]) => {
      const scope = tryScope(kind, value);
      fc.pre(scope !== null);
      const spelled = readableScope(scope);
      // A port of 80 or 443 that is not its scheme's default cannot be spelled without the scheme.
      fc.pre(!/:(80|443)\)/.test(scope.key));
      expect(scopeKey(kind, kind === 'url' ? `https://${spelled}` : spelled)).toEqual(scope);
    }),
  );
  expect(readableScope(scopeKey('prefix', '[2001:db8::1]:8080/x'))).toBe('[2001:db8::1]:8080/x');
  expect(readableScope(scopeKey('prefix', '192.0.2.1:8080/x'))).toBe('192.0.2.1:8080/x');
  expect(readableScope(scopeKey('domain', 'a.example.co.uk'))).toBe('a.example.co.uk');
});
