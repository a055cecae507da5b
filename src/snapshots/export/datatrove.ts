import { parse } from 'tldts';
import { lineFormat, type Said, unsaid } from './lines.ts';
import type { Rule } from './rule.ts';

/**
 * The lists that datatrove's `URLFilter` takes (src/datatrove/pipeline/filters/url_filter.py, 0.10.1). It refuses a URL
 * whose registrable domain by the ICANN part of the Public Suffix List, or whose whole host name, is one of its
 * `domains`; a URL that is one of its `urls` letter by letter; and a URL that, in lower case and without everything
 * that is no ASCII letter or digit, holds one of its `banned_subwords`. None of the three can say all rules, together
 * they can: this module splits them so that each rule is refused whole by what its lists have of it.
 */
const limits = 'ports are not looked at in hosts; URLs have to be in canonical spelling';

/** How much of a name the hosts list covers: all below it, it alone, or nothing, for it has no suffix known to all. */
function reachOf({ host, isIp }: Rule): 'all' | 'itself' | 'none' {
  if (isIp) return 'none';
  const options = { allowPrivateDomains: false, extractHostname: false, validateHostname: false };
  const { domain, isIcann } = parse(host, options);
  if (domain === null || !isIcann) return 'none';
  return domain === host ? 'all' : 'itself';
}

const isHost = (rule: Rule): boolean => rule.kind === 'prefix' && rule.path === '/' && rule.port === '';

function sayHost(rule: Rule): Said {
  if (rule.kind !== 'domain' && !isHost(rule)) return unsaid;
  const reach = reachOf(rule);
  if (reach === 'none') return unsaid;
  const lines = [rule.host];
  if (rule.kind === 'domain') return { lines, isWider: false, isPart: reach === 'itself' };
  return { lines, isWider: reach === 'all' };
}

/** Names, one a line. */
export const hostsFormat = lineFormat({ limits, elsewhere: 'the formats urls and words', say: sayHost });

/** Both schemes for a default port; a port that is the default of one scheme can only be of the other. */
function schemesOf({ port }: Rule): string[] {
  if (port === '80') return ['https'];
  return port === '443' ? ['http'] : ['http', 'https'];
}

function authorityOf({ host, port }: Rule): string {
  return port === '' ? host : `${host}:${port}`;
}

function sayUrl(rule: Rule): Said {
  if (rule.kind !== 'url') return unsaid;
  const { path, query } = rule;
  const origins = schemesOf(rule).map((scheme) => `${scheme}://${authorityOf(rule)}`);
  const rest = `${path}${query === null ? '' : `?${query}`}`;
  const lines = origins.map((origin) => `${origin}${rest}`);
  // Data often have the address of a home page without its slash.
  return { lines: rest === '/' ? [...lines, ...origins] : lines, isWider: false };
}

/** Whole addresses, one a line. */
export const urlsFormat = lineFormat({ limits, elsewhere: 'the formats hosts and words', say: sayUrl });

function sayWord(rule: Rule): Said {
  if (rule.kind === 'url') return unsaid;
  const isWider = true;
  if (rule.kind === 'domain') {
    // The hosts list has all below a registrable domain. Any other domain is looked for wherever it stands.
    return reachOf(rule) === 'all' ? unsaid : { lines: [wordOf(rule.host)], isWider };
  }
  if (isHost(rule) && reachOf(rule) !== 'none') return unsaid;
  const place = `${authorityOf(rule)}${rule.path}`;
  return { lines: schemesOf(rule).map((scheme) => wordOf(`${scheme}${place}`)), isWider };
}

const wordOf = (text: string): string => text.replace(/[^a-zA-Z0-9]+/g, '').toLowerCase();

/** What the other two lists cannot say, as words to look for. */
export const wordsFormat = lineFormat({ limits, elsewhere: 'the formats hosts and urls', say: sayWord });
