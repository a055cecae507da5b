import { createHash, timingSafeEqual } from 'node:crypto';
import { getRequestListener } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Consumer } from '../actions/keys.ts';
import { createDecoder } from '../decode.ts';
import type { Clock, Log } from '../deps.ts';
import { AppError } from '../errors.ts';
import { pinnedKeys } from '../follow/pin.ts';
import { httpSource } from '../follow/source.ts';
import type { AskDeps } from '../http/env.ts';
import { createReplicaApp } from '../http/replica-app.ts';
import { workOf } from '../images/work.ts';
import { createLimiter, developmentScale } from '../limiter.ts';
import { type Listening, listen } from '../listening.ts';
import { toBase64 } from '../log/encoding.ts';
import { directoryFiles } from '../log-store/directory.ts';
import { createFetcher } from '../net/fetcher-node.ts';
import type { Fetcher } from '../net/fetching.ts';
import { createResolver } from '../net/resolver.ts';
import { createSignalsCache } from '../net/signals-cache.ts';
import { snapshotDeps } from '../snapshots/answering.ts';
import { lockPulled } from '../snapshots/keep.ts';
import type { OpenSnapshot } from '../snapshots/open.ts';
import type { Puller } from '../snapshots/pull.ts';
import { samplesDefault } from '../snapshots/sample.ts';
import { botText } from './bot-text.ts';
import { followForReplica, type ReplicaFollowing, type Standing, takeIntoUse } from './following.ts';
import { createInUse, type InUse } from './in-use.ts';
import type { ReplicaConfig } from './settings.ts';

/** An answer that never comes: a replica waits for its registry as long as it takes. */
const yearSeconds = 366 * 86_400;
/** When to ask again while the first snapshot is on its way. */
const loadingRetryS = 10;

export interface ReplicaOptions {
  /** Address of the registry. */
  server: string;
  folder: string;
  /** API key with the scope feed. */
  key?: string | undefined;
  /** Path of a policy to believe. */
  policy?: string | undefined;
  samples?: number;
  allowStale: boolean;
  /** Opens what is in use in a folder. */
  open(folder: string): Promise<OpenSnapshot>;
  log: Log;
  clock?: Clock;
  /** What stands for the world outside; default: the guarded fetcher. */
  fetcher?: Fetcher;
}

export interface Replica {
  url: string;
  standing: Standing;
  /** Resolves once it can answer. @throws AppError or LogFault when it never will, as it is. */
  loaded: Promise<void>;
  close(): Promise<void>;
}

/**
 * Answers what the registry answers, from a snapshot and its feed: no database, nothing is written but its folder.
 * @throws AppError `conflict` when another process has the folder, `misconfigured` when the port is taken.
 */
export async function startReplica(config: ReplicaConfig, options: ReplicaOptions): Promise<Replica> {
  const { log } = options;
  const clock = options.clock ?? Date.now;
  const stop = new AbortController();
  const standing: Standing = { heardAt: null, fault: null, trouble: null };
  const inUse = createInUse((error) => log.error({ error: String(error) }, 'closing a snapshot failed'));
  const unlock = lockPulled(options.folder);
  let listening: Listening;
  const outside = openOutside(config, options, clock);
  try {
    const app = replicaApp({ config, options, clock, inUse, standing, outside });
    listening = await listen(getRequestListener(app.fetch), config);
  } catch (error) {
    await outside.close();
    unlock();
    throw error;
  }
  const begun = begin(options, clock, stop.signal, { inUse, standing });
  const loaded = begun.then(() => {});
  // A failure to begin is told to whoever awaits `loaded`.
  const ended = begun.then(({ run }) => run()).catch(() => {});
  loaded.catch(() => {});
  return {
    url: listening.url,
    standing,
    loaded,
    async close() {
      stop.abort();
      await listening.close();
      await ended;
      await outside.close();
      await inUse.close();
      unlock();
    },
  };
}

/** Pins the keys, takes a snapshot into use, and gives what follows it. */
async function begin(
  options: ReplicaOptions,
  clock: Clock,
  signal: AbortSignal,
  { inUse, standing }: { inUse: InUse; standing: Standing },
): Promise<{ run: () => Promise<void> }> {
  const { server, folder, log, allowStale, open } = options;
  const onRetry = (words: string) => {
    standing.trouble = words;
    log.warn({ registry: words }, 'the registry does not answer');
  };
  const transport = { signal, retryForS: yearSeconds, onRetry };
  const source = httpSource(server, transport);
  const { policy } = await pinnedKeys(directoryFiles(folder), source, options.policy);
  const puller: Puller = {
    ...{ server, folder, source, policy, allowStale, now: clock },
    options: { ...transport, key: options.key },
    samples: options.samples ?? samplesDefault,
    tell: (words) => log.info({}, words),
  };
  const following: ReplicaFollowing = { puller, inUse, standing, open, log };
  const kept = await takeIntoUse(following);
  return { run: () => followForReplica(following, kept) };
}

