import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanUrlPattern, fastSurt, isClean } from '../../src/opt-outs/clean-url.ts';
import { canonicalUrl, urlCharsMax, urlKey } from '../../src/opt-outs/url-key.ts';
import { anyUrl, nearlyCleanUrl } from './url-arbitraries.ts';

test('a key has its parts', () => {
  expect(urlKey('HTTPS://user:secret@WWW.Bücher.example.:8443/%7eann/./a b?x=%c3%a9&y#top')).toEqual({
    surt: 'example,xn--bcher-kva,www:8443)/~ann/a%20b?x=%C3%A9&y',
    host: 'www.xn--bcher-kva.example',
    hostSurt: 'example,xn--bcher-kva,www',
    isIp: false,
    port: '8443',
    path: '/~ann/a%20b',
    query: 'x=%C3%A9&y',
    scheme: 'https',
  });
});

test.each([
  ['an unclosed triplet is a percent sign', 'https://h.example/%zz%', 'example,h)/%25zz%25'],
  ['nothing is decoded twice', 'https://h.example/%%36%31', 'example,h)/%2561'],
  ['a decoded percent sign stays encoded', 'https://h.example/%2561', 'example,h)/%2561'],
  ['a slash inside a segment stays inside it', 'https://h.example/a%2fb', 'example,h)/a%2Fb'],
  ['a circumflex is encoded, whatever the parser is', 'https://h.example/a^b', 'example,h)/a%5Eb'],
  ['an address keeps its order', 'http://0x7f000001/x', '127.0.0.1)/x'],
  ['an address ends in no dot', 'http://127.0.0.1./x', '127.0.0.1)/x'],
  ['IPv6 is shortened', 'http://[2001:0DB8:0::1]:80/', '[2001:db8::1])/'],
])('%s', (_name, url, surt) => expect(urlKey(url)?.surt).toBe(surt));

test.each([
  '',
  'example.com/',
  '//example.com/',
  'ftp://example.com/',
  'data:text/plain,x',
  'blob:https://example.com/x',
  'https://',
  'https://a,b.com/',
  'https://a)b.com/',
  'https://a..b/',
  'https://example.com../',
  'https://.a.com/',
  'http://256.1.1.1/',
  'http://a.0x1/',
  'https://exa mple.com/',
  'https://example.com:99999/',
  `https://example.com/${'a'.repeat(urlCharsMax)}`,
])('%j has no key', (url) => expect(urlKey(url)).toBeNull());

test('the canonical URL is its own canonical URL, and has the same key', () => {
  fc.assert(
    fc.property(anyUrl, (url) => {
      const key = urlKey(url);
      fc.pre(key !== null);
      const canonical = canonicalUrl(key);
      expect(urlKey(canonical)).toEqual(key);
      expect(new URL(canonical).username).toBe('');
      expect(key.surt).toMatch(/^[!-~]+$/);
    }),
    { numRuns: 3000 },
  );
});

test('userinfo, fragment and scheme change no key', () => {
  fc.assert(
    fc.property(fc.webPath(), fc.webFragments(), (path, fragment) => {
      const plain = urlKey(`https://example.com${path}`)?.surt;
      expect(urlKey(`http://u:p@EXAMPLE.com.:80${path}#${fragment}`)?.surt).toBe(plain);
    }),
  );
});

test('on a clean URL the fast path equals the slow path, and the canonical URL is the URL itself', () => {
  let cleaned = 0;
  fc.assert(
    fc.property(
      fc.oneof({ weight: 9, arbitrary: nearlyCleanUrl }, { weight: 1, arbitrary: anyUrl }),
      (url) => {
        if (!isClean(url)) return;
        cleaned += 1;
        const key = urlKey(url);
        expect(key).not.toBeNull();
        if (key === null) return;
        expect(fastSurt(url)).toBe(key.surt);
        expect(canonicalUrl(key)).toBe(url);
      },
    ),
    { numRuns: 10_000 },
  );
  expect(cleaned).toBeGreaterThan(1000);
});

test('every triplet is clean exactly when canonicalisation keeps it', () => {
  for (let byte = 0; byte < 256; byte += 1) {
    const hex = byte.toString(16).padStart(2, '0').toUpperCase();
    for (const url of [`https://h.example/a%${hex}b`, `https://h.example/?a%${hex}b`]) {
      const key = urlKey(url);
      expect([hex, isClean(url)]).toEqual([hex, key !== null && canonicalUrl(key) === url]);
    }
  }
});

test('every printable character is clean only where canonicalisation keeps it', () => {
  for (let code = 0x20; code < 0x7f; code += 1) {
    const character = String.fromCharCode(code);
    for (const url of [
      `https://h${character}h.example/`,
      `https://h.example/a${character}b`,
      `https://h.example/?a${character}b`,
    ]) {
      const key = urlKey(url);
      if (isClean(url)) expect([url, key && canonicalUrl(key), fastSurt(url)]).toEqual([url, url, key?.surt]);
    }
  }
});

test('the URLs that data is made of are clean', () => {
  for (const url of [
    'https://cdn.example.com/wp-content/uploads/2020/01/picture-1024x768.jpg?w=300&h=200',
    'http://img-01.example.co.uk/a%20b/(1).png',
    'https://example.com/',
  ]) {
    expect(isClean(url)).toBe(true);
  }
});

test('the clean expression is linear and needs nothing RE2 lacks', () => {
  expect(cleanUrlPattern).not.toMatch(/\(\?[=!<]|\\[1-9]|^\^|\$$/);
  expect(isClean(`https://${'a-'.repeat(4000)}/`)).toBe(false);
  expect(isClean(`https://h.example/${'a/'.repeat(8000)}#`)).toBe(false);
  expect(isClean('https://h.example/\n')).toBe(false);
});
