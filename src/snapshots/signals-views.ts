import { type KnownSite, type SignalsView, viewOf } from '../actions/signals-view.ts';
import { createLru } from '../net/lru.ts';
import { rslUrls } from '../net/robots-rules.ts';
import type { OpenSignals } from './open-signals.ts';

/** Origins kept ready, and what they may weigh: a parsed robots.txt takes many times the space of its text. */
export const viewsMax = 50_000;
export const viewsBytesMax = 64 * 1024 * 1024;
const viewOverheadBytes = 2_048;
const parsedFactor = 8;

/** What sites said, by origin, without waiting: for callers that ask about row after row. */
export interface SignalsViews {
  /**
   * The same view as `signalsFor` gives on the snapshot. Its files are parsed once, as long as it is kept.
   * @param origin as `URL.origin` spells it, of the canonical host.
   */
  viewOf(origin: string): SignalsView;
}

/** @param deps `now`: Unix ms; asked once, so that all rows of a run are answered at one time. */
export function createSignalsViews(
  snapshot: Pick<OpenSignals, 'file' | 'cache'>,
  deps: { now(): number },
): SignalsViews {
  const now = deps.now();
  const { file, cache } = snapshot;
  const views = createLru<{ view: SignalsView; bytes: number }>(
    { entriesMax: viewsMax, bytesMax: viewsBytesMax },
    ({ bytes }) => bytes,
  );
  return {
    viewOf(origin) {
      const kept = views.get(origin);
      if (kept !== undefined) return kept.view;
      const site = file.site(origin);
      const urls = site === null ? [] : rslUrls(site.robots);
      const documents = new Map(urls.map((url) => [url, { entry: file.document(url), retryAfterS: 0 }]));
      const known: KnownSite = { site, retryAfterS: 0, documents, gathered: cache.gathered };
      const view = viewOf(origin, known, now);
      const entries = [site?.robots, ...Object.values(site?.documents ?? {})];
      const held = [...entries, ...[...documents.values()].map(({ entry }) => entry)];
      const chars = held.reduce((sum, entry) => sum + (entry?.body?.length ?? 0), 0);
      views.set(origin, { view, bytes: viewOverheadBytes + parsedFactor * chars });
      return view;
    },
  };
}
