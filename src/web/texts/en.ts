import { admin } from './en/admin.ts';
import { check } from './en/check.ts';
import { client } from './en/client.ts';
import { docs } from './en/docs.ts';
import { legal } from './en/legal.ts';
import { mine } from './en/mine.ts';
import { optOut } from './en/opt-out.ts';
import { reading } from './en/reading.ts';
import { records } from './en/records.ts';
import { report } from './en/report.ts';
import { forms, site } from './en/site.ts';
import { siteCheck } from './en/site-check.ts';

/**
 * Every sentence the pages say, in English. `{name}` marks a place the page fills with a link or a value,
 * `` `x` `` is set as code. A new language is a copy of this file and of the folder beside it.
 */
export const en = {
  admin,
  check,
  client,
  docs,
  forms,
  legal,
  mine,
  optOut,
  reading,
  records,
  report,
  site,
  siteCheck,

  home: {
    title: 'A registry of what creators say about AI',
    lead: ['Say how AI may use your work.', 'Check before you take.'],
    what: 'Withhold is a public registry in which creators say how their works may be used by AI, and which crawlers and dataset builders ask before they take.',
    makers: {
      heading: 'I make things',
      body: 'Name your pictures, pages, domains or your artist name, and say what AI may do with them. You need an email address and about five minutes. Pictures need not leave your device.',
      button: 'Opt out',
      mine: 'See or withdraw my opt-outs',
      site: 'See what your site tells AI crawlers',
    },
    collectors: {
      heading: 'I collect data',
      body: 'Ask about one address, or about ten thousand in one request. Every answer comes with its reasons, their places and the words themselves.',
      button: 'How to ask',
      docs: 'API documentation',
    },
    check: {
      heading: 'Check an address',
      label: 'Address of a page or picture',
      button: 'Check',
    },
    works: (n: number) => (n === 1 ? '1 picture' : `${group(n)} pictures`),
    domains: (n: number) => (n === 1 ? '1 domain' : `${group(n)} domains`),
    number: '{works} and {domains} are in force in this registry.',
    counted: 'Counted {at}. {source}',
    source: 'What is counted',
    none: 'No opt-out is in force in this registry yet.',
  },

  problems: {
    next: 'What to do next',
    request: 'Request',
    requestHint: 'Name this number if you write to us about it.',
    home: 'Go to the first page',
  },
};

function group(value: number): string {
  return value.toLocaleString('en-GB');
}
