import type { OpenAPIHono } from '@hono/zod-openapi';
import { check } from '../../actions/check.ts';
import { figuresOf } from '../../actions/figures.ts';
import { outbox } from '../../actions/letters.ts';
import { readPublished } from '../../actions/sequence.ts';
import { siteCheck } from '../../actions/site.ts';
import { resolveAgent } from '../../consent/agent.ts';
import { type Usage, usages } from '../../consent/evidence.ts';
import { AppError } from '../../errors.ts';
import type { AppEnv } from '../../http/env.ts';
import { limit } from '../../http/guard.ts';
import { apiInfo } from '../../http/openapi.ts';
import type { DecisionView } from '../../http/schemas.ts';
import { urlLengthMax } from '../../http/schemas.ts';
import { type SiteView, siteCost } from '../../http/site.ts';
import { urlKey } from '../../opt-outs/url-key.ts';
import type { Assets } from '../assets.ts';
import type { OpenApiDocument } from '../openapi.ts';
import { botPage } from '../pages/bot.ts';
import { checkPage } from '../pages/check.ts';
import { docsPage } from '../pages/docs.ts';
import { forCrawlersPage } from '../pages/for-crawlers.ts';
import { homePage } from '../pages/home.ts';
import { imprintPage, privacyPage, termsPage } from '../pages/legal.ts';
import { outboxPage } from '../pages/outbox.ts';
import { sitePage } from '../pages/site.ts';
import { transparencyPage } from '../pages/transparency.ts';
import { en } from '../texts/en.ts';
import { page, pageContext } from './context.ts';

/** Pages that only say something. */
export function mountReadingPages(app: OpenAPIHono<AppEnv>, assets: Assets): void {
  const figures = figuresOf();

  app.get('/', async (c) => {
    const { inForce, countedAt } = await figures(c.get('deps'));
    const model = { worksInForce: inForce.work, domainsInForce: inForce.domain, countedAt };
    return page(c, homePage(pageContext(c, assets), model));
  });

  app.get('/transparency', async (c) => {
    const deps = c.get('deps');
    const logEntries = Number((await readPublished(deps.consentLog))?.size ?? 0);
    return page(c, transparencyPage(pageContext(c, assets), { ...(await figures(deps)), logEntries }));
  });

  app.get('/check', async (c) => {
    const usage = usages.find((known) => known === c.req.query('usage')) ?? 'train-ai';
    const values = {
      url: (c.req.query('url') ?? '').trim(),
      agent: (c.req.query('agent') ?? '').trim(),
      usage,
    };
    const ctx = pageContext(c, assets);
    if (values.url === '') {
      const asked = c.req.query('url') !== undefined;
      const errors = asked ? [{ field: 'url', detail: en.check.missing }] : [];
      return page(c, checkPage(ctx, { values, errors }), asked ? 400 : 200);
    }
    const url = withScheme(values.url);
    if (url === null) {
      const errors = [{ field: 'url', detail: en.check.url.notOne }];
      return page(c, checkPage(ctx, { values, errors }), 400);
    }
    limit(c, 'check');
    const mayFetch = c.get('deps').limiter.take('fetch', c.get('caller')).allowed;
    const [decision] = await check(c.get('deps'), {
      items: [{ url }],
      usage: usage satisfies Usage,
      agent: values.agent === '' ? null : resolveAgent(values.agent),
      signals: mayFetch ? 'fetch' : 'cached',
      consumer: '',
    });
    return page(
      c,
      checkPage(ctx, { values: { ...values, url }, errors: [], decision: decision as DecisionView }),
    );
  });

  app.get('/site', async (c) => {
    const ctx = pageContext(c, assets);
    const asked = c.req.query('url');
    const url = (asked ?? '').trim();
    if (url === '') {
      const errors = asked === undefined ? [] : [{ field: 'url', detail: en.siteCheck.missing }];
      return page(c, sitePage(ctx, { url, errors }), asked === undefined ? 200 : 400);
    }
    limit(c, 'fetch', siteCost);
    try {
      const report: SiteView = await siteCheck(c.get('deps'), url);
      return page(c, sitePage(ctx, { url, errors: [], report }));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
      const errors = [{ field: 'url', detail: en.siteCheck.url.notOne }];
      return page(c, sitePage(ctx, { url, errors }), 400);
    }
  });

  app.get('/bot', (c) => page(c, botPage(pageContext(c, assets))));
  app.get('/for-crawlers', (c) => page(c, forCrawlersPage(pageContext(c, assets))));

  let document: OpenApiDocument | undefined;
  app.get('/docs', (c) => {
    document ??= app.getOpenAPI31Document({
      ...apiInfo,
      servers: [{ url: c.get('deps').config.origin }],
    }) as OpenApiDocument;
    return page(c, docsPage(pageContext(c, assets), document));
  });

  app.get('/imprint', (c) =>
    page(c, imprintPage(pageContext(c, assets), { imprint: c.get('deps').config.imprint })),
  );
  app.get('/privacy', (c) =>
    page(c, privacyPage(pageContext(c, assets), { contact: c.get('deps').config.privacy_contact })),
  );
  app.get('/terms', (c) => page(c, termsPage(pageContext(c, assets), { terms: c.get('deps').config.terms })));

  app.get('/outbox', async (c) => {
    if (!c.get('deps').config.development) throw new AppError('not-found', 'There is nothing at /outbox.');
    return page(c, outboxPage(pageContext(c, assets), { letters: await outbox(c.get('deps')) }));
  });
}

/** People paste addresses without their scheme. */
function withScheme(text: string): string | null {
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  return url.length <= urlLengthMax && urlKey(url) !== null && /[.:]/.test(new URL(url).hostname)
    ? url
    : null;
}
