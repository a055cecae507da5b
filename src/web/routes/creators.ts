import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { confirm, lookAtConfirmation } from '../../actions/confirm.ts';
import { myOptOuts, unconfirmedOptOut } from '../../actions/my-opt-outs.ts';
import { checkProof } from '../../actions/prove.ts';
import { addressOf, creatorOfSession, requestLink, signIn, signOut } from '../../actions/sign-in.ts';
import { readToken } from '../../actions/tokens.ts';
import { restore, type Target, withdraw } from '../../actions/withdraw.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import type { AppEnv } from '../../http/env.ts';
import { limit } from '../../http/guard.ts';
import { sessionToken } from '../../http/session.ts';
import type { Assets } from '../assets.ts';
import { confirmPage } from '../pages/confirm.ts';
import { erasedPage } from '../pages/erase.ts';
import { linkPage } from '../pages/link.ts';
import { linkSentPage, type MyNotice, myPage } from '../pages/my.ts';
import { en } from '../texts/en.ts';
import { form, page, pageContext, signedInCreator, signInBrowser, signOutBrowser, text } from './context.ts';
import { mountErasePages } from './erase.ts';

/** What a creator does after the form: confirm, sign in, see, prove, withdraw, restore. */
export function mountCreatorPages(app: OpenAPIHono<AppEnv>, assets: Assets): void {
  app.get('/confirm/:token', async (c) => {
    const token = c.req.param('token');
    try {
      const { optOut, records } = await lookAtConfirmation(c.get('deps'), token);
      const view = await unconfirmedOptOut(c.get('deps'), optOut, records);
      return page(c, confirmPage(pageContext(c, assets), { state: 'open', token, optOut: view }));
    } catch (error) {
      const { state, status } = staleLink(error);
      return page(c, confirmPage(pageContext(c, assets), { state }), status);
    }
  });

  app.post('/confirm/:token', async (c) => {
    limit(c, 'sign-in');
    await form(c);
    try {
      const session = await confirm(c.get('deps'), c.req.param('token'));
      signInBrowser(c, session);
      return c.redirect(`/my?confirmed=1#${session.optOut}`, 303);
    } catch (error) {
      const { state, status } = staleLink(error);
      return page(c, confirmPage(pageContext(c, assets), { state }), status);
    }
  });

  app.get('/link/:token', async (c) => {
    const token = c.req.param('token');
    try {
      await readToken(c.get('deps'), 'link', token);
      return page(c, linkPage(pageContext(c, assets), { state: 'open', token, to: 'link' }));
    } catch (error) {
      const { state, status } = staleLink(error);
      return page(c, linkPage(pageContext(c, assets), { state, to: 'link' }), status);
    }
  });

  app.post('/link/:token', async (c) => {
    limit(c, 'sign-in');
    await form(c);
    try {
      signInBrowser(c, await signIn(c.get('deps'), c.req.param('token')));
      return c.redirect('/my', 303);
    } catch (error) {
      const { state, status } = staleLink(error);
      return page(c, linkPage(pageContext(c, assets), { state, to: 'link' }), status);
    }
  });

  app.get('/my', async (c) => {
    const deps = c.get('deps');
    const creator = await creatorOfSession(deps, sessionToken(c));
    if (creator === null)
      return page(c, myPage(signedOut(c, assets), { signedIn: false, email: '', errors: [] }));
    const [email, optOuts] = await Promise.all([addressOf(deps, creator), myOptOuts(deps, creator)]);
    const notice = noticeOf(c);
    const model = { signedIn: true as const, email, optOuts, ...(notice === null ? {} : { notice }) };
    return page(c, myPage(pageContext(c, assets), model));
  });

  app.post('/my/link', async (c) => {
    const email = text(await form(c), 'email').trim();
    if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) {
      const errors = [{ field: 'email', detail: en.optOut.missing.email }];
      return page(c, myPage(signedOut(c, assets), { signedIn: false, email, errors }), 400);
    }
    limit(c, 'mail');
    await requestLink(c.get('deps'), email);
    return page(c, linkSentPage(pageContext(c, assets), { email }));
  });

  app.post('/my/sign-out', async (c) => {
    await form(c);
    const session = sessionToken(c);
    if (session !== undefined) await signOut(c.get('deps'), session);
    signOutBrowser(c);
    return c.redirect('/my', 303);
  });

  mountRecordPages(app, assets);
  mountErasePages(app, assets);
}

function mountRecordPages(app: OpenAPIHono<AppEnv>, assets: Assets): void {
  const change = async (c: Context<AppEnv>, verb: 'withdrawn' | 'restored', wanted: 'rid' | 'optOut') => {
    const fields = await form(c);
    limit(c, 'write');
    const creator = await signedInCreator(c);
    const target: Target =
      wanted === 'rid' ? { rid: text(fields, 'rid') } : { optOut: text(fields, 'optOut') };
    const act = verb === 'withdrawn' ? withdraw : restore;
    const changed = await act(c.get('deps'), creator, target);
    // What never was in force is erased instead, and a creator without any record with it.
    if ((await creatorOfSession(c.get('deps'), sessionToken(c))) === null) {
      signOutBrowser(c);
      return page(c, erasedPage(signedOut(c, assets), { records: changed }));
    }
    return c.redirect(`/my?${verb}=${changed}#${encodeURIComponent(text(fields, 'optOut'))}`, 303);
  };
  app.post('/my/withdraw', (c) => change(c, 'withdrawn', 'rid'));
  app.post('/my/restore', (c) => change(c, 'restored', 'rid'));
  app.post('/my/withdraw-all', (c) => change(c, 'withdrawn', 'optOut'));

  app.post('/my/proofs/check', async (c) => {
    const fields = await form(c);
    limit(c, 'fetch');
    const host = text(fields, 'host');
    const proof = await checkProof(c.get('deps'), await signedInCreator(c), host);
    const what = proof.state === 'found' ? 'found' : 'missing';
    return c.redirect(
      `/my?${what}=${encodeURIComponent(host)}#${encodeURIComponent(text(fields, 'optOut'))}`,
      303,
    );
  });
}

/** A cookie of a session that has ended is no session. */
const signedOut = (c: Context<AppEnv>, assets: Assets) => ({ ...pageContext(c, assets), signedIn: false });

/** What the last action did, told once more after the redirect. */
function noticeOf(c: Context<AppEnv>): MyNotice | null {
  const query = c.req.query();
  if (query.confirmed !== undefined) return { what: 'confirmed' };
  for (const what of ['withdrawn', 'restored', 'erased'] as const) {
    if (/^\d{1,6}$/.test(query[what] ?? '')) return { what, records: Number(query[what]) };
  }
  for (const what of ['found', 'missing'] as const) {
    const host = query[what];
    if (host !== undefined && /^[\w.-]{1,253}$/.test(host)) return { what, host };
  }
  return null;
}

const stale: Partial<Record<ErrorCode, { state: 'invalid' | 'expired' | 'used'; status: 404 | 410 }>> = {
  'token-invalid': { state: 'invalid', status: 404 },
  'token-expired': { state: 'expired', status: 410 },
  'token-used': { state: 'used', status: 410 },
};

export function staleLink(error: unknown): { state: 'invalid' | 'expired' | 'used'; status: 404 | 410 } {
  const known = error instanceof AppError ? stale[error.code] : undefined;
  if (known === undefined) throw error;
  return known;
}
