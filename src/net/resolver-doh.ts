import { collect, type Resolver, streamChunks } from './fetching.ts';

/** DNS over HTTPS in JSON (the format of Google and Cloudflare), used where there are no sockets. */
export const dohUrl = 'https://cloudflare-dns.com/dns-query';
export const dohTimeoutMs = 5_000;
export const dohBytesMax = 65_536;

export interface DohOptions {
  /** Default `dohUrl`. */
  url?: string;
  /** Default: the global fetch. The service address comes from the operator, so the guard does not apply to it. */
  fetch?: typeof globalThis.fetch;
}

/**
 * A Resolver over DNS over HTTPS with JSON answers.
 * Its methods throw when the service does not answer or the name servers of the domain are broken.
 */
export function createDohResolver(options: DohOptions = {}): Resolver {
  return {
    async resolve(host) {
      const [a, aaaa] = await Promise.all([ask(options, host, 'A', 1), ask(options, host, 'AAAA', 28)]);
      return [...a, ...aaaa];
    },
    resolveTxt: async (name) => (await ask(options, name, 'TXT', 16)).map(characterStrings),
  };
}

interface DohAnswer {
  Status?: number;
  Answer?: { type?: number; data?: string }[];
}

async function ask(options: DohOptions, name: string, type: string, code: number): Promise<string[]> {
  const url = new URL(options.url ?? dohUrl);
  url.searchParams.set('name', name);
  url.searchParams.set('type', type);
  const response = await (options.fetch ?? globalThis.fetch)(url.href, {
    headers: { accept: 'application/dns-json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(dohTimeoutMs),
  });
  if (response.status !== 200 || response.body === null)
    throw new Error(`DNS over HTTPS answered ${response.status}`);
  const { body, truncated } = await collect(streamChunks(response.body), dohBytesMax);
  if (truncated) throw new Error('DNS over HTTPS answered more than fits');
  const answer = JSON.parse(new TextDecoder().decode(body)) as DohAnswer;
  // RFC 1035 §4.1.1: 0 is an answer, 3 says the name does not exist, the rest that nobody knows.
  if (answer.Status === 3) return [];
  if (answer.Status !== 0) throw new Error(`the name servers answered with code ${answer.Status}`);
  const records = Array.isArray(answer.Answer) ? answer.Answer : [];
  return records.flatMap(({ type: kind, data }) => (kind === code && typeof data === 'string' ? [data] : []));
}

/**
 * Splits TXT data in presentation form (RFC 1035 §5.1) into its character strings: `"a" "b\"c"`. Services differ in
 * whether they quote; unquoted data is one string.
 */
export function characterStrings(data: string): string[] {
  if (!data.startsWith('"')) return [data];
  return Array.from(data.matchAll(/"((?:[^"\\]|\\.)*)"/gs), ([, inner = '']) =>
    inner.replace(/\\(\d{3}|.)/gs, (_all, escaped: string) =>
      escaped.length === 3 ? String.fromCharCode(Number(escaped)) : escaped,
    ),
  );
}
