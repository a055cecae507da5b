import { readdirSync, readFileSync, statSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { init, parse } from 'es-module-lexer';
import { beforeAll, describe, expect, test } from 'vitest';

/** Rooms of the project; the longest prefix of a path decides. */
const rooms = {
  core: ['src/consent', 'src/opt-outs', 'src/images', 'src/log', 'src/errors.ts'],
  db: ['db'],
  deps: ['src/deps.ts', 'src/config.ts', 'src/secrets.ts', 'src/limiter.ts'],
  net: ['src/net'],
  logStore: ['src/log-store'],
  actions: ['src/actions'],
  http: ['src/http'],
  follow: ['src/follow'],
  snapshots: ['src/snapshots'],
  web: ['src/web'],
  client: ['src/web/client'],
  datasets: ['src/datasets'],
  filter: ['src/filter'],
  cli: ['src/cli'],
  host: ['src'],
} as const;
type Room = keyof typeof rooms;

/** CONTRIBUTING.md prints this table. A room may always import itself. */
const mayImport: Record<Room, readonly Room[]> = {
  core: [],
  db: ['core'],
  deps: ['core', 'db', 'net', 'logStore', 'actions'],
  net: ['core'],
  logStore: ['core'],
  actions: ['core', 'db', 'deps', 'net'],
  http: ['core', 'db', 'deps', 'actions'],
  follow: ['core', 'logStore', 'http'],
  snapshots: ['core', 'db', 'deps', 'net', 'logStore', 'actions', 'http', 'datasets', 'follow'],
  web: ['core', 'db', 'deps', 'actions', 'http'],
  client: ['core', 'web'],
  datasets: ['core', 'logStore'],
  filter: ['core', 'deps', 'net', 'logStore', 'actions', 'snapshots', 'datasets'],
  // biome-ignore format: one row of the table.
  cli: ['core', 'db', 'deps', 'net', 'logStore', 'actions', 'http', 'follow', 'snapshots', 'web', 'datasets', 'filter', 'host'],
  // biome-ignore format: one row of the table.
  host: ['core', 'db', 'deps', 'net', 'logStore', 'actions', 'http', 'follow', 'snapshots', 'web', 'client', 'datasets', 'filter', 'cli'],
};

const coreForbidden = /^(node:|hono|@hono|drizzle-orm|better-sqlite3|sharp|undici|pino|nodemailer)/;
const impureGlobals =
  /\b(Date\.now\(|new Date\(\)|Math\.random\(|[^.\w]fetch\(|process\.|Buffer\b|setTimeout\()/;

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

const root = resolve(import.meta.dirname, '..');

function sources(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(join(root, path)).isDirectory()) return sources(path);
    return path.endsWith('.ts') && !path.endsWith('.d.ts') ? [path] : [];
  });
}

function roomOf(path: string): Room {
  const places = Object.entries(rooms).flatMap(([room, prefixes]) =>
    prefixes.map((prefix) => ({ room: room as Room, prefix })),
  );
  const fitting = places.filter(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
  fitting.sort((a, b) => b.prefix.length - a.prefix.length);
  const found = fitting[0];
  if (found === undefined) throw new Error(`${path} is in no room`);
  return found.room;
}

function importsOf(path: string): Import[] {
  const text = readFileSync(join(root, path), 'utf8');
  const [stripped] = parse(stripTypeScriptTypes(text));
  const values = new Set(
    stripped.flatMap((found) =>
      'specifier' in found && typeof found.specifier === 'string' ? [found.specifier] : [],
    ),
  );
  const types = [...text.matchAll(/^(?:import|export) type .*?from '([^']+)'/gms)].map(
    (match) => match[1] ?? '',
  );
  return [...new Set([...values, ...types])].map((to) => ({ from: path, to, typeOnly: !values.has(to) }));
}

const files = ['src', 'db'].flatMap(sources);

describe('imports point one way', () => {
  beforeAll(() => init);

  test.each(files)('%s', (path) => {
    const room = roomOf(path);
    for (const { to } of importsOf(path)) {
      if (room === 'core') expect(to, `${path} imports ${to}`).not.toMatch(coreForbidden);
      if (!to.startsWith('.')) continue;
      const target = relative(root, resolve(root, dirname(path), to));
      const targetRoom = roomOf(target);
      if (targetRoom === room) continue;
      expect(mayImport[room], `${path} (${room}) imports ${target} (${targetRoom})`).toContain(targetRoom);
    }
  });

  test.each(files.filter((path) => roomOf(path) === 'core'))('%s has no clock, chance or network', (path) => {
    const code = stripTypeScriptTypes(readFileSync(join(root, path), 'utf8')).replace(
      /\/\*.*?\*\/|\/\/.*$/gms,
      '',
    );
    expect(code).not.toMatch(impureGlobals);
  });

  test('only actions write: atomically is called nowhere else', () => {
    for (const path of files) {
      const text = readFileSync(join(root, path), 'utf8');
      const isWriter = ['actions', 'db'].includes(roomOf(path)) || path === 'src/open.ts';
      if (!isWriter) expect(text, path).not.toMatch(/\batomically\(/);
    }
  });

  test('nothing uses db.transaction, which D1 does not have', () => {
    for (const path of files.filter((file) => !['db/sqlite.ts', 'db/group-commit.ts'].includes(file))) {
      expect(readFileSync(join(root, path), 'utf8'), path).not.toMatch(/\.transaction\(/);
    }
  });

  test('after the first release, migrations only add', () => {
    for (const name of readdirSync(join(root, 'db/migrations'))) {
      const text = readFileSync(join(root, 'db/migrations', name), 'utf8');
      expect(text, name).not.toMatch(/\b(DROP|RENAME)\b|PRAGMA\s+foreign_keys/i);
    }
  });

  test('no file is longer than 350 lines', () => {
    for (const path of files) {
      const lines = readFileSync(join(root, path), 'utf8').split('\n').length;
      expect(lines, path).toBeLessThanOrEqual(350);
    }
  });
});
