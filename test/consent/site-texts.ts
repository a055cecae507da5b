import type { SiteFile, SitePage, SiteTexts } from '../../src/consent/site/files.ts';

export const origin = 'https://example.org';
const at = '2026-11-23T14:02:00.000Z';

const places = {
  'robots.txt': `${origin}/robots.txt`,
  tdmrep: `${origin}/.well-known/tdmrep.json`,
  'ai.txt': `${origin}/ai.txt`,
  'trust.txt': `${origin}/trust.txt`,
} as const;

/** A site as a test tells it: its files by source, `null` for those it does not have. */
export interface Told {
  url?: string;
  'robots.txt'?: string | null;
  tdmrep?: string;
  'ai.txt'?: string;
  'trust.txt'?: string;
  /** RSL documents by their address. */
  rsl?: Record<string, string>;
  headers?: Record<string, string[]>;
  html?: string;
}

export function file(source: SiteFile['source'], url: string, text: string | null): SiteFile {
  const state = text === null ? 'absent' : 'read';
  return { source, url, state, status: text === null ? 404 : 200, text, observedAt: at, faults: [] };
}

export function site(told: Told): SiteTexts {
  const url = told.url ?? `${origin}/`;
  const files = Object.entries(places).map(([source, place]) =>
    file(source as keyof typeof places, place, told[source as keyof typeof places] ?? null),
  );
  const documents = Object.entries(told.rsl ?? {}).map(([place, text]) => file('rsl', place, text));
  return { url, files: [...files, ...documents], page: pageOf(told, url) };
}

function pageOf({ headers, html }: Told, url: string): SitePage | null {
  if (headers === undefined && html === undefined) return null;
  const rest = { headers: headers ?? {}, html: html ?? null, cut: false, observedAt: at, note: null };
  return { state: 'read', url, status: 200, ...rest };
}
