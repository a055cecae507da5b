import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  classifyAddress,
  classifyDial,
  classifyUrl,
  hasPublicSuffix,
  urlCharsMax,
} from '../../src/net/address.ts';

interface Vector {
  id: string;
  input: { url: string; resolvesTo?: string[] };
  expect: 'refuse' | 'accept';
  why: string;
}

const { vectors } = JSON.parse(readFileSync(new URL('../vectors/ssrf.json', import.meta.url), 'utf8')) as {
  vectors: Vector[];
};

describe('every vector of ssrf.json', () => {
  test('the file is the whole set', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(180);
    expect(new Set(vectors.map((vector) => vector.expect))).toEqual(new Set(['refuse', 'accept']));
  });

  test.each(vectors.map((vector) => [vector.id, vector] as const))('%s', (_id, vector) => {
    const { url, resolvesTo } = vector.input;
    const verdict = classifyUrl(url, resolvesTo === undefined ? {} : { resolvesTo });
    expect(verdict.ok ? 'accept' : 'refuse', vector.why).toBe(vector.expect);
    if (!verdict.ok) expect(verdict.why).toMatch(/\S/);
  });
});

describe('names', () => {
  test.each([
    'http://metadata.goog/computeMetadata/v1/',
    'http://metadata.tencentyun.com/latest/meta-data/',
    'http://api.default.svc/',
    'http://router.home.arpa/',
    'http://1.0.0.127.in-addr.arpa/',
    'http://nas.lan/',
    'http://a.test/',
    'http://facebookwkhpilnemxj7asaniu7vnjjbiltxjqhye3mhbshg7kx5tfyd.onion/',
    'http://localhost./',
    'http://metadata.google.internal./',
    'http://a..example.com/',
    `http://${'a'.repeat(64)}.com/`,
    `http://${'a.'.repeat(130)}com/`,
    `http://example.com/${'a'.repeat(urlCharsMax)}`,
  ])('%s is refused', (url) => {
    expect(classifyUrl(url).ok).toBe(false);
  });

  test.each([
    'http://home.example.com/',
    'http://locallife.org/',
    'http://testing.com/',
    'http://internal.example.org/',
  ])('%s only looks like one of them', (url) => {
    expect(classifyUrl(url).ok).toBe(true);
  });

  test('the fragment is dropped and the rest kept', () => {
    const verdict = classifyUrl('https://EXAMPLE.com/a?b=c#d');
    expect(verdict.ok && verdict.url.href).toBe('https://example.com/a?b=c');
  });
});

describe('ports', () => {
  test.each([80, 443, 8080, 8443])('%i is allowed', (port) => {
    expect(classifyUrl(`https://example.com:${port}/`).ok).toBe(true);
  });

  test.each([0, 1, 22, 25, 3306, 5432, 6379, 9200, 11211, 65535])('%i is refused', (port) => {
    expect(classifyUrl(`https://example.com:${port}/`)).toMatchObject({
      ok: false,
      why: expect.stringContaining('port'),
    });
  });

  test('a caller may ask for fewer', () => {
    expect(classifyUrl('http://example.com:8080/', { ports: [80, 443] }).ok).toBe(false);
  });
});

