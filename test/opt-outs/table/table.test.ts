import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SubjectKind, subjectKinds } from '../../../src/opt-outs/record.ts';
import { hashKey, keyHashOf } from '../../../src/opt-outs/table/key-hash.ts';
import { keyBytesMax } from '../../../src/opt-outs/table/keys.ts';
import {
  headBytesMax,
  placesOf,
  type RecordTable,
  readHead,
  rowsMax,
  tableOver,
} from '../../../src/opt-outs/table/layout.ts';
import { hashKeyOf, kindOf, recordAt, rowsOfKey, type Terms } from '../../../src/opt-outs/table/table.ts';
import { createUrlMatcher } from '../../../src/opt-outs/table/url-matcher.ts';
import { createTableWriter } from '../../../src/opt-outs/table/writer.ts';
import { seeded } from '../../images/pictures.ts';
import {
  byKey,
  fileOf,
  hexOf,
  plainTerms,
  ridText,
  sha256Key,
  type TestRow,
  tableOf,
  testSeed,
} from './tables.ts';

const rich: Terms = {
  kind: 'work',
  usages: { 'train-ai': 'disallow', search: 'allow' },
  except: ['openai', 'ünïcode'],
  licence: 'https://x.example/terms',
  contact: 'mailto:ask@x.example',
  trust: 'profile',
  contested: true,
};

/** Two creators of one picture, one of another, with all their keys. */
const works: TestRow[] = [
  { terms: rich, key: sha256Key(7), ridNumber: 1, sinceMs: 1_700_000_000_123, seq: 4_294_967_295 },
  { terms: plainTerms('work'), key: sha256Key(7), ridNumber: 2, seq: 5 },
  { terms: plainTerms('work'), key: sha256Key(9), ridNumber: 3, seq: 6 },
  { terms: rich, key: hashKeyOf('md5', hexOf(1, 16)), ridNumber: 1, primaryRow: 0 },
  { terms: rich, key: hashKeyOf('md5', hexOf(1, 16)), ridNumber: 3, primaryRow: 2 },
  { terms: rich, key: hashKeyOf('blockhash', hexOf(2)), ridNumber: 2, primaryRow: 1 },
  { terms: rich, key: hashKeyOf('rid', hexOf(1, 16)), ridNumber: 1, primaryRow: 0 },
  { terms: rich, key: hashKeyOf('rid', hexOf(2, 16)), ridNumber: 2, primaryRow: 1 },
  { terms: rich, key: hashKeyOf('rid', hexOf(3, 16)), ridNumber: 3, primaryRow: 2 },
];

const ridsOf = (table: RecordTable, key: string | Uint8Array) =>
  rowsOfKey(table, key).map((row) => recordAt(table, row).rid);

describe('works', () => {
  const table = tableOver(fileOf(works));

  test('are found by each of their keys, and are one record', () => {
    const record = {
      ...rich,
      rid: ridText(1),
      key: hexOf(7),
      since: '2023-11-14T22:13:20.123Z',
      seq: 4_294_967_295,
    };
    expect(rowsOfKey(table, sha256Key(7)).map((row) => recordAt(table, row))).toEqual([
      record,
      { ...plainTerms('work'), rid: ridText(2), key: hexOf(7), since: null, seq: 5 },
    ]);
    const md5 = rowsOfKey(table, hashKeyOf('md5', hexOf(1, 16)));
    expect(md5).toEqual([3, 4]);
    expect(md5.map((row) => recordAt(table, row).key)).toEqual([hexOf(7), hexOf(9)]);
    expect(recordAt(table, md5[0] as number)).toEqual(record);
    expect(ridsOf(table, hashKeyOf('blockhash', hexOf(2)))).toEqual([ridText(2)]);
    for (const number of [1, 2, 3])
      expect(ridsOf(table, hashKeyOf('rid', hexOf(number, 16)))).toEqual([ridText(number)]);
  });

  test('are not found by a hash of another kind', () => {
    expect(rowsOfKey(table, hashKeyOf('blockhash', hexOf(7)))).toEqual([]);
    expect(rowsOfKey(table, hashKeyOf('md5', hexOf(3, 16)))).toEqual([]);
    expect(rowsOfKey(table, hexOf(7))).toEqual([]);
    expect(rowsOfKey(table, new Uint8Array(0))).toEqual([]);
    expect(() => hashKeyOf('md5', hexOf(7))).toThrow(RangeError);
    expect(() => hashKeyOf('sha256', 'g'.repeat(64))).toThrow(RangeError);
  });

  test('an alias of another work is a contradiction, not an answer', () => {
    const wrong = works.map((row, at) => (at === 3 ? { ...row, primaryRow: 1 } : row));
    const broken = tableOver(fileOf(wrong));
    expect(() => recordAt(broken, 3)).toThrow(/contradict/);
    expect(() => recordAt(broken, 9)).toThrow(RangeError);
    expect(() => recordAt(broken, 0.5)).toThrow(RangeError);
  });
});

