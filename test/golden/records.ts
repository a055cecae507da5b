import { createHash } from 'node:crypto';
import { type Trust, trustLevels } from '../../src/consent/evidence.ts';
import { seeded } from '../../src/demo/seeded.ts';
import { variantNames } from '../../src/images/variants.ts';
import type { Fingerprint, OptOutRecord, SubjectKind } from '../../src/opt-outs/record.ts';
import { type RecordEvent, transition } from '../../src/opt-outs/states.ts';
import { type Subject, subjectOf } from '../../src/opt-outs/subject.ts';
import { type UrlKey, urlKey, urlKeySpec } from '../../src/opt-outs/url-key.ts';
import { pictureWorks } from './pictures.ts';

/** Where on the web a record lies, in the spelling in which somebody would give it. */
export interface Place {
  host: string;
  /** `:8443`, or nothing. */
  port: string;
  /** With its slash; with a query for some URLs. */
  path: string;
}

export interface GoldenRecord {
  record: OptOutRecord;
  /** Null for works and names. */
  place: Place | null;
  /** What happened to it later; `record` is how it began. */
  later: { event: RecordEvent; record: OptOutRecord } | null;
}

export const digestOf = (algorithm: 'sha256' | 'md5', text: string): string =>
  createHash(algorithm).update(`golden ${text}`).digest('hex');

const words = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'haven', 'iris', 'juniper'];
const suffixes = ['com', 'org', 'net', 'de', 'co.uk', 'com.br', 'art', 'example', 'github.io', 'xn--p1ai'];
const fronts = ['', '', 'www.', 'img.cdn.', 'a_b.', 'x-y.', 'bücher.', '42.'];

/** The n-th site, none of which is below another. */
export function hostOf(n: number): string {
  const front = fronts[n % fronts.length] as string;
  const name = `${words[n % words.length]}${n % 9 === 0 ? '-' : ''}${n}${n % 13 === 0 ? 'ü' : ''}`;
  return `${front}${name}.${suffixes[Math.floor(n / 7) % suffixes.length]}`;
}

const folders = [
  '/',
  '/art',
  '/art/',
  '/art/deep/er',
  '/art/deep/er/',
  '/%C3%A4/ä',
  '/a b/c',
  '/~user',
  '/%7Euser/pics',
  "/it's",
  '/a,b)/c',
  '/wp-content/uploads/2020/05/',
  '/a//b',
  '/a/%2f/b',
  '/%41rt',
  '/x;y=1/z',
  '/a^b/',
  '/100%/off',
  '/Emoji/🎨',
  '/v1.2/.well/',
];
const files = [
  '/x.jpg',
  '/art/x.jpg',
  '/art/x.jpg?size=2',
  '/art/x.jpg?',
  "/q?x=%27&y='",
  '/q?a=/b/../c',
  '/art/deep/er/y.png',
  '/',
  '/?p=1',
  '/%C3%A4/ä.jpg?ü=%fc',
  '/a b.jpg',
  '/%7Euser/%2e%2E/x.jpg',
  '/emoji/🎨.png',
  '/a^b.jpg?c^d',
  '/sitemap?https://example.org/x?y',
  '/trailing./dots../x.jpg',
];
const ports = ['', '', '', '', ':8443', ':8080'];

const usagePatterns: OptOutRecord['usages'][] = [
  { 'train-ai': 'disallow' },
  { 'train-ai': 'allow' },
  { 'train-ai': 'disallow', search: 'allow' },
  { 'train-ai': 'allow', 'ai-use': 'disallow' },
  { search: 'disallow' },
  { 'ai-use': 'disallow', search: 'allow' },
];
const exceptions: string[][] = [[], ['OpenAI'], ['gptbot', 'Google'], ['Anthropic', 'Google']];
const licences = [null, 'https://example.com/terms?a=b&c#section'];
const kinds = ['domain', 'prefix', 'url', 'work', 'name'] as const satisfies SubjectKind[];

const at = (n: number) => new Date(Date.UTC(2025, 0, 1) + n * 3_607_001).toISOString();

