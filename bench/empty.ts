import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { serveChild } from './child.ts';

/** What the framework and the server alone can do: a handler that answers any path with the smallest JSON. */
const app = new Hono();
app.get('*', (c) => c.json({ ok: true }));
await serveChild(createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }), async () => {});
