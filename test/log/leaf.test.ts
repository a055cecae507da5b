import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromUtf8, toUtf8 } from '../../src/log/encoding.ts';
import { type Leaf, leafBytes, parseLeaf, recordLeafTypes, requireLeaf } from '../../src/log/leaf.ts';
import { resultOf } from './log.suite.ts';
import { mutate, mutation } from './mutations.ts';
import { keyVectors } from './vectors.ts';

const at = '2026-11-23T14:02:00.000Z';
const rid = '0190a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b';
const commit = 'ab'.repeat(32);
const reserved: Leaf = { v: 1, type: 'reserved', rid, ver: 1, commit, at };

/** The bytes as they are stored, written out: RFC 8785 sorts the fields and drops white space. */
const written: [string, Leaf, string][] = [
  [
    'a record',
    reserved,
    `{"at":"${at}","commit":"${commit}","rid":"${rid}","type":"reserved","v":1,"ver":1}`,
  ],
  [
    'a snapshot',
    { v: 1, type: 'snapshot', digest: commit, at },
    `{"at":"${at}","digest":"${commit}","type":"snapshot","v":1}`,
  ],
  [
    'a key',
    { v: 1, type: 'key', key: keyVectors.next.vkey, at },
    `{"at":"${at}","key":"${keyVectors.next.vkey}","type":"key","v":1}`,
  ],
];

describe('leaves', () => {
  test.each(written)('%s', (_, leaf, text) => {
    expect(fromUtf8(leafBytes(leaf))).toBe(text);
    expect(parseLeaf(toUtf8(text))).toEqual(leaf);
  });

  test.each(recordLeafTypes)('of type %s come back', (type) => {
    const leaf: Leaf = { v: 1, type, rid, ver: Number.MAX_SAFE_INTEGER, commit, at };
    expect(parseLeaf(leafBytes(leaf))).toEqual(leaf);
  });

  const canonical = written[0]?.[2] ?? '';
  test.each([
    ['nothing', ''],
    ['no object', '[]'],
    ['null', 'null'],
    ['a space', canonical.replace(',', ', ')],
    ['a newline at the end', `${canonical}\n`],
    ['a byte order mark', `\ufeff${canonical}`],
    ['another order', JSON.stringify(reserved)],
    ['a field twice', canonical.replace('"v":1', '"v":1,"v":1')],
    ['an unknown field', canonical.replace('"v":1', '"v":1,"x":1')],
    ['a prototype', canonical.replace('{"at"', '{"__proto__":{},"at"')],
    ['an escape', canonical.replace('reserved', '\\u0072eserved')],
    ['a number written otherwise', canonical.replace('"ver":1', '"ver":1.0')],
    ['another version of the form', canonical.replace('"v":1', '"v":2')],
    ['version 0 of a record', canonical.replace('"ver":1', '"ver":0')],
    ['half a version', canonical.replace('"ver":1', '"ver":1.5')],
    ['a version beyond 2^53', canonical.replace('"ver":1', '"ver":9007199254740992')],
    ['a version as text', canonical.replace('"ver":1', '"ver":"1"')],
    ['no commitment', canonical.replace(`"commit":"${commit}",`, '')],
    ['upper-case hex', canonical.replace(commit, commit.toUpperCase())],
    ['a short commitment', canonical.replace(commit, commit.slice(2))],
    ['another kind of id', canonical.replace('-7e4f-', '-4e4f-')],
    ['an unknown type', canonical.replace('reserved', 'created')],
    ['a type of other fields', canonical.replace('reserved', 'snapshot')],
    ['no milliseconds', canonical.replace('.000Z', 'Z')],
    ['an offset', canonical.replace('.000Z', '.000+00:00')],
    ['a day that is none', canonical.replace('2026-11-23', '2026-02-30')],
    ['a leap second', canonical.replace('14:02:00', '23:59:60')],
    ['a key that is none', `{"at":"${at}","key":"a+b+c","type":"key","v":1}`],
    ['a deep nest', '['.repeat(60_000)],
    ['too many bytes', `{"at":"${'0'.repeat(70_000)}"}`],
  ])('refused: %s', async (_, text) => {
    expect(await resultOf(() => parseLeaf(toUtf8(text)))).toBe('error');
  });

  test('have one spelling: whatever is read is written so', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...written), mutation, async ([, , text], change) => {
        const changed = toUtf8(mutate(text, change));
        if ((await resultOf(() => parseLeaf(changed))) === 'ok') {
          expect(leafBytes(parseLeaf(changed))).toEqual(changed);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('of bytes and values from anybody are refused in words of ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.jsonValue(), async (bytes, value) => {
        expect(await resultOf(() => parseLeaf(bytes))).toBe('error');
        expect(await resultOf(() => requireLeaf(value))).toBe('error');
        expect(await resultOf(() => requireLeaf({ ...reserved, rid: value }))).toBe('error');
      }),
    );
  });
});
