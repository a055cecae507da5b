import http from 'node:http';
import https from 'node:https';
import { isIP, isIPv6, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type AllowList, bareHost, classifyDial, portOf } from './address.ts';
import { readBody } from './body.ts';
import {
  emptyHeaders,
  type Fetcher,
  type FetchFailure,
  type FetchRequest,
  failure,
  guardedFetcher,
  type Hop,
  headersBytesMax,
  type Resolver,
  redirectTarget,
} from './fetching.ts';
import { createResolver } from './resolver.ts';

/** A name with more addresses than this is refused: all are checked, and no honest site needs as many. */
export const addressesMax = 64;

/** How long one of several addresses may take to connect before the next is tried. */
const attemptTimeoutMs = 1_500;

export interface FetcherOptions {
  /** `WithholdBot/1 (+<origin>/bot)`. */
  userAgent: string;
  resolver?: Resolver;
  /**
   * `host:port` entries that may be fetched although the guard forbids them; each lifts the check of exactly the
   * host, or the address, it names. For tests against local servers, and for gathering from one's own network; no
   * environment switch leads here.
   */
  allow?: AllowList;
  /** PEM certificates trusted instead of the built-in ones. */
  ca?: string;
  /**
   * For how long a connection is kept for the next request to the same host; its peer is held to the addresses
   * checked for that request. Default: each request has a connection of its own.
   */
  keepMs?: number;
}

/** What may carry a request in place of a connection of its own. */
interface Agents {
  http: http.Agent | false;
  https: https.Agent | false;
}

const noAgents: Agents = { http: false, https: false };

function agentsOf({ keepMs }: FetcherOptions): Agents {
  if (keepMs === undefined) return noAgents;
  const keeping = { keepAlive: true, maxFreeSockets: 1, timeout: keepMs };
  return { http: new http.Agent(keeping), https: new https.Agent(keeping) };
}

/**
 * The outbound guard on Node. A name is looked up once, every address it has is checked, and the connection goes to
 * one of exactly these addresses, so a second, different DNS answer changes nothing; the connected address is
 * compared again before a byte is sent. Each redirect starts over. No cookies, no referer, no proxy, and unless asked
 * for no reuse of connections.
 */
export function createFetcher(options: FetcherOptions): Fetcher {
  const resolver = options.resolver ?? createResolver();
  const allow = options.allow ?? [];
  const agents = agentsOf(options);
  const fetcher = guardedFetcher({ allow }, async (url, request, signal) => {
    const found = await checkedAddresses(resolver, url, allow);
    if ('kind' in found) return found;
    // The deadline may have passed while the name was looked up.
    if (signal.aborted) return failure('timeout', 'The answer came too late.');
    const { addresses } = found;
    const outcome = await exchange(options, agents, url, addresses, request, signal);
    // RFC 9112 §9.3.1: a kept connection may close at any time, which says nothing about the server.
    return outcome ?? (await exchange(options, noAgents, url, addresses, request, signal)) ?? brokenOff(url);
  });
  return {
    ...fetcher,
    async close() {
      await fetcher.close();
      if (agents.http !== false) agents.http.destroy();
      if (agents.https !== false) agents.https.destroy();
    },
  };
}

function brokenOff(url: URL): FetchFailure {
  return failure('connect', `${bareHost(url)} broke the connection off.`);
}

async function checkedAddresses(
  resolver: Resolver,
  url: URL,
  allow: AllowList,
): Promise<{ addresses: string[] } | FetchFailure> {
  const host = bareHost(url);
  let answers: string[];
  try {
    answers = isIP(host) === 0 ? await resolver.resolve(host) : [host];
  } catch {
    return failure('dns', `The name ${host} could not be looked up.`);
  }
  if (answers.length === 0) return failure('dns', `The name ${host} has no address.`);
  if (answers.length > addressesMax)
    return failure('refused', `The name ${host} has more than ${addressesMax} addresses.`);
  const addresses: string[] = [];
  for (const answer of answers) {
    const verdict = classifyDial(answer, portOf(url), allow);
    if (!verdict.ok) return failure('refused', `${host} is not fetched: ${verdict.why}.`);
    addresses.push(verdict.address);
  }
  return { addresses };
}

/**
 * Sends one GET to one of the checked addresses and reads the answer.
 * @returns null when a kept connection was no use, so that it has to be asked again on a new one.
 */
function exchange(
  fetcher: FetcherOptions,
  agents: Agents,
  url: URL,
  addresses: readonly string[],
  request: FetchRequest,
  signal: AbortSignal,
): Promise<Hop | FetchFailure | null> {
  return new Promise((resolve) => {
    const host = bareHost(url);
    const stage: Stage = { host, reached: 'nothing' };
    const isSecure = url.protocol === 'https:';
    const agent = isSecure ? agents.https : agents.http;
    const options = requestOptions(fetcher, url, addresses, request);
    const outgoing = (isSecure ? https : http).request({ ...options, agent, signal });
    // All lines arrive: the size is bounded, and a header left out could be the one that says no.
    outgoing.maxHeadersCount = 0;
    const settle = (outcome: Hop | FetchFailure | null) => {
      resolve(outcome);
      // A connection on which all was said and heard is left to its agent, if it has one.
      if (agent === false || stage.answer?.readableEnded !== true) outgoing.destroy();
    };
    outgoing.on('socket', (socket) => watchSocket(outgoing, socket, addresses, stage));
    outgoing.on('error', (error) => {
      if (outgoing.reusedSocket && stage.answer === undefined && !signal.aborted) return settle(null);
      // Bytes after a complete answer are an error of the parser and none of ours: the answer stands.
      if (stage.answer?.complete !== true) settle(describe(error, stage));
    });
    outgoing.on('close', () => {
      if (outgoing.reusedSocket && stage.answer === undefined && !signal.aborted) settle(null);
      else if (stage.answer === undefined)
        settle(failure('protocol', `${host} closed the connection without an answer.`));
    });
    outgoing.on('response', (incoming) => {
      stage.reached = 'answer';
      stage.answer = incoming;
      readAnswer(incoming, request).then(settle, (error) => settle(describe(error, stage)));
    });
    outgoing.end();
  });
}