test('an empty table', () => {
  const table = tableOf([]);
  expect(rowsOfKey(table, 'com,example')).toEqual([]);
  expect(createUrlMatcher(table).matchText('https://example.com/a')).toBe(0);
  expect(() => recordAt(table, 0)).toThrow(RangeError);
});

test('one key of a domain, a name, a prefix and a URL', () => {
  const kinds = ['url', 'name', 'domain', 'prefix'] as const;
  const table = tableOf(kinds.map((kind) => ({ terms: plainTerms(kind), key: 'com,example)/' })));
  const rows = rowsOfKey(table, 'com,example)/');
  expect(rows.map((row) => recordAt(table, row).kind)).toEqual(['domain', 'name', 'prefix', 'url']);
  expect(createUrlMatcher(table).matchText('https://example.com/')).toBe(2);
});

const textKey = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 70_000 }).map((length) => 'long/'.repeat(length / 5 + 1)),
  },
);
const isKey = (key: string) => key.isWellFormed() && key >= ' ';
const anyRow: fc.Arbitrary<TestRow> = fc.record({
  terms: fc.record({
    kind: fc.constantFrom<SubjectKind>('url', 'prefix', 'domain', 'name'),
    usages: fc.constantFrom<Terms['usages']>({}, { search: 'allow' }, { 'ai-use': 'disallow' }),
    except: fc.array(fc.string(), { maxLength: 2 }),
    licence: fc.option(fc.string()),
    contact: fc.option(fc.string()),
    trust: fc.constantFrom('email', 'identity'),
    contested: fc.boolean(),
  }),
  key: textKey.filter(isKey),
  ridNumber: fc.nat(9),
  sinceMs: fc.oneof(fc.constant(Number.NaN), fc.date({ noInvalidDate: true }).map(Number)),
  seq: fc.nat(),
});

