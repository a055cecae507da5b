import { createAdaptorServer } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { prepareLookup } from '../db/lookup.ts';
import { createFingerprintIndex, followOutbox } from '../src/actions/fingerprint-index.ts';
import { createHits } from '../src/actions/hits.ts';
import { jobs } from '../src/actions/maintenance.ts';
import { robotsCacheOf } from '../src/actions/robots.ts';
import { readConfig } from '../src/config.ts';
import type { Deps } from '../src/deps.ts';
import { createApp } from '../src/http/app.ts';
import { createLimiter } from '../src/limiter.ts';
import { createFetcher } from '../src/net/fetcher-node.ts';
import { openDatabase, openServiceSecrets, random } from '../src/open.ts';
import { letters } from '../src/web/letters.ts';
import { serveChild } from './child.ts';
import { coldHostOf, coldHosts } from './cold.ts';

/** Raises every rate limit; the limiter itself works as always. */
const limitScale = 1e6;

/**
 * The service in a process of its own: a real database file, the real fetcher, every middleware of the API. Names
 * lead to this machine, where only the one local origin may be fetched.
 */
const [folder = '', originPort = '0'] = process.argv.slice(2);
const config = readConfig({ WITHHOLD_DATA: folder, WITHHOLD_LOG_LEVEL: 'error' });
const database = await openDatabase(config);
const resolver = { resolve: async () => ['127.0.0.1'], resolveTxt: async () => [] };
const fetcher = createFetcher({
  userAgent: `WithholdBot/1 (+${config.origin}/bot)`,
  resolver,
  allow: [
    `127.0.0.1:${originPort}`,
    ...Array.from({ length: coldHosts }, (_none, n) => `${coldHostOf(n)}:${originPort}`),
  ],
});
const log = {
  info: () => {},
  warn: () => {},
  error: (fields: Record<string, unknown>, message: string) => console.error(message, fields),
};
const deps: Deps = {
  config,
  database,
  lookup: prepareLookup(database),
  secrets: await openServiceSecrets(config),
  clock: Date.now,
  random,
  log,
  mail: async () => {},
  letters: letters(config),
  limiter: createLimiter(Date.now, limitScale),
  fingerprints: createFingerprintIndex(),
  decoder: null,
  fetcher,
  resolver,
  robots: robotsCacheOf(database, fetcher, Date.now, log),
  hits: createHits(database, Date.now),
};
await followOutbox(deps);
const app = createApp(deps, { connectionAddress: (c) => getConnInfo(c).remote.address ?? 'unknown' });
const counting = jobs.find(({ name }) => name === 'hits');
setInterval(() => void counting?.run(deps), counting?.everyMs).unref();
await serveChild(createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }), async () => {
  await deps.robots.close();
  await fetcher.close();
  await deps.hits.flush();
  database.close();
});
