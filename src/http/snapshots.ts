import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { offeredSnapshots, snapshotFile } from '../actions/snapshots.ts';
import { AppError } from '../errors.ts';
import { manifestName } from '../log/snapshot-manifest.ts';
import type { AppEnv } from './env.ts';
import { limit, requireScope } from './guard.ts';
import { jsonContent, problems } from './openapi.ts';

const tags = ['For crawlers'];

export const SnapshotView = z
  .object({
    size: z.number().int().min(0).openapi({ description: 'Size of the log it is of.' }),
    at: z.string().openapi({ description: 'When it was made.' }),
    notAfter: z.string().openapi({ description: 'Not to be used after this.' }),
    digest: z.string().openapi({ description: 'SHA-256 of its `manifest.json`, as its leaf has it.' }),
    seq: z.number().int().min(0).openapi({ description: 'Place of that leaf in the consent log.' }),
    bytes: z.number().int().min(0).openapi({ description: 'Of all its files.' }),
    records: z.number().int().min(0).openapi({ description: 'Records in force at that size.' }),
  })
  .openapi('Snapshot');

const listRoute = createRoute({
  method: 'get',
  path: '/v1/snapshots',
  tags,
  summary: 'The snapshots of the registry, newest first',
  description:
    'Each is the whole registry at one size of the log, as files for your own machine: `withhold snapshot pull` ' +
    'fetches and verifies them. Needs a key with the scope `feed` (in development none is asked for).',
  responses: {
    200: jsonContent(z.object({ snapshots: z.array(SnapshotView) }), 'Those whose leaf is in the log.'),
    ...problems(401, 403, 429),
  },
});

const latestRoute = createRoute({
  method: 'get',
  path: '/v1/snapshots/latest',
  tags,
  summary: 'The newest snapshot',
  responses: { 200: jsonContent(SnapshotView, 'The newest.'), ...problems(401, 403, 404, 429) },
});

const fileRoute = createRoute({
  method: 'get',
  path: '/v1/snapshots/{size}/{name}',
  tags,
  summary: 'One file of a snapshot',
  description: `\`${manifestName}\`, or a file it names. One byte range may be asked for, to go on after a cut.`,
  request: { params: z.object({ size: z.string().regex(/^\d{1,15}$/), name: z.string().max(100) }) },
  responses: {
    200: { description: 'The file.', content: { 'application/octet-stream': { schema: z.string() } } },
    206: {
      description: 'The part that was asked for.',
      content: { 'application/octet-stream': { schema: z.string() } },
    },
    416: { description: 'The file has no such part.' },
    ...problems(400, 401, 403, 404, 429),
  },
});

/** Mounts the registry as files. */
export function mountSnapshots(app: OpenAPIHono<AppEnv>): void {
  app.openapi(listRoute, async (c) => {
    guard(c);
    return c.json({ snapshots: await offeredSnapshots(c.get('deps')) }, 200, uncached);
  });

  app.openapi(latestRoute, async (c) => {
    guard(c);
    const [latest] = await offeredSnapshots(c.get('deps'));
    if (latest !== undefined) return c.json(latest, 200, uncached);
    throw new AppError('not-found', 'There is no snapshot of this registry yet.', {
      fix:
        c.get('deps').snapshots === null
          ? 'This host makes none: follow /v1/records instead, or ask its operator for a host that does.'
          : 'Its operator makes one with `withhold snapshot build`, or sets WITHHOLD_SNAPSHOT_EVERY.',
    });
  });

  app.openapi(fileRoute, async (c) => {
    guard(c);
    const { size, name } = c.req.valid('param');
    // The bytes are streamed, which the types of the route cannot follow.
    return (await fileResponse(c, Number(size), name)) as never;
  });
}

const uncached = { 'Cache-Control': 'private, no-store' };

function guard(c: Context<AppEnv>): void {
  if (!c.get('deps').config.development) requireScope(c, 'feed', 'A snapshot');
  limit(c, 'check');
}

async function fileResponse(c: Context<AppEnv>, size: number, name: string): Promise<Response> {
  const file = await snapshotFile(c.get('deps'), size, name);
  const etag = `"${file.sha256}"`;
  const headers = {
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, max-age=31536000, immutable',
    'Content-Type': name === manifestName ? 'application/json' : 'application/octet-stream',
    ETag: etag,
  };
  if (c.req.header('if-none-match') === etag) {
    await file.close();
    return c.body(null, 304, headers);
  }
  const ifRange = c.req.header('if-range');
  const range =
    ifRange === undefined || ifRange === etag ? rangeOf(c.req.header('range'), file.bytes) : 'whole';
  if (range === 'none') {
    await file.close();
    return c.body(null, 416, { ...headers, 'Content-Range': `bytes */${file.bytes}` });
  }
  const { from, to } = range === 'whole' ? { from: 0, to: file.bytes } : range;
  const part = {
    ...headers,
    'Content-Length': String(to - from),
    ...(range === 'whole' ? {} : { 'Content-Range': `bytes ${from}-${to - 1}/${file.bytes}` }),
  };
  const status = range === 'whole' ? 200 : 206;
  if (c.req.method === 'HEAD') {
    await file.close();
    return c.body(null, status, part);
  }
  return c.body(file.read(from, to), status, part);
}

/**
 * The one range a request asks for (RFC 9110 §14.1.2). Several, other units and what cannot be read are answered with
 * the whole file, as that allows.
 */
function rangeOf(header: string | undefined, bytes: number): { from: number; to: number } | 'whole' | 'none' {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const from = Math.max(0, bytes - Number(last));
    return Number(last) === 0 || bytes === 0 ? 'none' : { from, to: bytes };
  }
  if (last !== '' && Number(last) < Number(first)) return 'whole';
  if (Number(first) >= bytes) return 'none';
  return { from: Number(first), to: last === '' ? bytes : Math.min(bytes, Number(last) + 1) };
}
