import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type Erasable, erase } from '../../actions/erase.ts';
import { myOptOuts } from '../../actions/my-opt-outs.ts';
import { optOutReceipt, recordReceipt } from '../../actions/receipts.ts';
import { addressOf, creatorOfSession } from '../../actions/sign-in.ts';
import { AppError } from '../../errors.ts';
import type { AppEnv } from '../../http/env.ts';
import { limit } from '../../http/guard.ts';
import { receiptResponse } from '../../http/receipts.ts';
import { sessionToken } from '../../http/session.ts';
import type { Assets } from '../assets.ts';
import { type EraseModel, erasedPage, erasePage } from '../pages/erase.ts';
import { type Fields, form, page, pageContext, signedInCreator, signOutBrowser, text } from './context.ts';

/** What a creator takes along, and what the registry is to forget. */
export function mountErasePages(app: OpenAPIHono<AppEnv>, assets: Assets): void {
  app.get('/my/receipt/record/:rid', async (c) => {
    limit(c, 'fetch');
    return receiptResponse(
      c,
      await recordReceipt(c.get('deps'), await signedInCreator(c), c.req.param('rid')),
    );
  });

  app.get('/my/receipt/opt-out/:id', async (c) => {
    limit(c, 'fetch');
    return receiptResponse(
      c,
      await optOutReceipt(c.get('deps'), await signedInCreator(c), c.req.param('id')),
    );
  });

  app.get('/my/erase', async (c) => {
    const deps = c.get('deps');
    const creator = await creatorOfSession(deps, sessionToken(c));
    if (creator === null) return c.redirect('/my', 303);
    return page(c, erasePage(pageContext(c, assets), await modelOf(c, creator)));
  });

  app.post('/my/erase', async (c) => {
    const fields = await form(c);
    limit(c, 'write');
    const { records, everything } = await erase(c.get('deps'), await signedInCreator(c), targetOf(fields));
    if (!everything) return c.redirect(`/my?erased=${records}`, 303);
    signOutBrowser(c);
    return page(c, erasedPage({ ...pageContext(c, assets), signedIn: false }, { records }));
  });
}

/** @throws AppError `invalid` when the form names nothing: erasing everything has to be said. */
function targetOf(fields: Fields): Erasable {
  if (text(fields, 'rid') !== '') return { rid: text(fields, 'rid') };
  if (text(fields, 'optOut') !== '') return { optOut: text(fields, 'optOut') };
  if (text(fields, 'everything') === '1') return 'everything';
  throw new AppError('invalid', 'The form does not say what to erase.');
}

async function modelOf(c: Context<AppEnv>, creator: string): Promise<EraseModel> {
  const deps = c.get('deps');
  const { rid, optOut: id } = c.req.query();
  const optOuts = await myOptOuts(deps, creator);
  const all = optOuts.flatMap(({ records }) => records);
  if (rid === undefined && id === undefined) {
    return { what: 'everything', email: await addressOf(deps, creator), records: all.length };
  }
  const record = all.find((each) => each.rid === rid);
  if (record !== undefined) return { what: 'record', record };
  const optOut = optOuts.find((each) => each.id === id);
  if (optOut !== undefined) return { what: 'opt-out', optOut };
  throw new AppError('not-found', 'There is no such record among yours.', {
    fix: 'Open "My opt-outs" to see what you have.',
  });
}
