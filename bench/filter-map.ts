import { join } from 'node:path';
import { lookupKeys } from '../src/opt-outs/scope.ts';
import { urlKey } from '../src/opt-outs/url-key.ts';
import { parquetNames } from '../src/snapshots/file-names.ts';
import { columnTexts } from './filter-column.ts';
import { type Found, provenRows } from './filter-proof.ts';

/** What one would write with what is at hand: rows as strings, `new URL()` for each, and Maps of keys as strings. */
const [path = '', files = ''] = process.argv.slice(2);
const kinds = ['domain', 'prefix', 'url'] as const;
const rules = {
  domain: new Map<string, true>(),
  prefix: new Map<string, true>(),
  url: new Map<string, true>(),
};
for (const kind of kinds) {
  for await (const { texts } of columnTexts(join(files, parquetNames[kind]), 'key')) {
    for (const key of texts) rules[kind].set(key, true);
  }
}
const authorityOf = (surt: string): string => surt.slice(0, surt.indexOf(')'));
const prefixed = new Set([...rules.prefix.keys()].map(authorityOf));

function isCovered(url: string): boolean {
  const key = urlKey(url);
  if (key === null) return false;
  if (!key.isIp && isUnderDomain(key.hostSurt)) return true;
  if (rules.url.has(key.surt)) return true;
  if (!prefixed.has(authorityOf(key.surt))) return false;
  return lookupKeys(key)?.prefixes.some((prefix) => rules.prefix.has(prefix)) ?? false;
}

/** From two labels on, for a single one is never registered. */
function isUnderDomain(hostSurt: string): boolean {
  for (let end = hostSurt.indexOf(','); end !== -1; ) {
    end = hostSurt.indexOf(',', end + 1);
    if (rules.domain.has(end === -1 ? hostSurt : hostSurt.slice(0, end))) return true;
  }
  return false;
}

const found: Found = { rows: 0, dropped: 0, first: [] };
for await (const { firstRow, texts } of columnTexts(path, 'url')) {
  found.rows += texts.length;
  for (const [at, url] of texts.entries()) {
    if (!isCovered(url)) continue;
    found.dropped += 1;
    if (firstRow + at < provenRows) found.first.push(firstRow + at);
  }
}
process.stdout.write(JSON.stringify(found));
