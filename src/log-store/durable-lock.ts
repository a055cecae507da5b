import type { LogLock } from './ports.ts';

/** The part of a Durable Object's storage that is used here. */
export interface LockStorage {
  get(key: string): Promise<unknown>;
  put(key: string, value: unknown): Promise<void>;
}

const heldKey = 'checkpoint';

/**
 * What the Durable Object of a log does: there is one in the world per log, and its storage is in no backup of ours.
 * Asked over fetch: GET gives the checkpoint (204 for none), PUT with `{before, after}` swaps it (409 when it is not
 * `before`).
 */
export async function answerLock(storage: LockStorage, request: Request): Promise<Response> {
  if (request.method === 'GET') {
    const held = (await storage.get(heldKey)) as string | undefined;
    return held === undefined ? new Response(null, { status: 204 }) : new Response(held);
  }
  const { before, after } = (await request.json()) as { before: string | null; after: string };
  // While an object waits for its storage no other request reaches it, so this is one step.
  const held = ((await storage.get(heldKey)) as string | undefined) ?? null;
  if (held !== before) return new Response(null, { status: 409 });
  await storage.put(heldKey, after);
  return new Response(null, { status: 200 });
}

/** The lock as the Worker uses it, over a stub of that object. */
export function durableLock(stub: { fetch(request: Request): Promise<Response> }): LogLock {
  const url = 'https://lock/';
  return {
    async read() {
      const response = await stub.fetch(new Request(url));
      return response.status === 204 ? null : await response.text();
    },
    async replace(before, after) {
      const body = JSON.stringify({ before, after });
      const response = await stub.fetch(new Request(url, { method: 'PUT', body }));
      if (response.status !== 200 && response.status !== 409)
        throw new Error(`log lock: HTTP ${response.status}`);
      return response.status === 200;
    },
  };
}
