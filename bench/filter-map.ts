import { join } from 'node:path';
import { lookupKeys } from '../src/opt-outs/scope.ts';
import { parquetNames } from '../src/snapshots/file-names.ts';
import { columnTexts } from './filter-column.ts';
import { type Found, provenRows } from './filter-proof.ts';

/** What is written without much thought: rows as strings, `new URL()` for each, and a Map of every key. */
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

function isCovered(url: string): boolean {
  const keys = lookupKeys(url);
  if (keys === null) return false;
  return (
    keys.domains.some((key) => rules.domain.has(key)) ||
    keys.prefixes.some((key) => rules.prefix.has(key)) ||
    rules.url.has(keys.url)
  );
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
