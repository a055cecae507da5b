import { classifyUrl, hostPort, type UrlPolicy, type UrlVerdict } from './address.ts';

/** Defaults of a request that names none. Every one is an upper bound on what a foreign server can cost us. */
export const bodyBytesMax = 1_048_576;
export const fetchTimeoutMs = 10_000;
export const redirectsMax = 5;
export const headersBytesMax = 32_768;

export interface FetchRequest {
  /** Largest body kept, counted after decompression; what follows is not read. Default `bodyBytesMax`. */
  maxBytes?: number;
  /** For everything: looking up, connecting, all redirects, the last byte. Default `fetchTimeoutMs`. */
  timeoutMs?: number;
  /** Default `redirectsMax`. */
  maxRedirects?: number;
  /** Value of the Accept header. */
  accept?: string;
  /** Overrides the fetcher's own. */
  userAgent?: string;
  /** Nothing else is ever sent. */
  method?: 'GET';
  /** `false` refuses a redirect to another origin. Default true. */
  crossOriginRedirects?: boolean;
  /** A redirect to a URL this says true for is not followed: it is the answer, with its status and Location. */
  stopBefore?: (target: URL) => boolean;
  /** Ports this request may use. Default `portsAllowed`. */
  ports?: readonly number[];
  /** A further rule for every URL on the way that is not on the allow-list: why it is refused, or undefined. */
  refuse?: (url: URL) => string | undefined;
}

export interface Redirect {
  status: number;
  from: string;
  to: string;
}

/** `connect` covers connections that were refused, unreachable, or broke before the answer was complete. */
export type FetchFailureKind =
  | 'refused'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'timeout'
  | 'too-many-redirects'
  | 'protocol'
  | 'decode';

export interface FetchFailure {
  ok: false;
  kind: FetchFailureKind;
  /** One sentence, safe to show to whoever asked. */
  message: string;
}

export interface FetchSuccess {
  ok: true;
  status: number;
  /** Names in lower case, values in the order sent, one per header line where the host lets us see lines. */
  headers: Record<string, string[]>;
  body: Uint8Array;
  /** There was more than `maxBytes`. */
  truncated: boolean;
  /** Where the answer came from, after redirects. */
  url: string;
  redirects: Redirect[];
  /** The address that answered; null on hosts that do not tell. */
  address: string | null;
}

export type FetchResult = FetchSuccess | FetchFailure;

export interface Fetcher {
  /** Fetches one public URL under the outbound guard. Never throws for anything the network does. */
  fetch(url: string, request?: FetchRequest): Promise<FetchResult>;
  /** Ends what is under way and refuses what comes after. */
  close(): Promise<void>;
}

/** Looks names up. Both answer the empty list when the name does not exist and throw when nobody answered. */
export interface Resolver {
  /** Every A and AAAA address of a host name. */
  resolve(host: string): Promise<string[]>;
  /** Every TXT record of a name, each as its character strings. */
  resolveTxt(name: string): Promise<string[][]>;
}

/** One answer of one server, before redirects are followed. */
export type Hop = Pick<FetchSuccess, 'ok' | 'status' | 'headers' | 'body' | 'truncated' | 'address'>;

/** The parts of the URL policy that belong to a fetcher, not to one request. */
export type Guard = Pick<UrlPolicy, 'allow' | 'literals'> & Pick<FetchRequest, 'refuse'>;

/** What a host must do for one URL that passed the guard; the body of a redirect need not be read. */
export type TakeHop = (url: URL, request: FetchRequest, signal: AbortSignal) => Promise<Hop | FetchFailure>;

export function failure(kind: FetchFailureKind, message: string): FetchFailure {
  return { ok: false, kind, message };
}

/** The target text of a redirect, or undefined when the answer is not one (RFC 9110 §15.4). */
export function redirectTarget(status: number, headers: Record<string, string[]>): string | undefined {
  return [301, 302, 303, 307, 308].includes(status) ? headers.location?.[0] : undefined;
}

/** An empty header record that treats `__proto__` as a name like any other. */
export function emptyHeaders(): Record<string, string[]> {
  return Object.create(null) as Record<string, string[]>;
}

export interface Body {
  body: Uint8Array;
  truncated: boolean;
}

/**
 * Keeps the first `maxBytes` bytes of a stream and stops reading there. Chunks are copied out, so that a body that
 * drips in single bytes holds no more memory than its size.
 */
