import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable } from '../../src/cli/io.ts';

test.each([
  ['plain é 日本 🎨', 'plain é 日本 🎨'],
  ['\u001b[2Jgone', '\\u{1b}[2Jgone'],
  ['a\r\nb', 'a b'],
  ['\u009b31m', '\\u{9b}31m'],
  ['\u202etxt.exe', '\\u{202e}txt.exe'],
])('printable(%j) is %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('nothing printable controls a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }),
  );
});