describe('the allow-list', () => {
  const allow = ['site.test:34567', '127.0.0.1:34567', '[::1]:34567'];

  test('lets in exactly the host and port it names', () => {
    expect(classifyUrl('http://site.test:34567/', { allow }).ok).toBe(true);
    expect(classifyUrl('http://site.test.:34567/', { allow }).ok).toBe(true);
    expect(classifyUrl('http://127.0.0.1:34567/', { allow }).ok).toBe(true);
    expect(classifyUrl('http://0x7f.1:34567/', { allow }).ok).toBe(true);
    expect(classifyUrl('http://[0:0::1]:34567/', { allow }).ok).toBe(true);
    expect(classifyUrl('http://site.test:34568/', { allow }).ok).toBe(false);
    expect(classifyUrl('http://a.site.test:34567/', { allow }).ok).toBe(false);
    expect(classifyUrl('http://127.0.0.2:34567/', { allow }).ok).toBe(false);
  });

  test('an allowed name still answers for its addresses', () => {
    expect(classifyUrl('http://site.test:34567/', { allow, resolvesTo: ['127.0.0.1'] }).ok).toBe(true);
    expect(classifyUrl('http://site.test:34567/', { allow, resolvesTo: ['127.0.0.1', '10.0.0.1'] }).ok).toBe(
      false,
    );
  });

  test('never lifts the rules on scheme and credentials', () => {
    expect(classifyUrl('ftp://site.test:34567/', { allow }).ok).toBe(false);
    expect(classifyUrl('http://u:p@site.test:34567/', { allow }).ok).toBe(false);
  });

  test('dialling is judged by address and port', () => {
    expect(classifyDial('127.0.0.1', 34567, allow)).toEqual({ ok: true, address: '127.0.0.1' });
    expect(classifyDial('0:0:0:0:0:0:0:1', 34567, allow)).toEqual({ ok: true, address: '::1' });
    expect(classifyDial('127.0.0.1', 80, allow).ok).toBe(false);
    expect(classifyDial('::ffff:127.0.0.1', 34567, allow).ok).toBe(false);
    expect(classifyDial('fe80::1%eth0', 80, ['fe80::1%eth0:80', '[fe80::1]:80']).ok).toBe(false);
  });
});

describe('literals', () => {
  test('are refused altogether where the host cannot see what it dials', () => {
    expect(classifyUrl('http://8.8.8.8/', { literals: false }).ok).toBe(false);
    expect(classifyUrl('http://[2a00:1450:4001:80b::200e]/', { literals: false }).ok).toBe(false);
    expect(classifyUrl('http://example.com/', { literals: false }).ok).toBe(true);
  });
});

describe('addresses', () => {
  test.each([
    '',
    'example.com',
    '1.2.3',
    '0x8.8.8.8',
    '08.8.8.8',
    '8.8.8.8 ',
    'fe80::1%eth0',
    '[2606:4700::1]',
    '1.1.1.1:80',
  ])('%j is no address in plain spelling', (text) => {
    expect(classifyAddress(text).ok).toBe(false);
  });

  test.each([
    'fd00:ec2::254',
    'fd20:ce::254',
    '100.100.100.200',
    '192.0.0.192',
    '169.254.169.254',
    '168.63.129.16',
  ])('cloud metadata at %s is refused', (ip) => {
    expect(classifyAddress(ip).ok).toBe(false);
  });

  test.each(['::ffff:8.8.8.8', '64:ff9b::808:808', '2002:808:808::1', '4000::1', '::8.8.8.8'])(
    '%s stays refused although what it wraps is public or unassigned',
    (ip) => {
      expect(classifyAddress(ip).ok).toBe(false);
    },
  );

  test('any spelling of a 32-bit number in a URL gets the verdict of the address it means', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffff_ffff }), fc.constantFrom(10, 16, 8), (value, base) => {
        const dotted = [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
        const prefix = base === 16 ? '0x' : base === 8 ? '0' : '';
        const spelled = classifyUrl(`http://${prefix}${value.toString(base)}/`);
        expect(spelled.ok).toBe(classifyAddress(dotted).ok);
      }),
    );
  });

  test('nothing throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(typeof classifyUrl(a, { resolvesTo: [b] }).ok).toBe('boolean');
        expect(typeof classifyDial(a, 80, [b]).ok).toBe('boolean');
        expect(typeof classifyUrl(`http://${a}@${b}/`).ok).toBe('boolean');
      }),
    );
  });
});

test.each([
  ['example.com', true],
  ['a.example.co.uk', true],
  ['somebody.github.io', true],
  ['example.com.', true],
  ['server.unknowntld', false],
  ['localhost', false],
  ['8.8.8.8', false],
  ['2a00:1450:4001:80b::200e', false],
])('the host %s ends in a public suffix: %j', (host, expected) => {
  expect(hasPublicSuffix(host)).toBe(expected);
});
