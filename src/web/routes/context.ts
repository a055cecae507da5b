import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { AppError } from '../../errors.ts';
import type { AppEnv } from '../../http/env.ts';
import { sessionCookieName } from '../../http/session.ts';
import { toBase64Url } from '../../secrets.ts';
import type { Assets } from '../assets.ts';
import type { Html } from '../html.ts';
import { contentSecurityPolicy, type PageContext } from '../page.ts';

const securityHeaders = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
} as const;

const csrfBytes = 18;

function isSecure(c: Context<AppEnv>): boolean {
  return c.get('deps').config.origin.startsWith('https:');
}

const csrfCookieName = (secure: boolean): string => (secure ? '__Host-csrf' : 'csrf');

const cookieOptions = (secure: boolean) => ({ path: '/', httpOnly: true, sameSite: 'Lax', secure }) as const;

/** What a page knows of its request; hands out the token its forms send back. */
export function pageContext(c: Context<AppEnv>, assets: Assets): PageContext {
  const { config, clock, random } = c.get('deps');
  const secure = isSecure(c);
  let csrf = getCookie(c, csrfCookieName(secure));
  if (csrf === undefined || !/^[\w-]{24}$/.test(csrf)) {
    csrf = toBase64Url(random(csrfBytes));
    setCookie(c, csrfCookieName(secure), csrf, cookieOptions(secure));
  }
  return {
    origin: config.origin,
    operator: config.operator,
    development: config.development,
    path: c.req.path,
    csrf,
    signedIn: getCookie(c, sessionCookieName(secure)) !== undefined,
    now: clock(),
    assets,
  };
}

/** Answers with a page. Nothing of it is kept by caches: every page holds a token, and many hold somebody's records. */
export async function page(
  c: Context<AppEnv>,
  body: Html | Promise<Html>,
  status: 200 | 400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 422 | 429 | 500 | 502 | 503 = 200,
): Promise<Response> {
  const headers: Record<string, string> = { ...securityHeaders, 'Cache-Control': 'private, no-store' };
  if (isSecure(c)) headers['Strict-Transport-Security'] = 'max-age=31536000';
  return c.html(await body, status, headers);
}

/** The form of a POST. @throws AppError `forbidden` unless it was sent by a page of ours. */
export async function form(c: Context<AppEnv>): Promise<Record<string, string | File>> {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  const fields = (await c.req.parseBody().catch(() => ({}))) as Record<string, string | File>;
  const cookie = getCookie(c, csrfCookieName(isSecure(c)));
  const isOurs =
    (site === undefined || site === 'same-origin') &&
    (origin === undefined ||
      origin === c.get('deps').config.origin ||
      origin === new URL(c.req.url).origin) &&
    typeof fields.csrf === 'string' &&
    cookie !== undefined &&
    equal(fields.csrf, cookie);
  if (!isOurs) {
    throw new AppError('forbidden', 'This form was not sent from a page of this site, or it is too old.', {
      fix: 'Open the page again and send the form from there; cookies have to be allowed.',
    });
  }
  return fields;
}

/** One text field of a form, empty when it is absent or a file. */
export function text(fields: Record<string, string | File>, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

/** In a time that does not depend on where they differ. */
function equal(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at += 1)
    difference |= a.charCodeAt(at) ^ b.charCodeAt(at % (b.length || 1));
  return difference === 0;
}

/** Puts a session into the browser. */
export function signInBrowser(
  c: Context<AppEnv>,
  session: { token: string; expiresAt: string },
  name?: string,
): void {
  const secure = isSecure(c);
  setCookie(c, name ?? sessionCookieName(secure), session.token, {
    ...cookieOptions(secure),
    expires: new Date(session.expiresAt),
  });
}

export function signOutBrowser(c: Context<AppEnv>): void {
  const secure = isSecure(c);
  setCookie(c, sessionCookieName(secure), '', { ...cookieOptions(secure), maxAge: 0 });
}

export const adminCookieName = (c: Context<AppEnv>): string => (isSecure(c) ? '__Host-admin' : 'admin');
