import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashKeyOf, recordAt, rowsOfKey } from '../../src/opt-outs/table/table.ts';
import { createUrlMatcher } from '../../src/opt-outs/table/url-matcher.ts';
import { compileTable } from '../../src/snapshots/compile-table.ts';
import { loadTable } from '../../src/snapshots/load-table.ts';
import { lineBytesMax } from '../../src/snapshots/table-lines.ts';
import { hexOf, plainTerms, ridText } from '../opt-outs/table/tables.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'withhold-table-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const terms = (['work', 'domain', 'name', 'prefix', 'url'] as const).map(plainTerms);
const uuid = '01893a2b-1c2d-7abc-8def-0123456789ab';

const rows = [
  `work\th01${hexOf(7)}\t${uuid}\t1700000000123\t7\t0\t`,
  `work\th02${hexOf(1, 16)}\t${uuid}\t\t7\t0\t0`,
  `work\th03${hexOf(2)}\t${uuid}\t\t7\t0\t0`,
  `work\th04${uuid.replaceAll('-', '')}\t${uuid}\t\t7\t0\t0`,
  `domain\ttcom,example\t${ridText(1)}\t-1\t8\t1\t`,
  `prefix\ttcom,example)/a\t${ridText(2)}\t0\t9\t3\t`,
  `url\ttcom,example)/a\t${ridText(2)}\t\t10\t4\t`,
  `name\ttjané döe\t${ridText(3)}\t1700000000000\t4294967295\t2\t`,
];
const text = rows.map((row) => `${row}\n`).join('');

/** The text in pieces, cut at these places. */
async function* pieces(of: string | Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(of);
  let from = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
}

const path = () => join(folder, 'records.table');

function compile(of: string | Buffer, { said = rows.length, cuts = [] as readonly number[] } = {}) {
  return compileTable(pieces(of, cuts), { path: path(), rows: said, terms, seed: [1, 2] });
}

test('a compiled table is loaded and answers', async () => {
  await compile(text);
  const table = loadTable(path());
  expect(table.buffer).toBeInstanceOf(SharedArrayBuffer);
  const work = { rid: uuid, key: hexOf(7), since: '2023-11-14T22:13:20.123Z', seq: 7, kind: 'work' };
  const keys = [
    hashKeyOf('sha256', hexOf(7)),
    hashKeyOf('md5', hexOf(1, 16)),
    hashKeyOf('blockhash', hexOf(2)),
    hashKeyOf('rid', uuid.replaceAll('-', '')),
  ];
  for (const key of keys) {
    expect(rowsOfKey(table, key).map((row) => recordAt(table, row))).toMatchObject([work]);
  }
  expect(rowsOfKey(table, 'jané döe').map((row) => recordAt(table, row))).toMatchObject([
    { rid: ridText(3), kind: 'name', since: '2023-11-14T22:13:20.000Z', seq: 4_294_967_295 },
  ]);
  const matcher = createUrlMatcher(table);
  const count = matcher.matchText('https://example.com/a');
  expect([...matcher.rows().subarray(0, count)].map((row) => recordAt(table, row))).toMatchObject([
    { kind: 'domain', since: '1969-12-31T23:59:59.999Z' },
    { kind: 'prefix', since: '1970-01-01T00:00:00.000Z' },
    { kind: 'url', since: null },
  ]);
  expect(readdirSync(folder)).toEqual(['records.table']);
});

test('wherever the text is cut, the file is the same', async () => {
  await compile(text);
  const whole = readFileSync(path());
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(Buffer.byteLength(text))), async (cuts) => {
      await compile(text, { cuts });
      expect(readFileSync(path()).equals(whole)).toBe(true);
    }),
    { numRuns: 25 },
  );
}, 60_000);

test('megabytes of lines', async () => {
  const many = Array.from({ length: 40_000 }, (_, at) => {
    const key = `com,example)/${String(at).padStart(6, '0')}/${'x'.repeat((at * 7919) % 300)}`;
    return `url\tt${key}\t${ridText(at)}\t${at}\t${at}\t4\t`;
  });
  await compile(`${many.join('\n')}\n`, { said: many.length });
  const table = loadTable(path());
  const matcher = createUrlMatcher(table);
  for (let at = 0; at < many.length; at += 1) {
    const key = (many[at] as string).split('\t')[1]?.slice(1) as string;
    const url = `https://example.com${key.slice(key.indexOf(')') + 1)}`;
    expect(matcher.matchText(url)).toBe(1);
    expect(matcher.rows()[0]).toBe(at);
    expect(matcher.matchText(`${url}y`)).toBe(0);
  }
}, 60_000);

