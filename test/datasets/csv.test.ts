import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvLines, readCsv } from '../../src/datasets/csv.ts';
import { recordBytesMax } from '../../src/datasets/rows.ts';
import { collect, inChunks, plain } from './chunks.ts';

const csv = { delimiter: ',', quote: '"' } as const;
const read = async (text: Buffer | string, sizes?: number[]) =>
  plain(await collect(readCsv(inChunks(text, sizes), csv)));

const huge = 'x'.repeat(recordBytesMax + 1);

const cases: [name: string, text: string, events: string[]][] = [
  ['header and rows', 'a,b\n1,2\n3,4\n', ['header a|b', '2: 1|2', '3: 3|4']],
  ['no line end at the end', 'a,b\n1,2', ['header a|b', '2: 1|2']],
  ['CRLF', 'a,b\r\n1,2\r\n3,4\r\n', ['header a|b', '2: 1|2', '3: 3|4']],
  ['LF and CRLF mixed', 'a,b\r\n1,2\n3,4\r\n', ['header a|b', '2: 1|2', '3: 3|4']],
  ['byte order mark', '\ufeffa,b\n1,2\n', ['header a|b', '2: 1|2']],
  [
    'blank lines count as lines, not as rows',
    '\n\na,b\n\n1,2\n\r\n3,4\n\n',
    ['header a|b', '5: 1|2', '7: 3|4'],
  ],
  ['a quoted line end', 'a,b\n"1\n1",2\n3,4\n', ['header a|b', '2: 1\n1|2', '4: 3|4']],
  ['escaped quotes', 'a\n"x ""y"""\n', ['header a', '2: x "y"']],
  [
    'too few and too many cells',
    'a,b\n1\n1,2,3\n4,5\n',
    ['header a|b', '2! has 1 cell where the header has 2', '3! has 3 cells where the header has 2', '4: 4|5'],
  ],
  [
    'a stray quote costs its own line only',
    'a,b\n1,"x"y\n2,z\n"3",w\n',
    ['header a|b', '2! has a stray quote', '3: 2|z', '4: 3|w'],
  ],
  ['a quote inside an unquoted cell', 'a,b\n1,x"y\n2,z\n', ['header a|b', '2! has a stray quote', '3: 2|z']],
  [
    'a quote never closed costs its own line only',
    'a,b\n1,"x\n2,y\n3,z\n',
    ['header a|b', '2! opens a quote that is never closed', '3: 2|y', '4: 3|z'],
  ],
  [
    'a quote never closed on the last line',
    'a,b\n1,2\n3,"x',
    ['header a|b', '2: 1|2', '3! opens a quote that is never closed'],
  ],
  [
    'two broken lines in a row',
    'a,b\n1,"x"y\n2,"x"y\n\n3,4\n',
    ['header a|b', '2! has a stray quote', '3! has a stray quote', '5: 3|4'],
  ],
  [
    'a line that is too long',
    `a,b\n1,${huge}\n2,y\n`,
    ['header a|b', '2! is longer than 4 MB, or opens a quote that is never closed', '3: 2|y'],
  ],
  [
    'a last line that is too long',
    `a,b\n1,2\n3,${huge}`,
    ['header a|b', '2: 1|2', '3! is longer than 4 MB, or opens a quote that is never closed'],
  ],
  [
    'a quote open for longer than a record may be',
    `a,b\n1,"x\n${'2,y\n'.repeat(3)}3,${'z'.repeat(3e6)}\n4,${'z'.repeat(3e6)}\n5,w\n`,
    [
      'header a|b',
      '2! is longer than 4 MB, or opens a quote that is never closed',
      '3: 2|y',
      '4: 2|y',
      '5: 2|y',
      `6: 3|${'z'.repeat(3e6)}`,
      `7: 4|${'z'.repeat(3e6)}`,
      '8: 5|w',
    ],
  ],
];

describe('readCsv', () => {
  test.each(cases)('%s', async (_name, text, events) => {
    expect(await read(text)).toEqual(events);
  });

  test.each(cases.filter(([, text]) => text.length < 1_000))(
    '%s, byte by byte',
    async (_name, text, events) => {
      expect(await read(text, [1])).toEqual(events);
    },
  );

  test.each([
    ['an empty file', '', 'is empty: a header line is needed'],
    ['blank lines only', '\n\r\n', 'is empty: a header line is needed'],
    ['a broken header', '"a"b,c\n1,2\n', 'cannot be read: its header line has a stray quote'],
    ['UTF-16', Buffer.from('\ufeffa,b\n', 'utf16le'), 'is UTF-16: save it as UTF-8'],
  ])('%s is refused', async (_name, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  test('tab-separated text has no quotes', async () => {
    const events = await collect(readCsv(inChunks('a\tb\n"x\t2\n'), { delimiter: '\t', quote: null }));
    expect(plain(events)).toEqual(['header a|b', '2: "x|2']);
  });

  test('what it reads is what the library reads of the whole, and the raw bytes join to the file', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r\n', ' ', '𝄞'),
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        async (rows, sizes) => {
          const text = csvLines([['one', 'two'], ...rows.map(([a, b]) => [`r${a}`, b])]);
          const events = await collect(readCsv(inChunks(text, sizes), csv));
          const cells = events.map((event) =>
            event.kind === 'header' ? event.columns : event.kind === 'row' ? event.cells : event.why,
          );
          expect(cells).toEqual(parse(text, { record_delimiter: ['\r\n', '\n'] }));
          const raw = events.map((event) => (event.kind === 'broken' ? '' : event.raw.toString()));
          expect(raw.join('')).toBe(text);
        },
      ),
    );
  });

  test('any bytes at all: every line feed is counted once and good rows have the header width', async () => {
    const unit = fc.constantFrom('a', '"', ',', '\n', '\r', '""', '",', '"\n');
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit, maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        async (tail, sizes) => {
          const text = `h,h\n${tail}\nlast,row`;
          const whole = await read(text);
          expect(await read(text, sizes)).toEqual(whole);
          const lines = whole.slice(1).map((event) => Number.parseInt(event, 10));
          expect(lines).toEqual([...lines].sort((a, b) => a - b));
          expect(Math.max(...lines)).toBeLessThanOrEqual(text.split('\n').length);
        },
      ),
    );
  });
});
