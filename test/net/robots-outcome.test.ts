import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  documentLastGoodMsMax,
  documentLifetimeMsMax,
  documentLifetimeMsMin,
  documentRefreshRetryMs,
} from '../../src/net/document-outcome.ts';
import type { FetchFailureKind, FetchResult, FetchSuccess } from '../../src/net/fetching.ts';
import { type RobotsEntry, robotsBytesMax, robotsOutcome } from '../../src/net/robots-outcome.ts';

const now = Date.UTC(2026, 8, 1);
const hour = 3_600_000;
const day = 24 * hour;

function answer(
  status: number,
  body: string | Uint8Array = '',
  headers: Record<string, string[]> = {},
): FetchSuccess {
  return {
    ok: true,
    status,
    headers,
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    truncated: false,
    url: 'https://example.com/robots.txt',
    redirects: [],
    address: '93.184.216.34',
  };
}

function failed(kind: FetchFailureKind): FetchResult {
  return { ok: false, kind, message: 'no' };
}

const rules = 'User-agent: *\nDisallow: /private\n';
const good = robotsOutcome(answer(200, rules), null, now);

describe('what an answer means', () => {
  test.each([200, 201, 203, 206])('%i is the file', (status) => {
    expect(robotsOutcome(answer(status, rules), null, now)).toMatchObject({
      state: 'read',
      crawl: 'by-rules',
      body: rules,
      bodyAt: now,
      status,
      failure: null,
      warnings: [],
      failures: 0,
    });
  });

  test.each([400, 401, 403, 404, 408, 410, 418, 451, 499, 300, 304, 302])(
    '%i says nothing, also where something was said before',
    (status) => {
      expect(robotsOutcome(answer(status, rules), good, now)).toMatchObject({
        state: 'absent',
        crawl: 'allow',
        body: null,
        bodyAt: null,
        status,
      });
    },
  );

  test.each([429, 500, 502, 503, 504, 599, 600, 999])('%i is unreachable', (status) => {
    expect(robotsOutcome(answer(status, rules), null, now)).toMatchObject({
      state: 'unreachable',
      crawl: 'disallow',
      body: null,
      status,
      failures: 1,
    });
  });

  test.each<FetchFailureKind>(['refused', 'dns', 'connect', 'tls', 'timeout', 'protocol', 'decode'])(
    'the failure %s is unreachable',
    (kind) => {
      expect(robotsOutcome(failed(kind), null, now)).toMatchObject({
        state: 'unreachable',
        crawl: 'disallow',
        status: null,
        failure: kind,
      });
    },
  );

  test('redirects beyond the limit say nothing (RFC 9309 §2.3.1.2), with a warning', () => {
    expect(robotsOutcome(failed('too-many-redirects'), null, now)).toMatchObject({
      state: 'absent',
      crawl: 'allow',
      warnings: ['too-many-redirects'],
      expiresAt: now + day,
    });
  });
});

describe('the body', () => {
  test('a byte order mark is dropped', () => {
    expect(robotsOutcome(answer(200, `\ufeff${rules}`), null, now).body).toBe(rules);
  });

  test.each([
    ['Allow: /public', 'User-agent: *\nDisallow: /\nAllow: /', 'User-agent: *\nDisallow: /\n'],
    ['CR endings', 'a\rb', 'a\r'],
    ['inside a character', new Uint8Array([0x61, 0x0a, 0xc3]), 'a\n'],
    ['no line end at all', 'Disallow: /', 'Disallow: /'],
  ])('a cut file loses the line that was cut: %s', (_name, kept, body) => {
    const cut = { ...answer(200, kept), truncated: true };
    expect(robotsOutcome(cut, null, now)).toMatchObject({ body, warnings: ['truncated'] });
  });

  test('the cap is at least what RFC 9309 §2.5 asks for', () => {
    expect(robotsBytesMax).toBeGreaterThanOrEqual(500 * 1024);
  });

  test.each([
    ['text/html; charset=utf-8', rules],
    ['application/xhtml+xml', rules],
    ['text/plain', '  \n<!DOCTYPE html><title>x</title>'],
    ['', '<html lang="en">'],
  ])('a page in its place (%j) is kept and warned about', (type, body) => {
    expect(robotsOutcome(answer(200, body, { 'content-type': [type] }), null, now)).toMatchObject({
      state: 'read',
      body,
      warnings: ['html'],
    });
  });

  test.each([
    ['Latin-1', new Uint8Array([0x23, 0xe9, 0x0a])],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x55, 0x00])],
  ])('%s is warned about', (_name, bytes) => {
    expect(robotsOutcome(answer(200, bytes), null, now).warnings).toEqual(['not-utf-8']);
  });
});

