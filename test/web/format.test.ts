import { describe, expect, test } from 'vitest';
import { count, distance, listOf, moment, shortHash, time } from '../../src/web/format.ts';
import { html, rich, webAddress } from '../../src/web/html.ts';

const now = Date.parse('2026-11-23T14:02:00Z');

describe('times', () => {
  test('are absolute with zone', () => {
    expect(moment('2026-11-23T14:02:59.999Z')).toBe('23 November 2026, 14:02 UTC');
    expect(moment('2026-01-01T00:00:00Z')).toBe('1 January 2026, 00:00 UTC');
    expect(moment('2026-11-23T23:30:00-02:00')).toBe('24 November 2026, 01:30 UTC');
  });

  test.each([
    ['2026-11-23T14:01:30Z', 'now'],
    ['2026-11-23T13:40:00Z', '22 minutes ago'],
    ['2026-11-23T16:02:00Z', 'in 2 hours'],
    ['2026-11-22T14:02:00Z', 'yesterday'],
    ['2026-11-24T14:02:00Z', 'tomorrow'],
    ['2024-11-22T14:02:00Z', '2 years ago'],
  ])('%s is %s', (at, words) => expect(distance(at, now)).toBe(words));

  test('carry their machine form', () => {
    expect(String(time('2026-11-23T13:40:00Z', now))).toBe(
      '<time datetime="2026-11-23T13:40:00Z">23 November 2026, 13:40 UTC</time> (22 minutes ago)',
    );
  });
});

test('numbers are grouped, lists joined, hashes shortened in the middle', () => {
  expect(count(1_482_113)).toBe('1,482,113');
  expect(listOf(['a'])).toBe('a');
  expect(listOf(['a', 'b', 'c'])).toBe('a, b and c');
  expect(shortHash('3f9a51c208be77d1a6c41e90b2f4d5587c1e02a9')).toBe('3f9a51c2…7c1e02a9');
  expect(shortHash('sha256:3f9a51c208be77d1a6c41e90b2f4d5587c1e02a9')).toBe('sha256:3f9a51c2…7c1e02a9');
  expect(shortHash('short')).toBe('short');
});

describe('rich', () => {
  test('sets code and parts, escapes the rest', () => {
    expect(String(rich('Use `<b>` & {name}, {missing}.', { name: html`<bdi>${'<x>'}</bdi>` }))).toBe(
      'Use <code>&lt;b&gt;</code> &amp; <bdi>&lt;x&gt;</bdi>, {missing}.',
    );
  });

  test('does not look into what it was given', () => {
    expect(String(rich('{a}', { a: '{b} `c`', b: 'never' }))).toBe('{b} `c`');
  });
});

test.each([
  ['https://example.com/x', 'https://example.com/x'],
  ['javascript:alert(1)', null],
  ['mailto:a@b.example', null],
  ['example.com', null],
  ['', null],
])('webAddress(%j)', (text, address) => expect(webAddress(text)).toBe(address));
