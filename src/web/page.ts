import type { Assets } from './assets.ts';
import { type Html, html, link, raw, rich } from './html.ts';
import { en as text } from './texts/en.ts';

/** What every page knows about its request. */
export interface PageContext {
  origin: string;
  operator: string;
  development: boolean;
  /** Path of the request, without the query. */
  path: string;
  /** Token every form sends back. */
  csrf: string;
  signedIn: boolean;
  /** Milliseconds since the epoch. */
  now: number;
  assets: Assets;
}

export interface LayoutOptions {
  title: string;
  description?: string;
  /** For tables and grids: the column is as wide as the page. */
  wide?: boolean;
  /** The page shows an error summary: the title says so first, and the summary takes the focus. */
  failed?: boolean;
  scripts?: ('opt-out.js' | 'site.js')[];
}

/**
 * The policy every page is served with: no inline script or style, nothing from elsewhere, no framing. Pictures may
 * come from `blob:` because thumbnails are made in the browser.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "worker-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** A whole document: header, main column, footer. */
export function layout(ctx: PageContext, options: LayoutOptions, body: Html): Html {
  const { title, description, wide, failed, scripts = [] } = options;
  const site = text.site;
  const full = title === site.name ? title : failed ? site.titledError(title) : site.titled(title);
  return html`${raw('<!doctype html>')}
<html lang="${site.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<title>${full}</title>
${description === undefined ? '' : html`<meta name="description" content="${description}">`}
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="preload" href="/fonts/public-sans-latin.woff2" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="${ctx.assets['style.css']}">
${['site.js' as const, ...scripts].map((name) => html`<script type="module" src="${ctx.assets[name]}"></script>`)}
</head>
<body>
<a class="skip" href="#main">${site.skip}</a>
${header(ctx)}
<main id="main" class="${wide === true ? 'page wide' : 'page'}" tabindex="-1">
${body}
</main>
${footer(ctx)}
</body>
</html>`;
}

function header(ctx: PageContext): Html {
  const { nav, name, navigation } = text.site;
  const places: [string, string][] = [
    ['/opt-out', nav.optOut],
    ['/check', nav.check],
    ['/my', nav.mine],
    ['/for-crawlers', nav.crawlers],
    ['/transparency', nav.transparency],
  ];
  return html`<header class="site"><div class="frame">
<a class="name" href="/">${brand}${name}</a>
<nav aria-label="${navigation}"><ul>${places.map(
    ([href, words]) =>
      html`<li><a href="${href}"${ctx.path === href ? raw(' aria-current="page"') : ''}>${words}</a></li>`,
  )}</ul></nav>
</div></header>`;
}

const brand = raw(
  '<svg class="brand" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false"><path d="M2 2h20v20H2z M7 7v10 M12 7v10 M17 7v10 M7 17h10" fill="none" stroke="currentColor" stroke-width="2.5"/></svg>',
);

function footer(ctx: PageContext): Html {
  const site = text.site;
  return html`<footer class="site"><div class="frame">
${
  ctx.development
    ? html`<p class="development">${rich(site.development, { outbox: link('/outbox', site.outbox.toLowerCase()) })}</p>`
    : ''
}
<nav aria-label="${site.footer}"><ul>
<li><a href="/imprint">${site.imprint}</a></li>
<li><a href="/privacy">${site.privacy}</a></li>
<li><a href="/terms">${site.terms}</a></li>
<li><a href="/site">${site.siteCheck}</a></li>
<li><a href="/bot">${site.bot}</a></li>
<li><a href="/docs">${site.docs}</a></li>
</ul></nav>
<p>${rich(site.runBy, { operator: html`<bdi>${ctx.operator}</bdi>` })}</p>
</div></footer>`;
}
