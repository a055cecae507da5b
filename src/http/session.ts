import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { creatorOfSession } from '../actions/sign-in.ts';
import { AppError } from '../errors.ts';
import type { AppEnv } from './env.ts';

/** `__Host-` makes the browser refuse the cookie from anything but this very origin; it needs https. */
export function sessionCookieName(secure: boolean): string {
  return secure ? '__Host-session' : 'session';
}

/** The session of the request: a bearer token for programs, a cookie for browsers. */
export function sessionToken(c: Context<AppEnv>): string | undefined {
  const bearer = /^Bearer\s+(?!wh_)(\S{1,100})$/i.exec(c.req.header('authorization') ?? '')?.[1];
  return bearer ?? getCookie(c, sessionCookieName(c.get('deps').config.origin.startsWith('https:')));
}

/** @returns the creator who is signed in. @throws AppError `unauthorized` with how to sign in. */
export async function requireCreator(c: Context<AppEnv>): Promise<string> {
  const creator = await creatorOfSession(c.get('deps'), sessionToken(c));
  if (creator === null) {
    throw new AppError('unauthorized', 'This needs your session.', {
      field: 'authorization',
      fix: 'Ask for a link with POST /v1/links, open a session with POST /v1/sessions, and send it as a bearer token.',
    });
  }
  return creator;
}
