import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context, TypedResponse } from 'hono';
import { optOutReceipt, type ReceiptDownload, recordReceipt } from '../actions/receipts.ts';
import type { AppEnv } from './env.ts';
import { limit } from './guard.ts';
import { problems } from './openapi.ts';
import { requireCreator } from './session.ts';

const tags = ['For creators'];
const id = z.uuid();

const Receipt = z
  .object({ format: z.enum(['withhold-receipt/1', 'withhold-receipts/1']) })
  .openapi('Receipt');

const receiptContent = {
  description: 'A file to keep, as an attachment; `withhold verify` checks it offline.',
  content: {
    'application/json': {
      schema: Receipt,
    },
  },
};

const recordReceiptRoute = createRoute({
  method: 'get',
  path: '/v1/records/{id}/receipt',
  tags,
  summary: 'The receipt of one record',
  description:
    'Proves that the consent log holds one version of the record: its newest published one, or `ver`.',
  request: {
    params: z.object({ id }),
    query: z.object({ ver: z.coerce.number().int().min(1).max(1_000_000_000).optional() }),
  },
  responses: { 200: receiptContent, ...problems(400, 401, 404, 409, 429, 503) },
});

const optOutReceiptRoute = createRoute({
  method: 'get',
  path: '/v1/opt-outs/{id}/receipt',
  tags,
  summary: 'The receipts of a whole opt-out in one file',
  description: 'The newest published version of each record; earlier versions have receipts of their own.',
  request: { params: z.object({ id }) },
  responses: { 200: receiptContent, ...problems(401, 404, 409, 413, 429, 503) },
});

/** Mounts what proves to creators what was recorded and when. */
export function mountReceipts(app: OpenAPIHono<AppEnv>): void {
  app.openapi(recordReceiptRoute, async (c) => {
    limit(c, 'fetch');
    const creator = await requireCreator(c);
    const { id: rid } = c.req.valid('param');
    return receiptResponse(c, await recordReceipt(c.get('deps'), creator, rid, c.req.valid('query').ver));
  });

  app.openapi(optOutReceiptRoute, async (c) => {
    limit(c, 'fetch');
    const creator = await requireCreator(c);
    return receiptResponse(c, await optOutReceipt(c.get('deps'), creator, c.req.valid('param').id));
  });
}

/** A receipt as a file the browser saves, byte for byte: it was written as it has to stay. */
export function receiptResponse(c: Context<AppEnv>, { name, text }: ReceiptDownload) {
  const response: Response = c.body(text, 200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Disposition': `attachment; filename="${name}"`,
    'Cache-Control': 'private, no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  return response as Response & TypedResponse<z.infer<typeof Receipt>, 200, 'json'>;
}
