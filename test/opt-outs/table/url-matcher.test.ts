import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import {
  covers,
  hostLabelsMax,
  lookupKeys,
  pathSegmentsMax,
  prefixPathCharsMax,
  type Scope,
  type ScopeKind,
  scopeKey,
} from '../../../src/opt-outs/scope.ts';
import type { RecordTable } from '../../../src/opt-outs/table/layout.ts';
import { recordAt } from '../../../src/opt-outs/table/table.ts';
import { createUrlMatcher, rowsCovering, type UrlMatcher } from '../../../src/opt-outs/table/url-matcher.ts';
import { urlCharsMax, urlKey } from '../../../src/opt-outs/url-key.ts';
import { anyUrl, nearlyCleanUrl, prefixOf, siteHost } from '../url-arbitraries.ts';
import { plainTerms, tableOf } from './tables.ts';

const tableOfScopes = (scopes: readonly Scope[]): RecordTable =>
  tableOf(scopes.map(({ kind, key }, ridNumber) => ({ terms: plainTerms(kind), key, ridNumber })));

function tryScope(kind: ScopeKind, value: string): Scope | null {
  try {
    return scopeKey(kind, value);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

const encoder = new TextEncoder();

/** What both forms of the matcher say: rows, or null for no URL. The bytes stand among others. */
function bothForms(matcher: UrlMatcher, url: string): (number[] | null)[] {
  const take = (count: number) => (count < 0 ? null : [...matcher.rows().subarray(0, count)]);
  const text = take(matcher.matchText(url));
  const bytes = encoder.encode(`?${url}/x`);
  return [text, take(matcher.match(bytes, 1, bytes.length - 2))];
}

/** What `covers` says of each rule, as the rows of a table. */
function expectedRows(table: RecordTable, url: string): number[] | null {
  if (urlKey(url) === null) return null;
  const rows = Array.from({ length: table.head.rows }, (_, row) => row);
  return rows.filter((row) => covers(recordAt(table, row) as Scope, url));
}

const sorted = (rows: number[] | null | undefined) => rows && [...rows].sort((a, b) => a - b);

interface UrlVector {
  id: string;
  input: { rule: { kind: ScopeKind | 'host'; value: string }; url: string };
  expect: { validRule: boolean; covers: boolean };
}

describe('own/urls.json', () => {
  const { vectors } = JSON.parse(
    readFileSync(new URL('../../vectors/urls.json', import.meta.url), 'utf8'),
  ) as { vectors: UrlVector[] };
  const rules = vectors.map(({ id, input: { rule } }) => ({
    id,
    scope: tryScope(rule.kind === 'host' ? 'prefix' : rule.kind, rule.value),
  }));
  const valid = rules.flatMap(({ id, scope }) => (scope === null ? [] : [{ id, scope }]));
  const table = tableOfScopes(valid.map(({ scope }) => scope));
  const matcher = createUrlMatcher(table);

  test.each(vectors.map((vector) => [vector.id, vector] as const))('%s', (id, vector) => {
    const own = valid.findIndex((rule) => rule.id === id);
    for (const rows of bothForms(matcher, vector.input.url)) {
      expect(sorted(rows)).toEqual(expectedRows(table, vector.input.url));
      const rids = rows?.map((row) => Number.parseInt(recordAt(table, row).rid.slice(-8), 16));
      expect(rids?.includes(own) ?? false).toBe(vector.expect.covers);
    }
  });
});

const scopeValue = fc.oneof(
  siteHost.map((value) => ['domain', value] as const),
  prefixOf.map((value) => ['prefix', value] as const),
  anyUrl.map((value) => ['url', value] as const),
  nearlyCleanUrl.map((value) => ['url', value] as const),
  nearlyCleanUrl.map((value) => ['prefix', value] as const),
);
const scopes = fc
  .array(scopeValue, { minLength: 30, maxLength: 60 })
  .map((values) =>
    values.map(([kind, value]) => tryScope(kind, value)).filter((scope): scope is Scope => scope !== null),
  );

/** URLs that stay near the rules: what scopes are made of, continued, and their keys read as URLs again. */
const hostileUrl = fc.oneof(
  { weight: 4, arbitrary: anyUrl },
  { weight: 4, arbitrary: nearlyCleanUrl },
  { weight: 1, arbitrary: prefixOf.map((value) => `https://${value}`) },
  { weight: 1, arbitrary: fc.tuple(anyUrl, anyUrl).map(([one, other]) => one + other) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((text) => `https://example.com/${text}`) },
);

test('a matcher says what covers() says, in either form and by either way', () => {
  let urls = 0;
  let hits = 0;
  let strangers = 0;
  fc.assert(
    fc.property(scopes, fc.array(hostileUrl, { minLength: 200, maxLength: 210 }), (rules, asked) => {
      const table = tableOfScopes(rules);
      const matcher = createUrlMatcher(table);
      const rowsByKey = Map.groupBy(
        Array.from({ length: table.head.rows }, (_, row) => ({ row, ...recordAt(table, row) })),
        ({ kind, key }) => `${kind} ${key}`,
      );
      for (const url of asked) {
        const keys = lookupKeys(url);
        const wanted = keys && [
          ...keys.domains.map((key) => `domain ${key}`),
          ...keys.prefixes.map((key) => `prefix ${key}`),
          `url ${keys.url}`,
        ];
        const expected = wanted?.flatMap((key) => rowsByKey.get(key)?.map(({ row }) => row) ?? []) ?? null;
        urls += 1;
        if (expected === null) strangers += 1;
        else if (expected.length > 0) hits += 1;
        for (const rows of [...bothForms(matcher, url), rowsCovering(table, url)]) {
          if (String(rows) !== String(expected)) expect([url, rows]).toEqual([url, expected]);
        }
        if (urls % 16 === 0) expect([url, sorted(expected)]).toEqual([url, expectedRows(table, url)]);
      }
    }),
    { numRuns: 1_010 },
  );
  expect(urls).toBeGreaterThan(200_000);
  expect(hits).toBeGreaterThan(20_000);
  expect(strangers).toBeGreaterThan(1_000);
}, 120_000);

test('bytes that are no UTF-8 are read as U+FFFD', () => {
  const rules = ['example.com', 'https://example.com/a', 'https://example.com/%EF%BF%BD'].flatMap((value) => [
    tryScope('prefix', value) as Scope,
    tryScope('url', value.includes('://') ? value : `https://${value}/`) as Scope,
  ]);
  const table = tableOfScopes([...rules, scopeKey('domain', 'example.com')]);
  const matcher = createUrlMatcher(table);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const bytes = fc
    .tuple(anyUrl, fc.nat(40), fc.uint8Array({ maxLength: 3 }))
    .map(([url, at, put]) =>
      Buffer.concat([Buffer.from(url).subarray(0, at), put, Buffer.from(url).subarray(at)]),
    );
  fc.assert(
    fc.property(fc.oneof(bytes, fc.uint8Array()), (url) => {
      const count = matcher.match(url, 0, url.length);
      const rows = count < 0 ? null : [...matcher.rows().subarray(0, count)];
      expect(rows).toEqual(rowsCovering(table, decoder.decode(url)));
    }),
    { numRuns: 10_000 },
  );
  const broken = Buffer.concat([Buffer.from('https://example.com/'), Buffer.of(0xff)]);
  expect(matcher.match(broken, 0, broken.length)).toBe(4);
  const marked = Buffer.from('\ufeffhttps://example.com/');
  expect(matcher.match(marked, 0, marked.length)).toBe(-1);
}, 60_000);

describe('limits', () => {
  const deepHost = `${'a.'.repeat(hostLabelsMax - 2)}example.com`;
  const longHost = `${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(49)}.example.com`;
  const deepPath = '/a'.repeat(pathSegmentsMax);
  const longPath = `/${'a'.repeat(prefixPathCharsMax - 1)}`;
  const longUrl = (chars: number) =>
    `https://example.net/?${'a'.repeat(chars - 'https://example.net/?'.length)}`;
  const rules: Scope[] = [
    scopeKey('domain', deepHost),
    scopeKey('domain', longHost),
    scopeKey('prefix', `example.org${deepPath}`),
    scopeKey('prefix', `example.org${longPath}`),
    scopeKey('url', longUrl(urlCharsMax)),
    // Keys no URL is looked up by, which only a table made of something else could hold.
    { kind: 'domain', key: 'com' },
    { kind: 'domain', key: `com,example${',a'.repeat(hostLabelsMax - 1)}` },
    { kind: 'prefix', key: `org,example)${deepPath}/` },
    { kind: 'prefix', key: `org,example)${longPath}a` },
  ];
  const table = tableOfScopes(rules);
  const matcher = createUrlMatcher(table);

  test.each<[string, string, number | null]>([
    ['the deepest domain', `https://${deepHost}/`, 1],
    ['one label deeper', `https://a.${deepHost}/`, 1],
    ['the longest domain', `https://${longHost}/`, 1],
    ['one label more than that', `https://a.${longHost}/`, 1],
    ['the deepest prefix', `https://example.org${deepPath}`, 1],
    ['below it', `https://example.org${deepPath}/a/b`, 1],
    ['the longest prefix', `https://example.org${longPath}`, 1],
    ['below that', `https://example.org${longPath}/a`, 1],
    ['one character more', `https://example.org${longPath}a`, 0],
    ['the longest URL', longUrl(urlCharsMax), 1],
    ['one character more than that', longUrl(urlCharsMax + 1), null],
    ['many characters, few of them ASCII', `https://example.org${deepPath}/${'é'.repeat(12_000)}`, 1],
    ['a single label', 'https://com/', 0],
  ])('%s', (_name, url, count) => {
    for (const rows of bothForms(matcher, url)) {
      expect(rows?.length ?? null).toBe(count);
      expect(rows).toEqual(rowsCovering(table, url));
    }
  });
});

test('hundreds of records of one place are all given', () => {
  const creators = Array.from({ length: 500 }, (_, ridNumber) => ridNumber);
  const table = tableOf(
    (['domain', 'name'] as const).flatMap((kind) =>
      creators.map((ridNumber) => ({ terms: plainTerms(kind), key: 'com,example', ridNumber })),
    ),
  );
  const matcher = createUrlMatcher(table);
  const [rows] = bothForms(matcher, 'https://www.example.com/');
  expect(rows).toEqual(creators);
});
