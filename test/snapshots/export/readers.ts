import { parse } from 'tldts';

/** Whether a tool would leave out a URL. */
export type Reading = (url: string) => boolean;

interface JavaUrl {
  host: string;
  path: string;
  query: string | null;
}

/** Parts of an absolute URL as java.net.URL has them: nothing decoded, no port in the host, an IPv6 one in brackets. */
function javaUrl(url: string): JavaUrl {
  const [, authority = '', path = '', , query = null] =
    /^[a-z]+:\/\/([^/?#]*)([^?#]*)(\?([^#]*))?/.exec(url) ?? [];
  const host = authority.replace(/^.*@/, '').replace(/:\d*$/, '');
  return { host, path, query };
}

/**
 * Nutch's urlfilter-fast, read from FastURLFilter.java (src/plugin/urlfilter-fast, master of July 2026): a `#` ends a
 * line, a rule is the second word of its line and is found anywhere in the path, or in path and query.
 */
export function nutchReading(text: string): Reading {
  const rules = { Host: new Map<string, ((url: JavaUrl) => boolean)[]>(), Domain: new Map() } as Record<
    'Host' | 'Domain',
    Map<string, ((url: JavaUrl) => boolean)[]>
  >;
  let own: ((url: JavaUrl) => boolean)[] | null = null;
  for (const raw of text.split('\n')) {
    const line = raw.replace(/#.*$/, '').trim();
    const word = line.split(/\s+/)[1] ?? '';
    if (line === '') continue;
    const scope = (['Host', 'Domain'] as const).find((name) => line.startsWith(name));
    if (scope !== undefined) {
      own = rules[scope].get(word) ?? [];
      rules[scope].set(word, own);
    } else if (/^\s*DenyPath(?:Query)?\s+\.[*?]\s*$/.test(line)) own?.push(() => true);
    else if (line.startsWith('DenyPath')) {
      const pattern = new RegExp(word);
      const isFile = line.startsWith('DenyPathQuery');
      own?.push(({ path, query }) => pattern.test(isFile && query !== null ? `${path}?${query}` : path));
    } else throw new Error(`Nutch leaves out this line with a warning: ${line}`);
  }
  return (url) => {
    const parts = javaUrl(url);
    const labels = parts.host.split('.');
    const names = labels.map((_label, from) => labels.slice(from).join('.'));
    const found = [rules.Host.get(parts.host), ...[...names, '.'].map((name) => rules.Domain.get(name))];
    return found.some((some) => some?.some((matches) => matches(parts)));
  };
}

const encoded = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

/** Nutch's spelling of a canonical URL: escapePath in BasicURLNormalizer.java (urlnormalizer-basic), which is run before. */
export const nutchSpelling = (url: string): string => {
  const [, origin = '', rest = ''] = /^([a-z]+:\/\/[^/]*)(.*)$/.exec(url) ?? [];
  const [path = '', ...query] = rest.split('?');
  const found = [path, ...query.map((part) => part.replaceAll('%27', "'"))].join('?');
  return `${origin}${found.replace(/["<>[\]^`{|}]/g, encoded)}`;
};

/** StormCrawler's: BasicURLNormalizer.java (core, filtering/basic), which leaves more characters as it found them. */
export const stormcrawlerSpelling = (url: string): string => {
  const [, origin = '', path = '', query = ''] = /^([a-z]+:\/\/[^/]*)([^?]*)(.*)$/.exec(url) ?? [];
  const raw = (found: string) => String.fromCharCode(Number.parseInt(found.slice(1), 16));
  const rest = path.replace(/%(?:22|3C|3E|5E|60|7B|7D)/g, raw) + query.replace(/%(?:22|3C|3E|27)/g, raw);
  return `${origin}${rest.replace(/[[\\\]|]/g, encoded)}`;
};

/**
 * StormCrawler's FastURLFilter, read from FastURLFilter.java (core, 3.3): a root with one field is that field; a later
 * scope replaces an earlier one; within a scope the first pattern found decides.
 */
export function stormcrawlerReading(text: string): Reading {
  const root = JSON.parse(text) as Record<string, unknown>;
  const list = Object.keys(root).length === 1 ? Object.values(root)[0] : Object.values(root);
  const scopes = new Map<string, { type: string; pattern: RegExp }[]>();
  for (const { scope, patterns } of list as { scope: string; patterns: string[] }[]) {
    if (!/^(?:GLOBAL$|domain:|host:|metadata:)/.test(scope.trim())) throw new Error(`invalid scope ${scope}`);
    const rules = patterns.map((line) => {
      const [, type = '', pattern = ''] = /^((?:deny|allow)path(?:query)?) (.*)$/i.exec(line) ?? [];
      if (type === '') throw new Error(`no type: ${line}`);
      return { type: type.toLowerCase(), pattern: new RegExp(pattern.trim()) };
    });
    scopes.set(scope.trim(), rules);
  }
  const denies = (scope: string, { path, query }: JavaUrl): boolean => {
    const rule = scopes.get(scope)?.find(({ type, pattern }) => {
      const withQuery = type.endsWith('query') && query !== null;
      return pattern.test(withQuery ? `${path}?${query}` : path);
    });
    return rule?.type.startsWith('deny') === true;
  };
  return (url) => {
    const parts = javaUrl(url);
    const labels = parts.host.split('.');
    const domains = labels.map(
      (_label, from) => `domain:${labels.slice(labels.length - 1 - from).join('.')}`,
    );
    return [`host:${parts.host}`, ...domains, 'GLOBAL'].some((scope) => denies(scope, parts));
  };
}

const heritrixSafe = /[A-Za-z0-9\-~_.*/=&+,:;@$!)(%|']/;

/** What Heritrix makes of a URL: UsableURIFactory.java, SURT.java and SurtPrefixSet.java of webarchive-commons 3.0.1. */
function heritrixSurt(url: string): string {
  const encode = (text: string, more: string) =>
    [...text]
      .map((char) =>
        heritrixSafe.test(char) || more.includes(char)
          ? char
          : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
      )
      .join('');
  const [, scheme = '', authority = '', path = '', , query = null] =
    /^(https?):\/\/([^/?#]*)([^?#]*)(\?([^#]*))?/.exec(url) ?? [];
  const [, host = '', port = ''] = /^(.*?)(:\d+)?$/.exec(authority) ?? [];
  const isDefault = port === (scheme === 'http' ? ':80' : ':443');
  const surtHost = /^(?:\d{1,3}\.){3}\d{1,3}$/.test(host) ? host : `${host.split('.').reverse().join(',')},`;
  // An empty query is dropped.
  const rest = `${encode(path || '/', '')}${query ? `?${encode(query, '{}[]^?')}` : ''}`;
  return `http://(${surtHost}${isDefault ? '' : port})${rest}`.toLowerCase();
}

