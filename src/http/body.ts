import type { MiddlewareHandler } from 'hono';
import { AppError } from '../errors.ts';
import { uploadBytesMax } from './schemas.ts';

/** Largest body of a JSON request. 10,000 items with two long URLs each stay below. */
export const jsonBytesMax = 32 * 1024 * 1024;
/** An upload with the fields around it. */
const formBytesMax = uploadBytesMax + 1024 * 1024;

/**
 * Reads every body under its limit before anything parses it: Content-Length may lie or be absent, and a body that is
 * too large is refused with 413 wherever it ends.
 */
export const boundBody: MiddlewareHandler = async (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
  const { body } = c.req.raw;
  if (body === null) return next();
  const isForm = /^(multipart\/form-data|application\/x-www-form-urlencoded|image\/)/i.test(
    c.req.header('content-type') ?? '',
  );
  const bytesMax = isForm || c.req.path === '/v1/fingerprints' ? formBytesMax : jsonBytesMax;
  const tooLarge = () =>
    new AppError('too-large', `The request is larger than ${Math.floor(bytesMax / 1_048_576)} MB.`, {
      fix: isForm
        ? 'Choose a smaller file, or let the browser make the fingerprint.'
        : 'Send fewer items at a time.',
    });
  if (Number(c.req.header('content-length') ?? 0) > bytesMax) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > bytesMax) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  const { method, headers, url, signal } = c.req.raw;
  c.req.raw = new Request(url, { method, headers, body: whole, signal });
  return next();
};
