import { readHtml } from '../consent/html.ts';
import { robotsAllows } from '../consent/robots/match.ts';
import { parseRobots } from '../consent/robots/parse.ts';
import type { SiteFile, SitePage } from '../consent/site/files.ts';
import { type SiteReport, siteReport } from '../consent/site/report.ts';
import { pageRslLinks } from '../consent/site/rsl.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { FetchResult } from '../net/fetching.ts';
import { ownToken, rslUrlOf } from '../net/robots-rules.ts';
import { type UrlKey, urlKey } from '../opt-outs/url-key.ts';
import { rslDocuments, signalsFor } from './signals.ts';
import type { GatheredDocument } from './signals-view.ts';

/** What is read of the page itself, and how long it may take. */
export const sitePageBytesMax = 500 * 1024;
export const sitePageTimeoutMs = 5_000;
export const sitePageRedirectsMax = 5;
/** Longest URL a site check takes: every rule of a robots.txt is compared with it. */
export const siteUrlLengthMax = 2_048;
/** RSL documents that a page names and that are fetched. */
export const sitePageDocumentsMax = 3;

/** What a site check needs; without a limiter (a person's own machine) each page is fetched when asked for. */
export type SiteDeps = Pick<Deps, 'clock' | 'fetcher' | 'signals'> & Partial<Pick<Deps, 'limiter'>>;

/** A report, and until when it holds. */
export interface SiteCheck extends SiteReport {
  /** RFC 3339 UTC. */
  checkedAt: string;
}

/**
 * Gathers what a site says and reports it: its well-known files from the cache or fetched, and the page itself, if
 * robots.txt lets our crawler, by one GET. Keeps nothing but the cache.
 *
 * @param text the URL of a page, or a host alone.
 * @throws AppError `invalid` when it is neither.
 */
export async function siteCheck(deps: SiteDeps, text: string): Promise<SiteCheck> {
  const { url, key } = addressOf(text);
  const view = (await signalsFor(deps, [{ key }], 'fetch'))(key);
  const files = view.gathered().map(fileOf);
  const page = await pageOf(deps, url, files[0] ?? null);
  const named = page === null ? [] : await documentsNamedIn(deps, page, files);
  const report = siteReport({ url, files: [...files, ...named], page });
  const missing = view.ask(url, null).notChecked.filter(({ why }) => why === 'not-fetched-yet');
  return {
    ...report,
    notChecked: [...missing, ...report.notChecked],
    checkedAt: new Date(deps.clock()).toISOString(),
  };
}

function addressOf(text: string): { url: string; key: UrlKey } {
  const given = text.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`);
  const key = url === null ? null : urlKey(url.href);
  const isHost = url !== null && /[.:]/.test(url.hostname);
  if (url === null || key === null || !isHost || url.href.length > siteUrlLengthMax) {
    throw new AppError('invalid', 'This is not the address of a page or a site.', {
      field: 'url',
      fix: 'Give an address such as https://example.org/gallery, or a host such as example.org.',
    });
  }
  url.hash = '';
  url.username = '';
  url.password = '';
  return { url: url.href, key };
}

function fileOf({ warnings, until: _until, ...document }: GatheredDocument): SiteFile {
  return { ...document, faults: warnings };
}

/** May our own crawler fetch this? An unreachable robots.txt forbids everything (RFC 9309 §2.3.1.4). */
function mayFetch(robots: SiteFile): (url: string) => boolean {
  if (robots.state !== 'read') return () => robots.state === 'absent';
  const parsed = parseRobots(robots.text ?? '');
  return (url) => url.length <= siteUrlLengthMax && robotsAllows(parsed, { agent: ownToken, url }).allowed;
}

async function pageOf(deps: SiteDeps, url: string, robots: SiteFile | null): Promise<SitePage | null> {
  const observedAt = new Date(deps.clock()).toISOString();
  const without = (state: SitePage['state'], note: string, status: number | null = null): SitePage => {
    return { state, url, status, headers: {}, html: null, cut: false, observedAt, note };
  };
  if (robots === null || robots.source !== 'robots.txt') return null;
  if (robots.state === 'unreachable') {
    return without('disallowed', 'robots.txt cannot be read, so the page is not asked for');
  }
  const allowed = mayFetch(robots);
  if (!allowed(url)) return without('disallowed', `robots.txt does not let ${ownToken} fetch the page`);
  const { origin, hostname } = new URL(url);
  // However many people ask about one site, it is not for us to ask it as often.
  if (deps.limiter?.take('fetch', `site:${hostname}`).allowed === false) {
    return without('busy', 'the page was asked for often in the last minutes');
  }
  const result = await deps.fetcher.fetch(url, {
    maxBytes: sitePageBytesMax,
    timeoutMs: sitePageTimeoutMs,
    maxRedirects: sitePageRedirectsMax,
    accept: 'text/html, */*;q=0.5',
    stopBefore: (target) => target.origin !== origin || !allowed(target.href),
  });
  if (!result.ok) return without('unreachable', result.message);
  return answered(result, without);
}

function answered(
  result: Extract<FetchResult, { ok: true }>,
  without: (state: SitePage['state'], note: string, status: number) => SitePage,
): SitePage {
  const { status, headers } = result;
  if (status >= 300 && status < 400) {
    const location = headers.location?.[0] ?? '';
    const target = URL.parse(location, result.url);
    return without('elsewhere', `the page redirects to ${(target?.href ?? 'nowhere').slice(0, 300)}`, status);
  }
  const body = new TextDecoder().decode(result.body);
  const isHtml =
    /\bhtml\b/i.test(headers['content-type']?.[0] ?? '') ||
    /^\s*<(?:!doctype|html)/i.test(body.slice(0, 1_024));
  const { observedAt } = without('read', '', status);
  return {
    ...{ state: 'read', url: result.url, status, headers: { ...headers }, observedAt, note: null },
    html: isHtml ? body : null,
    cut: isHtml && result.truncated,
  };
}

/** RSL documents that headers and HTML name, beside those that robots.txt does. */
async function documentsNamedIn(
  deps: SiteDeps,
  page: SitePage,
  files: readonly SiteFile[],
): Promise<SiteFile[]> {
  const html = page.html === null ? null : readHtml(page.html, page.url);
  const known = new Set(files.map(({ url }) => url));
  const urls = pageRslLinks(page, html)
    .links.flatMap(({ href }) => rslUrlOf(href) ?? [])
    .filter((url) => !known.has(url));
  const documents = await rslDocuments(deps, [...new Set(urls)].slice(0, sitePageDocumentsMax));
  return documents.map(fileOf);
}
