import { OpenAPIHono } from '@hono/zod-openapi';
import type { Consumer } from '../actions/keys.ts';
import type { Log } from '../deps.ts';
import { AppError } from '../errors.ts';
import { mountQuestions } from './app.ts';
import { boundBody } from './body.ts';
import type { AskDeps, AskEnv } from './env.ts';
import { answerFailure } from './failure.ts';
import { type ConnectionAddress, identify } from './guard.ts';
import { apiInfo } from './openapi.ts';
import { problemResponse } from './problem.ts';
import { refuseInvalid } from './validation.ts';

export interface ReplicaAppOptions {
  /** Address of the registry, for everything that only it does. */
  registry: string;
  /** Address of the replica itself, for its OpenAPI document. */
  origin: string;
  connectionAddress: ConnectionAddress;
  /** Whose key this is, of those that the replica was given. */
  consumerOf(key: string): Consumer | null;
  /**
   * What answers one request; `release` is called behind it.
   * @throws AppError `unavailable` before there is a snapshot.
   */
  hold(): { deps: AskDeps; release: () => void };
  /** @throws AppError `unavailable` when the registry's records may not be told of any more. */
  requireFresh(): void;
  /** What /readyz says, and whether it is ready. */
  readiness(): { ok: boolean } & Record<string, unknown>;
  /** What /bot says. */
  bot: string;
  log: Pick<Log, 'error'>;
}

/** A replica as one function of a request: it answers questions, and nothing else. */
export function createReplicaApp(options: ReplicaAppOptions): OpenAPIHono<AskEnv> {
  const { registry } = options;
  const app = new OpenAPIHono<AskEnv>({ defaultHook: refuseInvalid });
  app.onError((error, c) => answerFailure(c, error, options.log, problemResponse));
  app.notFound((c) =>
    problemResponse(
      c,
      new AppError('not-found', `This is a replica of ${registry}, which only answers questions.`, {
        fix: `Ask the registry itself: ${registry}${c.req.path}`,
      }),
    ),
  );
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.get('/readyz', (c) => {
    const readiness = options.readiness();
    return c.json(readiness, readiness.ok ? 200 : 503, { 'Cache-Control': 'no-store' });
  });
  app.get('/bot', (c) => c.text(options.bot));

  app.use(async (c, next) => {
    c.set('requestId', crypto.randomUUID());
    const { deps, release } = options.hold();
    try {
      const known = identify(
        () => deps,
        options.connectionAddress,
        async (_, key) => options.consumerOf(key),
      );
      return await known(c, next);
    } finally {
      release();
    }
  });
  const fresh = async (_: unknown, next: () => Promise<void>) => {
    options.requireFresh();
    await next();
  };
  app.use('/v1/check', fresh);
  app.use('/api/*', fresh);
  app.use(boundBody);
  mountQuestions(app, async () => {
    throw new AppError('invalid', 'A replica signs no receipts.', {
      field: 'receipt',
      fix: `Ask the registry for it: ${registry}/v1/check`,
    });
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' });
  app.doc31('/openapi.json', { ...apiInfo, servers: [{ url: options.origin }] });
  return app;
}