test('what is written is read again, and nothing else is there', () => {
  const identity = (row: TestRow) => `${row.terms.kind} ${row.ridNumber} ${row.key}`;
  fc.assert(
    fc.property(
      fc.uniqueArray(anyRow, { selector: identity, maxLength: 80, size: 'max' }),
      fc.array(textKey, { maxLength: 20 }),
      (rows, others) => {
        rows.sort(byKey);
        const table = tableOver(fileOf(rows));
        const isNumber = (ms: number | undefined) => ms !== undefined && !Number.isNaN(ms);
        const expected = rows.map(({ terms, key, ridNumber, sinceMs, seq }) => ({
          ...terms,
          key,
          rid: ridText(ridNumber as number),
          since: isNumber(sinceMs) ? new Date(sinceMs as number).toISOString() : null,
          seq,
        }));
        expect(rows.map((_, row) => recordAt(table, row))).toEqual(expected);
        for (const key of [...rows.map((row) => row.key as string), ...others]) {
          const own = rows.flatMap((row, at) => (row.key === key ? [at] : []));
          expect(rowsOfKey(table, key)).toEqual(own);
        }
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);

test('every kind has a number, in the order of their names', () => {
  const table = tableOf(
    subjectKinds.map((kind) => ({
      terms: plainTerms(kind),
      key: kind === 'work' ? sha256Key(1) : kind,
    })),
  );
  expect(Array.from({ length: 5 }, (_, row) => recordAt(table, row).kind)).toEqual([
    'work',
    'domain',
    'name',
    'prefix',
    'url',
  ]);
  expect(Array.from({ length: 5 }, (_, row) => kindOf(table, row))).toEqual([4, 0, 1, 2, 3]);
});

test('keys that share the lane their slot keeps are told apart', () => {
  const hash = keyHashOf(testSeed);
  const lanes = new Int32Array(2);
  const random = seeded(11);
  const keysByTag = new Map<number, string[]>();
  for (let number = 0; number < 600_000; number += 1) {
    // Near texts never meet in one lane, so these are far from each other.
    const key = `com,${random().toString(36)}${random().toString(36)}`;
    const bytes = Buffer.from(key);
    hashKey(hash, bytes, bytes.length, lanes);
    const tag = lanes[1] as number;
    const same = keysByTag.get(tag);
    if (same === undefined) keysByTag.set(tag, [key]);
    else same.push(key);
  }
  const twins = [...keysByTag.values()].filter(({ length }) => length > 1);
  expect(twins.length).toBeGreaterThan(20);
  for (const [here = '', there = ''] of twins) {
    const alone = tableOf([{ terms: plainTerms('domain'), key: here }]);
    expect(alone.slots.filter((word) => word === 0)).toHaveLength(1);
    expect([rowsOfKey(alone, here), rowsOfKey(alone, there)]).toEqual([[0], []]);
    const both = tableOf([here, there].map((key) => ({ terms: plainTerms('domain'), key })));
    for (const key of [here, there]) {
      expect(rowsOfKey(both, key).map((row) => recordAt(both, row).key)).toEqual([key]);
    }
  }
}, 60_000);

test('another seed scatters the same keys elsewhere', () => {
  const rows = Array.from({ length: 100 }, (_, at) => ({ terms: plainTerms('domain'), key: `com,${at}` }));
  const slots = ([[1, 0] as const, [0, 1] as const, [0, 0] as const] as [number, number][]).map((seed) =>
    String(tableOf(rows, seed).slots),
  );
  expect(new Set(slots).size).toBe(3);
});

describe('a writer refuses', () => {
  const a = { terms: plainTerms('domain'), key: 'a', ridNumber: 1 };
  const alias = works[3] as TestRow;
  test.each<[string, TestRow[], RegExp]>([
    ['keys out of order', [{ ...a, key: 'b' }, a], /row 1: not behind/],
    ['a key behind its continuation', [{ ...a, key: 'aa' }, a], /not behind/],
    ['kinds out of order', [{ ...a, terms: plainTerms('url') }, a], /not behind/],
    ['rids out of order', [{ ...a, ridNumber: 2 }, a], /not behind/],
    ['a row that is there already', [a, a], /not behind/],
    ['an empty key', [{ ...a, key: '' }], /no key/],
    ['a text that begins with a control character', [{ ...a, key: '\x1f' }], /no key/],
    ['a text that looks like a hash', [{ ...a, key: sha256Key(1) }], /hashes for keys/],
    ['a work by a text', [{ ...a, terms: plainTerms('work') }], /hashes for keys/],
    ['a hash that is too short', [{ ...a, key: sha256Key(1).subarray(1) }], /no key/],
    ['a tag nobody knows', [{ ...a, terms: plainTerms('work'), key: Uint8Array.of(5, 1) }], /no key/],
    ['a key that is too long', [{ ...a, key: 'a'.repeat(keyBytesMax + 1) }], /no key/],
    ['a work that names another', [{ ...(works[0] as TestRow), primaryRow: 0 }], /names no row/],
    ['an alias that names none', [{ ...alias, primaryRow: -1 }], /names no row/],
    ['an alias of a row to come', [works[0] as TestRow, { ...alias, primaryRow: 1 }], /names no row/],
    ['a place in the log of more bits', [{ ...a, seq: 2 ** 32 }], /32 bits/],
  ])('%s', (_name, rows, message) => expect(() => fileOf(rows)).toThrow(message));

  test('more or fewer rows than was said', () => {
    expect(() => fileOf([a], testSeed, 2)).toThrow('2 rows were said to come, and 1 came');
    expect(() => fileOf([a, { ...a, key: 'b' }], testSeed, 1)).toThrow(/more rows/);
    expect(() => fileOf([], testSeed, rowsMax + 1)).toThrow(RangeError);
  });

  test('terms that are not there, of another kind, or behind rows', () => {
    const writer = createTableWriter({ rows: 2, seed: testSeed }, () => undefined);
    writer.addTerms(plainTerms('url'));
    const row = { kind: 3, key: Buffer.from('a'), keyLength: 1, rid: new Uint8Array(16), sinceMs: 0, seq: 0 };
    expect(() => writer.addRow({ ...row, terms: 1, primaryRow: -1 })).toThrow(/its terms/);
    expect(() => writer.addRow({ ...row, kind: 0, terms: 0, primaryRow: -1 })).toThrow(/its terms/);
    expect(() => writer.addTerms(plainTerms('url'))).toThrow(/before rows/);
  });

  test('the longest key is no trouble', () => {
    const key = 'k'.repeat(keyBytesMax);
    const rows = [key.slice(1), key].map((each) => ({ terms: plainTerms('name'), key: each }));
    const table = tableOver(fileOf(rows));
    expect([rowsOfKey(table, key.slice(1)), rowsOfKey(table, key)]).toEqual([[0], [1]]);
    expect(recordAt(table, 1).key).toBe(key);
  });
});

describe('a hostile file', { timeout: 60_000 }, () => {
  const texts = ['com,example', 'com,example)/a', 'com,example)/a/b?c', 'org,example'].flatMap((key) =>
    (['domain', 'prefix', 'url'] as const).map((kind) => ({ terms: plainTerms(kind), key })),
  );
  const file = fileOf([...works, ...texts]);
  const questions = ['https://www.example.com/a/b?c', 'https://example.com/a/b/c', 'http://example.org/%zz'];

  /** Asks everything. What is broken may be refused or answered, but in bounded time and from inside the file. */
  function ask(bytes: ArrayBuffer): 'answered' | 'refused' {
    try {
      const table = tableOver(bytes);
      const matcher = createUrlMatcher(table);
      for (const url of questions) {
        const count = matcher.matchText(url);
        for (const row of matcher.rows().subarray(0, count)) recordAt(table, row);
      }
      for (const { key } of [...works, ...texts]) {
        for (const row of rowsOfKey(table, key)) recordAt(table, row);
      }
      return 'answered';
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
      return 'refused';
    }
  }

  test('whole, it is answered from', () => expect(ask(file)).toBe('answered'));

  test('with any byte of its head changed', () => {
    const end = new Uint8Array(file).indexOf(0);
    for (let at = 0; at < end; at += 1) {
      for (const flip of [1, 8, 64, 255]) {
        const bytes = file.slice(0);
        const view = new Uint8Array(bytes);
        view[at] = (view[at] as number) ^ flip;
        ask(bytes);
      }
    }
  });

  test('with any bytes changed anywhere', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(file.byteLength - headBytesMax - 1), fc.nat(255)), {
          minLength: 1,
          maxLength: 8,
        }),
        (changes) => {
          const bytes = file.slice(0);
          const view = new Uint8Array(bytes);
          for (const [at, byte] of changes) view[headBytesMax + at] = byte;
          ask(bytes);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test.each(['termTexts', 'termEnds', 'termKinds', 'rows', 'slots', 'blocks', 'keys', 'filter'] as const)(
    'with each byte of %s changed, and all of them',
    (section) => {
      const { at, bytes: length } = placesOf(readHead(new Uint8Array(file)))[section];
      for (let byte = at; byte < at + length; byte += 1) {
        for (const value of [0, 0x7f, 0xff]) {
          const bytes = file.slice(0);
          new Uint8Array(bytes)[byte] = value;
          ask(bytes);
        }
      }
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const bytes = file.slice(0);
        new Uint8Array(bytes).fill(value, at, at + length);
        ask(bytes);
      }
    },
  );

  test('cut short or continued', () => {
    for (let end = 0; end < file.byteLength; end += 61) expect(ask(file.slice(0, end))).toBe('refused');
    expect(ask(file.slice(0, -1))).toBe('refused');
    const longer = new Uint8Array(file.byteLength + 1);
    longer.set(new Uint8Array(file));
    expect(ask(longer.buffer)).toBe('refused');
  });

  test.each<[string, object]>([
    ['more rows than a table has', { rows: rowsMax + 1 }],
    ['a fraction of a row', { rows: 20.5 }],
    ['more works than rows', { works: 22 }],
    ['no slots', { slots: 0 }],
    ['endless probes', { probes: 2 ** 31 }],
    ['a filter of no power of two', { filterWords: 15 }],
    ['no seed', { seed: [] }],
    ['a seed of texts', { seed: ['1', '2'] }],
    ['a number that is none', { keyBytes: '100' }],
    ['a negative length', { termBytes: -4096 }],
  ])('whose head tells of %s', (_name, change) => {
    const head = { ...readHead(new Uint8Array(file)), ...change };
    const bytes = file.slice(0);
    const view = new Uint8Array(bytes);
    view.fill(0, 0, headBytesMax);
    view.set(Buffer.from(JSON.stringify(head)));
    expect(() => tableOver(bytes)).toThrow(RangeError);
  });
});
