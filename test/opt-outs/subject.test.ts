import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { SubjectKind } from '../../src/opt-outs/record.ts';
import { nameCharsMax, nameKey, readableSubject, subjectOf } from '../../src/opt-outs/subject.ts';

const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

test.each<[SubjectKind, string, string, string, string]>([
  ['work', hash.toUpperCase(), hash, 'sha256', 'work 9f86d081884c…'],
  ['name', ' Jane \t DOE ', 'jane doe', 'name/1', 'name jane doe'],
  ['domain', 'Example.com', 'com,example', 'urlkey/1', 'domain example.com'],
  ['prefix', 'example.com/art', 'com,example)/art', 'urlkey/1', 'prefix example.com/art'],
  ['url', 'http://example.com/a.jpg?x', 'com,example)/a.jpg?x', 'urlkey/1', 'url example.com/a.jpg?x'],
])('%s %s', (kind, value, key, keySpec, readable) => {
  const subject = subjectOf(kind, value);
  expect(subject).toEqual({ kind, key, keySpec });
  expect(readableSubject(subject)).toBe(readable);
});

test.each<[SubjectKind, string]>([
  ['work', hash.slice(1)],
  ['work', `${hash}0`],
  ['work', `z${hash.slice(1)}`],
  ['work', ''],
  ['name', ' \t '],
  ['name', '\u200b\u200d'],
  ['name', '\u0000'],
  ['name', 'x'.repeat(nameCharsMax + 1)],
  ['name', '\ufdfa'.repeat(nameCharsMax)],
  ['name', 'a\ud800'],
  ['url', 'x'],
])('%s %j is refused', (kind, value) => {
  expect(() => subjectOf(kind, value)).toThrow(AppError);
});

describe('names meet in one form', () => {
  test.each([
    ['compatibility forms', 'Ｊａｎｅ ﬁsh', 'jane fish'],
    ['composed and decomposed', 'Zoe\u0308', 'zo\u00eb'],
    ['sharp s', 'STRAßE', 'strasse'],
    ['capital sharp s', 'STRAẞE', 'strasse'],
    ['both lower-case sigmas', 'ΟΔΥΣΣΕΥΣ', 'οδυσσευσ'],
    ['invisible characters', 'ja\u200bne\u00ad \ufeffdoe', 'jane doe'],
    ['every white space', 'jane\u3000\u00a0\ndoe', 'jane doe'],
  ])('%s', (_name, value, key) => expect(nameKey(value)).toBe(key));

  test('a name form is its own name form, in any case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (name) => {
        let key: string;
        try {
          key = nameKey(name);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          return;
        }
        expect(nameKey(key)).toBe(key);
        expect(nameKey(key.toUpperCase())).toBe(key);
        expect(key).not.toMatch(/^ | $| {2}|[\t\n\r]/);
      }),
      { numRuns: 5000 },
    );
  });
});
