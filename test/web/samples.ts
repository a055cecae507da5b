import type { DecisionView, OptOutView, ProofView, RecordView } from '../../src/http/schemas.ts';
import { currentStatement } from '../../src/opt-outs/statement.ts';
import { plainAssets } from '../../src/web/assets.ts';
import { blankValues } from '../../src/web/opt-out-form.ts';
import type { PageContext } from '../../src/web/page.ts';
import type { AdminModel } from '../../src/web/pages/admin.ts';
import type { ReportModel } from '../../src/web/pages/report.ts';
import type { TransparencyModel } from '../../src/web/pages/transparency.ts';

/** Models as the service would give them: long names, right-to-left names, hosts by the dozen, nothing at all. */

export const now = Date.parse('2026-11-23T14:02:00Z');

export const context = (path: string, more: Partial<PageContext> = {}): PageContext => ({
  origin: 'https://withhold.example',
  operator: 'Verein für die Rechte der Urheberinnen und Urheber an ihren Werken e. V.',
  development: false,
  path,
  csrf: 'Zm9yLXRlc3Rz',
  signedIn: false,
  now,
  assets: plainAssets,
  ...more,
});

export const statement = currentStatement;

const base: RecordView = {
  rid: '019aaf00-0000-7000-8000-000000000001',
  kind: 'work',
  label: 'dusk-over-the-harbour.jpg',
  key: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  state: 'active',
  effect: 'decides',
  trust: 'email',
  contested: false,
  usages: { 'train-ai': 'disallow', 'ai-use': 'disallow' },
  except: [],
  licence: null,
  contact: null,
  since: '2026-11-23T09:14:00.000Z',
  updated: '2026-11-23T09:14:00.000Z',
  version: 2,
  log: 'pending',
  exactOnly: null,
  needs: null,
  reported: {
    removed: { datasets: 0, copies: 0 },
    licensed: { datasets: 0, copies: 0 },
    disputed: { datasets: 0, copies: 0 },
  },
};

let made = 0;
export const record = (more: Partial<RecordView>): RecordView => {
  made += 1;
  return { ...base, rid: `019aaf00-0000-7000-8000-${String(made).padStart(12, '0')}`, ...more };
};

export const proof = (host: string, more: Partial<ProofView> = {}): ProofView => ({
  host,
  state: 'waiting',
  dns: { name: `_withhold.${host}`, type: 'TXT', value: 'withhold-proof=5k2Qm8vTn0XcR4yLw7ZbHa' },
  wellKnown: {
    url: `https://${host}/.well-known/withhold-5k2Qm8vTn0XcR4yLw7ZbHa`,
    body: '5k2Qm8vTn0XcR4yLw7ZbHa',
  },
  checkedAt: null,
  foundAt: null,
  method: null,
  detail: null,
  ...more,
});

export const optOuts: OptOutView[] = [
  {
    id: '019aaf00-1111-7000-8000-000000000001',
    role: 'owner',
    name: 'Marie-Thérèse Østergård-Wojciechowska von und zu Löwenstein',
    createdAt: '2026-11-23T09:10:00.000Z',
    confirmedAt: '2026-11-23T09:14:00.000Z',
    records: [
      record({
        reported: {
          removed: { datasets: 2, copies: 14 },
          licensed: { datasets: 1, copies: 1 },
          disputed: { datasets: 1, copies: 1_204 },
        },
      }),
      record({ label: 'IMG_20260412_183355_HDR_final-final(2)_export_for_print_CMYK_large.jpeg' }),
      record({ label: 'grey-card.png', exactOnly: 'flat' }),
      record({ label: 'غروب الشمس فوق الميناء.jpg', contested: true }),
      record({
        label: 'poster.webp',
        state: 'quarantined',
        effect: 'none',
        since: null,
        licence: 'https://example.com/licence',
      }),
      record({
        kind: 'url',
        label:
          'https://portfolio.example.com/series/2024/the-long-way-home/print/edition-of-twelve/IMG_0001.jpg?size=large&profile=adobe-rgb',
        effect: 'possible',
        needs: 'portfolio.example.com',
      }),
      record({
        kind: 'prefix',
        label: 'https://portfolio.example.com/series/',
        state: 'pending-proof',
        effect: 'none',
        since: null,
        needs: 'portfolio.example.com',
      }),
      record({ kind: 'domain', label: 'ostergard.example', trust: 'domain' }),
      record({
        kind: 'name',
        label: 'M. T. Østergård',
        effect: 'possible',
        usages: { 'style-imitation': 'disallow' },
      }),
      record({ kind: 'work', label: 'sketch.png', state: 'withdrawn', effect: 'none' }),
    ],
    proofs: [
      proof('portfolio.example.com', {
        state: 'missing',
        checkedAt: '2026-11-23T13:40:00.000Z',
        detail:
          'DNS answered NXDOMAIN for _withhold.portfolio.example.com. https://portfolio.example.com/.well-known/withhold-5k2Qm8vTn0XcR4yLw7ZbHa answered 404.',
      }),
      proof('ostergard.example', {
        state: 'found',
        method: 'dns',
        checkedAt: '2026-11-23T10:02:00.000Z',
        foundAt: '2026-11-23T10:02:00.000Z',
      }),
    ],
  },
  {
    id: '019aaf00-2222-7000-8000-000000000002',
    role: 'agent',
    name: 'ליאורה בן־דוד',
    createdAt: '2025-10-12T07:00:00.000Z',
    confirmedAt: '2025-10-12T07:03:00.000Z',
    records: [
      record({
        kind: 'domain',
        label: 'studio.example.org',
        state: 'suspended',
        effect: 'none',
        needs: 'studio.example.org',
        except: ['Common Crawl', 'Internet Archive'],
        licence: 'https://studio.example.org/licence',
        contact: 'rights@studio.example.org',
      }),
      record({ label: 'ציור.png', log: 1481 }),
      record({ label: 'draft.png', state: 'rejected', effect: 'none' }),
      record({ kind: 'url', label: 'javascript:alert(1)', effect: 'possible', needs: 'example.com' }),
    ],
    proofs: [proof('studio.example.org', { state: 'lost', checkedAt: '2026-11-21T10:00:00.000Z' })],
  },
];

