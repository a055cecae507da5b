import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createUDPServer, Packet } from 'dns2';
import { afterEach } from 'vitest';
import { createFetcher, type FetcherOptions } from '../../src/net/fetcher-node.ts';
import type { FetchRequest, FetchResult, Resolver } from '../../src/net/fetching.ts';
import { createResolver } from '../../src/net/resolver.ts';

/** A real server on this machine, on a port of its own. */
export interface Site {
  port: number;
  /** Path and query of every request that arrived. */
  seen: string[];
  /** Headers of the last request that arrived. */
  lastHeaders: http.IncomingHttpHeaders;
  close(): Promise<void>;
}

export type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

export function pem(name: string): string {
  return readFileSync(new URL(`../vectors/tls/${name}`, import.meta.url), 'utf8');
}

/** An HTTP server, or an HTTPS server with the certificate of a test name (`site.test` or `expired.test`). */
export async function startSite(
  handler: Handler,
  { address = '127.0.0.1', certificate }: { address?: string; certificate?: string } = {},
): Promise<Site> {
  const seen: string[] = [];
  const site = { lastHeaders: {} as http.IncomingHttpHeaders };
  const listener: Handler = (request, response) => {
    seen.push(request.url ?? '');
    site.lastHeaders = request.headers;
    handler(request, response);
  };
  const server =
    certificate === undefined
      ? http.createServer(listener)
      : https.createServer({ key: pem(`${certificate}.key`), cert: pem(`${certificate}.crt`) }, listener);
  const port = await listen(server, address);
  return Object.assign(site, { port, seen, close: closer(server) });
}

/** A server that speaks bytes: what it answers need not be HTTP. */
export async function startRaw(
  onConnection: (socket: Socket) => void,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createTcpServer(onConnection);
  const port = await listen(server, '127.0.0.1');
  return { port, close: closer(server) };
}

export interface Zone {
  a?: string[];
  aaaa?: string[];
  txt?: string[][];
  cname?: string;
  /** Answer SERVFAIL. */
  broken?: boolean;
  /** Answer nothing at all. */
  silent?: boolean;
}

export interface LocalDns {
  /** `address:port`, as a resolver takes it. */
  server: string;
  /** `A site.test`, in the order asked. */
  questions: string[];
  close(): Promise<void>;
}

/** A real DNS server over UDP; a function in place of a zone gets the count of earlier questions of that kind. */
export async function startDns(zones: Record<string, Zone | ((earlier: number) => Zone)>): Promise<LocalDns> {
  const questions: string[] = [];
  const server = createUDPServer((request, send) => {
    const response = Packet.createResponseFromRequest(request);
    const { name, type } = request.questions[0] as { name: string; type: number };
    const label = `${type === Packet.TYPE.A ? 'A' : type === Packet.TYPE.AAAA ? 'AAAA' : 'TXT'} ${name}`;
    const entry = zones[name];
    const zone =
      typeof entry === 'function' ? entry(questions.filter((asked) => asked === label).length) : entry;
    questions.push(label);
    if (zone?.silent) return;
    response.header.rcode = zone === undefined ? 3 : zone.broken ? 2 : 0;
    if (zone !== undefined) response.answers = answersOf(zone, zones, name, type) as typeof response.answers;
    void send(response);
  });
  await server.listen(0, '127.0.0.1');
  const { port } = server.address();
  return {
    server: `127.0.0.1:${port}`,
    questions,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function answersOf(
  zone: Zone,
  zones: Record<string, Zone | ((earlier: number) => Zone)>,
  name: string,
  type: number,
): object[] {
  const base = { name, class: Packet.CLASS.IN, ttl: 0 };
  if (zone.cname !== undefined) {
    const target = zones[zone.cname];
    const rest = typeof target === 'object' ? answersOf(target, zones, zone.cname, type) : [];
    return [{ ...base, type: Packet.TYPE.CNAME, domain: zone.cname }, ...rest];
  }
  if (type === Packet.TYPE.A) return (zone.a ?? []).map((address) => ({ ...base, type, address }));
  if (type === Packet.TYPE.AAAA) return (zone.aaaa ?? []).map((address) => ({ ...base, type, address }));
  return (zone.txt ?? []).map((data) => ({ ...base, type, data }));
}

async function listen(server: Server | http.Server | https.Server, address: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function closer(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
}

export const userAgent = 'WithholdBot/1 (+https://withhold.test/bot)';

/** For tests that must never ask about a name. */
export const noNames: Resolver = {
  resolve: (host) => Promise.reject(new Error(`nobody asked for ${host}`)),
  resolveTxt: (name) => Promise.reject(new Error(`nobody asked for ${name}`)),
};

/** How an allow-list and a URL spell a server of this machine. */
export function here(port: number): string {
  return `127.0.0.1:${port}`;
}

export function text(result: FetchResult): string {
  return result.ok ? new TextDecoder().decode(result.body) : `${result.kind}: ${result.message}`;
}

/** Starts servers, name servers and fetchers for the tests of one file, and ends them after each test. */
export function localNet() {
  const open: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
    open.push(thing);
    return thing;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((thing) => thing.close()));
  });

  /** A fetcher that knows only the names of `dns`, and no name without it. */
  const fetcher = (options: Partial<FetcherOptions> & { dns?: LocalDns } = {}) => {
    const { dns, ...rest } = options;
    return keep(
      createFetcher({ userAgent, resolver: dns === undefined ? noNames : resolverOf(dns), ...rest }),
    );
  };
  return {
    fetcher,
    site: async (...args: Parameters<typeof startSite>) => keep(await startSite(...args)),
    raw: async (...args: Parameters<typeof startRaw>) => keep(await startRaw(...args)),
    dns: async (...args: Parameters<typeof startDns>) => keep(await startDns(...args)),
    /** One fetch from a server of this machine, with nothing else allowed. */
    get: (port: number, request: FetchRequest = {}, path = '/') =>
      fetcher({ allow: [here(port)] }).fetch(`http://${here(port)}${path}`, request),
  };
}

export function resolverOf(dns: LocalDns): Resolver {
  return createResolver({ servers: [dns.server], timeoutMs: 300, tries: 1 });
}