/** Every kind with every trust, usage and exception, each for itself; then crowds; then what lies at a limit. */
export function goldenRecords(): GoldenRecord[] {
  const random = seeded(4711);
  const records: GoldenRecord[] = [];
  const add = (
    kind: SubjectKind,
    where: { place?: Place; key?: string; subject?: Subject; prints?: Fingerprint[] },
    said: Said,
  ) => {
    const n = records.length;
    const record: OptOutRecord = {
      ...(where.subject ?? subjectOf(kind, where.key ?? readable(kind, where.place as Place))),
      rid: `0190a0b1-c2d3-7e4f-8a5b-${digestOf('md5', `rid ${n}`).slice(0, 12)}`,
      ...{ usages: said.usages, except: said.except, trust: said.trust, contested: n % 5 === 0 },
      licence: licences[n % 2] as string | null,
      contact: n % 7 === 0 ? `"Ada", #${n} <a@b.example>` : null,
      ...{ state: 'active', version: 1, since: at(n), updated: at(n), publishedAt: null },
      ...{ fingerprints: where.prints ?? [], salt: digestOf('sha256', `salt ${n}`) },
    };
    records.push({ record, place: where.place ?? null, later: laterOf(record, n) });
  };
  let site = 0;
  const placeOf = (kind: SubjectKind, host: string): Place => {
    if (kind === 'domain') return { host, port: '', path: '/' };
    return { host, port: random.pick(ports), path: random.pick(kind === 'prefix' ? folders : files) };
  };
  const addAny = (kind: SubjectKind, said: Said, host = hostOf(site)) => {
    site += 1;
    if (kind === 'work') {
      const { key, prints } = workPrints(site, random);
      add(kind, { key, prints }, said);
    } else if (kind === 'name') add(kind, { key: `Artist #${site}` }, said);
    else add(kind, { place: placeOf(kind, host) }, said);
  };
  for (const kind of kinds) {
    for (const trust of trustLevels) {
      for (const usages of usagePatterns) {
        for (const except of exceptions) addAny(kind, { trust, usages, except });
      }
    }
  }
  const anySaid = (): Said => ({
    trust: random.pick(trustLevels),
    usages: random.pick(usagePatterns.slice(0, 4)),
    except: random.chance(0.2) ? random.pick(exceptions) : [],
  });
  for (let crowd = 0; crowd < 120; crowd += 1) {
    const host = hostOf(site);
    const path = random.pick(folders);
    for (let member = random.below(5) + 2; member > 0; member -= 1) {
      const kind = random.pick(['domain', 'prefix', 'url'] as const);
      const place = { host, port: '', path: kind === 'domain' ? '/' : path };
      add(kind, { place: random.chance(0.6) ? place : placeOf(kind, host) }, anySaid());
    }
    site += 1;
  }
  // The same file of several people, who do not agree; hashes that are near one another.
  for (let crowd = 0; crowd < 40; crowd += 1) {
    site += 1;
    const { key, prints } = workPrints(site, random);
    for (let member = random.below(3) + 2; member > 0; member -= 1) add('work', { key, prints }, anySaid());
    const near = prints.map((print) => ({ ...print, sha256: digestOf('sha256', `near ${site}`), md5: null }));
    add('work', { key: digestOf('sha256', `near ${site}`), prints: near.map(slightlyOff) }, anySaid());
  }
  for (const { work } of pictureWorks()) add('work', { key: work.key, prints: work.prints }, anySaid());
  for (const [kind, place] of limits()) add(kind, { place }, { ...anySaid(), trust: 'domain' });
  for (const [kind, place] of beyondLimits()) {
    const { surt, hostSurt } = urlKey(readable('url', place)) as UrlKey;
    const subject = { kind, key: kind === 'domain' ? hostSurt : surt, keySpec: urlKeySpec };
    add(kind, { place, subject }, { ...anySaid(), trust: 'identity' });
  }
  return records;
}

interface Said {
  trust: Trust;
  usages: OptOutRecord['usages'];
  except: string[];
}

const readable = (kind: SubjectKind, { host, port, path }: Place): string => {
  if (kind === 'domain') return host;
  return kind === 'prefix' ? `${host}${port}${path}` : `https://${host}${port}${path}`;
};

