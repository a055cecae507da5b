import type { Html } from '../../src/web/html.ts';
import { adminPage } from '../../src/web/pages/admin.ts';
import { botPage } from '../../src/web/pages/bot.ts';
import { checkPage } from '../../src/web/pages/check.ts';
import { confirmPage } from '../../src/web/pages/confirm.ts';
import { docsPage } from '../../src/web/pages/docs.ts';
import { erasedPage, erasePage } from '../../src/web/pages/erase.ts';
import { forCrawlersPage } from '../../src/web/pages/for-crawlers.ts';
import { homePage } from '../../src/web/pages/home.ts';
import { imprintPage, privacyPage, termsPage } from '../../src/web/pages/legal.ts';
import { linkPage } from '../../src/web/pages/link.ts';
import { linkSentPage, myPage } from '../../src/web/pages/my.ts';
import { optOutPage } from '../../src/web/pages/opt-out.ts';
import { outboxPage } from '../../src/web/pages/outbox.ts';
import { problemPage } from '../../src/web/pages/problem.ts';
import { reportPage } from '../../src/web/pages/report.ts';
import { sentPage } from '../../src/web/pages/sent.ts';
import { sitePage } from '../../src/web/pages/site.ts';
import { transparencyPage } from '../../src/web/pages/transparency.ts';
import { apiDocument } from './sample-api.ts';
import { longSite, muddledSite, silentSite } from './sample-sites.ts';
import {
  administered,
  archive,
  context,
  counted,
  filtered,
  longAddress,
  nothingSaid,
  now,
  optOuts,
  permitted,
  pictureAsked,
  picturePossible,
  pictureRefused,
  pictureUnknown,
  refused,
  statement,
  unconfirmed,
  values,
} from './samples.ts';

const mib = 1_048_576;
const email = 'marie-therese.ostergard-wojciechowska@portfolio.example.com';
const asked = { url: longAddress, agent: 'GPTBot', usage: 'train-ai' as const };
const empty = { url: '', agent: '', usage: 'train-ai' as const };
const failedForm = [
  { field: 'domains', detail: 'Line 2: co.uk is a public suffix; nobody can own it.' },
  { field: 'email', detail: 'Enter your email address, like name@example.com' },
  { field: 'role', detail: 'Say whether you hold the rights or act for someone who does' },
  { field: 'affirmed', detail: 'Read the statement and affirm it' },
];
const typed = {
  ...values,
  domains: 'example.com\nco.uk',
  urls: longAddress,
  names: 'ליאורה בן־דוד\nM. T. Østergård',
  name: 'ליאורה בן־דוד',
  email: 'liora@',
};
const signedIn = { signedIn: true };
const noCopies = { datasets: 0, copies: 0 };
const none = { work: 0, url: 0, prefix: 0, domain: 0, name: 0 };

