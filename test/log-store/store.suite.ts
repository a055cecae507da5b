import { expect, test } from 'vitest';
import type { LogFiles, LogLock } from '../../src/log-store/ports.ts';

/** The contract of a log's storage, run on every form of it. */
export function storeSuite(
  open: () => Promise<{ files: LogFiles; lock: LogLock; again(): Promise<LogLock> }>,
): void {
  const bytes = (text: string) => new TextEncoder().encode(text);

  test('what was written is read, also when written again; what was not is null', async () => {
    const { files } = await open();
    expect(await files.read('tile/0/x001/067.p/8')).toBeNull();
    await files.write('tile/0/x001/067.p/8', bytes('one'));
    await files.write('tile/0/x001/067.p/8', bytes('one'));
    await files.write('checkpoint', bytes('first'));
    await files.write('checkpoint', bytes('second'));
    expect(await files.read('tile/0/x001/067.p/8')).toEqual(bytes('one'));
    expect(await files.read('checkpoint')).toEqual(bytes('second'));
  });

  test('the lock swaps only what it holds, and holds it for the next opener', async () => {
    const { lock, again } = await open();
    expect(await lock.read()).toBeNull();
    expect(await lock.replace('nothing like it', 'a')).toBe(false);
    expect(await lock.replace(null, 'a')).toBe(true);
    expect(await lock.replace(null, 'b')).toBe(false);
    expect(await lock.replace('b', 'c')).toBe(false);
    expect(await (await again()).read()).toBe('a');
    expect(await lock.replace('a', 'b')).toBe(true);
    expect(await lock.read()).toBe('b');
  });

  test('of many who swap at once, one wins', async () => {
    const { lock, again } = await open();
    await lock.replace(null, 'start');
    const locks = await Promise.all(Array.from({ length: 8 }, again));
    const won = await Promise.all(locks.map((each, index) => each.replace('start', `by ${index}`)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await lock.read()).toBe(`by ${won.indexOf(true)}`);
  });
}