/** Heritrix's SurtPrefixedDecideRule with `surtsSource` (heritrix3 of July 2026; SurtPrefixSet.importFromMixed). */
export function heritrixReading(text: string): Reading {
  const prefixes: string[] = [];
  for (const line of text.split('\n')) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const entry = /^[\s\ufeff]*(\S+)\s*(#.*)?$/.exec(line)?.[1];
    if (entry === undefined || !entry.startsWith('+') || entry.indexOf('(') < 2)
      throw new Error(`this line is no prefix as it stands: ${line}`);
    prefixes.push(entry.slice(1).toLowerCase());
  }
  return (url) => {
    const surt = heritrixSurt(url);
    return prefixes.some((prefix) => surt.startsWith(prefix));
  };
}

/**
 * datatrove's URLFilter, read from src/datatrove/pipeline/filters/url_filter.py (0.10.1), given the three files line by
 * line. tldextract knows the suffixes of the ICANN part of the list alone, and gives nothing for a host without one.
 */
export function datatroveReading({
  hosts,
  urls,
  words,
}: Record<'hosts' | 'urls' | 'words', string>): Reading {
  const normalise = (text: string) => text.replace(/[^a-zA-Z0-9]+/g, '').toLowerCase();
  const list = (text: string, change: (line: string) => string) =>
    new Set(
      text
        .split(/(?<=\n)/)
        .filter((line) => {
          if (line.trim() === '') throw new Error('URLFilter does not take empty lines');
          return line[0] !== '#';
        })
        .map(change),
    );
  const domains = list(hosts, (line) => line.trim());
  const whole = list(urls, (line) => line.trim());
  const subwords = [...list(words, normalise)];
  return (url) => {
    const { host } = javaUrl(url);
    const options = { allowPrivateDomains: false, extractHostname: false, validateHostname: false };
    const { domain, isIcann } = parse(host, options);
    const [registered, full] = domain === null || !isIcann ? ['', ''] : [domain, host];
    if (domains.has(registered) || domains.has(full) || whole.has(url)) return true;
    const text = normalise(url);
    return subwords.some((word) => text.includes(word));
  };
}
