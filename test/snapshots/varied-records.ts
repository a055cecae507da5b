import type { OptOutRecord } from '../../src/opt-outs/record.ts';
import { sampleRecord, sampleWork } from '../opt-outs/sample-record.ts';
import { ridOf } from './fixture-registry.ts';

const hex = (start: string, digits: number): string => start.padEnd(digits, start);

/** The record numbered so: its id and salt follow from the number, the last digit being whose it is. */
const own = (index: number) => ({ rid: ridOf(index), salt: (index + 1).toString(16).padStart(64, '0') });

const full = {
  ...{ variant: 'full', pdq: `f00d${hex('8', 60)}`, quality: 88, hasher: 'pdq/1', sha256: hex('ab', 64) },
  ...{ md5: hex('12', 32), blockhash: hex('34', 64), descriptor: hex('01', 126) },
};
const crop = {
  ...{ variant: 'trim', pdq: `0${hex('7', 63)}`, quality: 51, hasher: 'pdq/1' },
  ...{ sha256: null, blockhash: null },
};
const plain = { ...full, pdq: null, quality: null, blockhash: null };

/** Names that mean something to whoever writes lines, quotes or SQL. */
const names = [
  'artist #1',
  '#',
  '"quoted", o\'brien',
  'back\\slash \\n \\u0000',
  'ådå løvelåce 🎨',
  '\ue000 before \u{10000}',
  '\u{10000} after \ue000',
  'null',
  ',',
  '\\',
  "'); DROP TABLE records; --",
];

const domain = (index: number, changes: Partial<OptOutRecord> = {}): OptOutRecord =>
  sampleRecord({ ...own(index), key: `com,example${index % 7}`, ...changes });

/** A record of every kind, of two creators, with everything a column can hold. */
export const variedRecords: readonly OptOutRecord[] = [
  domain(1, {
    ...{ except: ['O\'Brien "AI" GmbH', 'OpenAI', 'null', '#'], contact: 'Ada & Söhne #3 <ada@example.com>' },
    licence: 'https://example.com/terms?a=b&c#section',
  }),
  domain(2, { usages: { 'train-ai': 'allow', 'ai-use': 'disallow', search: 'allow' }, contested: true }),
  // Two creators speak for one domain, and one of them for the same text in another way.
  domain(8, { key: 'com,example1', trust: 'profile' }),
  domain(9, { kind: 'prefix', key: 'com,example1)/' }),
  domain(10, { kind: 'url', key: 'com,example1)/' }),
  domain(11, { kind: 'prefix', key: 'com,example)/art', since: null }),
  domain(12, { kind: 'url', key: 'com,example:8443)/a?q=%E2%82%AC#', trust: 'profile' }),
  domain(13, { kind: 'url', key: `com,example)/${'x'.repeat(16_000)}` }),
  domain(14, { kind: 'url', key: '[2001:db8::1])/picture.jpg' }),
  ...names.map((key, at) => domain(32 + at, { kind: 'name', key, keySpec: 'name/1', trust: 'identity' })),
  sampleWork({
    ...{ ...own(64), key: full.sha256, fingerprints: [crop, full] },
    publishedAt: { url: 'https://example.com/gallery#7', at: '2026-11-23T14:02:00.017Z' },
  }),
  // The same file of another creator.
  sampleWork({ ...own(65), key: full.sha256, trust: 'profile', fingerprints: [full] }),
  sampleWork({
    ...{ ...own(66), key: hex('0c', 64) },
    fingerprints: [{ ...plain, sha256: hex('0c', 64) }],
  }),
  sampleWork({
    ...{ ...own(67), key: hex('fe', 64), licence: 'https://example.com/#licence' },
    // Of before there were MD5s and descriptors.
    fingerprints: [
      {
        ...{ variant: 'full', pdq: hex('f', 64), quality: 100, hasher: 'pdq/1' },
        ...{ sha256: hex('fe', 64), blockhash: hex('5', 64) },
      },
    ],
  }),
];
