import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { canonicalRecordBytes, commitment, type Fingerprint, uuidv7 } from '../../src/opt-outs/record.ts';
import { sampleRecord, sampleWork } from './sample-record.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test('the bytes of a record are its consumer columns, in RFC 8785 order', () => {
  const record = sampleRecord({
    except: ['Zeta', 'Alpha', 'Zeta'],
    contact: 'rights@example.com',
    publishedAt: { url: 'https://example.com/', at: '2026-11-23T14:02:00.000Z' },
    challengedByPublishedAt: false,
  });
  expect(text(canonicalRecordBytes(record))).toBe(
    '{"contact":"rights@example.com","contested":false,"except":["Alpha","Zeta"],"fingerprints":[],' +
      '"key":"com,example","keySpec":"urlkey/1","kind":"domain","licence":null,' +
      '"publishedAt":{"at":"2026-11-23T14:02:00.000Z","url":"https://example.com/"},' +
      '"rid":"0190a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b","since":"2026-11-23T14:02:00.000Z","state":"active",' +
      '"trust":"domain","updated":"2026-11-23T14:02:00.000Z","usages":{"train-ai":"disallow"},"ver":1}',
  );
});

test('the bytes of a work carry its fingerprints, with an MD5 where there is one and without the salt', () => {
  const work = sampleWork();
  const [print] = work.fingerprints as [Fingerprint];
  const bytes = text(canonicalRecordBytes({ ...work, fingerprints: [{ ...print, md5: 'd'.repeat(32) }] }));
  expect(bytes).toContain(
    `"fingerprints":[{"blockhash":"${'0'.repeat(64)}","hasher":"pdq/1","md5":"${'d'.repeat(32)}",` +
      `"pdq":"${'f'.repeat(64)}","quality":100,"sha256":"${work.key}","variant":"full"}]`,
  );
  expect(text(canonicalRecordBytes({ ...work, fingerprints: [{ ...print, md5: null }] }))).not.toContain(
    'md5',
  );
  expect(bytes).not.toContain('salt');
  const described = { ...work, fingerprints: [{ ...print, descriptor: 'AAAA' }] };
  expect(text(canonicalRecordBytes(described))).toContain(
    `"blockhash":"${'0'.repeat(64)}","descriptor":"AAAA"`,
  );
});

test('every column of the contract changes the bytes, and what is no column does not', () => {
  const work = sampleWork();
  const [print] = work.fingerprints as [Fingerprint];
  const before = text(canonicalRecordBytes(work));
  const changed: Parameters<typeof sampleWork>[0][] = [
    { rid: '0190a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1c' },
    { version: 2 },
    { state: 'withdrawn' },
    { since: null },
    { updated: '2027-01-01T00:00:00.000Z' },
    { kind: 'name' },
    { key: 'other' },
    { keySpec: 'other' },
    { usages: { 'train-ai': 'allow' } },
    { usages: { search: 'disallow' } },
    { except: ['A'] },
    { licence: 'https://example.com/' },
    { contact: 'x' },
    { trust: 'identity' },
    { contested: true },
    { publishedAt: { url: 'https://example.com/', at: '2026-11-23T14:02:00.000Z' } },
    { fingerprints: [] },
    { fingerprints: [{ ...print, variant: 'trimmed' }] },
    { fingerprints: [{ ...print, pdq: null }] },
    { fingerprints: [{ ...print, quality: 1 }] },
    { fingerprints: [{ ...print, hasher: 'pdq/2' }] },
    { fingerprints: [{ ...print, sha256: null }] },
    { fingerprints: [{ ...print, blockhash: null }] },
  ];
  for (const changes of changed) {
    expect([changes, text(canonicalRecordBytes(sampleWork(changes)))]).not.toEqual([changes, before]);
  }
  for (const changes of [{ salt: '11'.repeat(32) }, { challengedByPublishedAt: true }]) {
    expect(text(canonicalRecordBytes(sampleWork(changes)))).toBe(before);
  }
});

test('the order of keys, sets and fingerprints does not matter', () => {
  const print = fc.record({
    variant: fc.constantFrom('full', 'trimmed', 'centre'),
    pdq: fc.constantFrom('a'.repeat(64), null),
    quality: fc.constantFrom(50, null),
    hasher: fc.constant('pdq/1'),
    sha256: fc.constant('b'.repeat(64)),
    blockhash: fc.constant(null),
  });
  const parts = fc.record({
    prints: fc.array(print, { maxLength: 5 }),
    except: fc.array(fc.string({ unit: 'grapheme' })),
  });
  fc.assert(
    fc.property(parts, ({ prints, except }) => {
      const record = sampleWork({
        fingerprints: prints,
        except,
        usages: { search: 'allow', 'train-ai': 'disallow' },
      });
      const turned = Object.fromEntries(Object.entries(record).reverse()) as unknown as typeof record;
      const other = {
        ...turned,
        fingerprints: [...prints].reverse(),
        except: [...except].reverse(),
        usages: { 'train-ai': 'disallow', search: 'allow' } as const,
      };
      expect(text(canonicalRecordBytes(other))).toBe(text(canonicalRecordBytes(record)));
    }),
  );
});

describe('commitment', () => {
  test('is SHA-256 of salt and bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array(),
        async (salt, bytes) => {
          const expected = createHash('sha256').update(salt).update(bytes).digest('hex');
          expect(await commitment(Buffer.from(salt).toString('hex'), bytes)).toBe(expected);
        },
      ),
    );
  });

  test.each(['', '00', 'g'.repeat(64), 'A'.repeat(64), '0'.repeat(66)])(
    'refuses the salt %j',
    async (salt) => {
      await expect(commitment(salt, new Uint8Array())).rejects.toThrow(AppError);
    },
  );
});

describe('uuidv7', () => {
  test('is the example of RFC 9562 appendix A.6', () => {
    // rand_a is CC3, rand_b is 0x18C4DC0C0C07398F, var is 10.
    const random = Uint8Array.from([
      0, 0, 0, 0, 0, 0, 0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f,
    ]);
    expect(uuidv7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  test('sorts by time, and keeps all random bits but the marks', () => {
    const random = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 2 }), random, random, (nowMs, first, second) => {
        const early = uuidv7(nowMs, first);
        expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(early < uuidv7(nowMs + 1, second)).toBe(true);
        expect(early.endsWith(Buffer.from(first.slice(9)).toString('hex').slice(2))).toBe(true);
        expect(Number.parseInt(early.replaceAll('-', '').slice(0, 12), 16)).toBe(nowMs);
      }),
    );
  });

  test('refuses what does not fit', () => {
    for (const nowMs of [-1, 0.5, 2 ** 48, Number.NaN]) {
      expect(() => uuidv7(nowMs, new Uint8Array(16))).toThrow(RangeError);
    }
    expect(() => uuidv7(0, new Uint8Array(10))).toThrow(RangeError);
  });
});
