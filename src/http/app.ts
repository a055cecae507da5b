import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { isConstraintViolation } from '../../db/database.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { mountCheck } from './check.ts';
import { mountCrawlers } from './crawlers.ts';
import type { AppEnv } from './env.ts';
import { mountErase } from './erase.ts';
import { mountFingerprints } from './fingerprints.ts';
import { type ConnectionAddress, identify } from './guard.ts';
import { mountLog } from './log.ts';
import { apiInfo } from './openapi.ts';
import { mountOptOuts } from './opt-outs.ts';
import { type Problem, problemResponse, toProblem } from './problem.ts';
import { mountReceipts } from './receipts.ts';
import { mountRecords } from './records.ts';
import { mountReports } from './reports.ts';
import { uploadBytesMax } from './schemas.ts';
import { mountSignals } from './signals.ts';
import { mountSite } from './site.ts';
import { mountSpawning } from './spawning.ts';
import { invalidInput, refuseInvalid } from './validation.ts';

/** Largest body of a JSON request. 10,000 items with two long URLs each stay below. */
export const jsonBytesMax = 32 * 1024 * 1024;
/** An upload with the fields around it. */
const formBytesMax = uploadBytesMax + 1024 * 1024;

export interface AppOptions {
  connectionAddress: ConnectionAddress;
  /** The deps of one request, where parts may not be shared between requests (Workers). Default: the given ones. */
  depsOfRequest?: () => Deps;
  /** Shows a problem to people; null where a program asked. */
  pageOfProblem?: (c: Context<AppEnv>, problem: Problem) => Promise<Response> | null;
  /** Static files, on hosts whose platform does not serve them. */
  staticFile?: (c: Context<AppEnv>) => Response | null;
  /** Mounts the pages, which know the API's actions but are not known by it. */
  pages?: (app: OpenAPIHono<AppEnv>) => void;
}

/** The whole service as one function of a request; the same on Node and Workers. */
export function createApp(deps: Deps, options: AppOptions): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });
  const render = (c: Context<AppEnv>, error: unknown) =>
    options.pageOfProblem?.(c, toProblem(error, c.get('requestId'))) ?? problemResponse(c, error);
  app.onError((error, c) => {
    if (error instanceof AppError && error.code !== 'misconfigured') return render(c, error);
    if (error instanceof z.ZodError) {
      const { problem, errors } = invalidInput(error);
      return problemResponse(c, problem, errors);
    }
    if (error instanceof HTTPException && (error.status === 400 || error.status === 415)) {
      return problemResponse(
        c,
        new AppError('invalid', 'The body is not the JSON it says it is.', {
          fix: 'Send valid JSON with Content-Type: application/json.',
        }),
      );
    }
    // The loser of a race on a record: nothing of its change was applied.
    if (isConstraintViolation(error)) {
      return render(
        c,
        new AppError('conflict', 'Something changed at the same moment.', {
          fix: 'Look at what is there now, and try again.',
        }),
      );
    }
    deps.log.error({ requestId: c.get('requestId'), error: describe(error) }, 'request failed');
    return render(c, error);
  });
  app.notFound((c) =>
    render(
      c,
      new AppError('not-found', `There is nothing at ${c.req.path}.`, {
        fix: 'See /docs for what there is.',
      }),
    ),
  );

  app.use(identify(options.depsOfRequest ?? (() => deps), options.connectionAddress));
  app.use(boundBody);
  const { staticFile } = options;
  if (staticFile !== undefined) app.use(async (c, next) => staticFile(c) ?? next());
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.get('/readyz', async (c) => {
    await deps.lookup.size();
    return c.json({ ok: true });
  });

  mountCheck(app);
  mountCrawlers(app);
  mountSignals(app);
  mountSite(app);
  mountOptOuts(app);
  mountReceipts(app);
  mountErase(app);
  mountFingerprints(app);
  mountSpawning(app);
  mountRecords(app);
  mountReports(app);
  mountLog(app);
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' });
  app.doc31('/openapi.json', { ...apiInfo, servers: [{ url: deps.config.origin }] });
  options.pages?.(app);
  return app;
}

/**
 * Reads every body under its limit before anything parses it: Content-Length may lie or be absent, and a body that is
 * too large is refused with 413 wherever it ends.
 */
const boundBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
  const { body } = c.req.raw;
  if (body === null) return next();
  const isForm = /^(multipart\/form-data|application\/x-www-form-urlencoded|image\/)/i.test(
    c.req.header('content-type') ?? '',
  );
  const bytesMax = isForm || c.req.path === '/v1/fingerprints' ? formBytesMax : jsonBytesMax;
  const tooLarge = () =>
    new AppError('too-large', `The request is larger than ${Math.floor(bytesMax / 1_048_576)} MB.`, {
      fix: isForm
        ? 'Choose a smaller file, or let the browser make the fingerprint.'
        : 'Send fewer items at a time.',
    });
  if (Number(c.req.header('content-length') ?? 0) > bytesMax) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > bytesMax) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  const { method, headers, url, signal } = c.req.raw;
  c.req.raw = new Request(url, { method, headers, body: whole, signal });
  return next();
};

/** What is logged of an unknown error: its name, message and stack, never the request. */
function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
