import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type Trust, trustLevels } from '../../src/consent/evidence.ts';
import { fingerprint } from '../../src/images/fingerprint.ts';
import type { PixelQuery } from '../../src/images/pixel-query.ts';
import { type Work, workOf } from '../../src/images/work.ts';
import type { Fingerprint, OptOutRecord, SubjectKind } from '../../src/opt-outs/record.ts';
import { possibleEvents, type RecordEvent, transition } from '../../src/opt-outs/states.ts';
import { type Subject, subjectOf } from '../../src/opt-outs/subject.ts';
import { framed, scene, turned } from '../images/pictures.ts';

// Few values of each kind, so that records and questions meet, several records at once among them.
const hosts = [
  'example.com',
  'art.example.com',
  'a.b.art.example.com',
  'example.org',
  'münchen.example',
  'b.example.org:8443',
];
const paths = [
  '/',
  '/art',
  '/art/',
  '/art/x.jpg',
  '/art/x.jpg?size=2',
  '/art/deep/er/y.png',
  '/artist',
  '/%C3%A4/ä',
  '/a b',
];
const names = ['Ada Example', 'ADA  EXAMPLE', 'ada', 'Ada', 'straße', 'STRASSE', 'Ａｄａ', '名前'];

const addresses: Subject[] = [
  ...hosts.filter((host) => !host.includes(':')).map((host) => subjectOf('domain', host)),
  ...hosts.flatMap((host) =>
    paths.flatMap((path) => (path.includes('?') ? [] : [subjectOf('prefix', host + path)])),
  ),
  ...hosts.flatMap((host) => paths.map((path) => subjectOf('url', `https://${host}${path}`))),
  ...names.map((name) => subjectOf('name', name)),
];

interface Picture {
  work: Work;
  queries: PixelQuery[];
}

const digest = (algorithm: 'sha256' | 'md5', text: string) =>
  createHash(algorithm).update(text).digest('hex');

/** Real pictures, each with what it and its copies would be asked by. */
export const pictures: Picture[] = [1, 2, 3, 4].map((seed) => {
  const pixels = scene(96, 72, seed);
  const digests = { sha256: digest('sha256', `picture ${seed}`), md5: digest('md5', `picture ${seed}`) };
  const { work, pixels: query } = workOf(fingerprint(pixels), digests);
  const copies = [framed(pixels, 6, [255, 255, 255]), ...Object.values(turned(pixels)).slice(1, 3)];
  return { work, queries: [query, ...copies.map((copy) => workOf(fingerprint(copy), digests).pixels)] };
});

function printsOf(index: number, isPlain: boolean): Fingerprint[] {
  const { work } = pictures[index % pictures.length] as Picture;
  return work.fingerprints.flatMap(({ variant, pdq, quality }): Fingerprint[] => {
    if (isPlain && variant !== 'full') return [];
    return [
      {
        variant,
        pdq: isPlain ? null : pdq,
        quality: isPlain ? null : quality,
        hasher: work.hasher,
        sha256: work.sha256,
        md5: index % 3 === 0 ? null : (work.md5 ?? null),
        blockhash: index % 5 === 0 ? null : (work.blockhash ?? null),
        ...(variant === 'full' && work.descriptor !== undefined && index % 2 === 0
          ? { descriptor: work.descriptor }
          : {}),
      },
    ];
  });
}

const usages = fc.constantFrom<OptOutRecord['usages']>(
  { 'train-ai': 'disallow' },
  { 'train-ai': 'disallow', 'style-imitation': 'disallow' },
  { 'train-ai': 'allow', search: 'disallow' },
  { search: 'allow' },
);

/** What may be said of a record, whatever it is of. */
const said = fc.record({
  usages,
  trust: fc.constantFrom<Trust>(...trustLevels),
  except: fc.constantFrom<string[]>([], ['OpenAI'], ['Google', 'Anthropic', 'OpenAI']),
  licence: fc.constantFrom(null, 'https://example.com/terms'),
  contact: fc.constantFrom(null, 'ask@example.com', '"tab\tand\\slash"'),
});

const about = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('address' as const), of: fc.nat(addresses.length - 1) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('work', 'plain'), of: fc.nat(14) }) },
);

/** A step in the life of a registry: a new record, or something that happens to one of those that are there. */
export const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), about, said }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      which: fc.nat(1_000),
      event: fc.nat(100),
      said,
    }),
  },
);
export type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const leastTrust: Record<SubjectKind, Trust> = {
  work: 'email',
  url: 'email',
  name: 'email',
  prefix: 'profile',
  domain: 'domain',
};

