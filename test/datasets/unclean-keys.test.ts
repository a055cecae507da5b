import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uncleanKey } from '../../src/datasets/unclean-keys.ts';
import { fastSurt, isClean } from '../../src/opt-outs/clean-url.ts';
import { urlKey } from '../../src/opt-outs/url-key.ts';

test.each([
  ['https://example.com/a.jpg', null],
  ['', null],
  [' \t\u00a0', null],
  [' https://example.com/a.jpg', { surt: 'com,example)/a.jpg', hostSurt: 'com,example', fault: null }],
  ['https://EXAMPLE.com:8443/%7Ea', { surt: 'com,example:8443)/~a', hostSurt: 'com,example', fault: null }],
  ['http://[::1]/', { surt: '[::1])/', hostSurt: null, fault: null }],
  ['http://127.1/', { surt: '127.0.0.1)/', hostSurt: null, fault: null }],
  ['http://a,b.example/', { surt: null, hostSurt: null, fault: null }],
  [
    'ftp://example.com/',
    { surt: null, hostSurt: null, fault: 'has a page_url that is no http or https URL' },
  ],
  ['http://a.example/\ufffd', { surt: null, hostSurt: null, fault: 'has a page_url that is not UTF-8' }],
  [
    `https://example.com/${'a'.repeat(81)}`,
    { surt: null, hostSurt: null, fault: 'has a page_url longer than 100 characters' },
  ],
])('of %j only a parser can say %j', (cell, said) => {
  expect(uncleanKey('page_url', cell, 100)).toEqual(said);
});

test('what is clean needs no parser, and all else has the key of its URL or a fault', () => {
  const cell = fc.oneof(
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.string({ unit: 'binary' }),
    fc.string().map((text) => `https://example.com/${text}`),
  );
  fc.assert(
    fc.property(cell, (url) => {
      const said = uncleanKey('url', url, 8_192);
      const key = urlKey(url.trim());
      if (said === null) {
        if (url.trim() !== '') expect(isClean(url) && fastSurt(url)).toBe(key?.surt);
      } else if (said.fault === null) {
        expect(said.surt).toBe(key?.surt ?? null);
      } else {
        expect(said.surt).toBeNull();
      }
    }),
    { numRuns: 2_000 },
  );
});
