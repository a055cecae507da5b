import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { onTestFinished } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { readMigrations } from '../../db/migrations-files.ts';
import { openSqlite } from '../../db/sqlite.ts';
import { migrationsFolder } from '../../src/paths.ts';
import { createWorld, type World } from '../http/world.ts';

export type Answer = (request: Request) => Response | Promise<Response>;

/** Something that answers over real HTTP, and can be made to answer otherwise. */
export interface LogServer {
  url: string;
  answer: Answer;
  /** Paths asked for, in order. */
  asked: string[];
}

export async function startServer(answer: Answer): Promise<LogServer> {
  const server = createServer(
    getRequestListener((request) => {
      const { pathname, search } = new URL(request.url);
      own.asked.push(pathname + search);
      return own.answer(request);
    }),
  );
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(
    () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own: LogServer = { url, answer, asked: [] };
  return own;
}

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'withhold-log-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A registry whose log grows when a test says so. */
export async function aWorld(): Promise<World> {
  const database = openSqlite(join(folder(), 'registry.sqlite'));
  onTestFinished(() => database.close());
  await migrate(database, readMigrations(migrationsFolder));
  return createWorld(database);
}

export const worldAnswer =
  (world: World): Answer =>
  (request) => {
    const { pathname, search } = new URL(request.url);
    return world.request(pathname + search, { headers: request.headers, signal: request.signal });
  };

export const names = (count: number, prefix = 'Ada') =>
  Array.from({ length: count }, (_, index) => `${prefix} ${index}`);
