import { AppError } from '../../errors.ts';
import { lookupKeys, scopeKey } from '../../opt-outs/scope.ts';
import type { UrlRole } from './url-column.ts';

/** What the builder says to have rights to, as keys; plain data. */
export interface LicenceList {
  /** Canonical keys of domains, prefixes and URLs. */
  domains: readonly string[];
  prefixes: readonly string[];
  urls: readonly string[];
  sha256: readonly string[];
  md5: readonly string[];
  /** Ids of records whose claimant gave a licence. */
  records: readonly string[];
}

/** The columns of a licence file. Each of its lines fills one of them. */
export const licenceColumns = ['domain', 'prefix', 'url', 'sha256', 'md5', 'record'] as const;

/** Lines of a licence file. */
export const licencesMax = 5_000_000;

export interface Licences {
  /** Whether a row is covered: by its addresses, its hashes, or the record that it rests on. */
  covers(
    row: { places: readonly { role: UrlRole; url: string }[]; sha256: string; md5: string },
    record: string,
  ): boolean;
}

export function licencesOf(list: LicenceList): Licences {
  const [domains, prefixes, urls] = [new Set(list.domains), new Set(list.prefixes), new Set(list.urls)];
  const [sha256, md5, records] = [new Set(list.sha256), new Set(list.md5), new Set(list.records)];
  const coversUrl = (url: string) => {
    const keys = lookupKeys(url);
    if (keys === null) return false;
    return (
      urls.has(keys.url) ||
      keys.domains.some((key) => domains.has(key)) ||
      keys.prefixes.some((key) => prefixes.has(key))
    );
  };
  return {
    covers: (row, record) =>
      records.has(record) ||
      sha256.has(row.sha256) ||
      md5.has(row.md5) ||
      row.places.some(({ url }) => coversUrl(url)),
  };
}

/**
 * Reads one line of a licence file: a domain, a prefix, a URL, a hash or a record.
 * @throws AppError `invalid`, a clause to follow the line's number.
 */
export function addLicence(
  list: Record<keyof LicenceList, string[]>,
  column: (typeof licenceColumns)[number],
  value: string,
): void {
  if (column === 'domain' || column === 'prefix' || column === 'url') {
    list[`${column}${column === 'prefix' ? 'e' : ''}s` as 'domains' | 'prefixes' | 'urls'].push(
      scopeKey(column, value).key,
    );
    return;
  }
  const patterns = { sha256: /^[0-9a-f]{64}$/, md5: /^[0-9a-f]{32}$/, record: /^[0-9a-f-]{36}$/ };
  const text = value.toLowerCase();
  if (!patterns[column].test(text)) throw new AppError('invalid', `has no ${column}: ${value.slice(0, 80)}`);
  list[column === 'record' ? 'records' : column].push(text);
}
