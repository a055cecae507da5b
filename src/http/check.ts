import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Answer, check, type Question, type SignalsMode } from '../actions/check.ts';
import { checkWithReceipt } from '../actions/check-receipt.ts';
import { resolveAgent } from '../consent/agent.ts';
import type { AppEnv } from './env.ts';
import { limit, requireScope } from './guard.ts';
import { jsonBody, jsonContent, problems } from './openapi.ts';
import {
  Agent,
  CheckRequest,
  CheckResponse,
  checkItemKeys,
  DecisionWithReceipt,
  namesSomething,
  Usage,
} from './schemas.ts';

const tags = ['For crawlers'];

const CheckQuery = z
  .object({
    ...checkItemKeys,
    url: checkItemKeys.url.openapi({ example: 'https://example.com/art/1.jpg' }),
    agent: Agent.optional(),
    usage: Usage.default('train-ai'),
    receipt: z
      .enum(['true', 'false'])
      .optional()
      .openapi({ description: '`true` adds a signed check receipt.' }),
  })
  .refine(...namesSomething);

const checkOneRoute = createRoute({
  method: 'get',
  path: '/v1/check',
  tags,
  summary: 'May this be used? One URL, file hash or picture hash',
  description: 'Needs no key. A robots.txt that is not cached is fetched before the answer, in at most 10 s.',
  request: { query: CheckQuery },
  responses: { 200: jsonContent(DecisionWithReceipt, 'The decision.'), ...problems(400, 429, 503) },
});

const SignalsQuery = z.object({
  signals: z
    .enum(['cached', 'fetch'])
    .default('cached')
    .openapi({
      description:
        '`cached` answers at once from what is known; origins not seen yet are queued and listed in notChecked. ' +
        '`fetch` waits for up to 100 new origins and 10 s, and needs a key.',
    }),
});

const checkManyRoute = createRoute({
  method: 'post',
  path: '/v1/check',
  tags,
  summary: 'The same for up to 10,000 items',
  description:
    'One item needs no key; more need a key with the scope `check` (in development none is asked for).',
  request: { query: SignalsQuery, ...jsonBody(CheckRequest) },
  responses: {
    200: jsonContent(CheckResponse, 'One decision per item, in order.'),
    ...problems(400, 401, 403, 413, 429, 503),
  },
});

const uncached = { 'Cache-Control': 'private, no-store' };

/** Mounts what crawlers and dataset builders ask. */
export function mountCheck(app: OpenAPIHono<AppEnv>): void {
  app.openapi(checkOneRoute, async (c) => {
    limit(c, 'check');
    const { agent, usage, receipt: wantsReceipt, ...item } = c.req.valid('query');
    const question: Question = {
      items: [item],
      usage,
      agent: agent === undefined ? null : resolveAgent(agent),
      signals: signalsAllowed(c, 'fetch'),
      consumer: c.get('consumer')?.id ?? '',
    };
    if (wantsReceipt === 'true') {
      const request = { ...item, usage, agent: agent ?? null };
      const { answers, receipt } = await checkWithReceipt(c.get('deps'), question, request, 'one');
      return c.json({ ...(answers[0] as Answer), receipt }, 200, uncached);
    }
    const [decision] = await check(c.get('deps'), question);
    return c.json(decision as Answer, 200, uncached);
  });

  app.openapi(checkManyRoute, async (c) => {
    const { items, usage, agent, receipt: wantsReceipt } = c.req.valid('json');
    if (items.length > 1 && !c.get('deps').config.development)
      requireScope(c, 'check', 'Checking many items at once');
    limit(c, 'check', items.length);
    const wanted = c.req.valid('query').signals;
    if (wanted === 'fetch' && !c.get('deps').config.development) requireScope(c, 'check', 'signals=fetch');
    const question: Question = {
      items,
      usage,
      agent: agent === undefined ? null : resolveAgent(agent),
      signals: wanted === 'fetch' || items.length === 1 ? signalsAllowed(c, 'fetch') : 'cached',
      consumer: c.get('consumer')?.id ?? '',
    };
    if (wantsReceipt === true) {
      const request = { items, usage, agent: agent ?? null };
      const { answers, receipt } = await checkWithReceipt(c.get('deps'), question, request, 'many');
      return c.json({ decisions: answers, receipt }, 200, uncached);
    }
    return c.json({ decisions: await check(c.get('deps'), question) }, 200, uncached);
  });
}

/** A caller who has fetched too much still gets an answer, from what is known. */
function signalsAllowed(c: Context<AppEnv>, wanted: SignalsMode): SignalsMode {
  if (wanted === 'cached') return wanted;
  return c.get('deps').limiter.take('fetch', c.get('caller')).allowed ? 'fetch' : 'cached';
}
