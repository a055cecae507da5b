import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { contentSecurityPolicy } from '../../src/web/page.ts';
import { samplePages } from './sample-pages.ts';

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Serves every sample page at `/<name>` under the real content security policy, and the files of `public/`. */
export async function serveSamples(): Promise<{ origin: string; close: () => Promise<void> }> {
  const app = new Hono();
  const root = join(import.meta.dirname, '../../public');
  app.get('/sample/:name', (c) => {
    const page = samplePages[c.req.param('name')];
    c.header('Content-Security-Policy', contentSecurityPolicy);
    return page === undefined ? c.notFound() : c.html(page());
  });
  app.get('*', async (c) => {
    const type = types[extname(c.req.path)];
    if (type === undefined || c.req.path.includes('..')) return c.notFound();
    try {
      return c.body(await readFile(join(root, c.req.path)), 200, { 'Content-Type': type });
    } catch {
      return c.notFound();
    }
  });
  const server = await new Promise<Server>((resolve) => {
    const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () =>
      resolve(started as Server),
    );
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
