import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { AppError } from '../errors.ts';
import type { AppEnv } from './env.ts';
import { limit } from './guard.ts';
import { jsonContent, problems } from './openapi.ts';
import { uploadBytesMax, WorkSubject } from './schemas.ts';

const fingerprintRoute = createRoute({
  method: 'post',
  path: '/v1/fingerprints',
  tags: ['For creators'],
  summary: 'Fingerprint a picture',
  description:
    'Send the bytes of one PNG, JPEG, WebP, GIF or AVIF. The picture is read in memory and not kept; the answer is ' +
    'a subject for POST /v1/opt-outs. Where the service has no decoder, fingerprint it yourself.',
  request: {
    body: {
      required: true,
      content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
    },
  },
  responses: {
    200: jsonContent(
      WorkSubject.extend({
        exactOnly: z
          .string()
          .nullable()
          .openapi({ description: 'Why the picture will be covered by exact copies only, or null.' }),
      }),
      'The picture as a subject.',
    ),
    ...problems(413, 415, 422, 429, 503),
  },
});

/** Mounts the fingerprinting of uploaded pictures. */
export function mountFingerprints(app: OpenAPIHono<AppEnv>): void {
  app.openapi(fingerprintRoute, async (c) => {
    limit(c, 'upload');
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    if (bytes.byteLength > uploadBytesMax) {
      throw new AppError('too-large', 'The picture is larger than 20 MB.', { fix: 'Send a smaller copy.' });
    }
    const { decoder } = c.get('deps');
    if (decoder === null) {
      throw new AppError('decoder-unavailable', 'This host has no picture decoder.', {
        fix: 'Open /opt-out in a browser, which makes the fingerprint itself, or use `withhold fingerprint`.',
      });
    }
    const { work, exactOnly } = await decoder.fingerprint(bytes);
    return c.json({ kind: 'work' as const, ...work, exactOnly }, 200);
  });
}
