import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Erasable, erase } from '../actions/erase.ts';
import type { AppEnv } from './env.ts';
import { limit } from './guard.ts';
import { jsonContent, problems } from './openapi.ts';
import { requireCreator } from './session.ts';

const tags = ['For creators'];

const ErasedView = z
  .object({
    records: z.number().int().openapi({ description: 'How many records are gone.' }),
    everything: z.boolean().openapi({
      description: 'Nothing of you is left: no opt-out, no name, no address, no session.',
    }),
  })
  .openapi('Erased');

const remains =
  'Deletes the records with their fingerprints, salts and earlier versions. What was in force stays in the consent ' +
  'log as commitments that nobody can open without a receipt, each with its time and type, and an entry that says ' +
  'erased. When no opt-out is left, name, address, proofs, letters and sessions are deleted too.';

const eraseRoute = <Noun extends 'records' | 'opt-outs'>(noun: Noun) =>
  createRoute({
    method: 'delete',
    path: `/v1/${noun}/{id}`,
    tags,
    summary: `Erase ${noun === 'records' ? 'one record' : 'a whole opt-out'} for good`,
    description: remains,
    request: { params: z.object({ id: z.uuid() }) },
    responses: { 200: jsonContent(ErasedView, 'What is gone.'), ...problems(400, 401, 404, 409, 429) },
  });

const eraseMeRoute = createRoute({
  method: 'delete',
  path: '/v1/me',
  tags,
  summary: 'Erase everything of yours for good',
  description: remains,
  responses: { 200: jsonContent(ErasedView, 'What is gone.'), ...problems(401, 409, 429) },
});

/** Mounts what makes the registry forget. */
export function mountErase(app: OpenAPIHono<AppEnv>): void {
  const act = async (c: Context<AppEnv>, target: Erasable) => {
    limit(c, 'write');
    return erase(c.get('deps'), await requireCreator(c), target);
  };
  app.openapi(eraseRoute('records'), async (c) =>
    c.json(await act(c, { rid: c.req.valid('param').id }), 200),
  );
  app.openapi(eraseRoute('opt-outs'), async (c) =>
    c.json(await act(c, { optOut: c.req.valid('param').id }), 200),
  );
  app.openapi(eraseMeRoute, async (c) => c.json(await act(c, 'everything'), 200));
}