/** Every page in every state worth a look, by the name of its screenshot. */
export const samplePages: Record<string, () => Html> = {
  home: () =>
    homePage(context('/'), { worksInForce: 148_212, domainsInForce: 1_037, countedAt: counted.countedAt }),
  'home-empty': () =>
    homePage(context('/', { development: true }), {
      worksInForce: 0,
      domainsInForce: 0,
      countedAt: counted.countedAt,
    }),
  'opt-out': () =>
    optOutPage(context('/opt-out'), { statement, values, errors: [], uploadBytesMax: 20 * mib }),
  'opt-out-errors': () =>
    optOutPage(context('/opt-out'), {
      statement,
      values: typed,
      errors: failedForm,
      uploadBytesMax: 20 * mib,
    }),
  sent: () => sentPage(context('/opt-out/sent', { development: true }), { email }),
  'sent-unnamed': () => sentPage(context('/opt-out/sent'), { email: null }),
  confirm: () => confirmPage(context('/confirm/x'), { state: 'open', token: 'x', optOut: unconfirmed }),
  'confirm-expired': () => confirmPage(context('/confirm/x'), { state: 'expired' }),
  'confirm-used': () => confirmPage(context('/confirm/x'), { state: 'used' }),
  'confirm-invalid': () => confirmPage(context('/confirm/x'), { state: 'invalid' }),
  'my-ask': () => myPage(context('/my'), { signedIn: false, email: '', errors: [] }),
  'my-asked': () => linkSentPage(context('/my/link', { development: true }), { email }),
  my: () =>
    myPage(context('/my', signedIn), {
      signedIn: true,
      email,
      optOuts,
      notice: { what: 'missing', host: 'portfolio.example.com' },
    }),
  'my-none': () => myPage(context('/my', signedIn), { signedIn: true, email, optOuts: [] }),
  'my-archive': () =>
    myPage(context('/my', signedIn), {
      signedIn: true,
      email,
      optOuts: [archive, unconfirmed],
      notice: { what: 'confirmed' },
    }),
  erase: () => erasePage(context('/my/erase', signedIn), { what: 'opt-out', optOut: archive }),
  'erase-all': () => erasePage(context('/my/erase', signedIn), { what: 'everything', email, records: 1_482 }),
  erased: () => erasedPage(context('/my/erase'), { records: 1_482 }),
  link: () => linkPage(context('/link/x'), { state: 'open', to: 'link', token: 'x' }),
  'link-used': () => linkPage(context('/link/x'), { state: 'used', to: 'admin' }),
  check: () => checkPage(context('/check'), { form: 'address', values: empty, errors: [] }),
  'check-errors': () =>
    checkPage(context('/check'), {
      form: 'address',
      values: { ...empty, url: 'not a url' },
      errors: [{ field: 'url', detail: 'This is not an address.' }],
    }),
  'check-refused': () =>
    checkPage(context('/check'), { form: 'address', values: asked, errors: [], decision: refused }),
  'check-allowed': () =>
    checkPage(context('/check'), { form: 'address', values: asked, errors: [], decision: permitted }),
  'check-unknown': () =>
    checkPage(context('/check'), {
      form: 'address',
      values: { ...asked, agent: '' },
      errors: [],
      decision: nothingSaid,
    }),
  'check-picture-refused': () =>
    checkPage(context('/check'), {
      form: 'picture',
      values: { ...empty, agent: 'GPTBot' },
      errors: [],
      picture: pictureAsked,
      decision: pictureRefused,
    }),
  'check-picture-possible': () =>
    checkPage(context('/check'), {
      form: 'picture',
      values: empty,
      errors: [],
      picture: { ...pictureAsked, exactOnly: 'low-quality' },
      decision: picturePossible,
    }),
  'check-picture-unknown': () =>
    checkPage(context('/check'), {
      form: 'picture',
      values: empty,
      errors: [],
      picture: pictureAsked,
      decision: pictureUnknown,
    }),
  'check-picture-failed': () =>
    checkPage(context('/check'), {
      form: 'picture',
      values: empty,
      errors: [
        {
          field: 'picture',
          detail: 'This file looks like a PDF. Send a PNG, JPEG, WebP, GIF or AVIF picture.',
        },
      ],
    }),
  site: () => sitePage(context('/site'), { url: '', errors: [] }),
  'site-errors': () =>
    sitePage(context('/site'), {
      url: 'not a site',
      errors: [{ field: 'url', detail: 'This is not the address of a site.' }],
    }),
  'site-silent': () => sitePage(context('/site'), { url: '', errors: [], report: silentSite }),
  'site-muddled': () => sitePage(context('/site'), { url: '', errors: [], report: muddledSite }),
  'site-long': () => sitePage(context('/site'), { url: '', errors: [], report: longSite }),
  bot: () => botPage(context('/bot')),
  'for-crawlers': () => forCrawlersPage(context('/for-crawlers')),
  transparency: () => transparencyPage(context('/transparency'), counted),
  'transparency-empty': () =>
    transparencyPage(context('/transparency'), {
      ...counted,
      inForce: none,
      possible: none,
      waiting: 0,
      quarantined: 0,
      suspended: 0,
      withdrawn: 0,
      contested: 0,
      hits: 0,
      reported: { removed: noCopies, licensed: noCopies, disputed: noCopies },
      logEntries: 0,
    }),
  report: () => reportPage(context('/demo/report'), filtered),
  'report-empty': () =>
    reportPage(context('/demo/report'), {
      ...filtered,
      agent: null,
      dropped: 0,
      nothingToCheck: 0,
      byReason: {},
      byReviewReason: {},
      byTrust: {},
      notChecked: {},
      badRows: [],
    }),
  imprint: () =>
    imprintPage(context('/imprint'), {
      imprint: 'Verein e. V.\nLange Straße 1\n20095 Hamburg\n\nVertreten durch: Karin Muster',
    }),
  'imprint-none': () => imprintPage(context('/imprint'), { imprint: undefined }),
  privacy: () => privacyPage(context('/privacy'), { contact: 'privacy@withhold.example' }),
  terms: () => termsPage(context('/terms'), { terms: 'One more rule.\n\nAnd another.' }),
  outbox: () =>
    outboxPage(context('/outbox', { development: true }), {
      letters: [
        {
          id: '7',
          to: email,
          subject: 'Confirm your opt-out',
          text: `Dear ליאורה בן־דוד,\n\nconfirm here:\n\nhttps://withhold.example/confirm/5k2Qm8vTn0XcR4yLw7ZbHa\n\nThe link works once and for seven days.`,
          createdAt: new Date(now - 60_000).toISOString(),
        },
      ],
    }),
  'outbox-none': () => outboxPage(context('/outbox', { development: true }), { letters: [] }),
  admin: () =>
    adminPage(context('/admin', signedIn), {
      ...administered,
      newKey: { consumer: 'Common Crawl Foundation', key: 'wh_5k2Qm8vTn0XcR4yLw7ZbHa5k2Qm8vTn0XcR4yLw7ZbHa' },
    }),
  'admin-empty': () =>
    adminPage(context('/admin', signedIn), {
      ...administered,
      consumers: [],
      quarantined: [],
      errors: [{ field: 'name', detail: 'Enter the name of the consumer' }],
    }),
  problem: () =>
    problemPage(context('/x'), {
      title: 'This page is not here',
      detail: 'There is nothing at this address.',
      fix: 'Check the address for a slip, or start from the first page.',
      requestId: '019aaf00-0000-7000-8000-00000000beef',
    }),
  docs: () => docsPage(context('/docs'), apiDocument),
};
