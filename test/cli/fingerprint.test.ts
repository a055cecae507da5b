import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dispatch } from '../../src/cli/dispatch.ts';
import type { PictureLine } from '../../src/cli/fingerprint/line.ts';
import { paint } from '../../src/demo/pictures.ts';
import { fingerprint } from '../../src/images/fingerprint.ts';
import { bytesToHex, hashToHex } from '../../src/images/hash256.ts';
import { hugePng, svgFile } from '../images/files.ts';
import { run } from './run.ts';

let folder: string;
let pictures: Buffer[];
const at = (...names: string[]) => join(folder, ...names);
const linesOf = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as PictureLine);

beforeAll(async () => {
  const size = { width: 160, height: 120 };
  pictures = await Promise.all([paint('hills', 1, size), paint('town', 2, size), paint('forest', 3, size)]);
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'withhold-fingerprint-'));
  mkdirSync(at('art', 'sub'), { recursive: true });
  writeFileSync(at('art', 'b.jpg'), pictures[0] as Buffer);
  writeFileSync(at('art', 'a.jpg'), pictures[1] as Buffer);
  writeFileSync(at('art', 'sub', 'c.jpg'), pictures[2] as Buffer);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('withhold fingerprint', () => {
  test('gives the hashes of every picture below a folder, in the order of names', async () => {
    const { code, stdout, stderr } = await run(['fingerprint', '--json', at('art')]);
    expect([code, stderr]).toEqual([0, 'withhold: 3 fingerprinted\n']);
    const lines = linesOf(stdout);
    expect(lines.map(({ file }) => file)).toEqual([
      at('art', 'a.jpg'),
      at('art', 'b.jpg'),
      at('art', 'sub', 'c.jpg'),
    ]);

    const bytes = pictures[1] as Buffer;
    const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const known = fingerprint({ data, width: info.width, height: info.height });
    expect(lines[0]).toMatchObject({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      md5: createHash('md5').update(bytes).digest('hex'),
      pdq: hashToHex(known.pdq),
      quality: known.quality,
      blockhash: known.blockhash,
      descriptor: bytesToHex(known.descriptor),
      width: 160,
      height: 120,
      exactOnly: null,
      hasher: 'pdq/1',
      bytes: bytes.length,
    });
    expect(lines[0]?.variants[0]).toEqual({
      variant: 'full',
      pdq: hashToHex(known.pdq),
      quality: known.quality,
    });
  });

  test('shows people a table, and what only exact copies can be found of', async () => {
    const grey = sharp({ create: { width: 90, height: 80, channels: 3, background: '#888' } });
    writeFileSync(at('grey.png'), await grey.png().toBuffer());
    const { code, stdout } = await run(['fingerprint', at('grey.png'), at('art', 'a.jpg')]);
    expect(code).toBe(0);
    const [head, first, second] = stdout.split('\n');
    expect(head).toMatch(/^PDQ +quality +size {2}picture$/);
    expect(first).toMatch(/^[0-9a-f]{64} +0 +90x80 {2}.*grey\.png {2}\(exact copies only: flat\)$/);
    expect(second).toMatch(/^[0-9a-f]{64} +100 +160x120 {2}.*a\.jpg$/);
  });

  test.each<[string, () => string[], () => string | undefined]>([
    ['paths from stdin', () => ['-'], () => `${at('art', 'a.jpg')}\r\n\n${at('art', 'sub')}\n`],
    ['a pattern in quotes', () => [at('art', '{a,sub/*}.jpg')], () => undefined],
  ])('takes %s', async (_, args, stdin) => {
    const { code, stdout } = await run(['fingerprint', '--json', ...args()], { stdin: stdin() ?? '' });
    expect(code).toBe(0);
    const files = linesOf(stdout).map(({ file }) => file);
    expect(files.toSorted()).toEqual([at('art', 'a.jpg'), at('art', 'sub', 'c.jpg')]);
  });

  test('hostile files are told with their place, and the rest goes on', async () => {
    writeFileSync(at('art', 'broken.jpg'), (pictures[0] as Buffer).subarray(0, 2_000));
    writeFileSync(at('art', 'huge.png'), hugePng(20_000));
    writeFileSync(
      at('art', 'long.png'),
      Buffer.concat([await sharp(pictures[0]).png().toBuffer(), Buffer.alloc(21 * 2 ** 20)]),
    );
    writeFileSync(at('art', 'drawing.svg'), svgFile);
    writeFileSync(at('art', 'empty.png'), '');
    writeFileSync(at('art', 'turned\u202e\x1b[31m.txt'), 'words');
    const { code, stdout, stderr } = await run(['fingerprint', '--json', at('art')]);
    expect(code).toBe(1);
    expect(linesOf(stdout)).toHaveLength(3);
    expect(stderr).toContain(`${at('art', 'broken.jpg')}: this JPEG file is broken or cut short; `);
    expect(stderr).toContain(`${at('art', 'huge.png')}: this picture is 20000 × 20000 pixels`);
    expect(stderr).toContain(`${at('art', 'long.png')}: this file has 21.`);
    expect(stderr).toContain(`${at('art', 'drawing.svg')}: passed over: looks like an SVG drawing\n`);
    expect(stderr).toContain(`${at('art', 'empty.png')}: passed over: looks like an empty file\n`);
    expect(stderr).toContain('turned\\u{202e}\\u{1b}[31m.txt: passed over');
    expect(stderr).toContain('3 fingerprinted, 3 passed over, 3 cannot be read\n');
  });

  test('what was named and is no picture, or is not there, is a fault', async () => {
    writeFileSync(at('notes.txt'), 'words');
    const { code, stderr } = await run(['fingerprint', at('notes.txt'), at('gone.jpg'), at('no*.jpg')]);
    expect(code).toBe(1);
    expect(stderr).toContain('notes.txt: looks like no picture format we know; ');
    expect(stderr).toContain('gone.jpg: is not there\n');
    expect(stderr).toContain('no*.jpg: matches nothing\n');
  });

  test.skipIf(process.platform === 'win32')(
    'links, circles and pipes are named and passed over',
    async () => {
      symlinkSync('..', at('art', 'sub', 'up'));
      symlinkSync('self', at('art', 'self'));
      symlinkSync(at('art', 'a.jpg'), at('art', 'z.jpg'));
      execFileSync('mkfifo', [at('art', 'pipe.jpg')]);
      const { code, stdout, stderr } = await run(['fingerprint', '--json', at('art')]);
      expect([code, linesOf(stdout).length]).toEqual([0, 3]);
      for (const name of ['sub/up', 'self', 'z.jpg'])
        expect(stderr).toContain(`${at('art', name)}: passed over: is a link`);
      expect(stderr).toContain('pipe.jpg: passed over: is neither a file nor a folder');

      const named = await run([
        'fingerprint',
        '--json',
        at('art', 'z.jpg'),
        at('art', 'self'),
        at('art', 'pipe.jpg'),
      ]);
      expect([named.code, linesOf(named.stdout).length]).toEqual([1, 1]);
      expect(named.stderr).toContain('self: is a link that leads in a circle');
      expect(named.stderr).toContain('pipe.jpg: is neither a file nor a folder');
    },
  );

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'a folder that may not be read',
    async () => {
      chmodSync(at('art', 'sub'), 0o000);
      const { code, stdout, stderr } = await run(['fingerprint', '--json', at('art')]);
      chmodSync(at('art', 'sub'), 0o755);
      expect([code, linesOf(stdout).length]).toEqual([1, 2]);
      expect(stderr).toContain(`${at('art', 'sub')}: may not be read`);
    },
  );

  test('--threads and names that are no options are held to their bounds', async () => {
    expect(await run(['fingerprint', '--threads', '65', at('art')])).toMatchObject({
      code: 2,
      stderr: 'withhold: --threads takes a whole number from 1 to 64, not 65\n',
    });
    expect((await run(['fingerprint'])).code).toBe(2);
  });

  test('a reader who has had enough is no fault', async () => {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })),
    });
    stdout.on('error', () => {});
    const io = { stdin: process.stdin, stdout, stderr: new Writable({ write: (_c, _e, done) => done() }) };
    const code = await dispatch(['fingerprint', '--json', at('art')], {
      ...io,
      env: {},
      isTty: true,
      signal: new AbortController().signal,
    });
    expect(code).toBe(0);
  });
});

