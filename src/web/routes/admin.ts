import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { isAdmin, quarantinedRecords, ruleOnQuarantined, signInAdmin } from '../../actions/admin.ts';
import { addKey, listKeys, revokeKey, type Scope, scopes } from '../../actions/keys.ts';
import { readToken } from '../../actions/tokens.ts';
import { AppError } from '../../errors.ts';
import type { AppEnv } from '../../http/env.ts';
import { limit } from '../../http/guard.ts';
import type { Assets } from '../assets.ts';
import { type AdminModel, adminPage } from '../pages/admin.ts';
import { linkPage } from '../pages/link.ts';
import { adminCookieName, form, page, pageContext, signInBrowser, text } from './context.ts';
import { staleLink } from './creators.ts';

/** The operator's pages: keys of consumers, and works that wait for a ruling. */
export function mountAdminPages(app: OpenAPIHono<AppEnv>, assets: Assets): void {
  const show = async (c: Context<AppEnv>, over: Partial<AdminModel> = {}, status: 200 | 400 = 200) => {
    const model = { ...(await modelOf(c)), ...over };
    return page(c, adminPage(pageContext(c, assets), model), status);
  };

  app.get('/admin', async (c) => {
    await requireAdmin(c);
    const notice = (['revoked', 'released', 'rejected'] as const).find(
      (word) => c.req.query('done') === word,
    );
    return show(c, notice === undefined ? {} : { notice });
  });

  app.post('/admin/keys', async (c) => {
    const fields = await form(c);
    await requireAdmin(c);
    const wanted = await c.req.parseBody({ all: true });
    const chosen = [wanted.scopes ?? []]
      .flat()
      .filter((scope): scope is Scope => scopes.includes(scope as Scope));
    const name = text(fields, 'name');
    try {
      const { key } = await addKey(c.get('deps'), { consumer: name, scopes: chosen });
      return await show(c, { newKey: { consumer: name, key } });
    } catch (error) {
      if (!(error instanceof AppError) || error.field === undefined) throw error;
      const field = error.field === 'consumer' ? 'name' : error.field;
      const values = { name, scopes: chosen };
      return show(c, { values, errors: [{ field, detail: error.message }] }, 400);
    }
  });

  app.post('/admin/keys/revoke', async (c) => {
    const fields = await form(c);
    await requireAdmin(c);
    await revokeKey(c.get('deps'), text(fields, 'key'));
    return c.redirect('/admin?done=revoked', 303);
  });

  for (const [verb, ruling] of [
    ['release', 'released'],
    ['reject', 'rejected'],
  ] as const) {
    app.post(`/admin/records/${verb}`, async (c) => {
      const fields = await form(c);
      await requireAdmin(c);
      await ruleOnQuarantined(c.get('deps'), text(fields, 'rid'), ruling);
      return c.redirect(`/admin?done=${ruling}`, 303);
    });
  }

  app.get('/admin/:token', async (c) => {
    const token = c.req.param('token');
    try {
      await readToken(c.get('deps'), 'admin', token);
      return await page(c, linkPage(pageContext(c, assets), { state: 'open', token, to: 'admin' }));
    } catch (error) {
      const { state, status } = staleLink(error);
      return page(c, linkPage(pageContext(c, assets), { state, to: 'admin' }), status);
    }
  });

  app.post('/admin/:token', async (c) => {
    limit(c, 'sign-in');
    await form(c);
    try {
      signInBrowser(c, await signInAdmin(c.get('deps'), c.req.param('token')), adminCookieName(c));
      return c.redirect('/admin', 303);
    } catch (error) {
      const { state, status } = staleLink(error);
      return page(c, linkPage(pageContext(c, assets), { state, to: 'admin' }), status);
    }
  });
}

async function requireAdmin(c: Context<AppEnv>): Promise<void> {
  if (await isAdmin(c.get('deps'), getCookie(c, adminCookieName(c)))) return;
  throw new AppError('unauthorized', 'This page is for the operator of this registry.', {
    fix: 'Make a link on the server with `withhold key admin` and open it.',
  });
}

async function modelOf(c: Context<AppEnv>): Promise<AdminModel> {
  const [keys, held] = await Promise.all([listKeys(c.get('deps')), quarantinedRecords(c.get('deps'))]);
  const byConsumer = Map.groupBy(keys, (key) => key.consumer);
  return {
    consumers: [...byConsumer].map(([name, own]) => ({ id: name, name, keys: own })),
    quarantined: held.map(({ rid, kind, label, updatedAt }) => ({
      rid,
      kind,
      label,
      updated: updatedAt,
    })),
    values: { name: '', scopes: ['check'] },
    errors: [],
  };
}
