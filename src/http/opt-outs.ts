import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { confirm } from '../actions/confirm.ts';
import { myOptOut, myOptOuts, viewProof } from '../actions/my-opt-outs.ts';
import { checkProof } from '../actions/prove.ts';
import { requestLink, signIn } from '../actions/sign-in.ts';
import { submit } from '../actions/submit.ts';
import { restore, withdraw } from '../actions/withdraw.ts';
import { AppError } from '../errors.ts';
import { currentStatement } from '../opt-outs/statement.ts';
import type { AppEnv } from './env.ts';
import { limit } from './guard.ts';
import { jsonBody, jsonContent, problems } from './openapi.ts';
import { OptOutRequest, OptOutView, ProofView } from './schemas.ts';
import { requireCreator } from './session.ts';

const tags = ['For creators'];
const Token = z.object({ token: z.string().min(1).max(100) }).openapi('Token');
const SessionView = z
  .object({ token: z.string(), expiresAt: z.string() })
  .openapi('Session', { description: 'Send it as Authorization: Bearer.' });
const Changed = z.object({ changed: z.number().int() }).openapi('Changed');
const id = z.uuid();

const statementRoute = createRoute({
  method: 'get',
  path: '/v1/statement',
  tags,
  summary: 'The words you affirm with an opt-out',
  responses: {
    200: jsonContent(
      z.object({ version: z.string(), text: z.object({ owner: z.string(), agent: z.string() }) }),
      'Its version and text for owners and for agents.',
    ),
  },
});

const submitRoute = createRoute({
  method: 'post',
  path: '/v1/opt-outs',
  tags,
  summary: 'Opt out',
  description:
    'Stores the opt-out and sends a letter with a link. Nothing takes effect before the address is confirmed. ' +
    'Pictures are sent as fingerprints: make them with `withhold fingerprint`, the page /opt-out, or POST /v1/fingerprints.',
  request: jsonBody(OptOutRequest),
  responses: {
    201: jsonContent(
      z.object({ id: z.string(), rids: z.array(z.string()), state: z.literal('pending-email') }),
      'Waiting for the address to be confirmed.',
    ),
    ...problems(400, 409, 413, 422, 429),
  },
});

const confirmRoute = createRoute({
  method: 'post',
  path: '/v1/confirmations',
  tags,
  summary: 'Confirm the address with the token from the letter',
  request: jsonBody(Token),
  responses: {
    200: jsonContent(SessionView.extend({ optOut: z.string() }), 'Confirmed, and a session to see it in.'),
    ...problems(400, 404, 410, 429),
  },
});

const linkRoute = createRoute({
  method: 'post',
  path: '/v1/links',
  tags,
  summary: 'Ask for a magic link',
  request: jsonBody(z.object({ email: z.email().max(254) })),
  responses: {
    202: { description: 'If the address is known, a letter is on its way.' },
    ...problems(400, 429),
  },
});

const sessionRoute = createRoute({
  method: 'post',
  path: '/v1/sessions',
  tags,
  summary: 'Open a session with the token of a magic link',
  request: jsonBody(Token),
  responses: { 200: jsonContent(SessionView, 'A session of one day.'), ...problems(400, 404, 410, 429) },
});

const listRoute = createRoute({
  method: 'get',
  path: '/v1/opt-outs',
  tags,
  summary: 'Everything you have said',
  responses: {
    200: jsonContent(z.object({ optOuts: z.array(OptOutView) }), 'Newest first.'),
    ...problems(401),
  },
});

const getRoute = createRoute({
  method: 'get',
  path: '/v1/opt-outs/{id}',
  tags,
  summary: 'One opt-out with its records and the proofs they need',
  request: { params: z.object({ id }) },
  responses: { 200: jsonContent(OptOutView, 'The opt-out.'), ...problems(401, 404) },
});

/** The four ways to take back or put back: all of an opt-out, or one record. */
const changeRoute = <Verb extends 'withdraw' | 'restore', Noun extends 'opt-outs' | 'records'>(
  verb: Verb,
  noun: Noun,
) =>
  createRoute({
    method: 'post',
    path: `/v1/${noun}/{id}/${verb}`,
    tags,
    summary: `${verb === 'withdraw' ? 'Withdraw' : 'Put back'} ${noun === 'records' ? 'one record' : 'a whole opt-out'}`,
    request: { params: z.object({ id }) },
    responses: { 200: jsonContent(Changed, 'How many records changed.'), ...problems(401, 404, 409) },
  });

const proofRoute = createRoute({
  method: 'post',
  path: '/v1/proofs/{host}/check',
  tags,
  summary: 'Look for the proof of a host now',
  request: { params: z.object({ host: z.string().min(1).max(253) }) },
  responses: { 200: jsonContent(ProofView, 'What was seen.'), ...problems(401, 404, 422, 429) },
});

/** Mounts what creators do over the API; the pages use the same actions. */
export function mountOptOuts(app: OpenAPIHono<AppEnv>): void {
  app.openapi(statementRoute, (c) =>
    c.json({ version: currentStatement.version, text: currentStatement.text }, 200),
  );

  app.openapi(submitRoute, async (c) => {
    limit(c, 'write');
    limit(c, 'mail');
    const body = c.req.valid('json');
    const { id: optOut, rids } = await submit(c.get('deps'), body);
    return c.json({ id: optOut, rids, state: 'pending-email' as const }, 201);
  });

  app.openapi(confirmRoute, async (c) => {
    limit(c, 'sign-in');
    return c.json(await confirm(c.get('deps'), c.req.valid('json').token), 200);
  });

  app.openapi(linkRoute, async (c) => {
    limit(c, 'mail');
    await requestLink(c.get('deps'), c.req.valid('json').email);
    return c.body(null, 202);
  });

  app.openapi(sessionRoute, async (c) => {
    limit(c, 'sign-in');
    return c.json(await signIn(c.get('deps'), c.req.valid('json').token), 200);
  });

  app.openapi(listRoute, async (c) => {
    const creator = await requireCreator(c);
    return c.json({ optOuts: await myOptOuts(c.get('deps'), creator) }, 200);
  });

  app.openapi(getRoute, async (c) => {
    const creator = await requireCreator(c);
    return c.json(await myOptOut(c.get('deps'), creator, c.req.valid('param').id), 200);
  });

  for (const [verb, act] of [
    ['withdraw', withdraw],
    ['restore', restore],
  ] as const) {
    app.openapi(changeRoute(verb, 'opt-outs'), async (c) => {
      limit(c, 'write');
      const creator = await requireCreator(c);
      return c.json({ changed: await act(c.get('deps'), creator, { optOut: c.req.valid('param').id }) }, 200);
    });
    app.openapi(changeRoute(verb, 'records'), async (c) => {
      limit(c, 'write');
      const creator = await requireCreator(c);
      return c.json({ changed: await act(c.get('deps'), creator, { rid: c.req.valid('param').id }) }, 200);
    });
  }

  app.openapi(proofRoute, async (c) => {
    limit(c, 'fetch');
    const creator = await requireCreator(c);
    const proof = await checkProof(c.get('deps'), creator, c.req.valid('param').host.toLowerCase());
    const [view] = viewProof(proof);
    if (view === undefined)
      throw new AppError('public-suffix', `${proof.host} cannot be proven by one person.`);
    return c.json(view, 200);
  });
}
