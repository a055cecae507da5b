import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Turns what the service answered for a path into what a liar answers; null says that it has nothing there. */
export type Lie = (path: string, bytes: Uint8Array) => Uint8Array | null;

/** A server between a reader and the service that answers as the service does, but for what `lie` makes of it. */
export async function standBetween(
  origin: string,
  lie: Lie,
): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    const answered = await fetch(origin + path);
    const bytes = new Uint8Array(await answered.arrayBuffer());
    const told = answered.ok ? lie(path, bytes) : null;
    response.statusCode = told === null ? 404 : 200;
    response.end(told);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
