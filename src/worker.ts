import { openD1 } from '../db/d1.ts';
import { prepareLookup } from '../db/lookup.ts';
import { migrate } from '../db/migrate.ts';
import { bundledMigrations } from '../db/migrations-bundled.ts';
import { createFingerprintIndex } from './actions/fingerprint-index.ts';
import { createHits } from './actions/hits.ts';
import { jobs } from './actions/maintenance.ts';
import { keepOrigin } from './actions/origin.ts';
import { signalsCacheOf } from './actions/signals-store.ts';
import { type Config, readConfig } from './config.ts';
import type { Deps, Log, Mail, Random } from './deps.ts';
import { AppError } from './errors.ts';
import { createApp } from './http/app.ts';
import { createLimiter, developmentScale } from './limiter.ts';
import { answerLock, type LockStorage } from './log-store/durable-lock.ts';
import { createFetcher } from './net/fetcher-worker.ts';
import { createDohResolver } from './net/resolver-doh.ts';
import { openWorkerLog, type WorkerLogBindings } from './open-worker-log.ts';
import { openSecrets } from './secrets.ts';
import { assets } from './web/assets-bundled.ts';
import { letters } from './web/letters.ts';
import { mountPages, pageOfProblem } from './web/routes.ts';

/** What wrangler.jsonc binds. */
export interface WorkerEnv extends WorkerLogBindings {
  DB: Parameters<typeof openD1>[0];
  /** Cloudflare Email Service; absent in development, where letters are shown at /outbox. */
  EMAIL?: { send(letter: { from: string; to: string; subject: string; text: string }): Promise<unknown> };
  [setting: `WITHHOLD_${string}`]: string | undefined;
}

interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

const random: Random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));

/** Workers collect standard output; one JSON object a line, as pino writes it on Node. */
const log: Log = {
  info: (fields, message) => console.log(JSON.stringify({ level: 'info', msg: message, ...fields })),
  warn: (fields, message) => console.warn(JSON.stringify({ level: 'warn', msg: message, ...fields })),
  error: (fields, message) => console.error(JSON.stringify({ level: 'error', msg: message, ...fields })),
};

/**
 * `wrangler dev` has no folder to keep a secret in. This one is public, which is why readConfig refuses to start
 * without WITHHOLD_SECRETS on any origin but localhost.
 */
const developmentSecrets = `dev:${btoa('withhold on localhost, no secret')}`;

interface Service {
  deps: Deps;
  fetch(request: Request): Response | Promise<Response>;
}

/** Builds the service of an isolate. */
export async function openWorker(env: WorkerEnv): Promise<Service> {
  const config = readConfig({ ...env });
  const mail = mailOf(config, env);
  const database = openD1(env.DB);
  await migrate(database, bundledMigrations);
  await keepOrigin(database, config.origin);
  const clock = Date.now;
  const resolver = createDohResolver();
  const fetcher = createFetcher({ userAgent: `WithholdBot/1 (+${config.origin}/bot)` });
  const lookup = prepareLookup(database);
  const deps: Deps = {
    config,
    database,
    lookup,
    secrets: await openSecrets(config.secrets ?? developmentSecrets, random),
    clock,
    random,
    log,
    mail,
    letters: letters(config),
    limiter: createLimiter(clock, config.development ? developmentScale : 1),
    fingerprints: createFingerprintIndex({ database, lookup }),
    decoder: null,
    fetcher,
    resolver,
    signals: signalsCacheOf(database, fetcher, clock, log),
    hits: createHits(database, clock),
    consentLog: await openWorkerLog(config, env),
    snapshots: null,
  };
  const app = createApp(deps, {
    // Workers forbid one request to await what another one started, so flights in the cache are not shared.
    depsOfRequest: () => ({ ...deps, signals: signalsCacheOf(database, fetcher, clock, log) }),
    connectionAddress: (c) => c.req.header('cf-connecting-ip') ?? 'unknown',
    pages: (base) => mountPages(base, assets),
    pageOfProblem: (c, problem) => pageOfProblem(c, problem, assets),
  });
  return { deps, fetch: (request) => app.fetch(request) };
}

function mailOf(config: Config, env: WorkerEnv): Mail {
  const { EMAIL } = env;
  if (EMAIL !== undefined) {
    return async ({ to, subject, text }) => {
      await EMAIL.send({ from: config.mail_from, to, subject, text });
    };
  }
  if (config.development) return async () => {};
  throw new AppError('misconfigured', 'the binding EMAIL (send_email) is required in production');
}

let service: Promise<Service> | undefined;

/** One service per isolate; a start that failed is tried again by the next request. */
function opened(env: WorkerEnv): Promise<Service> {
  service ??= openWorker(env).catch((error: unknown) => {
    service = undefined;
    throw error;
  });
  return service;
}

/** The lock of the consent log: one object in the world per log. Workers wants it as a class. */
export class LogLockObject {
  private readonly storage: LockStorage;

  constructor(state: { storage: LockStorage }) {
    this.storage = state.storage;
  }

  fetch(request: Request): Promise<Response> {
    return answerLock(this.storage, request);
  }
}

export default {
  async fetch(request: Request, env: WorkerEnv, context: Context): Promise<Response> {
    const { deps, fetch } = await opened(env);
    const response = await fetch(request);
    // An isolate may end at any time, so what a request leaves to do is done right behind its answer.
    context.waitUntil(afterwards(deps));
    return response;
  },
  async scheduled(_event: unknown, env: WorkerEnv): Promise<void> {
    const { deps } = await opened(env);
    for (const { name, run } of jobs) {
      await run(deps).catch((error: unknown) => log.error({ job: name, error: String(error) }, 'job failed'));
    }
  },
};

async function afterwards(deps: Deps): Promise<void> {
  const soon = jobs.filter(({ name }) => ['hits', 'letters', 'log', 'receipts'].includes(name));
  const results = await Promise.allSettled([...soon.map(({ run }) => run(deps)), deps.signals.idle()]);
  for (const result of results) {
    if (result.status === 'rejected') log.error({ error: String(result.reason) }, 'job failed');
  }
}
