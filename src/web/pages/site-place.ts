import type { SiteView } from '../../http/site.ts';
import { type Html, html, rich } from '../html.ts';

/** Places on the site itself are told without its address: `robots.txt, line 12`. */
export function shortPlace({ url, page }: Pick<SiteView, 'url' | 'page'>, where: string): string {
  const at = page?.url ?? url;
  if (where.startsWith(`${at}, `)) return where.slice(at.length + 2);
  const { origin } = new URL(url);
  return where.startsWith(`${origin}/`) && where !== `${origin}/` ? where.slice(origin.length + 1) : where;
}

/** A sentence of the report as a sentence of the page: with a capital, a full stop, and short places. */
export function sentence(report: Pick<SiteView, 'url' | 'page'>, words: string): Html {
  const { origin } = new URL(report.url);
  const short = words.replaceAll(`${origin}/robots.txt`, 'robots.txt').replaceAll(`${origin}/`, '/');
  const plain = short.replaceAll(/(^|\s)\/(?=(?:trust|ai)\.txt|\.well-known)/g, '$1');
  // The name of a file stays as it is written.
  const isName = /^\S+\.\w/.test(plain);
  return html`${rich(`${isName ? plain.charAt(0) : plain.charAt(0).toUpperCase()}${plain.slice(1)}.`)}`;
}

/** Words of a site, which may be long, hold anything and run in any direction. */
export function quoted(words: string): Html {
  return html`<code class="quoted" dir="ltr">${words}</code>`;
}
