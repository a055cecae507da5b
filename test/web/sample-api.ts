import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import {
  Agent,
  CheckRequest,
  CheckResponse,
  DecisionView,
  OptOutRequest,
  Problem,
  Usage,
} from '../../src/http/schemas.ts';
import type { OpenApiDocument } from '../../src/web/openapi.ts';

/** An OpenAPI document made the way the service makes its own, from its real schemas. */
const api = new OpenAPIHono();
const json = (schema: z.ZodType) => ({ content: { 'application/json': { schema } } });
const refused = {
  description: 'Not understood; `field` says where.',
  content: { 'application/problem+json': { schema: Problem } },
};

api.openAPIRegistry.registerPath(
  createRoute({
    method: 'get',
    path: '/v1/check',
    tags: ['For crawlers'],
    summary: 'May this be used? One URL, file hash or picture hash',
    request: {
      query: z.object({
        url: z.string().openapi({ example: 'https://example.com/art/1.jpg' }),
        agent: Agent.optional(),
        usage: Usage.default('train-ai'),
      }),
    },
    responses: { 200: { description: 'The decision.', ...json(DecisionView) }, 400: refused },
  }),
);
api.openAPIRegistry.registerPath(
  createRoute({
    method: 'post',
    path: '/v1/check',
    tags: ['For crawlers'],
    summary: 'The same for up to 10,000 items',
    security: [{ key: ['check'] }],
    request: { body: { required: true, ...json(CheckRequest) } },
    responses: {
      200: { description: 'One decision per item, in order.', ...json(CheckResponse) },
      400: refused,
    },
  }),
);
api.openAPIRegistry.registerPath(
  createRoute({
    method: 'post',
    path: '/v1/opt-outs',
    tags: ['For creators'],
    summary: 'Opt out',
    request: { body: { required: true, ...json(OptOutRequest) } },
    responses: { 201: { description: 'Waiting for the address to be confirmed.' }, 400: refused },
  }),
);
api.openAPIRegistry.registerPath(
  createRoute({
    method: 'delete',
    path: '/v1/records/{id}',
    request: { params: z.object({ id: z.uuid() }) },
    responses: { 204: { description: 'Gone.' } },
  }),
);

export const apiDocument = api.getOpenAPI31Document({
  openapi: '3.1.0',
  info: { title: 'Withhold', version: '1', description: 'Ask before you take: how works may be used by AI.' },
}) as unknown as OpenApiDocument;
