import { AppError } from '../../errors.ts';

/** What reading from elsewhere needs of the world. */
export interface SourceDeps {
  fetch: typeof globalThis.fetch;
  /** `AWS_…` settings, as every S3 client reads them. */
  env: Readonly<Record<string, string | undefined>>;
  sleep(ms: number): Promise<void>;
}

/** Makes one request of a GET; a signature lasts minutes, so every try is signed anew. */
export type Prepare = (headers: Record<string, string>) => Promise<Request>;

const triesMax = 6;
const backOffMs = 250;
const backOffMsMax = 20_000;
const retryAfterMsMax = 120_000;
const requestTimeoutMs = 120_000;

/** A fault that may be gone with the next try. */
class Passing extends Error {
  readonly retryAfterMs: number;

  constructor(message: string, options: { retryAfterMs?: number; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/**
 * Sends a GET until it is answered for good, backing off between tries: after a fault of the network, a body cut
 * short, 408, 429 or 5xx.
 * @param take makes use of the answer, whatever other status it has; what it throws other than through `cut` is final.
 * @throws AppError `unavailable`, a clause to follow the file's name.
 */
export async function get<T>(
  deps: SourceDeps,
  prepare: Prepare,
  headers: Record<string, string>,
  take: (response: Response) => Promise<T>,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await once(deps, prepare, headers, take);
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      if (tried === triesMax) {
        throw new AppError('unavailable', `cannot be read: ${error.message}, ${triesMax} times`, {
          cause: error,
        });
      }
      const waitMs = Math.min(backOffMsMax, backOffMs * 2 ** (tried - 1));
      await deps.sleep(Math.max(waitMs, Math.min(error.retryAfterMs, retryAfterMsMax)));
    }
  }
}

/** Says that a body ended before it should have: worth another try. */
export function cut(cause?: unknown): Error {
  return new Passing('the answer was cut short', { cause });
}

async function once<T>(
  deps: SourceDeps,
  prepare: Prepare,
  headers: Record<string, string>,
  take: (response: Response) => Promise<T>,
): Promise<T> {
  // For a range, fetch itself asks for bytes as they are (Accept-Encoding: identity).
  const request = await prepare(headers);
  const signal = AbortSignal.timeout(requestTimeoutMs);
  let response: Response;
  try {
    response = await deps.fetch(request, { signal });
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } };
    const code = typeof cause?.code === 'string' ? cause.code : (error as Error).name;
    throw new Passing(`no answer (${code})`, { cause: error });
  }
  if (response.status === 408 || response.status === 429 || response.status >= 500) {
    await response.body?.cancel();
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1000;
    throw new Passing(`the server answers ${response.status}`, { retryAfterMs: retryAfterMs || 0 });
  }
  return take(response);
}

/**
 * The body, of exactly that many bytes.
 * @throws AppError when there are more; `cut` when there are fewer.
 */
export async function bodyOf(response: Response, bytes: number): Promise<Uint8Array> {
  const whole = new Uint8Array(bytes);
  const done = await readBody(response, bytes, (chunk, at) => whole.set(chunk, at));
  if (done < bytes) throw cut();
  return whole;
}

/** The body as text. @throws AppError when it is longer than `bytesMax`. */
export async function textOf(response: Response, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  await readBody(response, bytesMax, (chunk) => chunks.push(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

async function readBody(response: Response, bytesMax: number, take: (chunk: Uint8Array, at: number) => void) {
  let done = 0;
  const chunks = response.body?.[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks?.next().catch((error: unknown) => {
      throw cut(error);
    });
    if (next === undefined || next.done) return done;
    if (done + next.value.length > bytesMax) {
      await chunks?.return?.();
      throw new AppError('unavailable', 'cannot be read: the server answers with more than it was asked for');
    }
    take(next.value, done);
    done += next.value.length;
  }
}
