import type { SiteView } from '../../http/site.ts';
import { timeOnly } from '../format.ts';
import { errorSummary, type FieldError, field } from '../forms.ts';
import { type Html, html, link, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';
import { siteFindings } from './site-findings.ts';
import { siteMatrixSection } from './site-matrix.ts';
import { sitePaste, siteRead } from './site-paste.ts';
import { siteSummary } from './site-summary.ts';

export interface SiteModel {
  url: string;
  errors: FieldError[];
  /** The report, once asked for. */
  report?: SiteView;
}

const text = en.siteCheck;

/** The form that asks about one site, and above it, once asked, what the site says to AI crawlers. */
export function sitePage(ctx: PageContext, { url, errors, report }: SiteModel): Html {
  const title = report === undefined ? text.title : text.result.title(new URL(report.url).host);
  return layout(
    ctx,
    { title, description: text.lead, failed: errors.length > 0, wide: report !== undefined },
    html`${errorSummary(errors)}
<h1>${text.title}</h1>
${report === undefined ? html`<p class="intro">${text.lead}</p>` : result(report)}
<form action="/site" method="get" class="${report === undefined ? 'narrow' : 'narrow after'}" novalidate>
${report === undefined ? '' : html`<h2>${text.result.again}</h2>`}
${field({
  id: 'url',
  label: text.url.label,
  hint: rich(text.url.hint, { example: html`<code>example.org</code>` }),
  type: 'url',
  value: report === undefined ? url : '',
  errors,
  code: true,
  required: true,
})}
<button type="submit">${text.button}</button>
</form>`,
  );
}

function result(report: SiteView): Html {
  return html`<section class="site-result" aria-labelledby="result">
<h2 id="result" class="unseen">${text.result.heading}</h2>
<p class="subject"><bdi class="label" dir="ltr">${report.url}</bdi></p>
<p class="summary">${siteSummary(report).join(' ')}</p>
<p class="hint">${rich(text.result.checked, {
    at: timeOnly(report.checkedAt),
    registry: link(`/check?url=${encodeURIComponent(report.url)}`, text.result.registry),
  })}</p>
${jumps(report)}
${siteMatrixSection(report)}
${siteFindings(report)}
${sitePaste(report)}
${siteRead(report)}
<p><a href="/v1/site?url=${encodeURIComponent(report.url)}">${text.result.json}</a></p>
</section>`;
}

/** What is on the page, with the numbers that say where to look first. */
function jumps(report: SiteView): Html {
  const { jump } = text;
  const places: [string, string][] = [
    ['crawlers', jump.crawlers],
    ['signals', jump.signals(report.signals.length)],
    ['contradictions', jump.contradictions(report.contradictions.length)],
    ['mistakes', jump.mistakes(report.mistakes.length)],
    ['differences', jump.differences(report.differences.found.length)],
    ['paste', jump.paste],
  ];
  return html`<nav class="jumps" aria-label="${jump.label}"><ul>${places.map(
    ([id, words]) => html`<li><a href="#${id}">${words}</a></li>`,
  )}</ul></nav>`;
}
