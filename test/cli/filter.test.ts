import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakeRegistry, problem, startRegistry } from './fake-registry.ts';
import { type Around, run } from './run.ts';

let registry: FakeRegistry;
let folder: string;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'withhold-filter-'));
  registry.before = undefined;
  registry.bodies.length = 0;
  registry.openMost = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const put = async (name: string, content: string | Buffer) => {
  await writeFile(at(name), content);
  return at(name);
};
const get = (name: string) => readFile(at(name), 'utf8');
const filter = (args: string[], around: Around = {}) =>
  run(['filter', '--server', registry.url, '--retry-for', '0', ...args], around);
const decisions = async (name = 'decisions.csv') =>
  parse(await get(name), { columns: true }) as Record<string, string>[];

const sha256 = `00${'a'.repeat(62)}`;
const data = [
  'id,URL,caption,sha256',
  'a,https://free.example/1,"a, b",',
  'b,https://stop.example/2,"line one\nline two",',
  'c,https://robots.example/3,é,',
  `d,https://free.example/4,,${sha256.toUpperCase()}`,
  'e,https://maybe.example/5,,',
  'f,,nothing here,',
  'g,not a url,,',
  'h,https://free.example/8',
  'i,https://cold.example/9,,',
  '',
].join('\n');

describe('withhold filter', () => {
  test('writes one decision a row and a summary, and exits 1 because rows are broken', async () => {
    const input = await put('data.csv', data);
    const { code, stdout, stderr } = await filter([input, '--out', at('decisions.csv'), '--id-column', 'id']);
    expect(await get('decisions.csv')).toBe(
      [
        'row,id,url,verdict,act,reason,source,record,trust,since,column,not_checked',
        '1,a,https://free.example/1,unknown,proceed,,,,,,,',
        '2,b,https://stop.example/2,disallow,stop,"registry, address refuses train-ai",registry,r-1,domain,2026-01-01T00:00:00.000Z,url,',
        '3,c,https://robots.example/3,disallow,stop,"robots.txt refuses train-ai (https://robots.example/robots.txt, line 3): Disallow: /",robots.txt,,,,url,',
        '4,d,https://free.example/4,disallow,stop,"registry, same file refuses train-ai",registry,r-2,email,,sha256,',
        '5,e,https://maybe.example/5,unknown,review,"registry, address may refuse train-ai",registry,,,,url,',
        '6,f,,unknown,proceed,nothing to check,,,,,,',
        '7,g,not a url,bad,,has a url that is no http or https URL,,,,,,',
        '8,,,bad,,has 2 cells where the header has 4,,,,,,',
        '9,i,https://cold.example/9,unknown,proceed,,,,,,,robots.txt: not-fetched-yet',
        '',
      ].join('\n'),
    );
    expect(stderr.split('\n')).toEqual([
      `withhold: ${input} (csv): url from URL, sha256 from sha256, id from id`,
      'withhold: 9 rows, 0 rows/s, 3 dropped'.replace('0 rows/s', stderr.match(/[\d,]+ rows\/s/)?.[0] ?? ''),
      'withhold: NOT checked for 1 of 9 rows: robots.txt: not-fetched-yet (1); run again later',
      'withhold: 9 rows: 3 kept, 3 dropped, 1 to review (kept), 2 broken',
      'withhold: 1 dropped: registry, address',
      'withhold: 1 dropped: registry, same file',
      'withhold: 1 dropped: robots.txt',
      'withhold: 1 to review: registry, address',
      'withhold: 1 kept: nothing to check',
      `withhold: broken: ${input}, line 9 has a url that is no http or https URL`,
      `withhold: broken: ${input}, line 10 has 2 cells where the header has 4`,
      `withhold: decisions are in ${at('decisions.csv')}`,
      '',
    ]);
    expect(stdout).toBe('');
    expect(code).toBe(1);
    expect((await readdir(folder)).sort()).toEqual(['data.csv', 'decisions.csv']);
    expect(registry.bodies).toHaveLength(1);
    expect(JSON.parse(registry.bodies[0] as string).items).toHaveLength(6);
  });

  test('--json and --summary-json give the summary', async () => {
    const input = await put('data.csv', data);
    const { stdout } = await filter([
      input,
      ...[
        '--out',
        at('decisions.jsonl'),
        '--json',
        '--summary-json',
        at('summary.json'),
        '--agent',
        'GPTBot',
      ],
    ]);
    const summary = JSON.parse(stdout);
    expect(JSON.parse(await get('summary.json'))).toEqual(summary);
    expect(summary).toEqual({
      server: registry.url,
      agent: 'GPTBot',
      usage: 'train-ai',
      started: expect.stringMatching(/^\d{4}-.*Z$/),
      finished: expect.stringMatching(/^\d{4}-.*Z$/),
      inputs: [input],
      out: at('decisions.jsonl'),
      rows: 9,
      kept: 3,
      dropped: 3,
      review: 1,
      bad: 2,
      nothingToCheck: 1,
      onReview: 'keep',
      rowsWritten: null,
      rowsNotFullyChecked: 1,
      byVerdict: { unknown: 4, disallow: 3, bad: 2 },
      byReason: { 'registry, address': 1, 'robots.txt': 1, 'registry, same file': 1 },
      byReviewReason: { 'registry, address': 1 },
      byTrust: { domain: 1, none: 1, email: 1 },
      notChecked: { 'robots.txt: not-fetched-yet': 1 },
      policies: ['f'.repeat(64)],
      asOf: [
        { origin: 'registry.example/log', first: { size: 7, root: 'aa' }, last: { size: 7, root: 'aa' } },
      ],
      badRows: [
        { row: 7, file: input, line: 9, why: 'has a url that is no http or https URL' },
        { row: 8, file: input, line: 10, why: 'has 2 cells where the header has 4' },
      ],
    });
    const first = JSON.parse((await get('decisions.jsonl')).split('\n')[1] as string);
    expect(first).toMatchObject({ row: 2, verdict: 'disallow', record: 'r-1', not_checked: '' });
  });

  test.each([
    ['kept', 'keep', ['1', '5', '6', '9']],
    ['kept', 'drop', ['1', '6', '9']],
    ['dropped', 'keep', ['2', '3', '4']],
    ['dropped', 'drop', ['2', '3', '4', '5']],
  ])('--write %s --on-review %s writes those rows byte for byte', async (write, onReview, rows) => {
    const input = await put('data.csv', `\ufeff${data.replaceAll('\n', '\r\n')}`);
    const out = ['--out', at('decisions.csv'), '--write', write, '--on-review', onReview];
    const { stderr } = await filter([input, ...out, '--rows-out', at('rows.csv')]);
    const text = data.replaceAll('\n', '\r\n');
    const records = text.split(/\r\n(?!line two)/);
    const expected = [records[0], ...rows.map((row) => records[Number(row)])].map((line) => `${line}\r\n`);
    expect(await get('rows.csv')).toBe(expected.join(''));
    expect(stderr).toContain(`${rows.length} ${write} rows are in ${at('rows.csv')}`);
  });

  test('exits 0 when rows are dropped and none is broken', async () => {
    const input = await put('data.csv', 'url\nhttps://stop.example/\n');
    const { code } = await filter([input, '--out', at('decisions.csv')]);
    expect(code).toBe(0);
  });

  test('several files and formats are one run; rows are numbered through', async () => {
    const inputs = [
      await put('a.csv', 'url\nhttps://free.example/1\n'),
      await put('b.tsv.gz', gzipSync('image_url\tx\nhttps://stop.example/2\t"\n')),
      await put(
        'c.jsonl.zst',
        zstdCompressSync('{"page_url":"https://stop.example/3"}\n{"page_url":7}\n{oops\n'),
      ),
      await put('d.csv', 'url\n'),
    ];
    const { code, stderr } = await filter([...inputs, '--out', at('decisions.csv')]);
    expect((await decisions()).map((row) => [row.row, row.url, row.verdict, row.column])).toEqual([
      ['1', 'https://free.example/1', 'unknown', ''],
      ['2', 'https://stop.example/2', 'disallow', 'url'],
      ['3', 'https://stop.example/3', 'disallow', 'page_url'],
      ['4', '', 'bad', ''],
      ['5', '', 'bad', ''],
    ]);
    expect(stderr).toContain(`broken: ${inputs[2]}, line 2 has no text in page_url`);
    expect(stderr).toContain(`broken: ${inputs[2]}, line 3 is not JSON`);
    expect(code).toBe(1);
  });

  test('rows of several files are written under one header, each with its line end', async () => {
    const inputs = [
      await put('a.csv', 'url\nhttps://free.example/1'),
      await put('b.csv', 'url\nhttps://free.example/2'),
    ];
    const rowsOut = ['--write', 'kept', '--rows-out', at('rows.csv')];
    await filter([...inputs, '--out', at('decisions.csv'), ...rowsOut]);
    expect(await get('rows.csv')).toBe('url\nhttps://free.example/1\nhttps://free.example/2\n');
    const other = await put('c.csv', 'link,url\nx,https://free.example/3');
    const { code, stderr } = await filter([...inputs, other, '--out', at('decisions.csv'), ...rowsOut]);
    expect(stderr).toBe(
      `withhold: ${other} has other columns than ${inputs[0]}; rows are written unchanged into one file: run filter once for each\n`,
    );
    expect(code).toBe(2);
  });

  test('stdin to stdout, with a number of rows that no file announces', async () => {
    const stdin = '{"url":"https://stop.example/","n":1}\n{"n":2}\n';
    const { code, stdout, stderr } = await filter(['-', '--format', 'jsonl', '--out', '-'], { stdin });
    expect(stdout.split('\n').map((line) => line.split(',')[3])).toEqual([
      'verdict',
      'disallow',
      'unknown',
      undefined,
    ]);
    expect(stderr).toContain('withhold: 2 rows: 1 kept, 1 dropped');
    expect(code).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  test('many batches in flight come out in order, no more than --concurrency at a time', async () => {
    const rows = Array.from({ length: 200 }, (_, n) => `https://${n % 3 ? 'free' : 'stop'}.example/${n}`);
    const input = await put('data.csv', `url\n${rows.join('\n')}\n`);
    const gates: (() => void)[] = [];
    registry.before = async ({ number }) => {
      // Answers come in pairs, the later one first.
      if (number % 2 === 1) await new Promise<void>((resolve) => gates.push(resolve));
      else setImmediate(() => gates.shift()?.());
      return undefined;
    };
    const { code } = await filter([
      input,
      '--out',
      at('decisions.csv'),
      '--batch',
      '10',
      '--concurrency',
      '4',
    ]);
    expect(code).toBe(0);
    expect((await decisions()).map(({ url }) => url)).toEqual(rows);
    expect((await decisions()).map(({ row }) => Number(row))).toEqual(rows.map((_, n) => n + 1));
    expect(registry.bodies).toHaveLength(20);
    expect(registry.openMost).toBeLessThanOrEqual(4);
    expect(registry.openMost).toBeGreaterThan(1);
  });

  test('a batch the registry finds too large is halved, and so are the next ones; a single one is broken', async () => {
    const urls = Array.from({ length: 40 }, (_, n) => `https://free.example/${n}`);
    urls[13] = 'https://free.example/13/too-large';
    const input = await put('data.csv', `url\n${urls.join('\n')}\n`);
    registry.before = ({ items, body }, response) => {
      const refuse = items > 5 || body.includes('too-large');
      if (!refuse) return undefined;
      return problem(response, items > 5 ? 413 : 400, items > 5 ? 'x' : 'too-many-items', 'no');
    };
    const { code } = await filter([
      input,
      '--out',
      at('decisions.csv'),
      '--batch',
      '20',
      '--concurrency',
      '1',
    ]);
    const verdicts = (await decisions()).map(({ verdict, reason }) => `${verdict} ${reason}`.trim());
    expect(verdicts.map((verdict, n) => [n, verdict]).filter(([, verdict]) => verdict !== 'unknown')).toEqual(
      [[13, 'bad is too large for the registry']],
    );
    expect(verdicts).toHaveLength(40);
    expect(code).toBe(1);
    const last = JSON.parse(registry.bodies.at(-1) as string);
    expect(last.items).toHaveLength(1);
  });

  test('requests stay below the size cap whatever the number of rows', async () => {
    const urls = Array.from({ length: 3_000 }, (_, n) => `https://free.example/${n}/${'x'.repeat(8_000)}`);
    const input = await put('data.csv', `url\n${urls.join('\n')}\n`);
    await filter([input, '--out', at('decisions.csv')]);
    expect(registry.bodies.length).toBeGreaterThan(2);
    expect(Math.max(...registry.bodies.map((body) => body.length))).toBeLessThan(8.5e6);
    expect(await decisions()).toHaveLength(3_000);
  });

  test('unusable values cost their row, never the batch', async () => {
    const input = await put(
      'data.csv',
      [
        'url,page_url,sha256,md5,pdq',
        ',,xyz,,',
        ',,,123,',
        `,,,,${'g'.repeat(64)}`,
        `https://a.example/${'x'.repeat(8_192)},,,,`,
        'ftp://a.example/,,,,',
        'https://,,,,',
        ',javascript:alert(1),,,',
        ' https://stop.example/ ,,,,',
      ].join('\n'),
    );
    await filter([input, '--out', at('decisions.csv')]);
    expect((await decisions()).map(({ verdict, reason }) => `${verdict}: ${reason}`)).toEqual([
      'bad: has an unusable sha256: must be 64 hex digits (SHA-256 of the file)',
      'bad: has an unusable md5: must be 32 hex digits (MD5 of the file)',
      'bad: has an unusable pdq: must be 64 hex digits (PDQ-256 hash)',
      'bad: has a url longer than 8192 characters',
      'bad: has a url that is no http or https URL',
      'bad: has a url that is no http or https URL',
      'bad: has a page_url that is no http or https URL',
      'disallow: registry, address refuses train-ai',
    ]);
    expect(registry.bodies).toHaveLength(1);
  });

  test('only the first twenty broken rows are listed, all are counted', async () => {
    const input = await put('data.csv', `url\n${'nonsense\n'.repeat(30)}`);
    const { stderr, stdout } = await filter([input, '--out', at('decisions.csv'), '--json']);
    expect(stderr.match(/broken: .* line \d+/g)).toHaveLength(20);
    expect(stderr).toContain('broken: 10 more, see verdict bad');
    expect(JSON.parse(stdout)).toMatchObject({ rows: 30, bad: 30, kept: 0 });
    expect(registry.bodies).toEqual([]);
  });
});

describe('withhold filter refuses, in plain words and with exit 2', () => {
  const cases: [name: string, content: string, args: string[], words: string][] = [
    [
      'a file without a column to check',
      'link,caption\nx,y\n',
      [],
      'data.csv has no column to check: it has link, caption; name one with --url-column,',
    ],
    [
      'a file without a header',
      'https://a.example/,x\nhttps://b.example/,y\n',
      [],
      'the first line looks like data, and a header line is needed',
    ],
    [
      'a column that is not there',
      'url\nx\n',
      ['--url-column', 'link'],
      'data.csv has no column link: it has url',
    ],
    [
      'only a column called hash',
      'hash,caption\nx,y\n',
      [],
      'data.csv has only a column hash: what is in it? say --hash-type sha256, md5, pdq',
    ],
    [
      'two columns of one name',
      'URL,Url\nx,y\n',
      [],
      'data.csv has more than one column url: URL (number 1), Url (number 2); rename all but one',
    ],
    ['an empty file', '', [], 'data.csv is empty: a header line is needed'],
    ['gzip cut short', '\u001f\u008b', [], 'data.csv is damaged'],
    ['an unknown hash type', 'url\n', ['--hash-type', 'crc'], '--hash-type takes sha256, md5, pdq, not crc'],
    [
      'too large a batch',
      'url\n',
      ['--batch', '10001'],
      '--batch takes a whole number from 1 to 10000, not 10001',
    ],
    [
      'rows without a file for them',
      'url\n',
      ['--write', 'kept'],
      '--write kept or dropped and --rows-out FILE need each other',
    ],
    [
      'a compressed output',
      'url\n',
      ['--out', 'd.csv.gz'],
      '--out is written plain, so that a stopped run can go on; name it d.csv',
    ],
    [
      'an output of no known format',
      'url\n',
      ['--out', 'd.txt'],
      '--out d.txt ends in neither .csv nor .jsonl; add --out-format',
    ],
    [
      'summary and decisions both on stdout',
      'url\n',
      ['--out', '-', '--json'],
      '--json and --out - would both write to stdout',
    ],
  ];
  test.each(cases)('%s', async (_name, content, args, words) => {
    const input = await put(
      'data.csv',
      Buffer.from(content, content.startsWith('\u001f') ? 'latin1' : 'utf8'),
    );
    const { code, stderr, stdout } = await filter([input, '--out', at('decisions.csv'), ...args]);
    expect(stderr).toContain(words);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^withhold: .*[^.]\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    expect(registry.bodies).toEqual([]);
    expect(await readdir(folder)).toEqual(['data.csv']);
  });

  test.each([
    [['missing.csv', '--out', 'd.csv'], 'there is no file missing.csv'],
    [['.', '--format', 'csv', '--out', 'd.csv'], '. is not a file'],
    [['x.parquet', '--out', 'd.csv'], 'nothing tells what is in x.parquet; say --format csv, tsv or jsonl'],
    [['-', '--out', 'd.csv'], 'nothing tells what comes through stdin'],
    [['a.csv'], 'no --out was given; say where decisions go: --out decisions.csv'],
    [['--out', 'd.csv'], 'no input was given'],
    [['a.csv', '--out', 'a.csv'], 'a.csv is named twice'],
    [['a.csv', '--out', 'd.csv', '--resume', '--fresh'], '--resume and --fresh exclude each other'],
  ])('%j', async (args, words) => {
    const { code, stderr } = await filter(args);
    expect(stderr).toContain(words);
    expect(code).toBe(2);
  });

  test('an input that is an output under another name', async () => {
    const input = await put('a.csv', 'url\n');
    const { code, stderr } = await filter([input, '--out', join(folder, 'x', '..', 'a.csv')]);
    expect(stderr).toContain('is named twice');
    expect(code).toBe(2);
  });

  test('a folder that is not there', async () => {
    const input = await put('a.csv', 'url\nhttps://a.example/\n');
    const { code, stderr } = await filter([input, '--out', at('nowhere/d.csv')]);
    expect(stderr).toContain('d.csv.part cannot be written (there is no such folder)');
    expect(code).toBe(2);
  });
});

describe('columns', () => {
  test('a column called hash is checked when it is said what it holds, and told when it is not', async () => {
    const input = await put('data.csv', `hash,url\n${sha256},https://free.example/\n`);
    const without = await filter([input, '--out', at('decisions.csv')]);
    expect(without.stderr).toContain('column hash is not checked: say what is in it with --hash-type');
    expect((await decisions())[0]?.verdict).toBe('unknown');
    const told = await filter([input, '--out', at('decisions.csv'), '--hash-type', 'sha256']);
    expect(told.stderr).toContain('url from url, sha256 from hash');
    expect((await decisions())[0]).toMatchObject({ verdict: 'disallow', column: 'sha256' });
  });

  test('named columns win, and fit in any case', async () => {
    const input = await put('data.jsonl', '{"url":"https://free.example/","Src":"https://stop.example/"}\n');
    const { stderr } = await filter([input, '--out', at('decisions.csv'), '--url-column', 'src']);
    expect(stderr).toContain('url from Src');
    expect((await decisions())[0]?.verdict).toBe('disallow');
  });

  test('the page and the file are told apart', async () => {
    const input = await put(
      'data.csv',
      'url,page_url\nhttps://robots.example/,https://free.example/\nhttps://free.example/,https://stop.example/\n',
    );
    await filter([input, '--out', at('decisions.csv')]);
    expect((await decisions()).map(({ column }) => column)).toEqual(['url', 'page_url']);
  });
});
