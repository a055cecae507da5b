import { AppError } from '../../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { bodyOf, get, type Prepare, type SourceDeps } from './requests.ts';

/** Longer reads are asked for in parts, a few at a time. */
const partBytes = 8 * 1024 * 1024;
const partsAtOnce = 4;

/**
 * Opens a file behind HTTP by range requests (RFC 9110 §14), pinned to the entity tag of the first answer.
 * @throws AppError with a clause to follow the file's name.
 */
export async function openHttpSource(deps: SourceDeps, address: string): Promise<ByteSource> {
  refuseOpenHttp(address);
  return openRanged(deps, async (headers) => new Request(address, { headers }));
}

/** HTTP without TLS could be changed by anyone between; on this machine nobody is between. */
export function refuseOpenHttp(address: string): void {
  const { protocol, hostname } = new URL(address);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol === 'https:' || (protocol === 'http:' && isLocal)) return;
  throw new AppError('invalid', 'is not read over plain http', { fix: 'use https, or download it first' });
}

/** Opens whatever `prepare` asks for. */
export async function openRanged(deps: SourceDeps, prepare: Prepare): Promise<ByteSource> {
  const first = await get(deps, prepare, { range: 'bytes=0-0' }, async (response) => {
    const facts = factsOf(response);
    await response.body?.cancel();
    return facts;
  });
  const { size, version } = first;
  // If-Match takes strong tags only (RFC 9110 §13.1.1); a weak one, or a date, is compared here.
  const pinned: Record<string, string> = /^"/.test(version) ? { 'if-match': version } : {};

  const readPart = (start: number, end: number) =>
    get(deps, prepare, { ...pinned, range: `bytes=${start}-${end - 1}` }, async (response) => {
      const facts = response.status === 412 ? undefined : factsOf(response);
      if (facts?.size !== size || facts.version !== version) {
        await response.body?.cancel();
        throw new AppError('conflict', 'has changed while it was read', {
          fix: 'run again when it is at rest',
        });
      }
      if (facts.start !== start || facts.end !== end) {
        await response.body?.cancel();
        throw noRanges();
      }
      return bodyOf(response, end - start);
    });

  return {
    size,
    version,
    async read(start, end) {
      if (end - start <= partBytes) return start === end ? new Uint8Array(0) : readPart(start, end);
      const whole = new Uint8Array(end - start);
      let next = start;
      const worker = async () => {
        while (next < end) {
          const from = next;
          next = Math.min(end, from + partBytes);
          whole.set(await readPart(from, next), from - start);
        }
      };
      await Promise.all(Array.from({ length: partsAtOnce }, worker));
      return whole;
    },
    async close() {},
  };
}

/** @throws AppError for every answer that is no part of a file. */
function factsOf(response: Response): { size: number; version: string; start: number; end: number } {
  const { status, headers } = response;
  const range = headers.get('content-range') ?? '';
  const version = headers.get('etag') ?? headers.get('last-modified') ?? '';
  const empty = /^bytes \*\/0$/.exec(range);
  if (status === 416 && empty !== null) return { size: 0, version, start: 0, end: 0 };
  if (status === 416) throw new AppError('conflict', 'has become shorter while it was read');
  if (status !== 206) throw refusal(status, headers);
  const [, start, last, size] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(range) ?? [];
  if (start === undefined || headers.has('content-encoding')) throw noRanges();
  return { size: Number(size), version, start: Number(start), end: Number(last) + 1 };
}

function refusal(status: number, headers: Headers): AppError {
  const region = headers.get('x-amz-bucket-region');
  if (status === 404) return new AppError('not-found', 'is not there (404)');
  if (region !== null && (status === 301 || status === 307 || status === 400)) {
    return new AppError('invalid', `is in region ${region}`, { fix: `set AWS_REGION=${region}` });
  }
  if (status === 401 || status === 403) {
    return new AppError('forbidden', `may not be read (${status})`, {
      fix: 'for s3:// set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    });
  }
  if (status >= 200 && status < 300) return noRanges();
  return new AppError('unavailable', `cannot be read: the server answers ${status}`);
}

function noRanges(): AppError {
  return new AppError('invalid', 'cannot be read in parts: its server knows no ranges', {
    fix: 'download it first',
  });
}
