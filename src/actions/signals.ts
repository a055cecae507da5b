import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { DocumentEntry } from '../net/document-outcome.ts';
import type { SiteEntry } from '../net/gather-site.ts';
import { rslUrls } from '../net/robots-rules.ts';
import type { Queued } from '../net/signals-cache.ts';
import type { UrlKey } from '../opt-outs/url-key.ts';
import {
  type GatheredDocument,
  gatheredOf,
  type KnownSite,
  type SignalsView,
  viewOf,
} from './signals-view.ts';

/** New origins one request may wait for, and for how long in all. */
export const originsWaitedMax = 100;
export const waitMs = 10_000;
const retryAfterSWhenTooMuch = 2;
const retryAfterSElse = 60;

/** What gathering needs. */
export type GatheringDeps = Pick<Deps, 'clock' | 'signals'>;

/**
 * Gathers what every origin among some URLs says of itself: from the cache, or fetched where the caller may wait.
 * @returns a function that gives the view of the origin of one of these URLs.
 */
export async function signalsFor(
  deps: GatheringDeps,
  places: readonly { key: UrlKey }[],
  mode: 'cached' | 'fetch',
): Promise<(key: UrlKey) => SignalsView> {
  const origins = new Set(places.map(({ key }) => originOf(key)));
  const views = new Map<string, SignalsView>();
  const deadline = deps.clock() + waitMs;
  await Promise.all(
    [...origins].map(async (origin, index) => {
      const wait = mode === 'fetch' && index < originsWaitedMax;
      const known = await knownSite(deps, origin, wait ? deadline : null);
      views.set(origin, viewOf(origin, known, deps.clock()));
    }),
  );
  const nothing = { site: null, retryAfterS: retryAfterSElse, documents: new Map() };
  return (key) => views.get(originOf(key)) ?? viewOf(originOf(key), nothing, deps.clock());
}

async function knownSite(deps: GatheringDeps, origin: string, deadline: number | null): Promise<KnownSite> {
  const found = await waitedFor(deps, deadline, (wait) => deps.signals.get(origin, { wait }));
  const { entry: site, retryAfterS } = unpacked(found);
  const urls = site === null ? [] : rslUrls(site.robots);
  const documents = new Map(await knownDocuments(deps, urls, deadline));
  return { site, retryAfterS, documents, gathered: deps.signals.gathered };
}

/**
 * RSL documents that something else than robots.txt names, from the cache or fetched.
 * @returns those that are there, or known not to be, in the order asked.
 */
export async function rslDocuments(
  deps: GatheringDeps,
  urls: readonly string[],
): Promise<GatheredDocument[]> {
  const known = await knownDocuments(deps, urls, deps.clock() + waitMs);
  return known.flatMap(([url, { entry }]) =>
    entry === null || entry.expiresAt <= deps.clock() ? [] : [gatheredOf('rsl', url, entry)],
  );
}

function knownDocuments(deps: GatheringDeps, urls: readonly string[], deadline: number | null) {
  return Promise.all(
    urls.map(async (url) => {
      const document = await waitedFor(deps, deadline, (wait) => deps.signals.document(url, { wait }));
      return [url, unpacked(document)] as const;
    }),
  );
}

function unpacked<T extends SiteEntry | DocumentEntry>(
  found: T | Queued<T>,
): { entry: T | null; retryAfterS: number } {
  if (!('state' in found) || found.state !== 'queued')
    return { entry: found as T, retryAfterS: retryAfterSElse };
  return { entry: found.stale, retryAfterS: found.retryAfterS };
}

/** A caller is answered in time; the fetch goes on and serves the next one. */
async function waitedFor<T extends SiteEntry | DocumentEntry>(
  deps: GatheringDeps,
  deadline: number | null,
  ask: (wait: boolean) => Promise<T | Queued<T>>,
): Promise<T | Queued<T>> {
  if (deadline === null) return ask(false).catch(laterIfBusy);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), Math.max(0, deadline - deps.clock()));
  });
  try {
    const known = await Promise.race([late, ask(true).catch(laterIfBusy)]);
    // What has arrived by now, such as robots.txt of a site whose other files are slow, is worth having.
    return known ?? (await ask(false).catch(laterIfBusy));
  } finally {
    clearTimeout(timer);
  }
}

function laterIfBusy(error: unknown): Queued<never> {
  if (error instanceof AppError && error.code === 'unavailable') {
    return { state: 'queued', retryAfterS: retryAfterSWhenTooMuch, stale: null };
  }
  throw error;
}

export function originOf(key: UrlKey): string {
  return `${key.scheme}://${key.host}${key.port === '' ? '' : `:${key.port}`}`;
}