/** As deep and as long as records may be, and addresses without names. */
function limits(): [SubjectKind, Place][] {
  const deep = (labels: number, name: string) =>
    `${Array.from({ length: labels - 2 }, (_, i) => `l${i}`).join('.')}.${name}.example`;
  const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(53)}.example`;
  const segments = (count: number) => `/${Array.from({ length: count }, (_, i) => `s${i}`).join('/')}`;
  const at = (host: string, path = '/', port = ''): Place => ({ host, port, path });
  return [
    ['domain', at(deep(16, 'deep16'))],
    ['domain', at(deep(15, 'deep15'))],
    ['domain', at(long)],
    ['prefix', at('segments.example', segments(16))],
    ['prefix', at('segments.example', `${segments(15)}/`)],
    ['prefix', at('long.example', `/${'p'.repeat(4095)}`)],
    ['url', at('long.example', `/${'u'.repeat(8_000)}`)],
    ['prefix', at(deep(20, 'deep20'), '/art')],
    ['prefix', at('127.0.0.1')],
    ['prefix', at('192.0.2.7', '/art', ':8080')],
    ['url', at('192.0.2.8', '/x.jpg')],
    ['prefix', at('[2001:db8::1]', '/art')],
    ['url', at('[::ffff:192.0.2.9]', '/x.jpg')],
    ['prefix', at('localhost', '/art')],
    ['url', at('intranet', '/x.jpg')],
    ['domain', at('a_b.under_score.example')],
    ['prefix', at('xn--bcher-kva.example', '/art')],
    ['url', at('straße.example', '/ß.jpg')],
  ];
}

/** Deeper and longer than anybody can register, so that no look-up goes there either. */
function beyondLimits(): [SubjectKind, Place][] {
  const labels = Array.from({ length: 15 }, (_, i) => `m${i}`).join('.');
  const segments = `/${Array.from({ length: 17 }, (_, i) => `t${i}`).join('/')}`;
  const long = ['a', 'b', 'c', 'e'].map((letter) => letter.repeat(63)).join('.');
  return [
    ['domain', { host: `${labels}.deep17.example`, port: '', path: '/' }],
    ['domain', { host: `${long}.example`, port: '', path: '/' }],
    ['domain', { host: 'intranet2', port: '', path: '/' }],
    ['domain', { host: '192.0.2.10', port: '', path: '/' }],
    ['prefix', { host: 'segments17.example', port: '', path: segments }],
    ['prefix', { host: 'long4097.example', port: '', path: `/${'p'.repeat(4_096)}` }],
  ];
}

/** Some records change, are contested, lose their proof or are taken back after they came into force. */
function laterOf(record: OptOutRecord, n: number): GoldenRecord['later'] {
  const events = { 6: 'changed', 11: 'withdrawn', 17: 'contested', 23: 'proof-lost' } as const;
  const event = events[(n % 29) as keyof typeof events];
  if (event === undefined) return null;
  const usages = event === 'changed' ? (usagePatterns[(n + 1) % 4] as OptOutRecord['usages']) : record.usages;
  const state = transition(record.state, event);
  const contested = record.contested || event === 'contested';
  const changed = { usages, state, contested, version: 2, updated: at(n + 5_000) };
  return { event, record: { ...record, ...changed, salt: digestOf('sha256', `later salt ${n}`) } };
}

/** A PDQ with some of its bits turned: `bits` counts from 0. */
export function turned(pdq: string, bits: readonly number[]): string {
  const bytes = Buffer.from(pdq, 'hex');
  for (const bit of new Set(bits)) bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  return bytes.toString('hex');
}

const slightlyOff = (print: Fingerprint): Fingerprint =>
  print.pdq === null ? print : { ...print, pdq: turned(print.pdq, [3, 77, 130, 200]) };

/** A work of no picture: one to three forms, some too plain for a likeness, some without an MD5. */
function workPrints(n: number, random: ReturnType<typeof seeded>): { key: string; prints: Fingerprint[] } {
  const key = digestOf('sha256', `file ${n}`);
  const isPlain = n % 6 === 0;
  const common = { hasher: 'pdq/1', sha256: key, md5: n % 4 === 0 ? null : digestOf('md5', `file ${n}`) };
  const variants = isPlain ? ['full'] : variantNames.slice(0, 1 + (n % 3));
  const prints = variants.map((variant): Fingerprint => {
    const pdq = isPlain ? null : random.hex(64);
    // 49 is too poor to be found by, 50 is not.
    const quality = isPlain ? null : random.pick([49, 50, 51, 100]);
    return {
      variant,
      pdq,
      quality,
      ...common,
      blockhash: isPlain ? null : digestOf('sha256', `blocks ${n}`),
    };
  });
  return { key, prints };
}
