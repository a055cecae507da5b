import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import {
  type FeedEvent,
  type FeedState,
  feedEvents,
  feedStateWithNews,
  pageCharsMax,
} from '../actions/feed.ts';
import { AppError } from '../errors.ts';
import type { AppEnv } from './env.ts';
import { limit, requireScope } from './guard.ts';
import { problems } from './openapi.ts';

export const feedLimitMax = 5_000;
export const feedLimitDefault = 1_000;
export const feedWaitSecondsMax = 30;
const streamType = 'application/x-ndjson';

const whole = (pattern: RegExp, words: string) => z.string().regex(pattern, words).transform(Number);

const FeedQuery = z.object({
  after: whole(/^(?:-1|\d{1,15})$/, 'must be a place in the log, or -1 for its beginning')
    .optional()
    .openapi({
      type: 'integer',
      description: 'The `next` of the answer before; without it, from the beginning.',
    }),
  limit: whole(/^\d{1,4}$/, `must be a whole number from 1 to ${feedLimitMax}`)
    .pipe(z.number().min(1).max(feedLimitMax))
    .optional()
    .openapi({ type: 'integer', description: `Most records to give; ${feedLimitDefault} unless told.` }),
  wait: whole(/^\d{1,2}$/, `must be a whole number of seconds from 0 to ${feedWaitSecondsMax}`)
    .pipe(z.number().max(feedWaitSecondsMax))
    .default(0)
    .openapi({ type: 'integer', description: 'Seconds to wait for something new before an empty answer.' }),
});

export const FeedRecord = z
  .object({
    seq: z.number().int().min(0).openapi({ description: 'Place of its leaf in the consent log.' }),
    type: z.string().openapi({ description: '`withdrawn`, `suspended` and `erased` end what was before.' }),
    rid: z.string(),
    ver: z.number().int().min(1),
    at: z.string().openapi({ description: 'The time in the leaf.' }),
    record: z.record(z.string(), z.unknown()).nullable().openapi({
      description: 'The version that the leaf commits to; null once the record is erased: delete yours.',
    }),
    salt: z.string().nullable(),
    commit: z
      .string()
      .openapi({ description: 'SHA-256(salt ‖ RFC 8785 of `record`), as it stands in the leaf.' }),
  })
  .openapi('FeedRecord');

export const FeedPage = z
  .object({
    records: z.array(FeedRecord),
    next: z.number().int().min(-1).openapi({ description: 'The `after` to go on with.' }),
    size: z
      .number()
      .int()
      .min(0)
      .openapi({ description: 'Leaves of the log, of which the last is `size` - 1.' }),
    checkpoint: z
      .string()
      .nullable()
      .openapi({ description: 'Signed note over that size; null for an empty log.' }),
  })
  .openapi('FeedPage');

const feedRoute = createRoute({
  method: 'get',
  path: '/v1/records',
  tags: ['For crawlers'],
  summary: 'Follow the registry: every change of every record, in the order of the consent log',
  description:
    'Needs a key with the scope `feed` (in development none is asked for). Each record opens the commitment of its ' +
    'leaf under /log/. `Accept: application/x-ndjson` streams one record a line, to the end of the log unless ' +
    '`limit` is given, and then one line with `next`, `size` and `checkpoint`; a stream without it broke off.',
  request: { query: FeedQuery },
  responses: {
    200: {
      description: 'A page of the feed.',
      content: { 'application/json': { schema: FeedPage }, [streamType]: { schema: z.string() } },
    },
    ...problems(400, 401, 403, 429),
  },
});

/** Answers that one caller may have waiting at once: each looks for news several times a second. */
export const waitsPerCallerMax = 16;

/** Runs a wait unless the caller has too many. @throws AppError `rate-limited`. */
function createWaits() {
  const open = new Map<string, number>();
  return async <T>(caller: string, run: () => Promise<T>): Promise<T> => {
    const before = open.get(caller) ?? 0;
    if (before >= waitsPerCallerMax) {
      throw new AppError('rate-limited', `You have ${waitsPerCallerMax} answers waiting already.`, {
        field: 'wait',
        retryAfterS: feedWaitSecondsMax,
        fix: 'Follow the feed with one connection, and give what it says to the others yourself.',
      });
    }
    open.set(caller, before + 1);
    try {
      return await run();
    } finally {
      const left = (open.get(caller) ?? 1) - 1;
      if (left === 0) open.delete(caller);
      else open.set(caller, left);
    }
  };
}

/** Mounts the feed. */
export function mountRecords(app: OpenAPIHono<AppEnv>): void {
  const waiting = createWaits();
  app.openapi(feedRoute, async (c) => {
    const deps = c.get('deps');
    if (!deps.config.development) requireScope(c, 'feed', 'The feed');
    limit(c, 'check');
    const { after = -1, limit: most, wait } = c.req.valid('query');
    const look = () => feedStateWithNews(deps, after, wait * 1_000, c.req.raw.signal);
    const state = await (wait === 0 ? look() : waiting(c.get('caller'), look));
    const isStream = (c.req.header('accept') ?? '').includes(streamType);
    const wanted = most ?? (isStream ? state.size : feedLimitDefault);
    // Nobody reads an answer whose caller has left, and the database may be about to close.
    const range = { after, size: state.size, limit: c.req.raw.signal.aborted ? 0 : wanted };
    const events = feedEvents(deps, range);
    const answer = isStream ? stream(c, events, state, after) : await page(c, events, state, after);
    // The text is put together from stored JSON, which the types of the route cannot follow.
    return answer as never;
  });
}

const headers = (type: string) => ({ 'Content-Type': type, 'Cache-Control': 'private, no-store' });

async function page(
  c: Context<AppEnv>,
  events: AsyncIterable<FeedEvent>,
  { size, checkpoint }: FeedState,
  after: number,
) {
  const records: string[] = [];
  let next = after;
  let chars = 0;
  for await (const { seq, json } of events) {
    records.push(json);
    next = seq;
    chars += json.length;
    if (chars > pageCharsMax) break;
  }
  const tail = `"next":${next},"size":${size},"checkpoint":${JSON.stringify(checkpoint)}`;
  return c.body(`{"records":[${records.join(',')}],${tail}}`, 200, headers('application/json'));
}

/** Pulls from the database only as fast as the reader takes. */
function stream(
  c: Context<AppEnv>,
  events: AsyncGenerator<FeedEvent>,
  { size, checkpoint }: FeedState,
  after: number,
) {
  const encoder = new TextEncoder();
  let next = after;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      let text = '';
      for (let lines = 0; lines < 100 && text.length < 65_536; lines += 1) {
        const { done, value } = await events.next();
        if (done) {
          controller.enqueue(encoder.encode(`${text}${JSON.stringify({ next, size, checkpoint })}\n`));
          controller.close();
          return;
        }
        next = value.seq;
        text += `${value.json}\n`;
      }
      controller.enqueue(encoder.encode(text));
    },
    async cancel() {
      await events.return(undefined);
    },
  });
  return c.body(body, 200, headers(streamType));
}
