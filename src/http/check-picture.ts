import type { Context } from 'hono';
import { z } from 'zod';
import type { Item } from '../actions/check-records.ts';
import { AppError } from '../errors.ts';
import type { AskEnv } from './env.ts';
import { limit } from './guard.ts';
import { uploadBytesMax } from './schemas.ts';

/** How a picture is sent as it is, for the OpenAPI document. */
export const pictureContent = {
  'image/*': { schema: z.string().openapi({ format: 'binary' }) },
  'multipart/form-data': { schema: z.object({ picture: z.string().openapi({ format: 'binary' }) }) },
};

/** Whether the body is a picture, or a form that holds one, and not JSON. */
export function sendsPicture(c: Context<AskEnv>): boolean {
  return /^(image\/|multipart\/form-data)/i.test(c.req.header('content-type') ?? '');
}

/**
 * Fingerprints the picture of a request, in memory and not to be kept.
 *
 * @returns what is asked about: the file and all forms of the picture.
 * @throws AppError `decoder-unavailable` where pictures cannot be read, and what the decoder throws.
 */
export async function pictureItem(c: Context<AskEnv>): Promise<Item> {
  limit(c, 'upload');
  const { decoder } = c.get('deps');
  if (decoder === null) {
    throw new AppError('decoder-unavailable', 'This host has no picture decoder.', {
      fix: 'Open /check in a browser, which makes the fingerprint itself, or send `pixels` or hashes.',
    });
  }
  const bytes = await pictureBytes(c);
  if (bytes.byteLength > uploadBytesMax) {
    throw new AppError('too-large', 'The picture is larger than 20 MB.', { fix: 'Send a smaller copy.' });
  }
  const { work, pixels } = await decoder.fingerprint(bytes);
  return { sha256: work.sha256, md5: work.md5, pixels };
}

async function pictureBytes(c: Context<AskEnv>): Promise<Uint8Array> {
  if (/^image\//i.test(c.req.header('content-type') ?? '')) return new Uint8Array(await c.req.arrayBuffer());
  const form = await c.req.formData().catch(() => null);
  const picture = form?.get('picture') ?? null;
  if (picture === null || typeof picture === 'string') {
    throw new AppError('invalid', 'The form holds no file called picture.', {
      field: 'picture',
      fix: 'Send the file as `picture`, or alone with its own Content-Type, such as image/jpeg.',
    });
  }
  return new Uint8Array(await picture.arrayBuffer());
}
