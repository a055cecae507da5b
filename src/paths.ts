import { readFileSync } from 'node:fs';

/** The package's own folder. Sources (src/) and the published build (dist/) both lie one level below it. */
export const packageFolder = new URL('../', import.meta.url);

/** SQL migrations, `0000_name.sql`. */
export const migrationsFolder = new URL('db/migrations/', packageFolder);

/** Static files the service hands out. */
export const publicFolder = new URL('public/', packageFolder);

/** @returns the version in package.json. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('package.json', packageFolder), 'utf8'));
  return (manifest as { version: string }).version;
}