/** What a replica fetches and decodes with. */
interface Outside extends Pick<AskDeps, 'decoder' | 'fetcher' | 'signals'> {
  /** Where the replica is found. */
  address: string;
  close(): Promise<void>;
}

function openOutside(config: ReplicaConfig, options: ReplicaOptions, clock: Clock): Outside {
  const address = config.origin ?? `http://${config.host}:${config.port}`;
  const fetcher =
    options.fetcher ??
    createFetcher({
      resolver: createResolver(config.dns.length === 0 ? {} : { servers: config.dns }),
      userAgent: `WithholdBot/1 (+${address}/bot)`,
    });
  const files = createDecoder();
  const signals = createSignalsCache({
    fetcher,
    now: clock,
    // In memory alone: what sites say is asked again after a restart.
    store: { read: async () => null, write: async () => {} },
    onError: (error) => options.log.error({ error: String(error) }, 'signals cache'),
  });
  return {
    fetcher,
    signals,
    decoder: {
      async fingerprint(bytes) {
        const { fingerprint, sha256, md5 } = await files.fingerprintFile(bytes);
        return workOf(fingerprint, { sha256, md5 });
      },
    },
    address,
    async close() {
      await signals.close();
      await fetcher.close();
      await files.close();
    },
  };
}

interface ReplicaParts {
  config: ReplicaConfig;
  options: ReplicaOptions;
  clock: Clock;
  inUse: InUse;
  standing: Standing;
  outside: Outside;
}

function replicaApp({ config, options, clock, inUse, standing, outside }: ReplicaParts) {
  const { server, allowStale, log } = options;
  const isOpen = config.keys.length === 0;
  const limiter = createLimiter(clock, isOpen ? developmentScale : 1);
  const isRefused = (snapshot: OpenSnapshot) => snapshot.isStale(clock()) && !allowStale;
  return createReplicaApp({
    registry: server,
    origin: outside.address,
    connectionAddress: (c) => getConnInfo(c).remote.address ?? 'unknown',
    consumerOf: consumerIn(config.keys),
    bot: botText(server),
    log,
    hold() {
      const held = inUse.hold();
      if (held === null) {
        throw new AppError('unavailable', 'The first snapshot is still on its way.', {
          retryAfterS: loadingRetryS,
          fix: `Ask again in ${loadingRetryS} s; /readyz says how it stands.`,
        });
      }
      const { snapshot, release } = held;
      const answering = snapshotDeps(snapshot, { clock, signals: outside.signals });
      const deps: AskDeps = {
        ...answering,
        config: { ...answering.config, development: isOpen, trust_proxy: config.trust_proxy },
        limiter,
        ...{ signals: outside.signals, fetcher: outside.fetcher, decoder: outside.decoder },
        warnings: () => [...(answering.warnings?.() ?? []), ...warningsOf(standing)],
      };
      return { deps, release };
    },
    requireFresh() {
      const snapshot = inUse.current();
      if (snapshot === null || !isRefused(snapshot)) return;
      const { notAfter } = snapshot.manifest.content;
      throw new AppError(
        'unavailable',
        `The snapshot here was to be used until ${notAfter}, and no longer.`,
        {
          fix: `Ask the registry itself: ${server}`,
        },
      );
    },
    readiness() {
      const snapshot = inUse.current();
      const heard = standing.heardAt === null ? null : new Date(standing.heardAt).toISOString();
      if (snapshot === null)
        return { ok: false, registry: server, ...standing, heardAt: heard, snapshot: null };
      const { origin, size, root } = snapshot.asOf();
      const { content } = snapshot.manifest;
      return {
        ok: !isRefused(snapshot),
        registry: server,
        asOf: { origin, size, root: toBase64(root) },
        snapshot: { size: content.size, at: content.at, notAfter: content.notAfter },
        heardAt: heard,
        ageS: standing.heardAt === null ? null : Math.round((clock() - standing.heardAt) / 1_000),
        ...{ fault: standing.fault, trouble: standing.trouble },
      };
    },
  });
}

/** What every answer has to say of a registry whose log is wrong. */
function warningsOf({ fault }: Standing): string[] {
  if (fault === null) return [];
  return [`the registry's log was found to be wrong (${fault}); this is what was known before, and no more`];
}

/** Compares hashes, so that the time it takes says nothing of a key. */
function consumerIn(keys: readonly string[]): (key: string) => Consumer | null {
  const hashOf = (key: string) => createHash('sha256').update(key).digest();
  const known = keys.map(hashOf);
  return (key) => {
    const hash = hashOf(key);
    const at = known.reduce((found, one, index) => (timingSafeEqual(one, hash) ? index : found), -1);
    return at === -1 ? null : { id: `replica-${at + 1}`, scopes: ['check'] };
  };
}
