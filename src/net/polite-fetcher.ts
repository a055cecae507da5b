import { isIP } from 'node:net';
import { bareHost } from './address.ts';
import {
  type Fetcher,
  type FetchRequest,
  type FetchResult,
  failure,
  fetchTimeoutMs,
  type Redirect,
  type Resolver,
  redirectsMax,
  redirectTarget,
} from './fetching.ts';
import { createLru } from './lru.ts';
import { createTurns } from './turns.ts';

/** Connections at once to one address, over all hosts that share it. */
export const perAddressMax = 8;
/** Answers remembered, so that an address many origins redirect to is asked once and not for each. */
export const answersBytesMax = 16 * 1024 * 1024;
export const answersMax = 4_000;
export const answerLifeMs = 10 * 60_000;

export interface PoliteFetcherDeps {
  fetcher: Pick<Fetcher, 'fetch'>;
  /** The fetcher's own, caching: a name is looked up before its turn. */
  resolver: Pick<Resolver, 'resolve'>;
  /** Unix ms. */
  now(): number;
}

/**
 * A fetcher for thousands of hosts at a time that never has two connections to one host, nor more than
 * `perAddressMax` to one address, also on the way of redirects. Waiting for a turn does not count against a request's
 * time. What it answers is what the fetcher answers.
 */
export function politeFetcher(deps: PoliteFetcherDeps): Pick<Fetcher, 'fetch'> {
  const takeHop = hopsOf(deps);
  return {
    async fetch(url, request = {}) {
      const redirects: Redirect[] = [];
      const visited = new Set<string>();
      const asking: Asking = { request, leftMs: request.timeoutMs ?? fetchTimeoutMs, isLedTo: false };
      let next = url;
      for (;;) {
        if (visited.has(next)) return failure('too-many-redirects', `The redirects come back to ${next}.`);
        visited.add(next);
        const hop = await takeHop(next, asking);
        const target = hop.ok ? targetOf(hop) : null;
        if (!hop.ok || target === null) return hop.ok ? { ...hop, redirects } : hop;
        if (redirects.length >= (request.maxRedirects ?? redirectsMax))
          return failure('too-many-redirects', 'There were too many redirects.');
        if (request.stopBefore?.(target)) return { ...hop, redirects };
        redirects.push({ status: hop.status, from: hop.url, to: target.href });
        next = target.href;
        asking.isLedTo = true;
      }
    },
  };
}

function targetOf({ status, headers, url }: Extract<FetchResult, { ok: true }>): URL | null {
  const location = redirectTarget(status, headers);
  return location === undefined ? null : URL.parse(location, url);
}

interface Asking {
  request: FetchRequest;
  leftMs: number;
  /** Whether a redirect has led here. */
  isLedTo: boolean;
}

type TakeHop = (url: string, asking: Asking) => Promise<FetchResult>;

/** One answer of one server, at its turn, or as it was given a little while ago. */
function hopsOf({ fetcher, resolver, now }: PoliteFetcherDeps): TakeHop {
  const hosts = createTurns(1);
  const addresses = createTurns(perAddressMax);
  const answers = createLru<{ result: FetchResult; until: number }>(
    { entriesMax: answersMax, bytesMax: answersBytesMax },
    ({ result }) => 2_048 + (result.ok ? result.body.length : 0),
  );
  return async (url, asking) => {
    const { request } = asking;
    const parsed = URL.parse(url);
    // Not a URL: the fetcher says so, and connects to nothing.
    if (parsed === null) return fetcher.fetch(url, request);
    const key = `${request.maxBytes} ${request.accept} ${url}`;
    const host = bareHost(parsed);
    const hostDone = await hosts.take(host);
    let addressDone = () => {};
    try {
      const known = answers.get(key);
      if (known !== undefined && now() < known.until) return known.result;
      addressDone = await addresses.take(await addressKey(resolver, host));
      const timeoutMs = asking.leftMs;
      if (timeoutMs <= 0) return failure('timeout', 'The answer came too late.');
      const start = performance.now();
      const result = await fetcher.fetch(url, { ...request, timeoutMs, stopBefore: () => true });
      asking.leftMs -= performance.now() - start;
      // A request with little time left says nothing about the server.
      const isCutShort = !result.ok && result.kind === 'timeout' && timeoutMs < (request.timeoutMs ?? 0);
      // What others may lead to; the rest is asked for once anyway.
      const isShared = asking.isLedTo || parsed.pathname === '/robots.txt';
      if (isShared && !isCutShort) answers.set(key, { result, until: now() + answerLifeMs });
      return result;
    } finally {
      addressDone();
      hostDone();
    }
  };
}

/**
 * What stands for the addresses of a host: the first of them in order, since name servers turn the list round.
 * @returns a key of its own for a host without addresses.
 */
export async function addressKey(resolver: Pick<Resolver, 'resolve'>, host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  const found = await resolver.resolve(host).catch(() => []);
  return found.toSorted()[0] ?? `no address: ${host}`;
}
