import { parse } from 'tldts';

/**
 * The registrable domain of a host by the Public Suffix List, ICANN and private sections: `example.co.uk` for
 * `shop.example.co.uk`.
 *
 * @param host lower-case ASCII without a trailing dot, as in `UrlKey.host`.
 * @returns null for a public suffix (`co.uk`, `github.io`), a single label, or an IP address.
 */
export function registrableDomain(host: string): string | null {
  return parse(host, { allowPrivateDomains: true, extractHostname: false, validateHostname: false }).domain;
}
