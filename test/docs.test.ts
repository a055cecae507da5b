import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { usage } from '../src/cli/usage.ts';
import { settings } from '../src/config.ts';
import { allowances } from '../src/limiter.ts';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

/** The table of docs/operators.md, as the settings in code give it. */
function settingsTable(): string {
  const rows = Object.entries(settings).map(([name, schema]) => {
    const { success, data } = schema.safeParse(undefined);
    const standard = success && data !== undefined ? `\`${String(data)}\`` : '';
    return `| \`WITHHOLD_${name.toUpperCase()}\` | ${standard} | ${schema.description ?? ''} |`;
  });
  return ['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

test('docs/operators.md lists every setting as it is', () => {
  const [, table] =
    /<!-- settings -->\n([\s\S]*?)\n<!-- \/settings -->/.exec(read('docs/operators.md')) ?? [];
  expect(table).toBe(settingsTable());
});

test('docs/operators.md gives the limits that are in force', () => {
  const text = read('docs/operators.md');
  for (const { burst, perMinute } of Object.values(allowances))
    expect(text).toContain(`| ${burst} | ${perMinute} |`);
});

test('docs/security.md names tests that are there', () => {
  const named = [...read('docs/security.md').matchAll(/`(test\/[\w/.-]+)`/g)].map((match) => match[1] ?? '');
  expect(named.length).toBeGreaterThan(5);
  for (const path of named) expect(existsSync(new URL(`../${path}`, import.meta.url)), path).toBe(true);
});

test('the import table of CONTRIBUTING.md names every room', () => {
  const text = read('CONTRIBUTING.md');
  for (const room of ['consent', 'opt-outs', 'images', 'net', 'actions', 'http', 'web', 'datasets', 'cli']) {
    expect(text).toContain(`\`src/${room}\``);
  }
});

test('every command of the program is in its help', () => {
  for (const command of [
    'check',
    'filter',
    'fingerprint',
    'robots',
    'site',
    'signals gather',
    'log audit',
    'verify',
    'serve',
    'key add',
    'backup',
    'restore',
    'demo',
  ]) {
    expect(usage).toContain(`\nwithhold ${command}`);
  }
});
