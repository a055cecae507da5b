import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { creatorOfSession } from '../../actions/sign-in.ts';
import { AppError } from '../../errors.ts';
import type { AppEnv } from '../../http/env.ts';
import { sessionCookieName, sessionToken } from '../../http/session.ts';
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

/** Pages that hold somebody's records, letters or tokens: not even the browser's history keeps them. */
const personal = /^\/(my|confirm|link|admin|outbox|opt-out\/sent)(\/|$)/;

/** Answers with a page. Shared caches keep none, because each holds the token of its reader. */
export async function page(
  c: Context<AppEnv>,
  body: Html | Promise<Html>,
  status: 200 | 400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 422 | 429 | 500 | 502 | 503 = 200,
): Promise<Response> {
  const headers: Record<string, string> = {
    ...securityHeaders,
    'Cache-Control': personal.test(c.req.path) ? 'private, no-store' : 'private, no-cache',
  };
  if (isSecure(c)) headers['Strict-Transport-Security'] = 'max-age=31536000';
  return c.html(await body, status, headers);
}

export type Fields = Record<string, string | File>;

/**
 * The form of a POST, and whether a page of ours sent it: the browser says it comes from this origin, and the token
 * in the form is the one in the cookie (double submit).
 */
export async function readForm(c: Context<AppEnv>): Promise<{ fields: Fields; refusal: AppError | null }> {
  const fields = (await c.req.parseBody().catch(() => ({}))) as Fields;
  const cookie = getCookie(c, csrfCookieName(isSecure(c)));
  const { csrf } = fields;
  const isOurs = isSameOrigin(c) && typeof csrf === 'string' && cookie !== undefined && equal(csrf, cookie);
  const refusal = isOurs
    ? null
    : new AppError('forbidden', 'This form was not sent from a page of this site, or it is too old.', {
        fix: 'Open the page again and send the form from there; cookies have to be allowed.',
      });
  return { fields, refusal };
}

/** The form of a POST. @throws AppError `forbidden` unless it was sent by a page of ours. */
export async function form(c: Context<AppEnv>): Promise<Fields> {
  const { fields, refusal } = await readForm(c);
  if (refusal !== null) throw refusal;
  return fields;
}

/** Sec-Fetch-Site where the browser sends it (https and localhost), Origin elsewhere. Neither is a refusal. */
function isSameOrigin(c: Context<AppEnv>): boolean {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin === undefined) return site === 'same-origin';
  return origin === c.get('deps').config.origin || origin === new URL(c.req.url).origin;
}

/** One text field of a form, empty when it is absent or a file. */
export function text(fields: Fields, name: string): string {
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

/** @returns the creator who is signed in. @throws AppError `unauthorized` when their session has ended. */
export async function signedInCreator(c: Context<AppEnv>): Promise<string> {
  const creator = await creatorOfSession(c.get('deps'), sessionToken(c));
  if (creator === null) {
    throw new AppError('unauthorized', 'Your session has ended.', {
      fix: 'Ask for a new link on the page "My opt-outs".',
    });
  }
  return creator;
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
  renewCsrf(c);
}

export function signOutBrowser(c: Context<AppEnv>): void {
  const secure = isSecure(c);
  setCookie(c, sessionCookieName(secure), '', { ...cookieOptions(secure), maxAge: 0 });
  renewCsrf(c);
}

/** A form token lives no longer than the session it was given in. */
function renewCsrf(c: Context<AppEnv>): void {
  const secure = isSecure(c);
  setCookie(c, csrfCookieName(secure), toBase64Url(c.get('deps').random(csrfBytes)), cookieOptions(secure));
}

const sentCookie = 'sent-to';
const sentPath = '/opt-out/sent';
const sentLifeS = 600;

/** Remembers, in the sender's own browser, where the letter went, for the page after the form. */
export function rememberSentTo(c: Context<AppEnv>, email: string): void {
  const options = { ...cookieOptions(isSecure(c)), path: sentPath, maxAge: sentLifeS };
  setCookie(c, sentCookie, email, options);
}

/** @returns the address, or null when the script sent the form and knows it itself. */
export function sentTo(c: Context<AppEnv>): string | null {
  return getCookie(c, sentCookie)?.slice(0, 254) ?? null;
}

export const adminCookieName = (c: Context<AppEnv>): string => (isSecure(c) ? '__Host-admin' : 'admin');
