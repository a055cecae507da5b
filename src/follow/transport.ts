import { setTimeout } from 'node:timers/promises';
import { AppError, type ErrorCode } from '../errors.ts';
import { Problem } from '../http/schemas.ts';

/** One request may take this long before it counts as unanswered. */
const requestMsMax = 120_000;
const problemBytesMax = 64 * 1024;
const firstWaitMs = 500;
const waitMsMax = 30_000;

export interface TransportOptions {
  /** API key, sent as a bearer token. */
  key?: string | undefined;
  /** Seconds to go on trying one request while the registry does not answer. Default 120. */
  retryForS?: number;
  signal?: AbortSignal | undefined;
  /** Told before each wait, in the words of a log line. */
  onRetry?: (words: string) => void;
  fetch?: typeof globalThis.fetch;
  /** @returns when that many milliseconds have passed, or rejects when the signal is aborted. */
  sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  clock?: () => number;
  /** A number from 0 to below 1: spreads the waits of many clients. */
  random?: () => number;
}

export interface Ask {
  url: string;
  /** Sent as a JSON POST; without it the request is a GET. */
  body?: string;
  accept: string;
  /** Longest answer read. */
  bytesMax: number;
}

/**
 * Asks a registry until it answers.
 * @returns the bytes of the answer.
 * @throws AppError: `unreachable`, `unavailable` or `rate-limited` when trying for `retryForS` was in vain, `too-large`
 * for an answer above `bytesMax`, and what the registry's refusal says.
 */
export function ask(options: TransportOptions, wanted: Ask): Promise<Buffer> {
  return untilAnswered(options, () => request(wanted, options));
}

/**
 * The address of a registry without a slash at its end.
 * @throws AppError `invalid` for an address that is no http(s) URL.
 */
export function registryAddress(server: string): string {
  return checkAddress(server).href.replace(/\/+$/, '');
}

function checkAddress(server: string): URL {
  const address = URL.canParse(server) ? new URL(server) : undefined;
  if (address === undefined || !/^https?:$/.test(address.protocol) || address.search || address.hash) {
    throw new AppError('invalid', `${server} is not the address of a registry`, {
      field: 'server',
      fix: 'give one like https://registry.example',
    });
  }
  if (address.username || address.password) {
    throw new AppError('invalid', 'the address of a registry has no name and password in it', {
      field: 'server',
      fix: 'give the API key with WITHHOLD_KEY',
    });
  }
  return address;
}

/** What one try came to: an answer, or a failure and whether another try may do better. */
export type Outcome<T> = { answer: T } | { failure: AppError; again: boolean };

/** Tries until there is an answer, waiting longer each time, for `retryForS`. @throws AppError as `ask` does. */
export async function untilAnswered<T>(
  options: TransportOptions,
  attempt: () => Promise<Outcome<T>>,
): Promise<T> {
  const clock = options.clock ?? Date.now;
  const random = options.random ?? Math.random;
  const sleep = options.sleep ?? pause;
  const end = clock() + (options.retryForS ?? 120) * 1_000;
  for (let tries = 0; ; tries += 1) {
    const outcome = await attempt();
    if ('answer' in outcome) return outcome.answer;
    if (!outcome.again) throw outcome.failure;
    // Half of the wait is random, so that clients stopped together do not come back together.
    const backoffMs = Math.min(waitMsMax, firstWaitMs * 2 ** tries) * (0.5 + random() / 2);
    const waitMs = Math.max(backoffMs, (outcome.failure.retryAfterS ?? 0) * 1_000);
    if (clock() + waitMs > end) throw tooLate(outcome.failure);
    options.onRetry?.(`${outcome.failure.message}; trying again in ${Math.ceil(waitMs / 1_000)} s`);
    await sleep(waitMs, options.signal);
  }
}

function tooLate(failure: AppError): AppError {
  const { code, message, retryAfterS } = failure;
  if (retryAfterS === undefined) return failure;
  return new AppError(code, `${message}; it is back in ${Math.ceil(retryAfterS)} s`, { retryAfterS });
}

