import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { answersOfTheLocalWeb } from './run.ts';
import { sites } from './sites.ts';
import { tableOf } from './table.ts';

test('docs/signals.md says what the service answers about every site of the local web', async () => {
  expect(sites.length).toBeGreaterThanOrEqual(40);
  const answers = await answersOfTheLocalWeb();
  const docs = readFileSync(new URL('../../docs/signals.md', import.meta.url), 'utf8');
  const [, table] = /<!-- local-web -->\n([\s\S]*)\n<!-- \/local-web -->/.exec(docs) ?? [];
  expect(tableOf(answers)).toBe(table);
});
