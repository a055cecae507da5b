import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { prepareLookup } from '../../db/lookup.ts';
import { migrate } from '../../db/migrate.ts';
import { readMigrations } from '../../db/migrations-files.ts';
import { appendEvents } from '../../db/records.ts';
import { openSqlite } from '../../db/sqlite.ts';
import { migrationsFolder } from '../../src/paths.ts';

test('the size is known at once after a batch of this process, and after one of another', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-revision-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const open = () => openSqlite(join(folder, 'registry.sqlite'));
  const [here, there] = [open(), open()];
  await migrate(here, readMigrations(migrationsFolder));
  const event = {
    ...{ version: 1, event: 'submitted', leafType: null, state: 'active', commitment: '', at: '' },
    ...{ salt: null, canonical: null },
  };
  const lookup = prepareLookup(here);
  expect(await lookup.size()).toBe(0);
  for (let written = 1; written <= 6; written += 1) {
    const writer = written % 2 === 0 ? here : there;
    await writer.atomically(appendEvents(writer, [{ rid: `r${written}`, ...event }]));
    expect(await lookup.size()).toBe(written);
    expect(await lookup.size()).toBe(written);
  }
  here.close();
  there.close();
});