async function request(
  { url, body, accept, bytesMax }: Ask,
  options: TransportOptions,
): Promise<Outcome<Buffer>> {
  const deadline = AbortSignal.timeout(requestMsMax);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
  try {
    const response = await (options.fetch ?? globalThis.fetch)(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        accept,
        ...authorization(options),
      },
      ...(body === undefined ? {} : { body }),
      // A redirected POST may arrive as a GET, and a key must not travel to another host.
      redirect: 'manual',
      signal,
    });
    if (response.status !== 200) return await refused(response, url);
    return { answer: await readBytes(response, bytesMax) };
  } catch (error) {
    if (error instanceof AppError) return { failure: error, again: false };
    if (options.signal?.aborted) throw new AppError('unavailable', 'stopped', { cause: error });
    return { failure: unanswered(error, url), again: true };
  }
}

/** The header that says who asks. */
export const authorization = ({ key }: TransportOptions): Record<string, string> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` };

/** A request that was not answered, in a sentence. */
export function unanswered(error: unknown, url: string): AppError {
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
  const late = (error as Error).name === 'TimeoutError';
  const why = late ? `no answer in ${requestMsMax / 1_000} s` : (cause?.code ?? (error as Error).message);
  return new AppError('unreachable', `${new URL(url).origin} cannot be reached (${why})`, { cause: error });
}

/** What to say to each status; a status not listed is a fault of the server, 5xx worth another try. */
const refusals: Record<number, { code: ErrorCode; words: string; fix?: string; again?: boolean }> = {
  400: { code: 'invalid', words: 'does not accept the request' },
  401: {
    code: 'unauthorized',
    words: 'wants an API key it knows',
    fix: 'set WITHHOLD_KEY (its operator makes one with `withhold key add`)',
  },
  403: { code: 'forbidden', words: 'does not let this API key do that' },
  404: { code: 'not-found', words: 'is not a withhold registry', fix: 'look at --server' },
  408: { code: 'unavailable', words: 'gave up waiting for the request', again: true },
  413: { code: 'too-large', words: 'refuses a request of that size' },
  422: { code: 'invalid', words: 'does not accept the request' },
  429: { code: 'rate-limited', words: 'asks for fewer requests', again: true },
  503: { code: 'unavailable', words: 'is busy or being restarted', again: true },
};

/** What an answer that is not the one asked for means, and whether to ask again. */
export async function refused(
  response: Response,
  url: string,
): Promise<{ failure: AppError; again: boolean }> {
  const { origin } = new URL(url);
  const { status } = response;
  if (status >= 300 && status < 400) {
    const target = response.headers.get('location') ?? 'nowhere';
    await response.body?.cancel();
    const failure = new AppError('invalid', `${origin} redirects to ${target}`, {
      fix: 'give that as --server',
    });
    return { failure, again: false };
  }
  const text = await readBytes(response, problemBytesMax).then(String, () => '');
  const problem = Problem.partial().safeParse(text.startsWith('{') ? parseQuietly(text) : {});
  const told = problem.success ? problem.data : {};
  const known = refusals[status];
  if (told.code === 'too-many-items') {
    return { failure: new AppError('too-many-items', `${origin} refuses that many items`), again: false };
  }
  const detail = told.detail === undefined ? '' : `: ${told.detail}`;
  const words = known?.words ?? `answers with status ${status}`;
  const fix = known?.fix ?? told.fix;
  const retryAfterS = readRetryAfter(response.headers.get('retry-after'), response.headers.get('date'));
  const failure = new AppError(known?.code ?? 'unavailable', `${origin} ${words}${detail}`, {
    ...(fix === undefined ? {} : { fix }),
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  });
  return { failure, again: known?.again ?? (known === undefined && status >= 500) };
}

/** Retry-After (RFC 9110 §10.2.3): seconds, or a date that is held against the server's own clock. */
function readRetryAfter(value: string | null, now: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - Date.parse(now ?? '')) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

async function readBytes(response: Response, bytesMax: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.length;
    if (bytes > bytesMax) throw new AppError('too-large', 'the answer of the registry is too long');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** @returns undefined for what is no JSON. */
export function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws AppError `unavailable` when the signal is aborted before that many milliseconds have passed. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw new AppError('unavailable', 'stopped', { cause: error });
  }
}
