import type { FetchFailureKind, FetchResult, FetchSuccess, Redirect } from './fetching.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * RFC 9309 §2.4: robots.txt is not used beyond 24 hours, and no other signal here is either: RSL's own max-age counts
 * whole days, so it never asks for less. The site's Cache-Control counts between the two bounds.
 */
export const documentLifetimeMsMax = dayMs;
export const documentLifetimeMsMin = 5 * minuteMs;
/** An entry is fetched again ahead of its end once this share of its lifetime is over. */
const refreshShare = 23 / 24;
/** While unreachable: the first wait, doubled each time up to `documentLifetimeMsMax`. */
export const documentRetryMs = hourMs;
/** Wait after a failed refresh whose entry is still good. */
export const documentRefreshRetryMs = 10 * minuteMs;
/** RFC 9309 §2.3.1.4 names 30 days as a reasonable time to go on with a cached copy. */
export const documentLastGoodMsMax = 30 * dayMs;

/**
 * `html`: a web page stands where the file should be. `too-large`: longer than is read, and a part would not do.
 * `truncated`: longer than is read, and the part that was read counts.
 */
export type DocumentWarning = 'truncated' | 'too-large' | 'html' | 'not-utf-8' | 'too-many-redirects';

/** What is known about one file of a site. Plain data: it can be stored as JSON. Times are Unix ms. */
export interface DocumentEntry {
  /**
   * `read`: there is a file. `absent`: the site answered and says nothing. `unreachable`: nobody knows.
   * `disallowed`: robots.txt keeps us from asking.
   */
  state: 'read' | 'absent' | 'unreachable' | 'disallowed';
  /** The file. While unreachable the last good copy; null when there is none. */
  body: string | null;
  /** When `body` was read; null without one. */
  bodyAt: number | null;
  warnings: DocumentWarning[];
  /** Status of the last answer, null when there was none. */
  status: number | null;
  /** Why there was no answer, null when there was one. */
  failure: FetchFailureKind | null;
  /** Where the file was found in the end, and over which redirects. */
  url: string | null;
  redirects: Redirect[];
  /** When `state` was observed. */
  checkedAt: number;
  /** From here on it is fetched again in the background. */
  refreshAt: number;
  /** From here on it is no longer used. */
  expiresAt: number;
  /** Attempts in a row that found it unreachable. */
  failures: number;
}

/** What a body is read as: what makes it a web page instead, and whether a part of it is worth reading. */
export interface DocumentForm {
  isWebPage(body: string, contentType: string): boolean;
  /** What a web page in its place means: for robots.txt its lines are tried all the same. */
  webPage: 'read' | 'absent';
  /** Lines stand alone, so those before the cut are kept; anything else that was cut says nothing. */
  lines: boolean;
}

/**
 * Turns one attempt to fetch a file into what is known from now on (RFC 9309 §2.3.1 and §2.4, for every signal).
 * 2xx is the file. 4xx but 429, redirects beyond the limit and redirects without a target mean that nothing is said.
 * 5xx, 429, other statuses and every failure mean unreachable, and the last good copy stays, up to 30 days. A failure
 * while the previous entry has not expired changes nothing but the time of the next attempt.
 * @param previous the entry before this attempt, or null.
 * @param now Unix ms.
 */
export function documentOutcome(
  result: FetchResult,
  previous: DocumentEntry | null,
  now: number,
  form: DocumentForm,
): DocumentEntry {
  if (result.ok && result.status >= 200 && result.status < 300) return answered(result, now, form);
  if (result.ok && result.status >= 300 && result.status < 500 && result.status !== 429) {
    return absent(result, now);
  }
  if (!result.ok && result.kind === 'too-many-redirects') return absent(result, now);
  const good = previous !== null && (previous.state === 'read' || previous.state === 'absent');
  if (good && now < previous.expiresAt) {
    return { ...previous, refreshAt: Math.min(previous.expiresAt, now + documentRefreshRetryMs) };
  }
  return unreachable(result, previous, now);
}

/**
 * What is known of a file that was not asked for, because robots.txt forbids it or could not be read.
 * @param until when robots.txt is looked at again.
 */
