import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createProgress } from '../../../src/cli/filter/progress.ts';
import type { Io } from '../../../src/cli/io.ts';

function start(isTty: boolean, bytesTotal?: number, rowsBefore = 0) {
  const stderr = new PassThrough();
  const io: Io = {
    stdin: Readable.from([]),
    stdout: new PassThrough(),
    stderr,
    env: {},
    isTty,
    signal: new AbortController().signal,
  };
  let now = 0;
  const progress = createProgress(io, () => now, bytesTotal, rowsBefore);
  return {
    progress,
    at: (ms: number, rows: number, dropped = 0, bytes = rows * 100) => {
      now = ms;
      progress.tick({ rows, dropped, bytes });
    },
    text: () => stderr.read()?.toString() ?? '',
  };
}

describe('elsewhere than on a terminal', () => {
  test('a line every ten seconds or hundred thousand rows, and the last state always', () => {
    const { progress, at, text } = start(false);
    at(1_000, 5_000);
    expect(text()).toBe('');
    at(10_000, 50_000, 12);
    expect(text()).toBe('withhold: 50,000 rows, 5,000 rows/s, 12 dropped\n');
    at(11_000, 149_999);
    expect(text()).toBe('');
    at(12_000, 150_000);
    expect(text()).toContain('150,000 rows, 12,500 rows/s');
    at(12_001, 150_001);
    progress.end();
    expect(text()).toContain('150,001 rows');
    progress.end();
    expect(text()).toBe('');
  });

  test('rows of the run before do not count for the speed', () => {
    const { at, text } = start(false, undefined, 1_000_000);
    at(10_000, 1_010_000);
    expect(text()).toContain('1,010,000 rows, 1,000 rows/s');
  });
});

describe('on a terminal', () => {
  test('a bar with what is left when the size is known', () => {
    const { progress, at, text } = start(true, 1_000_000);
    at(100, 100);
    expect(text()).toBe('');
    at(10_000, 5_000, 3);
    expect(text()).toBe(
      `\r[${'#'.repeat(12)}${'-'.repeat(12)}] 50 % 5,000 rows, 500 rows/s, 3 dropped, 10 s left\x1b[K`,
    );
    at(20_000, 10_000);
    expect(text()).toContain(`[${'#'.repeat(24)}] 100 % 10,000 rows, 500 rows/s, 0 dropped\x1b[K`);
    progress.end();
    expect(text()).toBe('\n');
  });

  test('no bar when the size is not known', () => {
    const { at, text } = start(true);
    at(1_000, 5_000);
    expect(text()).toBe('\r5,000 rows, 5,000 rows/s, 0 dropped\x1b[K');
  });

  test('words do not tear the bar', () => {
    const { progress, at, text } = start(true);
    at(1_000, 5_000);
    text();
    progress.say('trying again in 4 s');
    expect(text()).toBe('\r\x1b[Kwithhold: trying again in 4 s\n');
  });

  test.each([
    [89_000, '89 s left'],
    [600_000, '10 min left'],
    [7_200_000, '2.0 h left'],
  ])('%d ms left reads %s', (ms, words) => {
    const { at, text } = start(true, 200);
    at(ms, 1, 0, 100);
    expect(text()).toContain(words);
  });
});