export async function collect(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Body> {
  let kept = new Uint8Array(Math.min(maxBytes, 16_384));
  let length = 0;
  for await (const chunk of chunks) {
    const wanted = Math.min(chunk.length, maxBytes - length);
    if (length + wanted > kept.length) {
      const larger = new Uint8Array(Math.min(maxBytes, Math.max(kept.length * 2, length + wanted)));
      larger.set(kept.subarray(0, length));
      kept = larger;
    }
    kept.set(chunk.subarray(0, wanted), length);
    length += wanted;
    if (wanted < chunk.length) return { body: kept.slice(0, length), truncated: true };
  }
  return { body: kept.slice(0, length), truncated: false };
}

/** The chunks of a web stream; leaving the iteration cancels the stream. */
export async function* streamChunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Not awaited: a server that never ends its body could hold us here.
    reader.cancel().catch(() => {});
  }
}

/**
 * Builds a Fetcher from one host's way of taking a hop: every URL on the way passes the guard, redirects are
 * counted and never visited twice, and one deadline ends it all.
 */
export function guardedFetcher(guard: Guard, takeHop: TakeHop): Fetcher {
  const underWay = new Set<AbortController>();
  let closed = false;
  return {
    async fetch(url, request = {}) {
      if (closed) return shuttingDown();
      const stop = new AbortController();
      const timeoutMs = request.timeoutMs ?? fetchTimeoutMs;
      const timer = setTimeout(() => stop.abort(), timeoutMs);
      const stopped = new Promise<FetchFailure>((resolve) => {
        stop.signal.addEventListener('abort', () => {
          const late = `There was no complete answer within ${timeoutMs / 1000} s.`;
          resolve(closed ? shuttingDown() : failure('timeout', late));
        });
      });
      underWay.add(stop);
      try {
        return await Promise.race([stopped, follow(guard, takeHop, url, request, stop.signal)]);
      } finally {
        clearTimeout(timer);
        underWay.delete(stop);
        // Ends whatever is still open: the socket of a race that was lost, the rest of a body that was cut.
        stop.abort(ended);
      }
    },
    async close() {
      closed = true;
      for (const stop of underWay) stop.abort();
    },
  };
}

/** One for all: an error made for each request, with its stack, is a tenth of what a request costs. */
const ended = new Error('the request has ended');

function shuttingDown(): FetchFailure {
  // Not `refused`: that word is a judgement on the URL, and this says nothing about it.
  return failure('connect', 'The service is shutting down and fetches nothing more.');
}

async function follow(
  guard: Guard,
  takeHop: TakeHop,
  first: string,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<FetchResult> {
  const redirects: Redirect[] = [];
  const visited = new Set<string>();
  const limit = request.maxRedirects ?? redirectsMax;
  let next = first;
  for (;;) {
    const verdict = judge(guard, next, request);
    if (!verdict.ok) return failure('refused', refusal(verdict.why, redirects.length));
    const { url } = verdict;
    if (visited.has(url.href))
      return failure('too-many-redirects', `The redirects come back to ${url.href}.`);
    visited.add(url.href);
    const hop = await takeHop(url, request, signal);
    if (!hop.ok) return hop;
    const location = redirectTarget(hop.status, hop.headers);
    if (location === undefined) return { ...hop, url: url.href, redirects };
    if (redirects.length >= limit)
      return failure('too-many-redirects', `There were more than ${limit} redirects.`);
    const target = URL.parse(location, url);
    if (target !== null && request.stopBefore?.(target)) return { ...hop, url: url.href, redirects };
    if (target === null) return failure('protocol', 'A redirect leads to something that is not a URL.');
    if (request.crossOriginRedirects === false && target.origin !== url.origin) {
      return failure('refused', `A redirect leads to another origin, ${target.origin}.`);
    }
    redirects.push({ status: hop.status, from: url.href, to: target.href });
    next = target.href;
  }
}

function judge(guard: Guard, text: string, request: FetchRequest): UrlVerdict {
  const { refuse, ...policy } = guard;
  const verdict = classifyUrl(text, {
    ...policy,
    ...(request.ports === undefined ? {} : { ports: request.ports }),
  });
  if (!verdict.ok || policy.allow?.includes(hostPort(verdict.url))) return verdict;
  const why = refuse?.(verdict.url) ?? request.refuse?.(verdict.url);
  return why === undefined ? verdict : { ok: false, why };
}

function refusal(why: string, hops: number): string {
  return hops === 0 ? `The URL is not fetched: ${why}.` : `Redirect ${hops} is not followed: ${why}.`;
}