describe('--out', () => {
  const out = () => at('art', 'prints.jsonl');
  const written = () => linesOf(readFileSync(out(), 'utf8'));

  test('a second run reads only what is new or has changed, and replaces its line', async () => {
    expect(await run(['fingerprint', '--out', out(), at('art')])).toMatchObject({ code: 0, stdout: '' });
    expect(written()).toHaveLength(3);

    writeFileSync(at('art', 'a.jpg'), pictures[2] as Buffer);
    writeFileSync(at('art', 'd.jpg'), pictures[1] as Buffer);
    const second = await run(['fingerprint', '--json', '--out', out(), at('art')]);
    expect(second.stderr).toContain('2 fingerprinted, 2 known already');
    expect(linesOf(second.stdout).map(({ file }) => file)).toEqual([at('art', 'a.jpg'), at('art', 'd.jpg')]);
    const sha256 = createHash('sha256')
      .update(pictures[2] as Buffer)
      .digest('hex');
    expect(written().map(({ file }) => file)).toEqual(
      ['b.jpg', 'sub/c.jpg', 'a.jpg', 'd.jpg'].map((name) => at('art', name)),
    );
    expect(written()[2]?.sha256).toBe(sha256);
  });

  test('a time that has changed is read again', async () => {
    await run(['fingerprint', '--out', out(), at('art')]);
    utimesSync(at('art', 'a.jpg'), 1_700_000_000, 1_700_000_000);
    expect((await run(['fingerprint', '--out', out(), at('art')])).stderr).toContain(
      '1 fingerprinted, 2 known already',
    );
    expect(written()).toHaveLength(3);
  });

  test.each([
    ['torn in the middle', '{"file":"x","sha'],
    ['without its line feed', '{"file":"x","sha256":"","pdq":"","bytes":1,"mtimeMs":1}'],
    ['of zeros', '\0\0\0\0\0\0'],
    ['of one byte', '{'],
  ])('a last line %s is dropped', async (_, torn) => {
    await run(['fingerprint', '--out', out(), at('art', 'sub')]);
    const whole = readFileSync(out(), 'utf8');
    appendFileSync(out(), torn);
    const { code, stderr } = await run(['fingerprint', '--out', out(), at('art', 'sub')]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('0 fingerprinted, 1 known already')]);
    expect(readFileSync(out(), 'utf8')).toBe(whole);
  });

  test.each([
    ['a picture', () => pictures[0] as Buffer],
    ['notes', () => Buffer.from('my notes\n')],
    ['notes without a line feed', () => Buffer.from('my notes')],
    ['other JSON', () => Buffer.from('{"file":"x"}\n{"file":"y"}\n')],
  ])('%s under that name is left alone', async (_, make) => {
    writeFileSync(out(), make());
    const { code, stderr } = await run(['fingerprint', '--out', out(), at('art', 'a.jpg')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('holds something else')]);
    expect(readFileSync(out())).toEqual(make());
  });

  test('a run that is stopped says how to go on, and going on ends with every picture once', async () => {
    const stop = new AbortController();
    stop.abort();
    const stopped = await run(['fingerprint', '--out', out(), at('art')], { signal: stop.signal });
    expect(stopped.code).toBe(2);
    expect(stopped.stderr).toContain('give the same command again to go on');
    expect((await run(['fingerprint', '--out', out(), at('art')])).code).toBe(0);
    expect(new Set(written().map(({ file }) => file)).size).toBe(3);
    expect(written()).toHaveLength(3);
  });

  test('a folder that is not there is one sentence', async () => {
    const { code, stderr } = await run(['fingerprint', '--out', at('none', 'x.jsonl'), at('art')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('there is no such folder')]);
  });
});
