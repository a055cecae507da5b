import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { claimantRoles, currentStatement, statementOf, statements } from '../../src/opt-outs/statement.ts';

// What people agreed to may never change under them: new words are a new version and a new line here.
const digests: Record<string, string> = {
  '2026-11-23 owner': '9c20456879f1c5c996c7f92304ee8ee0eae75ecced80a9d008c3256e642d81c8',
  '2026-11-23 agent': '4027c9ce613095cfa75646cef24e4cd162cbf7bed439694de7632561fb6e0da1',
};

test('the words of every version stand', () => {
  const found = Object.fromEntries(
    statements.flatMap(({ version, text }) =>
      claimantRoles.map((role) => [
        `${version} ${role}`,
        createHash('sha256').update(text[role]).digest('hex'),
      ]),
    ),
  );
  expect(found).toEqual(digests);
});

test('the newest version is the current one, and each is found by its name', () => {
  const versions = statements.map((each) => each.version);
  expect(versions).toEqual([...new Set(versions)].sort().reverse());
  expect(statements[0]).toBe(currentStatement);
  for (const version of versions) expect(statementOf(version)?.version).toBe(version);
  expect(statementOf('1999-01-01')).toBeNull();
});

test.each(claimantRoles)('the words of an %s reserve the right and affirm the authority', (role) => {
  const text = currentStatement.text[role];
  expect(text).toContain(
    'expressly reserve, under Article 4(3) of Directive (EU) 2019/790 and equivalent law',
  );
  expect(text).toMatch(/I affirm that/);
});
