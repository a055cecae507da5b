import type { z } from '@hono/zod-openapi';
import { Problem } from './schemas.ts';

/** Building blocks of route definitions, so that each route says only what is its own. */
export const jsonContent = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
  body: { required: true, content: { 'application/json': { schema } } },
});

const meanings: Record<number, string> = {
  400: 'Not understood; `field` says where.',
  401: 'Needs a key or a session.',
  403: 'The key lacks a scope.',
  404: 'Not found.',
  409: 'Not possible in this state.',
  410: 'Used or expired.',
  413: 'Too large.',
  415: 'Not a picture format that is read.',
  422: 'Understood, and refused; `fix` says what would do.',
  429: 'Too many requests; wait Retry-After seconds.',
  502: 'A server that had to be asked could not be reached.',
  503: 'Busy; wait Retry-After seconds.',
};

/** The RFC 9457 answers a route can give. */
export function problems<Status extends number>(...statuses: Status[]) {
  const content = { 'application/problem+json': { schema: Problem } };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: meanings[status] ?? 'Refused.', content }]),
  ) as Record<Status, { description: string; content: typeof content }>;
}

/** What stands at the head of the OpenAPI document. */
export const apiInfo = {
  openapi: '3.1.0',
  info: {
    title: 'Withhold',
    version: '1',
    description:
      'Ask before you take: how works may be used by AI. Errors are RFC 9457 problem details. Keys are sent as ' +
      '`Authorization: Bearer wh_…`; single checks need none.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
} as const;