function requestOptions(
  fetcher: FetcherOptions,
  url: URL,
  addresses: readonly string[],
  request: FetchRequest,
): https.RequestOptions {
  const host = bareHost(url);
  const connecting: TcpNetConnectOpts = {
    host,
    port: portOf(url),
    lookup: pinnedLookup(addresses),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: attemptTimeoutMs,
  };
  return {
    ...connecting,
    method: 'GET',
    path: url.pathname + url.search,
    headers: requestHeaders(fetcher, url, request),
    maxHeaderSize: headersBytesMax,
    insecureHTTPParser: false,
    // RFC 6066 §3: no server name for an address.
    servername: isIP(host) === 0 ? host : '',
    // Said here so that no environment variable decides it.
    rejectUnauthorized: true,
    ...(fetcher.ca === undefined ? {} : { ca: fetcher.ca }),
  };
}

function requestHeaders(options: FetcherOptions, url: URL, request: FetchRequest): Record<string, string> {
  return {
    host: url.host,
    'user-agent': request.userAgent ?? options.userAgent,
    accept: request.accept ?? '*/*',
    'accept-encoding': 'gzip, deflate, br',
    connection: options.keepMs === undefined ? 'close' : 'keep-alive',
  };
}

/** Answers with the addresses already checked, whatever name servers would say now. */
function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_host, options, done) => {
    if (options.all) done(null, all);
    else done(null, all[0]?.address ?? '', all[0]?.family);
  };
}

interface Stage {
  host: string;
  /** How far the exchange came, which tells a refused connection from a refused certificate. */
  reached: 'nothing' | 'connection' | 'channel' | 'answer';
  answer?: http.IncomingMessage;
}

class WrongPeer extends Error {}

function watchSocket(
  outgoing: http.ClientRequest,
  socket: Socket,
  addresses: readonly string[],
  stage: Stage,
): void {
  if (outgoing.reusedSocket) {
    stage.reached = 'channel';
    if (!isCheckedPeer(socket.remoteAddress, addresses)) outgoing.destroy(new WrongPeer());
    return;
  }
  // Registered before the request's own listener that flushes it, so nothing is sent to a peer refused here.
  socket.once('connect', () => {
    stage.reached = socket instanceof TLSSocket ? 'connection' : 'channel';
    if (!isCheckedPeer(socket.remoteAddress, addresses)) outgoing.destroy(new WrongPeer());
  });
  socket.once('secureConnect', () => {
    stage.reached = 'channel';
  });
}

/** Whether the peer of a connection is one of the addresses that were checked for it. */
export function isCheckedPeer(remote: string | undefined, addresses: readonly string[]): boolean {
  return remote !== undefined && addresses.includes(canonical(remote));
}

/** A dual-stack socket names an IPv4 peer in its mapped form. */
function canonical(remote: string): string {
  return remote.toLowerCase().startsWith('::ffff:') && remote.includes('.')
    ? remote.slice(7)
    : remote.toLowerCase();
}

async function readAnswer(
  incoming: http.IncomingMessage,
  request: FetchRequest,
): Promise<Hop | FetchFailure> {
  const status = incoming.statusCode ?? 0;
  const headers = headerLines(incoming.rawHeaders);
  const address = incoming.socket.remoteAddress;
  const answer = {
    ok: true,
    status,
    headers,
    address: address === undefined ? null : canonical(address),
  } as const;
  if (redirectTarget(status, headers) !== undefined)
    return { ...answer, body: new Uint8Array(), truncated: false };
  const body = await readBody(incoming, headers, request.maxBytes);
  return 'kind' in body ? body : { ...answer, ...body };
}

function headerLines(raw: readonly string[]): Record<string, string[]> {
  const headers = emptyHeaders();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const values = headers[name] ?? [];
    headers[name] = values;
    values.push(raw[i + 1] ?? '');
  }
  return headers;
}

function describe(error: Error, stage: Stage): FetchFailure {
  const { host, reached } = stage;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (error instanceof WrongPeer)
    return failure('refused', `The connection to ${host} led to another address.`);
  if (error.name === 'AbortError') return failure('timeout', 'The answer came too late.');
  if (code === 'HPE_HEADER_OVERFLOW') {
    return failure('protocol', `The headers of ${host} are larger than ${headersBytesMax} bytes.`);
  }
  if (code.startsWith('HPE_')) return failure('protocol', `What ${host} sent is not HTTP (${code}).`);
  if (reached === 'nothing')
    return failure('connect', `${host} could not be reached (${code || 'no connection'}).`);
  if (reached === 'connection') {
    return failure('tls', `No secure connection to ${host} (${code || 'the handshake broke off'}).`);
  }
  return failure('connect', `${host} broke the connection off before its answer was complete.`);
}
