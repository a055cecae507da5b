import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { threadId } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import { createDecoder } from '../src/decode.ts';
import { AppError } from '../src/errors.ts';
import type { Pixels } from '../src/images/canonical.ts';
import { pdq } from '../src/images/pdq.ts';
import { encoder } from './images/files.ts';
import { paint, scene } from './images/pictures.ts';

const decoder = createDecoder({ threads: 2 });
afterAll(() => decoder.close());

describe('threads', () => {
  const failing = new URL('./images/failing-thread.ts', import.meta.url);
  /** A file that is a PNG to the eye and tells the stand-in thread what to do. */
  const order = (what: number) => Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, what]);

  test('the work is done on another thread, and the bytes stay the caller’s', async () => {
    const file = await opaquePng(scene(320, 240, 1));
    const before = Buffer.from(file);
    const { thread } = await decoder.decode(file);
    expect(thread).not.toBe(threadId);
    expect(thread).toBeGreaterThan(0);
    expect(Buffer.compare(before, file)).toBe(0);
  });

  test('many at once each get their own picture', async () => {
    const seeds = Array.from({ length: 20 }, (_, i) => i);
    const found = await Promise.all(
      seeds.map(async (seed) => decoder.fingerprintFile(await opaquePng(scene(70, 70, seed)))),
    );
    expect(found.map((f) => f.fingerprint.pdq)).toEqual(seeds.map((seed) => pdq(scene(70, 70, seed)).hash));
  });

  test.each([
    ['leaves', 1, 'broken-image'],
    ['throws', 2, 'broken-image'],
    ['runs out of memory', 3, 'broken-image'],
    ['never answers', 4, 'broken-image'],
  ])('a thread that %s is replaced', async (_, what, code) => {
    const pool = createDecoder({ threads: 1, heapMib: 16, threadUrl: failing });
    const options = what === 4 ? { timeoutMs: 50 } : {};
    const first = refusalOf(pool.decode(order(what), options));
    const second = pool.decode(order(0));
    expect((await first).code).toBe(code);
    expect((await second).thread).toBe(7);
    await pool.close();
  });

  test('beyond the queue it says when to come back', async () => {
    const pool = createDecoder({ threads: 1, queueMax: 2, threadUrl: failing });
    const stuck = [1, 2, 3].map(() => refusalOf(pool.decode(order(4))));
    expect(await refusalOf(pool.decode(order(0)))).toMatchObject({ code: 'unavailable', retryAfterS: 5 });
    await pool.close();
    expect((await Promise.all(stuck)).map((e) => e.code)).toEqual([
      'unavailable',
      'unavailable',
      'unavailable',
    ]);
    expect(await refusalOf(pool.decode(order(0)))).toMatchObject({ code: 'unavailable' });
  });

  test('where threads do not start it says that pictures cannot be read here', async () => {
    const pool = createDecoder({ threadUrl: new URL('./no-such-thread.ts', import.meta.url) });
    expect(await refusalOf(pool.decode(order(0)))).toMatchObject({ code: 'decoder-unavailable' });
    await pool.close();
  });

  test('a decoder left open does not keep the process alive', async () => {
    const script = `
      import { createDecoder } from ${JSON.stringify(new URL('../src/decode.ts', import.meta.url).href)};
      const file = Buffer.from(process.argv[1], 'base64');
      const { width } = await createDecoder().decode(file);
      console.log(width);`;
    const file = Buffer.from(await opaquePng(paint(9, 9, () => [1, 2, 3])));
    const args = ['--input-type=module', '--eval', script, file.toString('base64')];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
    expect(stdout.trim()).toBe('9');
  });
});

async function opaquePng(p: Pixels): Promise<Uint8Array> {
  return encoder(p).png().toBuffer();
}

async function refusalOf(promise: Promise<unknown>): Promise<AppError> {
  const outcome = await promise.catch((error: unknown) => error);
  if (!(outcome instanceof AppError)) throw new Error('was not refused with an AppError', { cause: outcome });
  return outcome;
}
