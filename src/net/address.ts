import ipaddr from 'ipaddr.js';
import { parse as parseDomain } from 'tldts';

/**
 * Ports the service may dial: the two of http and https, and the two that public sites use in their place.
 * Everything else (databases, mail, caches, control planes) is refused, so the service is no port scanner.
 */
export const portsAllowed: readonly number[] = [80, 443, 8080, 8443];

/** Longest URL that is looked at at all. */
export const urlCharsMax = 8_192;

/** RFC 1035 §2.3.4. */
const hostCharsMax = 253;
const labelCharsMax = 63;

/**
 * Public by every registry, yet answered by the machine's own cloud. The other metadata addresses
 * (169.254.169.254, 100.100.100.200, 192.0.0.192, fd00:ec2::254, fd20:ce::254) lie in blocks refused as a whole.
 */
const platformAddresses = new Set(['168.63.129.16']);

/** IANA special-purpose, and unicast to ipaddr.js 2.5.0: RFC 9780 (the /64 beside the discard prefix). */
const dummyPrefix = ipaddr.IPv6.parseCIDR('100:0:0:1::/64');

/** The one block from which IANA assigns global unicast addresses (RFC 4291 §2.4, RFC 3587). */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Names that never belong to a public site: RFC 6761, 6762, 7686, 8375, 9476 and ICANN's `.internal`, then the
 * last labels that private networks use. A name matches an entry and everything under it.
 */
const namesRefused: readonly string[] = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'test',
  'example',
  'invalid',
  'onion',
  'alt',
  'arpa',
  'svc',
  // Cloud metadata under public suffixes.
  'metadata.goog',
  'metadata.tencentyun.com',
  'metadata.platformequinix.com',
  'metadata.packet.net',
];

export type AddressVerdict = { ok: true; address: string } | { ok: false; why: string };
export type UrlVerdict = { ok: true; url: URL } | { ok: false; why: string };

/** `host:port` entries let in although the guard forbids them, each as it is spelled. */
export type AllowList = Pick<readonly string[], 'includes'>;

/** Lets everything in, private networks too. */
export const allowEverything: AllowList = { includes: () => true };

export interface UrlPolicy {
  /** Addresses the name answered with; all are checked, and one forbidden address refuses the URL. */
  resolvesTo?: readonly string[];
  /** `host:port` entries let in as they stand; each lifts the check of exactly what it names. Default none. */
  allow?: AllowList;
  /** Default `portsAllowed`. */
  ports?: readonly number[];
  /** `false` refuses every address literal, public ones too, for hosts that cannot see what they dial. */
  literals?: boolean;
}

/**
 * Says whether an address may be dialled: global unicast outside every IANA special-purpose block, and not the
 * address of a cloud platform.
 * @param ip IPv4 in four decimal parts, or IPv6 without brackets or zone. Other spellings are refused.
 * @returns the address in canonical text, or why not. Never throws.
 */
export function classifyAddress(ip: string): AddressVerdict {
  if (ipaddr.IPv4.isValidFourPartDecimal(ip)) return classifyV4(ipaddr.IPv4.parse(ip));
  if (ip.includes('%') || !ipaddr.IPv6.isValid(ip))
    return { ok: false, why: `${clip(ip)} is not an IP address` };
  return classifyV6(ipaddr.IPv6.parse(ip));
}

function classifyV4(parsed: ipaddr.IPv4): AddressVerdict {
  const address = parsed.toString();
  if (platformAddresses.has(address)) return { ok: false, why: `${address} belongs to a cloud platform` };
  const range = parsed.range();
  return range === 'unicast'
    ? { ok: true, address }
    : { ok: false, why: `${address} is not a public address (${range})` };
}

function classifyV6(parsed: ipaddr.IPv6): AddressVerdict {
  const address = parsed.toString();
  const range = parsed.range();
  if (range !== 'unicast') return { ok: false, why: `${address} is not a public address (${range})` };
  // Also ends IPv4-compatible addresses and every block that is not assigned yet.
  if (!parsed.match(globalUnicast) || parsed.match(dummyPrefix)) {
    return { ok: false, why: `${address} is not a public address (not global unicast)` };
  }
  return { ok: true, address };
}

