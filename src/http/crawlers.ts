import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { etag } from 'hono/etag';
import { crawlers, purposes } from '../consent/crawlers.ts';
import type { AskEnv } from './env.ts';
import { jsonContent, problems } from './openapi.ts';
import { Usage } from './schemas.ts';

export const operatorLengthMax = 100;

export const CrawlerView = z
  .object({
    token: z.string().openapi({ description: 'Product token, compared without case.' }),
    operator: z.string().nullable().openapi({ description: 'Null where nobody is known to answer for it.' }),
    purpose: z.enum(purposes).openapi({
      description: 'What its operator says it collects for; `unknown` where that is not said.',
    }),
    sendsRequests: z
      .boolean()
      .openapi({ description: 'False for control tokens, which only robots.txt holds.' }),
    matchInUserAgent: z
      .boolean()
      .openapi({ description: 'False for everyday words, which count only where they are the whole name.' }),
    controlToken: z
      .string()
      .nullable()
      .openapi({ description: 'The control token that governs the use of what it fetches.' }),
    controls: z.array(Usage).openapi({ description: 'For a control token: the usages a Disallow refuses.' }),
    documentation: z.string().nullable().openapi({ description: "The operator's page about its crawlers." }),
    source: z.string(),
    date: z.string().openapi({ description: 'The day of that source, YYYY-MM-DD.' }),
  })
  .openapi('Crawler');

const crawlersRoute = createRoute({
  method: 'get',
  path: '/v1/crawlers',
  tags: ['For crawlers'],
  summary: 'The crawlers this registry knows: token, operator, purpose, source and date',
  request: {
    query: z.object({
      purpose: z.enum(purposes).optional(),
      operator: z.string().min(1).max(operatorLengthMax).optional().openapi({
        description: 'Name of an operator as in the table, whatever its case.',
        example: 'OpenAI',
      }),
    }),
  },
  responses: {
    200: jsonContent(
      z.object({ crawlers: z.array(CrawlerView) }),
      'The rows that fit, in the order of the table. With an ETag: ask again with If-None-Match.',
    ),
    ...problems(400),
  },
});

/** Mounts the crawler table. */
export function mountCrawlers(app: OpenAPIHono<AskEnv>): void {
  app.use('/v1/crawlers', etag());
  app.openapi(crawlersRoute, (c) => {
    const { purpose, operator } = c.req.valid('query');
    const fitting = crawlers.filter(
      (row) =>
        (purpose === undefined || row.purpose === purpose) &&
        (operator === undefined || row.operator?.toLowerCase() === operator.toLowerCase()),
    );
    const table = fitting.map((row) => ({ ...row, controls: [...row.controls] }));
    return c.json({ crawlers: table }, 200, { 'Cache-Control': 'public, max-age=3600' });
  });
}
