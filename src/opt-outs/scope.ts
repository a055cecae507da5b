import { AppError } from '../errors.ts';
import { registrableDomain } from './public-suffix.ts';
import { type UrlKey, urlCharsMax, urlKey } from './url-key.ts';

/** The subjects that are parts of the web. A `prefix` with the path `/` is one host without its subdomains. */
export const scopeKinds = ['domain', 'prefix', 'url'] as const;
export type ScopeKind = (typeof scopeKinds)[number];

/** A part of the web that a record speaks for. `key` is `com,example` (domain) or `com,example)/path` (others). */
export interface Scope {
  kind: ScopeKind;
  key: string;
}

/** Every key under which the registry may hold a scope covering one URL. */
export interface LookupKeys {
  domains: string[];
  prefixes: string[];
  url: string;
}

/** Deepest domain that can be registered or looked up. */
export const hostLabelsMax = 16;
/** RFC 1035 §2.3.4, as text. */
export const hostCharsMax = 253;
/** Deepest prefix that can be registered or looked up. */
export const pathSegmentsMax = 16;
/** Longest path of a prefix that can be registered or looked up. */
export const prefixPathCharsMax = 4096;

const urlFix = 'Give the whole address, for example https://example.com/pictures/1.jpg.';
const prefixFix = 'Give a host and a path without a query, for example example.com/art.';
const domainFix = 'Give the bare name, for example example.com, without a path or a port.';

function invalid(message: string, fix: string): AppError {
  return new AppError('invalid', message, { fix });
}

/** What the WHATWG parser removes before it looks at anything: outer C0 controls and spaces, inner tabs and line ends. */
function withoutIgnored(value: string): string {
  const text = value.replace(/[\t\n\r]/g, '');
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) <= 0x20) start += 1;
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end -= 1;
  return text.slice(start, end);
}