/** Records as steps make them, to be stored one by one. */
export function createLife() {
  const known: OptOutRecord[] = [];
  let versions = 0;
  const stamp = () => {
    versions += 1;
    const at = new Date(Date.parse('2026-11-01T00:00:00.000Z') + versions * 1_000).toISOString();
    return { updated: at, at, salt: digest('sha256', `salt ${versions}`) };
  };
  return {
    /** @returns the next version of a record and what happened to it; null where the step finds nothing to do. */
    next(taken: Step): { record: OptOutRecord; event: RecordEvent } | null {
      const { at, updated, salt } = stamp();
      if (taken.do === 'add') {
        const { kind, of } = taken.about;
        const subject = kind === 'address' ? (addresses[of] as Subject) : workSubject(of);
        const trusts = trustLevels.slice(trustLevels.indexOf(leastTrust[subject.kind]));
        const record: OptOutRecord = {
          ...taken.said,
          ...subject,
          ...{
            rid: `0190a0b1-c2d3-7e4f-8a5b-${(known.length + 1).toString(16).padStart(12, '0')}`,
            salt,
            updated,
          },
          trust: trusts.includes(taken.said.trust) ? taken.said.trust : (trusts[0] as Trust),
          ...{ contested: false, state: 'active' as const, version: 1, since: at, publishedAt: null },
          fingerprints: kind === 'address' ? [] : printsOf(of, kind === 'plain'),
        };
        known.push(record);
        return { record, event: 'confirmed-active' };
      }
      const place = taken.which % Math.max(1, known.length);
      const before = known[place];
      if (before === undefined || before.state === 'erased') return null;
      const events = possibleEvents(before.state).filter((event) => event !== 'submitted');
      const event = events[taken.event % events.length];
      if (event === undefined) return null;
      const state = transition(before.state, event);
      const patch = event === 'changed' ? { usages: taken.said.usages, except: taken.said.except } : {};
      const contested = event === 'contested' || (before.contested && event !== 'resolved');
      const record = {
        ...before,
        ...patch,
        ...{ state, contested, salt, updated },
        version: before.version + 1,
      };
      known[place] = record;
      return { record, event };
    },
  };
}

function workSubject(of: number): Subject {
  return subjectOf('work', (pictures[of % pictures.length] as Picture).work.sha256);
}

/** A hash with some bits of it turned. */
function near(hex: string, bits: readonly number[]): string {
  const bytes = Buffer.from(hex, 'hex');
  for (const bit of new Set(bits)) bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  return bytes.toString('hex');
}

const url = fc
  .tuple(
    fc.constantFrom('https://', 'http://', 'HTTPS://', 'https://user@'),
    fc.constantFrom('', 'www.', 'deep.er.'),
    fc.constantFrom(...hosts, 'example.net', 'com', '127.0.0.1'),
    fc.constantFrom(
      ...paths,
      '/art/../art/x.jpg',
      '/art//x.jpg',
      '/ART/x.jpg',
      '/other',
      '/art/x.jpg#here',
      '',
    ),
  )
  .map((parts) => parts.join(''));
const picture = fc.constantFrom(...pictures);
const bits = fc.oneof(
  // At and around the distances that decide by hash and by pixels, and at which nothing is reported any more.
  ...[0, 23, 24, 25, 30, 31, 32, 45, 46].map((length) =>
    fc.uniqueArray(fc.nat(255), { minLength: length, maxLength: length }),
  ),
);

/** Questions about what the registry may and may not have. */
export const question = fc.oneof(
  fc.record({ url }),
  fc.record({ url, page_url: url }),
  picture.map(({ work }) => ({ sha256: work.sha256 })),
  picture.map(({ work }) => ({ md5: work.md5 as string })),
  picture.map(({ work }) => ({ blockhash: work.blockhash as string })),
  fc.record({ name: fc.constantFrom(...names, 'Nobody') }),
  fc.tuple(picture, fc.nat(9), bits).map(([{ work }, print, turnedBits]) => ({
    pdq: near((work.fingerprints[print % work.fingerprints.length] as { pdq: string }).pdq, turnedBits),
  })),
  fc
    .tuple(picture, fc.nat(9))
    .map(([{ queries }, which]) => ({ pixels: queries[which % queries.length] as PixelQuery })),
  fc
    .tuple(picture, url)
    .map(([{ work }, page_url]) => ({ sha256: work.sha256, md5: work.md5 as string, page_url })),
);
