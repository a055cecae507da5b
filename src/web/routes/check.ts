import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { check } from '../../actions/check.ts';
import type { Item } from '../../actions/check-records.ts';
import { resolveAgent } from '../../consent/agent.ts';
import { type Usage, usages } from '../../consent/evidence.ts';
import { AppError } from '../../errors.ts';
import type { AppEnv } from '../../http/env.ts';
import { limit } from '../../http/guard.ts';
import { statusOf } from '../../http/problem.ts';
import { type DecisionView, uploadBytesMax, urlLengthMax } from '../../http/schemas.ts';
import { urlKey } from '../../opt-outs/url-key.ts';
import type { Assets } from '../assets.ts';
import type { PictureAsked } from '../pages/answer-picture.ts';
import { type CheckModel, checkPage } from '../pages/check.ts';
import { en } from '../texts/en.ts';
import { type Fields, page, pageContext, readForm, text } from './context.ts';

interface Asking {
  agent: string;
  usage: Usage;
}

/** The page that asks about an address, or without JavaScript about a picture that is sent whole. */
export function mountCheckPages(app: OpenAPIHono<AppEnv>, assets: Assets): void {
  const show = (c: Context<AppEnv>, model: CheckModel, status: Parameters<typeof page>[2] = 200) =>
    page(c, checkPage(pageContext(c, assets), model), status);

  app.get('/check', async (c) => {
    const given = (c.req.query('url') ?? '').trim();
    const values = {
      url: given,
      agent: (c.req.query('agent') ?? '').trim(),
      usage: usageOf(c.req.query('usage')),
    };
    if (given === '') {
      const isAsked = c.req.query('url') !== undefined;
      const errors = isAsked ? [{ field: 'url', detail: en.check.missing }] : [];
      return show(c, { form: 'address', values, errors }, isAsked ? 400 : 200);
    }
    const url = withScheme(given);
    if (url === null) {
      const errors = [{ field: 'url', detail: en.check.url.notOne }];
      return show(c, { form: 'address', values, errors }, 400);
    }
    limit(c, 'check');
    const decision = await decisionOn(c, { url }, values);
    return show(c, { form: 'address', values: { ...values, url }, errors: [], decision });
  });

  app.post('/check', async (c) => {
    const { fields, refusal } = await readForm(c);
    const asking = {
      agent: text(fields, 'picture-agent').trim(),
      usage: usageOf(text(fields, 'picture-usage')),
    };
    const values = { url: '', ...asking };
    try {
      if (refusal !== null) throw refusal;
      const { picture, item } = await pictureOf(c, fields);
      const decision = await decisionOn(c, item, asking);
      return show(c, { form: 'picture', values, errors: [], picture, decision });
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'misconfigured') throw error;
      const detail = error.fix === undefined ? error.message : `${error.message} ${error.fix}`;
      return show(
        c,
        { form: 'picture', values, errors: [{ field: 'picture', detail }] },
        statusOf[error.code],
      );
    }
  });
}

async function decisionOn(c: Context<AppEnv>, item: Item, { agent, usage }: Asking): Promise<DecisionView> {
  const mayFetch = item.url !== undefined && c.get('deps').limiter.take('fetch', c.get('caller')).allowed;
  const [decision] = await check(c.get('deps'), {
    items: [item],
    usage,
    agent: agent === '' ? null : resolveAgent(agent),
    signals: mayFetch ? 'fetch' : 'cached',
    consumer: '',
  });
  return decision as DecisionView;
}

/** The picture of the form, fingerprinted here and not kept. @throws AppError in words for the page. */
async function pictureOf(
  c: Context<AppEnv>,
  { picture }: Fields,
): Promise<{ picture: PictureAsked; item: Item }> {
  if (!(picture instanceof File) || picture.size === 0)
    throw new AppError('invalid', en.check.picture.missing);
  if (picture.size > uploadBytesMax) throw new AppError('too-large', en.check.picture.tooLarge);
  limit(c, 'upload');
  const { decoder } = c.get('deps');
  if (decoder === null) throw new AppError('decoder-unavailable', en.check.picture.noDecoder);
  const { work, exactOnly, pixels } = await decoder.fingerprint(new Uint8Array(await picture.arrayBuffer()));
  const { sha256, md5, width, height, fingerprints } = work;
  return {
    item: { sha256, md5, pixels },
    picture: {
      name: picture.name.slice(0, 300),
      ...{ width, height, sha256, exactOnly },
      pdq: fingerprints[0]?.pdq ?? '',
      wasSent: true,
    },
  };
}

function usageOf(given: string | undefined): Usage {
  return usages.find((known) => known === given) ?? 'train-ai';
}

/** People paste addresses without their scheme. */
function withScheme(given: string): string | null {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`;
  return url.length <= urlLengthMax && urlKey(url) !== null && /[.:]/.test(new URL(url).hostname)
    ? url
    : null;
}