describe('how long it lasts', () => {
  test.each<[string, Record<string, string[]>, number]>([
    ['nothing said', {}, day],
    ['an hour', { 'cache-control': ['max-age=3600'] }, hour],
    ['for a shared cache', { 'cache-control': ['max-age=60, s-maxage=7200'] }, 2 * hour],
    ['quoted, upper case, two lines', { 'cache-control': ['public', 'MAX-AGE="7200"'] }, 2 * hour],
    ['part of it spent on the way', { 'cache-control': ['max-age=7200'], age: ['3600'] }, hour],
    ['an age that is no number', { 'cache-control': ['max-age=7200'], age: ['x'] }, 2 * hour],
    ['all of it spent', { 'cache-control': ['max-age=60'], age: ['3600'] }, documentLifetimeMsMin],
    ['too short', { 'cache-control': ['max-age=0'] }, documentLifetimeMsMin],
    ['too long', { 'cache-control': ['max-age=99999999999999999999'] }, day],
    ['no-store', { 'cache-control': ['no-store, max-age=3600'] }, documentLifetimeMsMin],
    ['no-cache', { 'cache-control': ['no-cache'] }, documentLifetimeMsMin],
    ['something that only contains the word', { 'cache-control': ['x-max-age=60'] }, day],
    ['nonsense', { 'cache-control': ['max-age=soon'] }, day],
  ])('%s', (_name, headers, lifetime) => {
    for (const status of [200, 404]) {
      const entry = robotsOutcome(answer(status, rules, headers), null, now);
      expect(entry.expiresAt - now).toBe(lifetime);
      expect(entry.refreshAt - now).toBe(Math.floor((lifetime * 23) / 24));
    }
  });

  test('a file of a day is refreshed after 23 hours', () => {
    expect(good.refreshAt).toBe(now + 23 * hour);
  });
});

describe('while a site cannot be reached', () => {
  test('a failed refresh changes nothing until the entry ends', () => {
    const at = good.refreshAt;
    expect(robotsOutcome(failed('connect'), good, at)).toEqual({
      ...good,
      refreshAt: at + documentRefreshRetryMs,
    });
    const late = good.expiresAt - 1;
    expect(robotsOutcome(answer(503), good, late)).toEqual({ ...good, refreshAt: good.expiresAt });
    const absent = robotsOutcome(answer(404), null, now);
    expect(robotsOutcome(failed('timeout'), absent, absent.refreshAt)).toMatchObject({
      state: 'absent',
      crawl: 'allow',
    });
  });

  test('then crawling is disallowed, and the last good copy stays for signals', () => {
    expect(robotsOutcome(failed('connect'), good, good.expiresAt)).toMatchObject({
      state: 'unreachable',
      crawl: 'disallow',
      body: rules,
      bodyAt: now,
      failure: 'connect',
      checkedAt: good.expiresAt,
    });
  });

  test('attempts come after 1, 2, 4, 8, 16 and then 24 hours', () => {
    let entry: RobotsEntry = good;
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const at = entry.expiresAt;
      entry = robotsOutcome(failed('timeout'), entry, at);
      waits.push((entry.expiresAt - at) / hour);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 24, 24, 24]);
    expect(entry.failures).toBe(8);
  });

  test('an answer starts the count again', () => {
    const down = robotsOutcome(failed('timeout'), good, good.expiresAt);
    const up = robotsOutcome(answer(200, rules), down, down.expiresAt);
    expect(robotsOutcome(failed('timeout'), up, up.expiresAt).failures).toBe(1);
  });

  test('the last good copy goes after 30 days, and the disallow stays', () => {
    const at = now + documentLastGoodMsMax;
    const down = robotsOutcome(failed('connect'), good, good.expiresAt);
    expect(robotsOutcome(failed('connect'), down, at).body).toBe(rules);
    expect(robotsOutcome(failed('connect'), down, at + 1)).toMatchObject({
      state: 'unreachable',
      crawl: 'disallow',
      body: null,
      bodyAt: null,
    });
  });

  test.each([
    ['7200', 2 * hour],
    ['1', documentLifetimeMsMin],
    ['9999999', day],
    [new Date(now + 3 * hour).toUTCString(), 3 * hour],
    [new Date(now - hour).toUTCString(), documentLifetimeMsMin],
    ['later', hour],
  ])('Retry-After: %s is respected within bounds', (value, wait) => {
    expect(robotsOutcome(answer(503, '', { 'retry-after': [value] }), null, now).expiresAt - now).toBe(wait);
  });
});

describe('whatever happens', () => {
  const results = fc.oneof(
    fc
      .record({
        status: fc.integer({ min: 100, max: 999 }),
        body: fc.uint8Array(),
        truncated: fc.boolean(),
        headers: fc.dictionary(
          fc.constantFrom('cache-control', 'age', 'retry-after', 'content-type'),
          fc.array(fc.string()),
        ),
      })
      .map(
        ({ status, body, truncated, headers }): FetchResult => ({
          ...answer(status, body, headers),
          truncated,
        }),
      ),
    fc
      .constantFrom<FetchFailureKind>(
        'refused',
        'dns',
        'connect',
        'tls',
        'timeout',
        'too-many-redirects',
        'protocol',
        'decode',
      )
      .map(failed),
  );

  test('an entry ends within a day, is refreshed before, and says one thing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(results, fc.integer({ min: 0, max: 40 * day })), { minLength: 1 }),
        (attempts) => {
          let entry: RobotsEntry | null = null;
          let at = now;
          for (const [result, later] of attempts) {
            at += later;
            entry = robotsOutcome(result, entry, at);
            expect(entry.expiresAt).toBeGreaterThan(at);
            expect(entry.expiresAt - at).toBeLessThanOrEqual(documentLifetimeMsMax);
            expect(entry.refreshAt).toBeLessThanOrEqual(entry.expiresAt);
            expect(entry.crawl).toBe(
              { read: 'by-rules', absent: 'allow', unreachable: 'disallow' }[entry.state],
            );
            expect(entry.body === null).toBe(entry.bodyAt === null);
            expect(JSON.parse(JSON.stringify(entry))).toEqual(entry);
          }
        },
      ),
    );
  });
});
