import { isClean } from '../opt-outs/clean-url.ts';
import { urlKey } from '../opt-outs/url-key.ts';
import { urlFault } from './url-fault.ts';

/** What only a URL parser can say of a cell, for engines that make the keys of clean URLs themselves. */
export interface UncleanKey {
  /** The exact key; null for what has none, or is at fault. */
  surt: string | null;
  /** Host with its labels reversed; null where there is no key, and for an IP address, above which there is no domain. */
  hostSurt: string | null;
  /** Why the row is bad; null when it is not. */
  fault: string | null;
}

/**
 * The key of a cell that a scanner of clean URLs does not take.
 *
 * @param cell as it stands in the dataset, ill-formed UTF-8 read as U+FFFD.
 * @param lengthMax longest URL that is asked about, in UTF-16 units.
 * @returns null for a clean URL, which needs no parser, and for a blank cell.
 */
export function uncleanKey(field: 'url' | 'page_url', cell: string, lengthMax: number): UncleanKey | null {
  const value = cell.trim();
  if (value === '') return null;
  const fault = urlFault(field, value, lengthMax);
  if (fault !== undefined) return { surt: null, hostSurt: null, fault };
  if (isClean(cell)) return null;
  const key = urlKey(value);
  if (key === null) return { surt: null, hostSurt: null, fault: null };
  return { surt: key.surt, hostSurt: key.isIp ? null : key.hostSurt, fault: null };
}
