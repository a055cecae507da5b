import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { readingDifferences } from '../../src/consent/site/reading-differences.ts';
import { comparedCopiesMax, readAsOthers } from '../../src/consent/site/robots-parser-reading.ts';

const url = 'https://example.org/';
const differences = (text: string, at = url) => readingDifferences(text, parseRobots(text), at);

/** Does what a difference says: the sentences are for people, but they have to be true. */
function mended(text: string, fix: string, line: number, message: string): string {
  const lines = text.split('\n');
  const move = /^move (?:it|them) below line (\d+)/.exec(fix);
  if (move) {
    const below = Number(move[1]);
    const [, listed = String(line)] = /^lines ([\d, and]+) stand/.exec(message) ?? [];
    const numbers = listed.match(/\d+/g)?.map(Number) ?? [];
    const moved = numbers.map((number) => lines[number - 1] ?? '');
    const out = lines.flatMap((own, at) => {
      if (numbers.includes(at + 1)) return [];
      return at + 1 === below ? [own, ...moved] : [own];
    });
    return out.join('\n');
  }
  const below = /below line (\d+)$/.exec(fix);
  if (below) {
    lines.splice(Number(below[1]), 0, 'Disallow:');
    return lines.join('\n');
  }
  const write = /^write `(.*)`$/.exec(fix)?.[1];
  if (write === undefined) throw new Error(`not known how to do: ${fix}`);
  lines[line - 1] = write;
  return lines.join('\n');
}

describe('where crawlers built on robots-parser read a file differently', () => {
  test.each([
    {
      name: 'a line between User-agent lines',
      text: 'User-agent: GPTBot\nContent-Signal: ai-train=no\nUser-agent: CCBot\nDisallow: /a\n',
      found: { agents: ['GPTBot'], url: `${url}a`, ours: 'disallow', theirs: 'allow', line: 2 },
      message:
        'line 2 (Content-Signal) stands between User-agent lines: crawlers built on robots-parser forget the names above it',
      fix: 'move it below line 3',
    },
    {
      name: 'several lines between them',
      text: 'User-agent: GPTBot\nCrawl-delay: 1\nSitemap: https://example.org/s.xml\nUser-agent: CCBot\nDisallow: /\n',
      found: { agents: ['GPTBot'], ours: 'disallow', theirs: 'allow', line: 2 },
      message:
        'lines 2 and 3 stand between User-agent lines: crawlers built on robots-parser forget the names above them',
      fix: 'move them below line 4',
    },
    {
      name: 'a named group without rules',
      text: 'User-agent: *\nDisallow: /\n\nUser-agent: QuxBot\n',
      found: { agents: ['QuxBot'], ours: 'allow', theirs: 'disallow', line: 4 },
      message:
        'the group of QuxBot on line 4 has no rules: crawlers built on robots-parser forget it and follow `User-agent: *`',
      fix: 'write `Disallow:` with nothing behind it below line 4',
    },
    {
      name: 'a misspelt rule',
      text: 'User-agent: *\nDisalow: /private\n',
      found: { agents: ['*'], url: `${url}private`, ours: 'disallow', theirs: 'allow', line: 2 },
      message: 'line 2 is not written as a rule, so crawlers built on robots-parser do not read it',
      fix: 'write `Disallow: /private`',
    },
    {
      name: 'a misspelt User-agent line',
      text: 'Useragent: GPTBot\nDisallow: /\n',
      found: { agents: ['GPTBot'], ours: 'disallow', theirs: 'allow', line: 1 },
      message:
        'line 1 is not written as a User-agent line, so crawlers built on robots-parser do not read it',
      fix: 'write `User-agent: GPTBot`',
    },
    {
      name: 'words behind a name',
      text: 'User-agent: GPTBot (all of them)\nDisallow: /\n',
      found: { agents: ['GPTBot'], ours: 'disallow', theirs: 'allow', line: 1 },
      message:
        'line 1 names "GPTBot (all of them)", which crawlers built on robots-parser do not take for GPTBot',
      fix: 'write `User-agent: GPTBot`',
    },
  ])('$name', ({ text, found, message, fix }) => {
    const { state, found: all } = differences(text);
    expect(state).toBe('compared');
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ ...found, message, fix });
    expect(differences(mended(text, fix, found.line, message)).found).toEqual([]);
  });

  test.each([
    ['a rule that ends in "?"', 'User-agent: *\nDisallow: /?\n', 'empty-query', 2],
    [
      'an encoded letter',
      'User-agent: *\nDisallow: /%62%61%7A\n\nUser-agent: x\nDisallow: /baz\n',
      'encoding',
      2,
    ],
  ])('%s', (_name, text, cause, line) => {
    const { found } = differences(text, text.includes('baz') ? `${url}baz` : url);
    expect(found).toContainEqual(expect.objectContaining({ cause, line }));
  });

  it('says nothing about an ordinary file, nor where there are no rules', () => {
    const text =
      'User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\nAllow: /open/\n\nUser-agent: *\nDisallow: /x\n';
    expect(differences(text)).toEqual({ state: 'compared', found: [] });
    expect(differences('')).toEqual({ state: 'compared', found: [] });
  });

  const name = fc.constantFrom('*', 'GPTBot', 'CCBot', 'MyBot');
  const line = fc.oneof(
    { weight: 4, arbitrary: name.map((value) => `User-agent: ${value}`) },
    { weight: 3, arbitrary: fc.constantFrom('Disallow: /', 'Disallow: /a', 'Allow: /a/b', 'Disallow:') },
    {
      weight: 2,
      arbitrary: fc.constantFrom('Content-Signal: ai-train=no', 'Sitemap: https://example.org/s'),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'Disalow: /c',
        'Useragent: CCBot',
        'Disallow /d',
        '',
        'Crawl-delay: 1',
        'User-agent: MyBot/2.0',
        'User-agent: CCBot and more',
      ),
    },
  );
  it('mends every difference of ordinary slips, one after the other', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 14 }), (lines) => {
        let text = lines.join('\n');
        for (let round = 0; round < 20; round++) {
          const [first] = differences(text).found;
          if (first === undefined) return;
          expect(first.cause, text).not.toBe('other');
          text = mended(text, first.fix ?? '', first.line ?? 0, first.message);
        }
        expect(differences(text).found, text).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('files that robots-parser cannot bear', () => {
  const names = (count: number) =>
    Array.from({ length: count }, (_none, at) => `User-agent: bot${at}\n`).join('');
  const rules = (count: number) =>
    Array.from({ length: count }, (_none, at) => `Disallow: /${at}\n`).join('');
  test.each([
    ['10,000 names above 2,000 rules', names(10_000) + rules(2_000)],
    ['250 rules of 1,000 stars', `User-agent: *\n${`Disallow: /${'*a'.repeat(1_000)}b\n`.repeat(250)}`],
    ['one name said 10,000 times', 'User-agent: a\n'.repeat(10_000) + rules(100)],
    [
      'names apart for us and together for it',
      Array.from({ length: 8_000 }, (_none, at) => `User-agent: b${at}\nDisallow /\n`).join('') +
        rules(2_000),
    ],
    ['a file above 256 KiB', `User-agent: *\n${'# a comment\n'.repeat(30_000)}`],
  ])('%s is never handed to it', (_name, text) => {
    expect(differences(text)).toEqual({ state: 'too-large', found: [] });
  });

  it('is handed what stays just below', () => {
    const side = Math.floor(Math.sqrt(comparedCopiesMax)) - 1;
    expect(readAsOthers(names(side) + rules(side), `${url}robots.txt`, 100)).not.toBeNull();
  });
});
