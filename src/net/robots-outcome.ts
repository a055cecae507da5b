import type { FetchFailureKind, FetchResult, FetchSuccess, Redirect } from './fetching.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** What is parsed of a robots.txt: the least that RFC 9309 §2.5 lets a crawler stop at. */
export const robotsBytesMax = 500 * 1024;
/** RFC 9309 §2.4: not used beyond 24 hours. The site's own max-age counts between the two bounds. */
export const robotsLifetimeMsMax = dayMs;
export const robotsLifetimeMsMin = 5 * minuteMs;
/** An entry is fetched again ahead of its end once this share of its lifetime is over. */
const refreshShare = 23 / 24;
/** While unreachable: the first wait, doubled each time up to `robotsLifetimeMsMax`. */
export const robotsRetryMs = hourMs;
/** Wait after a failed refresh whose entry is still good. */
export const robotsRefreshRetryMs = 10 * minuteMs;
/** RFC 9309 §2.3.1.4 names 30 days as a reasonable time to go on with a cached copy. */
export const robotsLastGoodMsMax = 30 * dayMs;

export type RobotsWarning = 'truncated' | 'html' | 'not-utf-8' | 'too-many-redirects';

/** What is known about the robots.txt of one origin. Plain data: it can be stored as JSON. Times are Unix ms. */
export interface RobotsEntry {
  /** `read`: there is a file. `absent`: the site answered and says nothing. `unreachable`: nobody knows. */
  state: 'read' | 'absent' | 'unreachable';
  /** Whether the origin may be crawled: `by-rules` of the body, or the same answer for every path. */
  crawl: 'by-rules' | 'allow' | 'disallow';
  /** The file. While unreachable the last good copy, which is used for signals only; null when there is none. */
  body: string | null;
  /** When `body` was read; null without one. */
  bodyAt: number | null;
  warnings: RobotsWarning[];
  /** Status of the last answer, null when there was none. */
  status: number | null;
  /** Why there was no answer, null when there was one. */
  failure: FetchFailureKind | null;
  /** Where the file was found in the end, and over which redirects. RFC 9309 §2.3.1.2: it speaks for the origin. */
  url: string | null;
  redirects: Redirect[];
  /** When `state` was observed. */
  checkedAt: number;
  /** From here on it is fetched again in the background. */
  refreshAt: number;
  /** From here on it is no longer used. */
  expiresAt: number;
  /** Attempts in a row that found the origin unreachable. */
  failures: number;
}

/**
 * Turns one attempt to fetch a robots.txt into what is known from now on (RFC 9309 §2.3.1 and §2.4).
 * 2xx is the file. 4xx but 429, redirects beyond the limit and redirects without a target mean that nothing is said.
 * 5xx, 429, other statuses and every failure mean unreachable: crawling is disallowed, and the last good copy stays
 * for signals, up to 30 days. A failure while the previous entry has not expired changes nothing but the time of
 * the next attempt.
 * @param previous the entry before this attempt, or null.
 * @param now Unix ms.
 */
export function robotsOutcome(result: FetchResult, previous: RobotsEntry | null, now: number): RobotsEntry {
  if (result.ok && result.status >= 200 && result.status < 300) return readEntry(result, now);
  if (result.ok && result.status >= 300 && result.status < 500 && result.status !== 429) {
    return absentEntry(result, now);
  }
  if (!result.ok && result.kind === 'too-many-redirects') return absentEntry(result, now);
  if (previous !== null && previous.state !== 'unreachable' && now < previous.expiresAt) {
    return { ...previous, refreshAt: Math.min(previous.expiresAt, now + robotsRefreshRetryMs) };
  }
  return unreachableEntry(result, previous, now);
}

function readEntry(result: FetchSuccess, now: number): RobotsEntry {
  const warnings: RobotsWarning[] = result.truncated ? ['truncated'] : [];
  const bytes = result.truncated ? wholeLines(result.body) : result.body;
  const body = new TextDecoder().decode(bytes);
  if (isHtml(result, body)) warnings.push('html');
  if (!isUtf8(bytes)) warnings.push('not-utf-8');
  return {
    ...ends(now, lifetimeMs(result.headers)),
    state: 'read',
    crawl: 'by-rules',
    body,
    bodyAt: now,
    warnings,
    status: result.status,
    failure: null,
    url: result.url,
    redirects: result.redirects,
    failures: 0,
  };
}