/** An opt-out of a photographer's archive, more than is shown at once. */
export const archive: OptOutView = {
  ...(optOuts[0] as OptOutView),
  id: '019aaf00-3333-7000-8000-000000000003',
  records: Array.from({ length: 150 }, (_, index) => record({ label: `archive-${index + 1}.jpg` })),
  proofs: [],
};

export const unconfirmed: OptOutView = {
  ...(optOuts[0] as OptOutView),
  id: '019aaf00-4444-7000-8000-000000000004',
  createdAt: '2026-11-23T13:58:00.000Z',
  confirmedAt: null,
  records: Array.from({ length: 24 }, (_, index) =>
    record({ label: `picture-${index + 1}.jpg`, state: 'pending-email', effect: 'none', since: null }),
  ),
  proofs: [],
};

const policy = '3f9a51c208be77d1a6c41e90b2f4d5587c1e02a9934b6fd08a1c5e7f20b3d4c9';

export const refused: DecisionView = {
  verdict: 'disallow',
  crawl: {
    verdict: 'disallow',
    reason: 'rule',
    where: 'https://example.com/robots.txt, line 12',
    quote: 'User-agent: GPTBot\nDisallow: /',
  },
  act: 'stop',
  usage: 'train-ai',
  agent: { token: 'GPTBot', operator: 'OpenAI', purpose: 'training' },
  reasons: [
    {
      source: 'registry',
      usage: 'train-ai',
      preference: 'disallow',
      effect: 'decides',
      where: 'record 019aaf00-0000-7000-8000-000000000001 at https://withhold.example',
      quote: 'domain example.com: train-ai disallow',
      observedAt: '2026-11-23T14:01:58.000Z',
      record: '019aaf00-0000-7000-8000-000000000001',
      trust: 'domain',
      contested: true,
      since: '2026-11-23T09:14:00.000Z',
      licence: 'https://example.com/licence',
      contact: 'rights@example.com',
      match: { kind: 'match', distance: 12, variant: 'full', orientation: 'orig' },
    },
    {
      source: 'robots.txt',
      usage: 'train-ai',
      preference: 'disallow',
      effect: 'decides',
      where: 'https://example.com/robots.txt, line 12',
      quote: 'User-agent: GPTBot\nDisallow: /',
      observedAt: '2026-11-23T13:40:00.000Z',
    },
  ],
  warnings: ['Line 31 of robots.txt reads "Dissallow": probably "Disallow".'],
  notChecked: [{ source: 'robots.txt', why: 'unreachable', retryAfter: 30 }],
  trust: 'domain',
  contested: true,
  since: '2026-11-23T09:14:00.000Z',
  asOf: [{ origin: 'withhold.example/log', size: 1482, root: null }],
  expiresAt: '2026-11-24T14:02:00.000Z',
  policy,
};

export const permitted: DecisionView = {
  ...refused,
  verdict: 'allow',
  act: 'proceed',
  crawl: { verdict: 'allow', reason: 'no-rule' },
  reasons: [{ ...(refused.reasons[1] as DecisionView['reasons'][number]), preference: 'allow' }],
  warnings: [],
  notChecked: [],
  contested: false,
};

export const nothingSaid: DecisionView = {
  ...permitted,
  verdict: 'unknown',
  crawl: { verdict: 'unknown', reason: 'not-fetched-yet' },
  agent: null,
  reasons: [],
  asOf: [],
};

export const pictureAsked = {
  name: 'the-long-way-home_edition-of-twelve_IMG_0001 (final, for print, adobe rgb).jpg',
  width: 6_048,
  height: 4_024,
  sha256: '3f9a51c2'.repeat(8),
  pdq: 'f8f8f0cee0f4a84f0637022a078f67f0b36e2ed596621e1d33e6339c4e9c9b22',
  exactOnly: null,
  wasSent: true,
};

const noUrl = { verdict: 'unknown', reason: 'no-url' } as const;