test('threads share one memory', async () => {
  await compile(text);
  const { buffer } = loadTable(path());
  const source = new URL('../../src/opt-outs/table/', import.meta.url);
  const worker = new Worker(
    `import { parentPort, workerData } from 'node:worker_threads';
     import { tableOver } from '${source}layout.ts';
     import { createUrlMatcher } from '${source}url-matcher.ts';
     const matcher = createUrlMatcher(tableOver(workerData));
     parentPort.postMessage(matcher.matchText('https://example.com/a/b'));`,
    { eval: true, workerData: buffer, execArgv: ['--input-type=module'] },
  );
  const count = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await worker.terminate();
  expect(count).toBe(2);
});

describe('is refused, and what was there stays', () => {
  const first = rows[0] as string;
  const fourth = rows[4] as string;
  test.each<[string, string | Buffer, number, RegExp]>([
    ['a line of another kind', fourth.replace('domain', 'domains'), 1, /line 0/],
    ['an empty line', '\n', 1, /line 0/],
    ['a key of neither form', fourth.replace('\tt', '\tx'), 1, /line 0/],
    ['an odd digit', first.replace('h01', 'h0'), 1, /line 0/],
    ['upper-case hex', fourth.replace('tcom,example', `h01${'A'.repeat(64)}`), 1, /line 0/],
    ['a longer hash', first.replace('h01', 'h0100'), 1, /line 0/],
    ['a rid without hyphens', fourth.replace(/0000-0000/g, '000000000'), 1, /line 0/],
    ['a rid of other digits', fourth.replace('\t0', '\tg'), 1, /line 0/],
    ['a time that is no number', fourth.replace('\t-1\t', '\t-\t'), 1, /line 0/],
    ['a time with a fraction', fourth.replace('\t-1\t', '\t1.5\t'), 1, /line 0/],
    ['no place in the log', fourth.replace('\t8\t', '\t\t'), 1, /line 0/],
    ['a negative place', fourth.replace('\t8\t', '\t-8\t'), 1, /line 0/],
    ['too many digits', fourth.replace('\t8\t', '\t1234567890123456\t'), 1, /line 0/],
    ['no terms', fourth.replace(/1\t$/, '\t'), 1, /line 0/],
    ['a field too many', `${fourth}\t`, 1, /line 0/],
    ['a field too few', fourth.replace(/\t$/, ''), 1, /line 0/],
    ['a negative row', (rows[1] as string).replace(/0$/, '-2'), 1, /line 0/],
    ['lines out of order', `${fourth}\n${first}`, 2, /row 1: not behind/],
    ['a line twice', `${fourth}\n${fourth}`, 2, /row 1: not behind/],
    ['fewer lines than was said', first, 2, /2 rows/],
    ['more lines than was said', `${first}\n${fourth}`, 1, /more rows/],
  ])('%s', async (_name, lines, said, message) => {
    writeFileSync(path(), 'before');
    await expect(compile(`${lines}\n`, { said })).rejects.toThrow(message);
    expect(readFileSync(path(), 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['records.table']);
  });

  test('a last line without its end', async () => {
    await expect(compile(first, { said: 1 })).rejects.toThrow(/has no end/);
    expect(existsSync(path())).toBe(false);
  });

  test('a line without end', async () => {
    const endless = `domain\tt${'a'.repeat(3 * lineBytesMax)}`;
    await expect(compile(endless, { said: 1 })).rejects.toThrow(/too long|no end/);
  });
});

describe('a file is refused that', () => {
  test('is none of ours, or empty', () => {
    writeFileSync(path(), 'something else');
    expect(() => loadTable(path())).toThrow(/no table of records/);
    writeFileSync(path(), '');
    expect(() => loadTable(path())).toThrow(/no table of records/);
  });

  test('was cut short or has more at its end', async () => {
    await compile(text);
    const whole = readFileSync(path());
    truncateSync(path(), whole.length - 1);
    expect(() => loadTable(path())).toThrow(/bytes/);
    writeFileSync(path(), Buffer.concat([whole, Buffer.of(0)]));
    expect(() => loadTable(path())).toThrow(/bytes/);
  });

  test('says it is larger than any memory, before any is taken', async () => {
    await compile(text);
    const bytes = readFileSync(path());
    bytes.write(
      bytes.toString('latin1', 0, 400).replace(/"keyBytes":\d+/, '"keyBytes":4294967295'),
      'latin1',
    );
    writeFileSync(path(), bytes);
    expect(() => loadTable(path())).toThrow(/bytes/);
  });
});