function absentEntry(result: FetchResult, now: number): RobotsEntry {
  return {
    ...ends(now, result.ok ? lifetimeMs(result.headers) : robotsLifetimeMsMax),
    ...lastAnswer(result),
    state: 'absent',
    crawl: 'allow',
    body: null,
    bodyAt: null,
    warnings: result.ok ? [] : ['too-many-redirects'],
    failures: 0,
  };
}

function unreachableEntry(result: FetchResult, previous: RobotsEntry | null, now: number): RobotsEntry {
  const failures = previous?.state === 'unreachable' ? previous.failures + 1 : 1;
  const grown = Math.min(robotsLifetimeMsMax, robotsRetryMs * 2 ** Math.min(failures - 1, 10));
  const asked = result.ok ? retryAfterMs(result.headers, now) : undefined;
  const kept = previous !== null && previous.bodyAt !== null && now - previous.bodyAt <= robotsLastGoodMsMax;
  return {
    ...ends(now, asked === undefined ? grown : clamp(asked)),
    ...lastAnswer(result),
    state: 'unreachable',
    crawl: 'disallow',
    body: kept ? previous.body : null,
    bodyAt: kept ? previous.bodyAt : null,
    warnings: kept ? previous.warnings.filter((warning) => warning !== 'too-many-redirects') : [],
    failures,
  };
}

function lastAnswer(result: FetchResult): Pick<RobotsEntry, 'status' | 'failure' | 'url' | 'redirects'> {
  return result.ok
    ? { status: result.status, failure: null, url: result.url, redirects: result.redirects }
    : { status: null, failure: result.kind, url: null, redirects: [] };
}

function ends(now: number, lifetime: number): Pick<RobotsEntry, 'checkedAt' | 'refreshAt' | 'expiresAt'> {
  return { checkedAt: now, refreshAt: now + Math.floor(lifetime * refreshShare), expiresAt: now + lifetime };
}

/** RFC 9111 §4.2.1, for a shared cache, without heuristics: s-maxage, else max-age, less the age it arrived with. */
function lifetimeMs(headers: Record<string, string[]>): number {
  const control = (headers['cache-control'] ?? []).join(',').toLowerCase();
  if (/(?:^|[\s,])no-(?:store|cache)(?:$|[\s,=])/.test(control)) return robotsLifetimeMsMin;
  const seconds = directive(control, 's-maxage') ?? directive(control, 'max-age');
  if (seconds === undefined) return robotsLifetimeMsMax;
  const age = /^\d+$/.test(headers.age?.[0] ?? '') ? Number(headers.age?.[0]) : 0;
  return clamp((seconds - age) * 1000);
}

function directive(control: string, name: string): number | undefined {
  const found = new RegExp(`(?:^|[\\s,])${name}="?(\\d+)`).exec(control);
  return found === null ? undefined : Number(found[1]);
}

/** RFC 9110 §10.2.3: seconds or a date. */
function retryAfterMs(headers: Record<string, string[]>, now: number): number | undefined {
  const value = headers['retry-after']?.[0]?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date - now;
}

function clamp(lifetime: number): number {
  return Math.max(robotsLifetimeMsMin, Math.min(robotsLifetimeMsMax, lifetime));
}

/** A rule cut in the middle would be another rule (`Allow: /` of `Allow: /public`), so the last line goes. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  const end = Math.max(bytes.lastIndexOf(0x0a), bytes.lastIndexOf(0x0d));
  return end < 0 ? bytes : bytes.subarray(0, end + 1);
}

function isHtml(result: FetchSuccess, body: string): boolean {
  const type = result.headers['content-type']?.[0]?.toLowerCase() ?? '';
  return /\bx?html\b/.test(type) || /^\s*<(?:!doctype\s+html|html|head|body)\b/i.test(body.slice(0, 1_024));
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
