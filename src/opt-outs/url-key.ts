/** Names the rules below; a change that gives any URL another key needs a new name. */
export const urlKeySpec = 'urlkey/1';

/** Longest URL text that is looked at; longer is treated as not a URL. */
export const urlCharsMax = 16_384;

/** The canonical parts of a URL. Scheme, userinfo and fragment take no part in the key. */
export interface UrlKey {
  /** `com,example:8443)/path?query`: the exact key. */
  surt: string;
  /** Host in its ordinary form, lower case ASCII, no trailing dot; IPv6 in brackets. */
  host: string;
  /** Host with its labels reversed, `com,example`; an IP address stays as it is. */
  hostSurt: string;
  isIp: boolean;
  /** Decimal, or empty for the scheme's default port. */
  port: string;
  path: string;
  /** Without its `?`; null when there is none, which differs from an empty one. */
  query: string | null;
  scheme: 'http' | 'https';
}

// Anything else in a host name could imitate the commas, dots and brackets of a key (`a,b.com` is not `b.a.com`).
const hostNamePattern = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
// The WHATWG parser serialises every IPv4 address in this form, and no name can end in a number.
const ipv4Pattern = /^\d+\.\d+\.\d+\.\d+$/;
const unreservedPattern = /^[A-Za-z0-9._~-]$/;

/**
 * Percent-encoding of RFC 3986 §6.2.2.1 and §6.2.2.2: upper-case hex, unreserved characters decoded. A `%` that
 * starts no triplet becomes `%25`, which means the same and keeps the result stable when it is read again.
 */
function normalisePercent(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9A-Fa-f]{2})?/g, (_all, hex: string | undefined) => {
    if (hex === undefined) return '%25';
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return unreservedPattern.test(character) ? character : `%${hex.toUpperCase()}`;
  });
}

function parseHttpUrl(url: string): URL | null {
  if (url.length > urlCharsMax) return null;
  try {
    const parsed = new URL(url);
    return parsed.protocol === 'http:' || parsed.protocol === 'https:' ? parsed : null;
  } catch {
    return null;
  }
}

/**
 * The one canonical form in which rules and data are compared: WHATWG URL Standard parse, then RFC 3986 §6.2.2.
 *
 * @param url absolute URL text, as hostile as it comes.
 * @returns null for anything that is no http or https URL with a usable host, or longer than `urlCharsMax`.
 */
export function urlKey(url: string): UrlKey | null {
  const parsed = parseHttpUrl(url);
  if (parsed === null) return null;
  const host = parsed.hostname.endsWith('.') ? parsed.hostname.slice(0, -1) : parsed.hostname;
  const isIp = host.startsWith('[') || ipv4Pattern.test(host);
  if (!isIp && !hostNamePattern.test(host)) return null;
  // `^` joined the URL Standard's path percent-encode set late; older parsers leave it raw.
  const path = normalisePercent(parsed.pathname).replaceAll('^', '%5E');
  // `search` is empty for an absent and for an empty query alike; the serialisation tells them apart.
  const withoutFragment = parsed.href.split('#', 1)[0] ?? '';
  const queryAt = withoutFragment.indexOf('?');
  const query = queryAt === -1 ? null : normalisePercent(withoutFragment.slice(queryAt + 1));
  const hostSurt = isIp ? host : host.split('.').reverse().join(',');
  const port = parsed.port;
  const authority = port === '' ? hostSurt : `${hostSurt}:${port}`;
  const surt = `${authority})${path}${query === null ? '' : `?${query}`}`;
  const scheme = parsed.protocol === 'http:' ? 'http' : 'https';
  return { surt, host, hostSurt, isIp, port, path, query, scheme };
}

/** The canonical URL a key was made from, in ordinary spelling, without userinfo and fragment. */
export function canonicalUrl(key: UrlKey): string {
  const port = key.port === '' ? '' : `:${key.port}`;
  return `${key.scheme}://${key.host}${port}${key.path}${key.query === null ? '' : `?${key.query}`}`;
}
