import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { followParent } from './child.ts';

/** What the framework and the server alone can do: a handler that answers any path with the smallest JSON. */
const app = new Hono();
app.get('*', (c) => c.json({ ok: true }));
// Served as the service is, see src/node.ts.
const server = createServer(getRequestListener(app.fetch));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
followParent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {
  server.closeAllConnections();
  server.close();
});
