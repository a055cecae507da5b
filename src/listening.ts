import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Config } from './config.ts';
import { AppError } from './errors.ts';

/** How long open connections may finish their answers when the service stops, in milliseconds. */
export const graceMs = 10_000;

export interface Listening {
  /** The address that answers, `http://127.0.0.1:8787`. */
  url: string;
  /** Takes no more connections, lets answers under way finish, and then closes the rest. */
  close(): Promise<void>;
}

/** Listens over HTTP. @throws AppError `misconfigured` when the port is taken. */
export async function listen(
  answer: RequestListener,
  config: Pick<Config, 'host' | 'port'>,
): Promise<Listening> {
  const server = createServer(answer);
  const open = trackAnswers(server);
  await bind(server, config);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    close: () => stopListening(server, open),
  };
}

function bind(server: Server, config: Pick<Config, 'host' | 'port'>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const message = taken
        ? `port ${config.port} is in use: stop what runs there, or set WITHHOLD_PORT`
        : `cannot listen on ${config.host}:${config.port} (${error.code ?? error.message})`;
      reject(new AppError('misconfigured', message, { cause: error }));
    });
    server.listen(config.port, config.host, () => resolve());
  });
}

/** Answers under way, so that stopping can wait for their last byte. */
function trackAnswers(server: Server): Set<ServerResponse> {
  const open = new Set<ServerResponse>();
  server.on('request', (_request, response: ServerResponse) => {
    open.add(response);
    response.once('close', () => open.delete(response));
  });
  return open;
}

/**
 * Takes no more connections, waits for the answers under way, then ends what is left.
 *
 * http.Server.close is not used: it destroys connections whose answer was written but has not left this machine.
 */
async function stopListening(server: Server, open: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const answered = Promise.all([...open].map((response) => once(response, 'close')));
  const grace = new AbortController();
  await Promise.race([answered, setTimeout(graceMs, undefined, { signal: grace.signal }).catch(() => {})]);
  grace.abort();
  server.closeAllConnections();
  await closed;
}
