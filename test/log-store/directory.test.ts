import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { directoryFiles } from '../../src/log-store/directory.ts';
import { sqliteLock } from '../../src/log-store/sqlite-lock.ts';
import { storeSuite } from './store.suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'withhold-log-store-'));
let count = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a folder and a SQLite lock', () => {
  storeSuite(async () => {
    count += 1;
    const path = join(folder, String(count), 'log-lock.sqlite');
    const lock = sqliteLock(path);
    return {
      files: directoryFiles(join(folder, String(count), 'log')),
      lock,
      again: async () => sqliteLock(path),
    };
  });

  test('nothing half-written stays behind, and only the owner reads the lock', async () => {
    const files = directoryFiles(join(folder, 'clean'));
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => files.write(`tile/0/${n}`, new Uint8Array(n + 1))),
    );
    const left = readdirSync(join(folder, 'clean'), { recursive: true }) as string[];
    expect(left.filter((name) => name.includes('.part'))).toEqual([]);
    sqliteLock(join(folder, 'clean', 'lock')).close();
    expect(statSync(join(folder, 'clean', 'lock')).mode & 0o777).toBe(0o600);
  });
});