/** A copy of a registered picture, turned, and with less of it. */
export const pictureRefused: DecisionView = {
  ...refused,
  crawl: noUrl,
  reasons: [
    {
      ...(refused.reasons[0] as DecisionView['reasons'][number]),
      quote: 'work sha256:3f9a51c2…: train-ai disallow, since 2026-11-23T09:14:00.000Z',
      trust: 'email',
      contested: false,
      on: 'pixels',
      match: { kind: 'match', distance: 12, variant: 'trim', orientation: 'rot90' },
    },
  ],
  match: { kind: 'match', distance: 12, variant: 'trim', orientation: 'rot90' },
  trust: 'email',
  contested: false,
  warnings: [],
};

/** Something that looks like a registered picture, but not enough. */
export const picturePossible: DecisionView = {
  ...pictureRefused,
  verdict: 'unknown',
  act: 'review',
  agent: null,
  reasons: pictureRefused.reasons.map((reason) => ({
    ...reason,
    effect: 'possible',
    match: { kind: 'possible', distance: 38, variant: 'full', orientation: 'orig' },
  })),
  match: { kind: 'possible', distance: 38, variant: 'full', orientation: 'orig' },
};

export const pictureUnknown: DecisionView = { ...nothingSaid, crawl: noUrl };

export const longAddress =
  'https://portfolio.example.com/series/2024/the-long-way-home/print/edition-of-twelve/IMG_0001.jpg?size=large&profile=adobe-rgb';

export const counted: TransparencyModel = {
  countedAt: '2026-11-23T14:00:00.000Z',
  inForce: { work: 148_212, url: 2_041, prefix: 88, domain: 1_037, name: 12 },
  possible: { work: 0, url: 9_310, prefix: 0, domain: 0, name: 402 },
  waiting: 512,
  quarantined: 14,
  suspended: 3,
  withdrawn: 77,
  contested: 2,
  hits: 1_482_113,
  reported: {
    removed: { datasets: 41, copies: 9_204_117 },
    licensed: { datasets: 6, copies: 12_040 },
    disputed: { datasets: 3, copies: 1_204 },
  },
  logEntries: 173_004,
};

export const administered: AdminModel = {
  consumers: [
    {
      id: 'c1',
      name: 'Common Crawl Foundation',
      keys: [
        {
          id: 'k1',
          hint: 'wh_9f86…d0a',
          scopes: ['check', 'feed'],
          createdAt: '2026-10-01T08:00:00.000Z',
          revokedAt: null,
        },
        {
          id: 'k2',
          hint: 'wh_08be…771',
          scopes: ['check'],
          createdAt: '2025-10-01T08:00:00.000Z',
          revokedAt: '2026-10-01T08:00:00.000Z',
        },
      ],
    },
    { id: 'c2', name: 'شركة البحث', keys: [] },
  ],
  quarantined: [
    {
      rid: '019aaf00-0000-7000-8000-00000000aaaa',
      kind: 'work',
      label: 'IMG_20260412_183355_HDR_final-final(2)_export_for_print_CMYK_large.jpeg',
      updated: '2026-11-22T08:00:00.000Z',
    },
  ],
  values: { name: '', scopes: ['check'] },
  errors: [],
};

export const values = { ...blankValues };

/** A filter run with every kind of row. */
export const filtered: ReportModel = {
  server: 'https://withhold.example',
  agent: 'GPTBot',
  usage: 'train-ai',
  finished: '2026-11-23T13:58:12.000Z',
  inputs: ['/data/laion/part-00000-of-00128-a-long-name-that-was-never-meant-for-people.csv'],
  out: '/data/laion/decisions.csv',
  rows: 1_048_576,
  kept: 741_208,
  dropped: 301_942,
  review: 5_403,
  bad: 23,
  nothingToCheck: 17,
  onReview: 'keep',
  rowsNotFullyChecked: 1_048_536,
  byVerdict: { unknown: 742_001, disallow: 305_912, allow: 640, bad: 23 },
  byReason: {
    'registry, address': 210_004,
    'robots.txt': 80_001,
    'registry, same picture': 9_100,
    'registry, same file': 2_800,
    'crawl refused': 37,
  },
  byReviewReason: { 'registry, similar picture': 4_100, 'robots.txt not checked': 1_300, other: 3 },
  byTrust: { domain: 210_004, none: 80_038, email: 11_900 },
  notChecked: {
    'response: headers, HTML and file metadata are read when you send them to POST /v1/signals/inspect': 1_048_536,
    'trust.txt: disallowed-by-robots': 1_300,
    'robots.txt: unreachable': 1_300,
  },
  policies: ['sha256:6a1fd7a1c3f0e5b2d4968877665544332211ffeeddccbbaa0099887766554433'],
  asOf: [{ origin: 'https://withhold.example', last: { size: 148_212 } }],
  badRows: [
    { file: 'part.csv', line: 12, why: 'has 3 cells where the header has 5' },
    { file: 'part.csv', line: 1_204, why: 'has a url that is no http or https URL' },
  ],
};