/** Reads `example.com/art` as well as `https://example.com/art`; either scheme's default port means no port. */
function looseUrlKey(value: string): UrlKey | null {
  if (value.length > urlCharsMax) return null;
  const text = withoutIgnored(value);
  if (/^https?:[/\\]/i.test(text)) return urlKey(text);
  if (text === '' || /^[/\\]/.test(text) || /^[a-z][a-z0-9+.-]*:[/\\]/i.test(text)) return null;
  // Without a scheme an `@` is a mail address, not userinfo to be dropped.
  if (/^[^/\\?#]*@/.test(text)) return null;
  const key = urlKey(`https://${text}`);
  return key?.port === '80' ? urlKey(`http://${text}`) : key;
}

function domainKey(value: string): string {
  const parsed = looseUrlKey(value);
  if (parsed === null) throw invalid('This is not a domain name.', domainFix);
  if (parsed.isIp) {
    throw invalid('An IP address is not a domain.', `Register the prefix ${parsed.host}/ instead.`);
  }
  if (parsed.port !== '') {
    throw invalid('A domain covers every port, so it cannot name one.', domainFix);
  }
  if (parsed.path !== '/' || parsed.query !== null) {
    throw invalid(
      'A domain has no path.',
      'Give the bare name, or register this as a prefix or a URL instead.',
    );
  }
  if (parsed.host.length > hostCharsMax || parsed.host.split('.').length > hostLabelsMax) {
    throw invalid(
      'This domain name is too long.',
      `Give at most ${hostLabelsMax} labels and ${hostCharsMax} characters.`,
    );
  }
  if (registrableDomain(parsed.host) === null) {
    throw new AppError(
      'public-suffix',
      'This is a public suffix, under which many unrelated people have names.',
      {
        fix: `Give your own name under it, for example example.${parsed.host}.`,
      },
    );
  }
  return parsed.hostSurt;
}

function prefixKey(value: string): string {
  const parsed = looseUrlKey(value);
  if (parsed === null) throw invalid('This is not a host with a path.', prefixFix);
  if (parsed.query !== null) {
    throw invalid(
      'A prefix ends before the query.',
      'Leave out everything from the "?" on, or register a URL.',
    );
  }
  if (parsed.path.length > prefixPathCharsMax || segmentCount(parsed.path) > pathSegmentsMax) {
    throw invalid(
      'This prefix is too long.',
      `Give at most ${pathSegmentsMax} path segments and ${prefixPathCharsMax} characters.`,
    );
  }
  return parsed.surt;
}

function exactKey(value: string): string {
  const parsed = urlKey(value);
  if (parsed === null) throw invalid('This is not an http or https URL.', urlFix);
  return parsed.surt;
}

/**
 * The registry key of a value somebody wants to register.
 *
 * @param value a domain name, a host with an optional path prefix (a scheme is allowed), or an absolute URL.
 * @throws AppError `invalid` with a fix; `public-suffix` when a domain would speak for unrelated people.
 */
export function scopeKey(kind: ScopeKind, value: string): Scope {
  switch (kind) {
    case 'domain':
      return { kind, key: domainKey(value) };
    case 'prefix':
      return { kind, key: prefixKey(value) };
    case 'url':
      return { kind, key: exactKey(value) };
  }
}

/** The number of slashes in an absolute path: `/` is 1, `/a/b` is 2. */
function segmentCount(path: string): number {
  let count = 0;
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) count += 1;
  return count;
}

/** Path-match of RFC 6265 §5.1.4: `/art` matches `/art` and `/art/x`, `/art/` matches what is below it. */
export function pathCovers(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return path.length === prefix.length || prefix.endsWith('/') || path[prefix.length] === '/';
}

/** Whether a registered scope speaks for a URL. A URL that has no key is covered by nothing. */
export function covers(scope: Scope, url: string | UrlKey): boolean {
  const key = typeof url === 'string' ? urlKey(url) : url;
  if (key === null) return false;
  switch (scope.kind) {
    case 'domain':
      return !key.isIp && (key.hostSurt === scope.key || key.hostSurt.startsWith(`${scope.key},`));
    case 'prefix':
      // Up to its `?` a key is authority and path, and a prefix key holds the whole authority with its `)`.
      return pathCovers(scope.key, key.query === null ? key.surt : key.surt.slice(0, -key.query.length - 1));
    case 'url':
      return scope.key === key.surt;
  }
}

function domainKeys(key: UrlKey): string[] {
  if (key.isIp) return [];
  const labels = key.hostSurt.split(',', hostLabelsMax);
  const keys: string[] = [];
  // From two labels on: a single label is always a public suffix.
  for (let count = 2; count <= labels.length; count += 1) {
    const candidate = labels.slice(0, count).join(',');
    if (candidate.length <= hostCharsMax) keys.push(candidate);
  }
  return keys;
}

function prefixKeys(key: UrlKey): string[] {
  const authority = key.surt.slice(0, key.surt.indexOf(')') + 1);
  const { path } = key;
  const paths: string[] = [];
  let slashAt = 0;
  for (let segment = 1; segment <= pathSegmentsMax && slashAt !== -1; segment += 1) {
    // Two keys end at each boundary: `/art/` (what is below) and, at its other end, `/art/x` (that segment too).
    paths.push(path.slice(0, slashAt + 1));
    const nextAt = path.indexOf('/', slashAt + 1);
    const end = nextAt === -1 ? path.length : nextAt;
    if (end > slashAt + 1) paths.push(path.slice(0, end));
    slashAt = nextAt;
  }
  return paths.filter((each) => each.length <= prefixPathCharsMax).map((each) => authority + each);
}

/**
 * Every key that could cover a URL, so that a database answers with one IN list: at most `hostLabelsMax` domains,
 * 2 × `pathSegmentsMax` prefixes and the exact key.
 */
export function lookupKeys(url: string | UrlKey): LookupKeys | null {
  const key = typeof url === 'string' ? urlKey(url) : url;
  if (key === null) return null;
  return { domains: domainKeys(key), prefixes: prefixKeys(key), url: key.surt };
}

/** A key in ordinary spelling, for people: `com,example:8443)/art` is `example.com:8443/art`. */
export function readableScope(scope: Scope): string {
  const authorityEnd = scope.kind === 'domain' ? scope.key.length : scope.key.indexOf(')');
  const authority = scope.key.slice(0, authorityEnd);
  const [, hostSurt = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(authority) ?? [];
  const isIp = hostSurt.startsWith('[') || hostSurt.includes('.');
  const host = isIp ? hostSurt : hostSurt.split(',').reverse().join('.');
  return `${host}${port}${scope.key.slice(authorityEnd + 1)}`;
}
