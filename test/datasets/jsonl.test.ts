import { describe, expect, test } from 'vitest';
import { readJsonl } from '../../src/datasets/jsonl.ts';
import { recordBytesMax } from '../../src/datasets/rows.ts';
import { collect, inChunks, plain } from './chunks.ts';

const read = async (text: Buffer | string, sizes?: number[]) =>
  plain(await collect(readJsonl(inChunks(text, sizes))));

const cases: [name: string, text: string | Buffer, events: string[]][] = [
  ['objects', '{"url":"a"}\n{"url":"b"}\n', ['header url', '1: {"url":"a"}', '2: {"url":"b"}']],
  [
    'no line end at the end, CRLF, blank lines',
    '{"a":1}\r\n\n{"a":2}',
    ['header a', '1: {"a":1}', '3: {"a":2}'],
  ],
  [
    'columns are the keys of the first rows together',
    '{"a":1}\n{"b":2}\n',
    ['header a|b', '1: {"a":1}', '2: {"b":2}'],
  ],
  [
    'broken lines',
    '{"a":1}\n{"a":\n[1]\nnull\n7\n{"a":2}\n',
    [
      'header a',
      '1: {"a":1}',
      '2! is not JSON',
      '3! is not a JSON object',
      '4! is not a JSON object',
      '5! is not a JSON object',
      '6: {"a":2}',
    ],
  ],
  [
    'bytes that are not UTF-8',
    Buffer.concat([Buffer.from('{"a":1}\n{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n')]),
    ['header a', '1: {"a":1}', '2! is not UTF-8'],
  ],
  ['byte order mark', '\ufeff{"a":1}\n', ['header a', '1: {"a":1}']],
];

describe('readJsonl', () => {
  test.each(cases)('%s', async (_name, text, events) => {
    expect(await read(text)).toEqual(events);
    expect(await read(text, [1])).toEqual(events);
    expect(await read(text, [3, 7])).toEqual(events);
  });

  test('a line that is too long is one broken row, in whatever pieces it comes', async () => {
    const text = `{"a":1}\n{"a":"${'x'.repeat(recordBytesMax)}"}\n{"a":2}\n`;
    const expected = ['header a', '1: {"a":1}', '2! is longer than 4 MB', '3: {"a":2}'];
    expect(await read(text)).toEqual(expected);
    expect(await read(text, [10_000_000])).toEqual(expected);
    expect(await read(text, [recordBytesMax])).toEqual(expected);
  });

  test('a last line that is too long and never ends', async () => {
    const text = `{"a":1}\n${'x'.repeat(recordBytesMax * 2)}`;
    expect(await read(text)).toEqual(['header a', '1: {"a":1}', '2! is longer than 4 MB']);
  });

  test('a row after the first hundred may bring other keys', async () => {
    const text = `${'{"a":1}\n'.repeat(150)}{"b":1}\n`;
    const events = await read(text);
    expect(events[0]).toBe('header a');
    expect(events).toHaveLength(152);
    expect(events.at(-1)).toBe('151: {"b":1}');
  });

  test.each([
    ['', 'is empty'],
    ['[1]\n2\n', 'has no JSON object in its first lines'],
  ])('%j is refused', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});
