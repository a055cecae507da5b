import { hasPublicSuffix } from './address.ts';
import {
  bodyBytesMax,
  collect,
  emptyHeaders,
  type Fetcher,
  type FetchFailure,
  type FetchRequest,
  failure,
  guardedFetcher,
  type Hop,
  headersBytesMax,
  redirectTarget,
  streamChunks,
} from './fetching.ts';

export interface WorkerFetcherOptions {
  /** `WithholdBot/1 (+<origin>/bot)`. */
  userAgent: string;
  /** As on Node: `host:port` entries let in although the guard forbids them, for tests. */
  allow?: readonly string[];
  /** Default: the global fetch. */
  fetch?: typeof globalThis.fetch;
}

/**
 * The outbound guard on hosts that have fetch but no sockets. We cannot see which address is dialled there, so only
 * names under a public suffix are fetched, never an address literal, and the platform keeps its own network out of
 * reach. Redirects, deadline and body cap are those of the guard on Node.
 */
export function createFetcher(options: WorkerFetcherOptions): Fetcher {
  const allow = options.allow ?? [];
  return guardedFetcher(
    { allow, literals: false, refuse: refuseUnknownSuffix },
    async (url, request, signal) => {
      try {
        return await exchange(options, url, request, signal);
      } catch (error) {
        return describe(error, url, signal);
      }
    },
  );
}

function refuseUnknownSuffix(url: URL): string | undefined {
  return hasPublicSuffix(url.hostname) ? undefined : `${url.hostname} ends in no public suffix`;
}

async function exchange(
  options: WorkerFetcherOptions,
  url: URL,
  request: FetchRequest,
  signal: AbortSignal,
): Promise<Hop | FetchFailure> {
  const send = options.fetch ?? globalThis.fetch;
  const response = await send(url.href, {
    method: 'GET',
    redirect: 'manual',
    signal,
    headers: { 'user-agent': request.userAgent ?? options.userAgent, accept: request.accept ?? '*/*' },
  });
  const headers = emptyHeaders();
  let headersBytes = 0;
  for (const [name, value] of response.headers) {
    headersBytes += name.length + value.length;
    headers[name] = [...(headers[name] ?? []), value];
  }
  if (headersBytes > headersBytesMax) {
    return failure('protocol', `The headers of ${url.hostname} are larger than ${headersBytesMax} bytes.`);
  }
  const answer = { ok: true, status: response.status, headers, address: null } as const;
  if (response.body === null || redirectTarget(response.status, headers) !== undefined) {
    await response.body?.cancel();
    return { ...answer, body: new Uint8Array(), truncated: false };
  }
  return { ...answer, ...(await collect(streamChunks(response.body), request.maxBytes ?? bodyBytesMax)) };
}

/** The platform tells little about what went wrong; the kinds are as close as its words allow. */
function describe(error: unknown, url: URL, signal: AbortSignal): FetchFailure {
  if (signal.aborted) return failure('timeout', 'The answer came too late.');
  const words =
    `${(error as Error)?.message} ${((error as Error)?.cause as Error)?.message ?? ''}`.toLowerCase();
  const host = url.hostname;
  if (/certificate|tls|ssl/.test(words)) return failure('tls', `No secure connection to ${host}.`);
  if (/dns|getaddrinfo|enotfound/.test(words))
    return failure('dns', `The name ${host} could not be looked up.`);
  if (/decompress|inflate|incorrect header check|brotli|zlib/.test(words)) {
    return failure('decode', `The compressed body of ${host} could not be unpacked.`);
  }
  return failure('connect', `${host} could not be reached, or broke the connection off.`);
}
