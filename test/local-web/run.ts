import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../db/migrate.ts';
import { readMigrations } from '../../db/migrations-files.ts';
import { openSqlite } from '../../db/sqlite.ts';
import { migrationsFolder } from '../../src/paths.ts';
import { createWorld } from '../http/world.ts';
import { askAll, type SiteAnswer } from './answers.ts';
import type { Site } from './sites.ts';
import { serveLocalWeb } from './web.ts';

/** Serves the local web, asks a service of its own about all of it, and puts everything away again. */
export async function answersOfTheLocalWeb(): Promise<Map<Site, Map<string, SiteAnswer>>> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-web-'));
  const database = openSqlite(join(folder, 'registry.sqlite'));
  const web = await serveLocalWeb('WithholdBot/1 (+http://localhost:8787/bot)');
  try {
    await migrate(database, readMigrations(migrationsFolder));
    const world = await createWorld(database, { fetcher: web.fetcher });
    return await askAll(world, web);
  } finally {
    await web.close();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