/**
 * Says whether a URL may be fetched: absolute http or https, no credentials, an allowed port, and a host that is a
 * public name or a public address. The text is read as WHATWG URL does, so every spelling of an address is judged
 * by the address it means.
 * @returns the parsed URL without its fragment, or one plain reason. Never throws.
 */
export function classifyUrl(text: string, policy: UrlPolicy = {}): UrlVerdict {
  if (text.length > urlCharsMax)
    return { ok: false, why: `the URL is longer than ${urlCharsMax} characters` };
  const url = URL.parse(text);
  if (url === null) return { ok: false, why: 'it is not an absolute URL' };
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { ok: false, why: `the scheme ${clip(url.protocol)} is not http or https` };
  }
  if (url.username !== '' || url.password !== '')
    return { ok: false, why: 'the URL carries a user name or password' };
  url.hash = '';
  const allow = policy.allow ?? [];
  if (!allow.includes(hostPort(url))) {
    const why =
      portFault(url, policy.ports ?? portsAllowed) ?? hostFault(url.hostname, policy.literals ?? true);
    if (why !== undefined) return { ok: false, why };
  }
  for (const answer of policy.resolvesTo ?? []) {
    const verdict = classifyDial(answer, portOf(url), allow);
    if (!verdict.ok)
      return { ok: false, why: `${url.hostname} leads to an address that is refused: ${verdict.why}` };
  }
  return { ok: true, url };
}

/**
 * As `classifyAddress`, for one address about to be dialled at a port, with the allow-list applied.
 * @param allow entries such as `127.0.0.1:34567` or `[::1]:34567`.
 */
export function classifyDial(ip: string, port: number, allow: AllowList): AddressVerdict {
  const verdict = classifyAddress(ip);
  if (verdict.ok || ip.includes('%') || !ipaddr.isValid(ip)) return verdict;
  const address = ipaddr.parse(ip).toString();
  const spelled = address.includes(':') ? `[${address}]` : address;
  return allow.includes(`${spelled}:${port}`) ? { ok: true, address } : verdict;
}

/** The port a URL is fetched from, with the scheme's default filled in. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** The host as it is dialled: no brackets, no trailing dot. */
export function bareHost(url: URL): string {
  const host = url.hostname;
  return host.startsWith('[') ? host.slice(1, -1) : host.replace(/\.$/, '');
}

/** How an allow-list spells this URL's host and port. */
export function hostPort(url: URL): string {
  return `${url.hostname.replace(/\.$/, '')}:${portOf(url)}`;
}

/** Whether a host is a name that ends in a suffix of the Public Suffix List (either of its two divisions). */
export function hasPublicSuffix(host: string): boolean {
  const parsed = parseDomain(host, { allowPrivateDomains: true });
  return parsed.isIp !== true && (parsed.isIcann === true || parsed.isPrivate === true);
}

function portFault(url: URL, ports: readonly number[]): string | undefined {
  const port = portOf(url);
  return ports.includes(port) ? undefined : `port ${port} is not one of ${ports.join(', ')}`;
}

function hostFault(hostname: string, literals: boolean): string | undefined {
  const v6 = hostname.startsWith('[');
  const host = v6 ? hostname.slice(1, -1) : hostname.replace(/\.$/, '');
  if (v6 || ipaddr.IPv4.isValidFourPartDecimal(host)) {
    if (!literals) return 'the host is an address, not a name';
    const verdict = classifyAddress(host);
    return verdict.ok ? undefined : verdict.why;
  }
  const labels = host.split('.');
  if (host.length > hostCharsMax || labels.some((label) => label === '' || label.length > labelCharsMax)) {
    return `${clip(host)} is not a host name`;
  }
  if (labels.length < 2) return `${host} is not a public host name`;
  const refused = namesRefused.find((name) => host === name || host.endsWith(`.${name}`));
  return refused === undefined ? undefined : `${host} is a name of a private network (${refused})`;
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
