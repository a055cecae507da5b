import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isClean } from '../../../src/opt-outs/clean-url.ts';
import { isCleanBytes } from '../../../src/opt-outs/table/clean-scan.ts';
import { urlCharsMax } from '../../../src/opt-outs/url-key.ts';
import { anyUrl, nearlyCleanUrl } from '../url-arbitraries.ts';

/** The bytes stand among others, which must not be looked at. */
function scan(url: string, before = '?%2', after = '/%20.'): boolean {
  const bytes = Buffer.from(`${before}${url}${after}`);
  return isCleanBytes(bytes, before.length, bytes.length - after.length);
}

test('the scanner of bytes accepts exactly what the expression accepts', () => {
  let clean = 0;
  const url = fc.oneof({ weight: 9, arbitrary: nearlyCleanUrl }, { weight: 1, arbitrary: anyUrl });
  fc.assert(
    fc.property(url, (text) => {
      const isOne = isClean(text);
      if (isOne) clean += 1;
      if (scan(text) !== isOne) expect([text, !isOne]).toEqual([text, isOne]);
    }),
    { numRuns: 50_000 },
  );
  expect(clean).toBeGreaterThan(5_000);
}, 60_000);

test('every byte and every triplet, in each part of a URL', () => {
  const texts = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
  const hex = (byte: number) => byte.toString(16).padStart(2, '0');
  for (let byte = 0; byte < 256; byte += 1) texts.push(`%${hex(byte)}`, `%${hex(byte).toUpperCase()}`);
  texts.push('%', '%4', '%G0', '%0G', '%%', '..', '/.', './', '--', '-.', '.-', '', '?', '?/.');
  for (const text of texts) {
    for (const url of [
      `https://${text}.example/`,
      `https://h${text}h.example/`,
      `https://h.${text}/`,
      `https://h.a${text}/`,
      `https://h.example/${text}b`,
      `https://h.example/a${text}`,
      `https://h.example/a?${text}`,
      `https://h.example/a?a${text}b`,
      `http${text}//h.example/`,
    ]) {
      expect([url, scan(url)]).toEqual([url, isClean(url)]);
    }
  }
});

test('every beginning of a URL, and no more than that is read', () => {
  const url = 'https://img-01.h_x.example/a%20b/.%2F?q=%C3%A9&b';
  for (let end = 0; end <= url.length; end += 1) {
    const text = url.slice(0, end);
    expect([text, scan(text, '', url.slice(end))]).toEqual([text, isClean(text)]);
  }
});

test('the longest URL, and one byte more', () => {
  const longest = `https://h.example/${'a'.repeat(urlCharsMax - 18)}`;
  expect([scan(longest), scan(`${longest}a`)]).toEqual([true, false]);
  const labels = `https://${'a.'.repeat((urlCharsMax - 10) / 2)}a/`;
  expect([labels.length, scan(labels)]).toEqual([urlCharsMax, isClean(labels)]);
});
