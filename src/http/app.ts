import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { checkWithReceipt } from '../actions/check-receipt.ts';
import { authenticate } from '../actions/keys.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { boundBody } from './body.ts';
import { type AnswerSigned, mountCheck } from './check.ts';
import { mountCrawlers } from './crawlers.ts';
import type { AppEnv, AskEnv } from './env.ts';
import { mountErase } from './erase.ts';
import { answerFailure } from './failure.ts';
import { mountFingerprints } from './fingerprints.ts';
import { type ConnectionAddress, identify } from './guard.ts';
import { mountLog } from './log.ts';
import { apiInfo } from './openapi.ts';
import { mountOptOuts } from './opt-outs.ts';
import { type Problem, problemResponse, toProblem } from './problem.ts';
import { mountReceipts } from './receipts.ts';
import { mountRecords } from './records.ts';
import { mountReports } from './reports.ts';
import { mountSignals } from './signals.ts';
import { mountSite } from './site.ts';
import { mountSnapshots } from './snapshots.ts';
import { mountSpawning } from './spawning.ts';
import { refuseInvalid } from './validation.ts';

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
  app.onError((error, c) => answerFailure(c, error, deps.log, render));
  app.notFound((c) =>
    render(
      c,
      new AppError('not-found', `There is nothing at ${c.req.path}.`, {
        fix: 'See /docs for what there is.',
      }),
    ),
  );

  app.use(identify(options.depsOfRequest ?? (() => deps), options.connectionAddress, authenticate));
  app.use(boundBody);
  const { staticFile } = options;
  if (staticFile !== undefined) app.use(async (c, next) => staticFile(c) ?? next());
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.get('/readyz', async (c) => {
    await deps.lookup.size();
    return c.json({ ok: true });
  });

  // Routes that need less than there is; the types of Hono cannot say so.
  mountQuestions(app as unknown as OpenAPIHono<AskEnv>, (c, ...asked) =>
    checkWithReceipt(c.get('deps') as Deps, ...asked),
  );
  mountOptOuts(app);
  mountReceipts(app);
  mountErase(app);
  mountFingerprints(app);
  mountRecords(app);
  mountReports(app);
  mountSnapshots(app);
  mountLog(app);
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' });
  app.doc31('/openapi.json', { ...apiInfo, servers: [{ url: deps.config.origin }] });
  options.pages?.(app);
  return app;
}

/** Mounts what crawlers and dataset builders ask; a replica answers the same. */
export function mountQuestions(app: OpenAPIHono<AskEnv>, signed: AnswerSigned): void {
  mountCheck(app, signed);
  mountCrawlers(app);
  mountSignals(app);
  mountSite(app);
  mountSpawning(app);
}