export function notAsked(
  state: 'disallowed' | 'unreachable',
  previous: DocumentEntry | null,
  now: number,
  until: Pick<DocumentEntry, 'refreshAt' | 'expiresAt'>,
): DocumentEntry {
  return {
    ...(state === 'disallowed' ? { body: null, bodyAt: null, warnings: [] } : lastGood(previous, now)),
    ...{ status: null, failure: null, url: null, redirects: [], failures: 0 },
    state,
    checkedAt: now,
    refreshAt: until.refreshAt,
    expiresAt: until.expiresAt,
  };
}

function answered(result: FetchSuccess, now: number, form: DocumentForm): DocumentEntry {
  const bytes = result.truncated && form.lines ? wholeLines(result.body) : result.body;
  const body = new TextDecoder().decode(bytes);
  const page = form.isWebPage(body, result.headers['content-type']?.[0]?.toLowerCase() ?? '');
  if (page && form.webPage === 'absent') return { ...absent(result, now), warnings: ['html'] };
  const tooLarge = result.truncated && !form.lines;
  const warnings: DocumentWarning[] = [
    ...(tooLarge ? (['too-large'] as const) : result.truncated ? (['truncated'] as const) : []),
    ...(page ? (['html'] as const) : []),
    ...(isUtf8(bytes) || tooLarge ? [] : (['not-utf-8'] as const)),
  ];
  return {
    ...ends(now, lifetimeMs(result.headers)),
    ...lastAnswer(result),
    state: 'read',
    body: tooLarge ? null : body,
    bodyAt: tooLarge ? null : now,
    warnings,
    failures: 0,
  };
}

function absent(result: FetchResult, now: number): DocumentEntry {
  return {
    ...ends(now, result.ok ? lifetimeMs(result.headers) : documentLifetimeMsMax),
    ...lastAnswer(result),
    state: 'absent',
    body: null,
    bodyAt: null,
    warnings: result.ok ? [] : ['too-many-redirects'],
    failures: 0,
  };
}

function unreachable(result: FetchResult, previous: DocumentEntry | null, now: number): DocumentEntry {
  const failures = previous?.state === 'unreachable' ? previous.failures + 1 : 1;
  const grown = Math.min(documentLifetimeMsMax, documentRetryMs * 2 ** Math.min(failures - 1, 10));
  const asked = result.ok ? retryAfterMs(result.headers, now) : undefined;
  return {
    ...ends(now, asked === undefined ? grown : clamp(asked)),
    ...lastAnswer(result),
    ...lastGood(previous, now),
    state: 'unreachable',
    failures,
  };
}

function lastGood(
  previous: DocumentEntry | null,
  now: number,
): Pick<DocumentEntry, 'body' | 'bodyAt' | 'warnings'> {
  const kept =
    previous !== null && previous.bodyAt !== null && now - previous.bodyAt <= documentLastGoodMsMax;
  if (!kept) return { body: null, bodyAt: null, warnings: [] };
  const { body, bodyAt, warnings } = previous;
  return { body, bodyAt, warnings: warnings.filter((warning) => warning !== 'too-many-redirects') };
}

function lastAnswer(result: FetchResult): Pick<DocumentEntry, 'status' | 'failure' | 'url' | 'redirects'> {
  return result.ok
    ? { status: result.status, failure: null, url: result.url, redirects: result.redirects }
    : { status: null, failure: result.kind, url: null, redirects: [] };
}

function ends(now: number, lifetime: number): Pick<DocumentEntry, 'checkedAt' | 'refreshAt' | 'expiresAt'> {
  return { checkedAt: now, refreshAt: now + Math.floor(lifetime * refreshShare), expiresAt: now + lifetime };
}

/** RFC 9111 §4.2.1, for a shared cache, without heuristics: s-maxage, else max-age, less the age it arrived with. */
function lifetimeMs(headers: Record<string, string[]>): number {
  const control = (headers['cache-control'] ?? []).join(',').toLowerCase();
  if (/(?:^|[\s,])no-(?:store|cache)(?:$|[\s,=])/.test(control)) return documentLifetimeMsMin;
  const seconds = directive(control, 's-maxage') ?? directive(control, 'max-age');
  if (seconds === undefined) return documentLifetimeMsMax;
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
  return Math.max(documentLifetimeMsMin, Math.min(documentLifetimeMsMax, lifetime));
}

/** A rule cut in the middle would be another rule (`Allow: /` of `Allow: /public`), so the last line goes. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  const end = Math.max(bytes.lastIndexOf(0x0a), bytes.lastIndexOf(0x0d));
  return end < 0 ? bytes : bytes.subarray(0, end + 1);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
