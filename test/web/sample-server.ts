import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { publicFolder } from '../../src/paths.ts';
import { readStaticFiles } from '../../src/web/assets-files.ts';
import { contentSecurityPolicy } from '../../src/web/page.ts';
import { samplePages } from './sample-pages.ts';

/** Serves every sample page at `/sample/<name>` under the real content security policy, and the files of `public/`. */
export async function serveSamples(): Promise<{ origin: string; close: () => Promise<void> }> {
  const app = new Hono();
  const files = readStaticFiles(publicFolder);
  app.use(async (c, next) => files.serve(c) ?? next());
  app.get('/sample/:name', (c) => {
    const page = samplePages[c.req.param('name')];
    c.header('Content-Security-Policy', contentSecurityPolicy);
    return page === undefined ? c.notFound() : c.html(page());
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
