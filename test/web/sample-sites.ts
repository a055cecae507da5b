import { siteReport } from '../../src/consent/site/report.ts';
import type { SiteView } from '../../src/http/site.ts';
import { site, type Told } from '../consent/site-texts.ts';

const report = (told: Told, more: Partial<SiteView> = {}): SiteView => ({
  ...siteReport(site(told)),
  checkedAt: '2026-11-23T14:02:00.000Z',
  ...more,
});

/** Says nothing anywhere. */
export const silentSite = report({
  'robots.txt': null,
  headers: {},
  html: '<!doctype html><title>x</title>',
});

/** Everything a site can get wrong, once. */
export const muddledSite = report({
  'robots.txt': `# Hello
User-agent: GPTBot
Content-Signal: ai-train=no
User-agent: CCBot
Disallow: /studio/

User-agent: *
Content-Usage: train-ai=n, search=yes
Disalow: /private
Allow: /

User-agent: ClaudeBot
User-agent: Bytespider (every version)
Disallow: /

User-agent: Googlebot
`,
  tdmrep:
    '[{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://example.org/policies/text-and-data-mining.json"}]',
  'trust.txt': 'datatrainingallowed=yes\n',
  'ai.txt': 'DataTrainingAllowed=no\n',
  headers: { 'x-robots-tag': ['noai, noimageai'], 'content-usage': ['train-ai=no'] },
  html: '<!doctype html><meta name="tdm-reservation" content="yes"><meta name="CCBot" content="nofollow, noml">',
});

const names = Array.from({ length: 60 }, (_none, at) => `a-crawler-with-a-very-long-name-of-its-own-${at}`);

/** Long names, long lines, right-to-left text, and more of each than fits. */
export const longSite = report(
  {
    url: `https://example.org/series/2024/the-long-way-home/${'edition-of-twelve-'.repeat(8)}/IMG_0001.jpg?size=large`,
    'robots.txt': `${names.map((name) => `User-agent: ${name}\nContent-Usage: train-ai=no\nDisallow: /${'very-long-folder/'.repeat(12)}*\n`).join('\n')}
User-agent: خزنده هوش مصنوعی
Disallow: /
Content-Usage: /גלריה train-ai=nein
User-agent: *
Disallow: /series/*?size=
`,
    tdmrep: '[{"location": "/",}]',
  },
  {
    notChecked: [
      { source: 'ai.txt', why: 'not-fetched-yet' },
      { source: 'trust.txt', why: 'not-fetched-yet' },
      { source: 'robots.txt', why: 'too-complex' },
    ],
  },
);
