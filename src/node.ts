import { setTimeout } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { OpenAPIHono } from '@hono/zod-openapi';
import pino from 'pino';
import { filterKeys } from '../db/key-filter.ts';
import { prepareLookup } from '../db/lookup.ts';
import { createFingerprintIndex } from './actions/fingerprint-index.ts';
import { createHits } from './actions/hits.ts';
import { type Job, jobs } from './actions/maintenance.ts';
import { signalsCacheOf } from './actions/signals-store.ts';
import type { Config } from './config.ts';
import { createDecoder } from './decode.ts';
import type { Deps, Log, Mail } from './deps.ts';
import { AppError } from './errors.ts';
import { createFingerprintThreads } from './fingerprint-threads.ts';
import { createApp } from './http/app.ts';
import type { AppEnv } from './http/env.ts';
import { workOf } from './images/work.ts';
import { createLimiter, developmentScale } from './limiter.ts';
import { listen } from './listening.ts';
import { smtpMail, terminalMail } from './mail.ts';
import { createFetcher, type FetcherOptions } from './net/fetcher-node.ts';
import type { Fetcher } from './net/fetching.ts';
import { createResolver } from './net/resolver.ts';
import { openDatabase, openServiceSecrets, random } from './open.ts';
import { openConsentLog } from './open-log.ts';
import { publicFolder } from './paths.ts';
import { snapshotJob } from './snapshot-schedule.ts';
import { snapshotsFolder, storedSnapshots } from './snapshots/stored.ts';
import type { Assets } from './web/assets.ts';
import { readStaticFiles } from './web/assets-files.ts';
import { letters } from './web/letters.ts';
import { mountPages, pageOfProblem } from './web/routes.ts';

/** What a test or the demo may set in place of the real world; never read from the environment. */
export interface ServiceOverrides {
  clock?: () => number;
  mail?: Mail;
  log?: Log;
  /** `host:port` entries the outbound guard lets through: a test's own local servers. */
  allow?: readonly string[];
  resolver?: Deps['resolver'];
  /** Multiplies every rate limit. */
  limitScale?: number;
  /** Stands between the service and its guarded fetcher: leads names that exist here alone to a local server. */
  route?: (fetcher: Fetcher) => Fetcher;
  /** Adds pages to those of the app before it answers. */
  mount?: (app: Service['app'], assets: Assets) => void;
}

export interface Service {
  deps: Deps;
  app: OpenAPIHono<AppEnv>;
  /** Stops jobs and threads, writes down what is in memory, closes the database. */
  close(): Promise<void>;
}

/** Builds the service of a data folder on Node, without listening and without its jobs. */
export async function openService(config: Config, overrides: ServiceOverrides = {}): Promise<Service> {
  const clock = overrides.clock ?? Date.now;
  const log = overrides.log ?? pino({ level: config.log_level, base: null });
  const mail = overrides.mail ?? chooseMail(config);
  const secrets = await openServiceSecrets(config);
  const database = await openDatabase(config);
  const resolver =
    overrides.resolver ?? createResolver(config.dns.length === 0 ? {} : { servers: config.dns });
  const fetcherOptions: FetcherOptions = {
    resolver,
    userAgent: `WithholdBot/1 (+${config.origin}/bot)`,
    ...(overrides.allow === undefined ? {} : { allow: overrides.allow }),
  };
  const guarded = createFetcher(fetcherOptions);
  const fetcher = overrides.route?.(guarded) ?? guarded;
  const decoder = createDecoder();
  const { consentLog, closeLock } = await openConsentLog(config);
  const lookup = await filterKeys(database, prepareLookup(database));
  const deps: Deps = {
    config,
    database,
    lookup,
    secrets,
    clock,
    random,
    log,
    mail,
    letters: letters(config),
    limiter: createLimiter(clock, overrides.limitScale ?? (config.development ? developmentScale : 1)),
    fingerprints: createFingerprintIndex({ database, lookup }, createFingerprintThreads()),
    decoder: {
      async fingerprint(bytes) {
        const { fingerprint, sha256, md5 } = await decoder.fingerprintFile(bytes);
        return workOf(fingerprint, { sha256, md5 });
      },
    },
    fetcher,
    resolver,
    signals: signalsCacheOf(database, fetcher, clock, log),
    hits: createHits(database, clock),
    consentLog,
    snapshots: storedSnapshots(snapshotsFolder(config), consentLog),
  };
  const files = readStaticFiles(publicFolder);
  const app = createApp(deps, {
    connectionAddress: (c) => getConnInfo(c).remote.address ?? 'unknown',
    staticFile: files.serve,
    pages: (base) => mountPages(base, files.assets),
    pageOfProblem: (c, problem) => pageOfProblem(c, problem, files.assets),
  });
  overrides.mount?.(app, files.assets);
  return {
    deps,
    app,
    async close() {
      await deps.signals.close();
      await fetcher.close();
      await decoder.close();
      await deps.fingerprints.threads.close();
      await deps.hits.flush();
      if ('close' in mail && typeof mail.close === 'function') mail.close();
      closeLock();
      database.close();
    },
  };
}

function chooseMail(config: Config): Mail {
  if (config.smtp !== undefined) return smtpMail(config, config.smtp);
  if (config.development) return terminalMail((text) => process.stderr.write(text));
  throw new AppError(
    'misconfigured',
    'WITHHOLD_SMTP is required in production: smtps://user:password@host:465',
  );
}

export interface RunningService extends Service {
  /** The address that answers, `http://127.0.0.1:8787`. */
  url: string;
}

/**
 * Opens the service, listens and runs its jobs. `close` stops taking connections, lets answers under way finish, and
 * then closes the rest, so that nothing answered with 2xx is lost.
 * @throws AppError `misconfigured` when the port is taken.
 */
export async function startService(
  config: Config,
  overrides: ServiceOverrides = {},
): Promise<RunningService> {
  const service = await openService(config, overrides);
  const stopping = new AbortController();
  service.deps.stopping = stopping.signal;
  const listening = await listen(getRequestListener(service.app.fetch), config).catch(async (error) => {
    await service.close();
    throw error;
  });
  const loops = [...jobs, snapshotJob()].map((job) => loop(service.deps, job));
  return {
    ...service,
    url: listening.url,
    async close() {
      stopping.abort();
      await listening.close();
      for (const stop of loops) await stop();
      await service.close();
    },
  };
}

/** A job that fails is tried again after this at least, doubling up to the other. */
const retryMs = { first: 1_000, longest: 60_000 };

/** Runs a job again and again, never twice at once; one that fails is logged and tried again, later each time. */
function loop(deps: Deps, { name, everyMs, run }: Job): () => Promise<void> {
  const stop = new AbortController();
  const running = (async () => {
    let failures = 0;
    while (!stop.signal.aborted) {
      try {
        await run(deps);
        failures = 0;
      } catch (error) {
        failures += 1;
        deps.log.error({ job: name, failures, error: faultOf(error) }, 'job failed');
      }
      const backOff = Math.min(retryMs.first * 2 ** (failures - 1), retryMs.longest);
      const wait = failures === 0 ? everyMs : Math.max(everyMs, backOff);
      await setTimeout(wait, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  return async () => {
    stop.abort();
    await running;
  };
}

function faultOf(error: unknown): string {
  // What can be acted on is said as it is to be read; only faults of ours need their stack.
  if (error instanceof AppError) return [error.message, error.fix].filter(Boolean).join(' ');
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
