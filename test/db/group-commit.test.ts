import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { callersPerCommitMax, groupCommit } from '../../db/group-commit.ts';

function opened() {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-group-'));
  const path = join(folder, 'group.sqlite');
  const client = new Sqlite(path);
  client.pragma('journal_mode = WAL');
  client.exec('CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT UNIQUE)');
  const beside = new Sqlite(path, { readonly: true });
  onTestFinished(() => {
    beside.close();
    client.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const commits = { count: 0 };
  const group = groupCommit(client, () => {
    commits.count += 1;
  });
  const insert = client.prepare('INSERT INTO line (text) VALUES (?)');
  const texts = (of = client) => of.prepare('SELECT text FROM line ORDER BY id').pluck().all();
  return { client, beside, commits, group, insert, texts };
}

test('what many ask for at once is one commit, in the order they asked', async () => {
  const { group, insert, texts, commits } = opened();
  const wanted = Array.from({ length: 100 }, (_none, n) => `line ${n}`);
  await Promise.all(wanted.map((text) => group.add(() => insert.run(text))));
  expect(texts()).toEqual(wanted);
  expect(commits.count).toBe(1);
});

test('more than fit into one commit take several, still in order', async () => {
  const { group, insert, texts, commits } = opened();
  const wanted = Array.from({ length: callersPerCommitMax * 2 + 1 }, (_none, n) => `line ${n}`);
  await Promise.all(wanted.map((text) => group.add(() => insert.run(text))));
  expect(texts()).toEqual(wanted);
  expect(commits.count).toBe(3);
});

test('whoever is told it is done can be believed: another connection sees it', async () => {
  const { group, insert, texts, beside } = opened();
  const seen: unknown[] = [];
  await Promise.all(
    ['a', 'b'].map(async (text) => {
      await group.add(() => insert.run(text));
      seen.push(texts(beside));
    }),
  );
  expect(seen).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
});

test('one caller who fails takes nobody along and leaves nothing behind', async () => {
  const { group, insert, texts } = opened();
  const add = (...lines: string[]) =>
    group.add(() => {
      for (const text of lines) insert.run(text);
    });
  const results = await Promise.allSettled([add('a'), add('b', 'c', 'a'), add('d'), add('c')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(results[1]).toMatchObject({ reason: { code: 'SQLITE_CONSTRAINT_UNIQUE' } });
  expect(texts()).toEqual(['a', 'd', 'c']);
});

test('a failure that ends the transaction is everybody’s, and the next one works', async () => {
  const { group, insert, texts, client, commits } = opened();
  const results = await Promise.allSettled([
    group.add(() => insert.run('a')),
    group.add(() => {
      client.exec('ROLLBACK');
      throw new Error('disk full');
    }),
    group.add(() => insert.run('b')),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect([texts(), commits.count]).toEqual([[], 0]);
  await group.add(() => insert.run('c'));
  expect(texts()).toEqual(['c']);
});

test('a commit that cannot begin is told to everybody who waits for it', async () => {
  const { group, insert, texts, client } = opened();
  client.pragma('busy_timeout = 0');
  const other = new Sqlite(client.name);
  other.exec('BEGIN IMMEDIATE');
  const results = await Promise.allSettled([
    group.add(() => insert.run('a')),
    group.add(() => insert.run('b')),
  ]);
  expect(results).toMatchObject([{ reason: { code: 'SQLITE_BUSY' } }, { reason: { code: 'SQLITE_BUSY' } }]);
  other.exec('COMMIT');
  other.close();
  await group.add(() => insert.run('c'));
  expect(texts()).toEqual(['c']);
});

test('what waits can be committed at once, before the file is closed', async () => {
  const { group, insert, texts } = opened();
  const done = group.add(() => insert.run('a'));
  group.flush();
  expect(texts()).toEqual(['a']);
  await done;
});
