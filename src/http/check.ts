import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Answer, check, type Question, type SignalsMode } from '../actions/check.ts';
import type { Receipted } from '../actions/check-receipt.ts';
import { resolveAgent } from '../consent/agent.ts';
import { orientations } from '../images/pdq.ts';
import { queryVariantNames } from '../images/pixel-query.ts';
import type { CheckAnswer } from '../log/check-receipt.ts';
import { pictureContent, pictureItem, sendsPicture } from './check-picture.ts';
import type { AskEnv } from './env.ts';
import { limit, requireScope } from './guard.ts';
import { jsonBody, jsonContent, problems } from './openapi.ts';
import {
  Agent,
  type CheckItem,
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

const wordsOfPicture = { description: 'With a picture; JSON says it in the body.' };

/** What a picture that is sent as it is cannot say itself. */
const PictureQuery = SignalsQuery.extend({
  agent: Agent.optional().openapi(wordsOfPicture),
  usage: Usage.optional().openapi(wordsOfPicture),
  receipt: z.enum(['true', 'false']).optional().openapi(wordsOfPicture),
});

const checkManyRoute = createRoute({
  method: 'post',
  path: '/v1/check',
  tags,
  summary: 'The same for up to 10,000 items',
  description:
    'One item needs no key; more need a key with the scope `check` (in development none is asked for). A picture may ' +
    'be sent as it is, as the body with its own Content-Type or as `picture` of a form: it is read in memory, not ' +
    'kept, and answered as one item. Where the service has no decoder, send `pixels`.',
  request: { query: PictureQuery, ...jsonBody(CheckRequest) },
  responses: {
    200: jsonContent(CheckResponse, 'One decision per item, in order.'),
    ...problems(400, 401, 403, 413, 415, 422, 429, 503),
  },
  // The document describes it with its other kinds of body, which have their own handler.
  hide: true,
});

const uncached = { 'Cache-Control': 'private, no-store' };

/** Answers with a check receipt, as `checkWithReceipt` does. */
export type AnswerSigned = (
  c: Context<AskEnv>,
  question: Question,
  request: CheckAnswer['query'],
  form: 'one' | 'many',
) => Promise<Receipted>;

/** Mounts what crawlers and dataset builders ask. */
export function mountCheck(app: OpenAPIHono<AskEnv>, signed: AnswerSigned): void {
  app.openapi(checkOneRoute, async (c) => {
    limit(c, 'check');
    const { agent, usage, receipt: wantsReceipt, ...item } = c.req.valid('query');
    const question: Question = {
      items: [item],
      usage,
      agent: resolved(agent),
      signals: signalsAllowed(c, 'fetch'),
      consumer: consumerOf(c),
    };
    if (wantsReceipt === 'true') {
      const request = { ...item, usage, agent: agent ?? null };
      const { answers, receipt } = await signed(c, question, request, 'one');
      return c.json({ ...(answers[0] as Answer), receipt }, 200, uncached);
    }
    const [decision] = await check(c.get('deps'), question);
    return c.json(decision as Answer, 200, uncached);
  });

  app.post(checkManyRoute.path, async (c, next) => {
    if (!sendsPicture(c)) return next();
    const { agent, usage = 'train-ai', receipt } = PictureQuery.parse(c.req.query());
    limit(c, 'check', formsOfPicture);
    const items = [await pictureItem(c)];
    const signals = 'cached' as const;
    const question = { items, usage, agent: resolved(agent), signals, consumer: consumerOf(c) };
    return c.json(await answered(c, question, agent, receipt === 'true' ? signed : null), 200, uncached);
  });

  const body = { ...checkManyRoute.request.body };
  app.openAPIRegistry.registerPath({
    ...checkManyRoute,
    request: {
      ...checkManyRoute.request,
      body: { ...body, content: { ...body.content, ...pictureContent } },
    },
  });

  app.openapi(checkManyRoute, async (c) => {
    const { items, usage, agent, receipt: wantsReceipt } = c.req.valid('json');
    if (items.length > 1 && !c.get('deps').config.development)
      requireScope(c, 'check', 'Checking many items at once');
    limit(c, 'check', costOf(items));
    const wanted = c.req.valid('query').signals;
    if (wanted === 'fetch' && !c.get('deps').config.development) requireScope(c, 'check', 'signals=fetch');
    const question: Question = {
      items,
      usage,
      agent: resolved(agent),
      signals: wanted === 'fetch' || items.length === 1 ? signalsAllowed(c, 'fetch') : 'cached',
      consumer: consumerOf(c),
    };
    return c.json(await answered(c, question, agent, wantsReceipt === true ? signed : null), 200, uncached);
  });
}

/** The answer to a POST, with its receipt where one is wanted. */
async function answered(
  c: Context<AskEnv>,
  question: Question,
  agent: string | undefined,
  signed: AnswerSigned | null,
): Promise<{ decisions: Answer[]; receipt?: string }> {
  if (signed === null) return { decisions: await check(c.get('deps'), question) };
  const request = { items: question.items, usage: question.usage, agent: agent ?? null };
  const { answers, receipt } = await signed(c, question, request, 'many');
  return { decisions: answers, receipt };
}

const formsOfPicture = queryVariantNames.length * orientations.length;

/** What a question takes of the caller's allowance: each hash of a picture is looked up like an item of its own. */
function costOf(items: readonly CheckItem[]): number {
  return items.reduce(
    (sum, { pixels }) => sum + (pixels === undefined ? 1 : pixels.variants.length * orientations.length),
    0,
  );
}

const resolved = (agent: string | undefined) => (agent === undefined ? null : resolveAgent(agent));
const consumerOf = (c: Context<AskEnv>) => c.get('consumer')?.id ?? '';

/** A caller who has fetched too much still gets an answer, from what is known. */
function signalsAllowed(c: Context<AskEnv>, wanted: SignalsMode): SignalsMode {
  if (wanted === 'cached') return wanted;
  return c.get('deps').limiter.take('fetch', c.get('caller')).allowed ? 'fetch' : 'cached';
}
