import { AppError } from '../errors.ts';
import { registrableDomain } from './public-suffix.ts';
import { covers, hostCharsMax, pathCovers, type Scope } from './scope.ts';
import { urlKey } from './url-key.ts';

/** 128 bits. */
export const tokenBytesMin = 16;
export const tokenBytesMax = 64;
export const wellKnownBodyBytesMax = 128;
export const txtRecordsMax = 100;
export const txtCharsMax = 4096;
const txtName = 'withhold';

/**
 * A proof token: base64url without padding (RFC 4648 §5), safe in DNS, in a path and on a page.
 *
 * @param random 16 to 64 random bytes.
 */
export function proofToken(random: Uint8Array): string {
  if (random.length < tokenBytesMin || random.length > tokenBytesMax) {
    throw new RangeError(`a token takes ${tokenBytesMin} to ${tokenBytesMax} random bytes`);
  }
  return btoa(String.fromCharCode(...random))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

/** Whether text has the form of a token. */
export function isProofToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{22,86}$/.test(text);
}

/**
 * The host a domain proof is made for, in canonical form.
 *
 * @param host a bare host name; IP addresses have no domain to prove.
 * @throws AppError `invalid`, or `public-suffix` for a name under which many unrelated people have names.
 */
export function provableHost(host: string): string {
  const key = /[/\\?#@:\s]/.test(host) ? null : urlKey(`https://${host}`);
  if (key === null || key.isIp || key.host.length + '_withhold.'.length > hostCharsMax) {
    const fix = 'Give the bare name, for example example.com.';
    throw new AppError('invalid', 'This is not a domain name.', { fix });
  }
  if (registrableDomain(key.host) === null) {
    const fix = `Give your own name under it, for example example.${key.host}.`;
    throw new AppError('public-suffix', 'Nobody can prove a public suffix.', { fix });
  }
  return key.host;
}

/** Where the TXT record is looked for. @throws AppError as `provableHost` does. */
export function dnsProofName(host: string): string {
  return `_withhold.${provableHost(host)}`;
}

/** What the TXT record says. */
export function dnsProofValue(token: string): string {
  return `${txtName}=${token}`;
}

/** RFC 1035 §5.1: `"with" "hold=x"`, as resolvers over HTTPS give it and people paste it, is one text in pieces. */
function txtText(record: string | readonly string[]): string {
  const text = (typeof record === 'string' ? record : record.join('')).slice(0, txtCharsMax).trim();
  if (!/^(?:"(?:[^"\\]|\\.)*"\s*)+$/s.test(text)) return text;
  const pieces = text.match(/"(?:[^"\\]|\\.)*"/gs) ?? [];
  return pieces
    .map((piece) => piece.slice(1, -1).replace(/\\(.)/gs, '$1'))
    .join('')
    .trim();
}

/**
 * Whether one TXT record is exactly the proof; a record that merely contains it is somebody else's text.
 *
 * @param records each record as its chunks, or as one string with or without presentation quotes.
 */
export function dnsProofFound(records: readonly (string | readonly string[])[], token: string): boolean {
  return records.slice(0, txtRecordsMax).some((record) => {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(txtText(record)) ?? [];
    return name.trim().toLowerCase() === txtName && value.trim() === token && isProofToken(token);
  });
}

/** The path of the file that proves a host (RFC 8615). */
export function wellKnownPath(token: string): string {
  return `/.well-known/withhold-${token}`;
}

/** What that file says; one line end may follow. */
export function wellKnownBody(token: string): string {
  return token;
}

/** Whether the body of the well-known file is exactly the token. */
export function wellKnownFound(body: Uint8Array, token: string): boolean {
  if (body.length > wellKnownBodyBytesMax || !isProofToken(token)) return false;
  return new TextDecoder().decode(body).replace(/\r?\n$/, '') === wellKnownBody(token);
}

/**
 * Whether a domain proof speaks for a scope: the host itself and what is below it, as far as one owner reaches. A
 * name under a public suffix (`bucket.s3.amazonaws.com`) is not its parent's.
 *
 * @param provenHost as `provableHost` gave it.
 */
export function domainProofCovers(provenHost: string, scope: Scope): boolean {
  const domain = { kind: 'domain', key: provenHost.split('.').reverse().join(',') } as const;
  const hostSurt = /^[^):]*/.exec(scope.key)?.[0] ?? '';
  const host = hostSurt.split(',').reverse().join('.');
  const owner = registrableDomain(provenHost);
  return owner !== null && registrableDomain(host) === owner && covers(domain, `https://${host}/`);
}

/**
 * Whether a proven profile page speaks for a scope: the page itself and what is below it on that host. A page with a
 * query speaks for its own URL only, since one path then serves many people.
 */
export function profileProofCovers(pageUrl: string, scope: Scope): boolean {
  const page = urlKey(pageUrl);
  if (page === null || scope.kind === 'domain') return false;
  if (page.query !== null) return scope.kind === 'url' && scope.key === page.surt;
  const base = page.path === '/' ? page.surt : page.surt.replace(/\/$/, '');
  return pathCovers(base, scope.key.split('?', 1)[0] ?? '');
}
