import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lockFolder } from '../../src/log-store/lock-folder.ts';

function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a folder is held by one, and free when that one lets go', () => {
  const folder = join(ownFolder(), 'made');
  const lock = lockFolder(folder, 'somebody has it', 'wait');
  expect(() => lockFolder(folder, 'somebody has it', 'wait')).toThrowError(
    expect.objectContaining({ code: 'conflict', message: 'somebody has it', fix: 'wait' }),
  );
  lock.close();
  lockFolder(folder, 'somebody has it', 'wait').close();
});

test.each([
  ['a file in its place', (path: string) => writeFileSync(path, 'x')],
  ['a lock that is none', (path: string) => writeFileSync(join(path, 'lock.sqlite'), 'x'.repeat(4_096))],
])('%s is said in plain words', (what, spoil) => {
  const folder = what.startsWith('a file') ? join(ownFolder(), 'file') : ownFolder();
  spoil(folder);
  expect(() => lockFolder(folder, 'somebody has it', 'wait')).toThrowError(
    expect.objectContaining({
      code: 'invalid',
      message: expect.stringContaining(`${folder} cannot be used`),
    }),
  );
});
