import { purposes } from '../../consent/crawlers.ts';
import { type SharedAnswers, sharedAnswers, siteUsages } from '../../consent/site/matrix.ts';
import type { SiteView } from '../../http/site.ts';
import { type Html, html, raw } from '../html.ts';
import { badge } from '../marks.ts';
import { en } from '../texts/en.ts';
import { quoted, shortPlace } from './site-place.ts';

type Row = SiteView['crawlers'][number];
type Answers = Omit<SiteView['unnamed'], 'operator' | 'purpose' | 'controls'>;

/** Names shown in a row before the rest folds away. */
const namesShownMax = 6;

const text = en.siteCheck.matrix;

/** Every crawler by what it collects for; those with the same answers for the same reasons share a row. */
export function siteMatrixSection(report: SiteView): Html {
  return html`<section aria-labelledby="crawlers">
<h2 id="crawlers">${text.heading}</h2>
<p>${text.lead}</p>
${purposes.map((purpose) => {
  const rows = report.crawlers.filter((row) => row.purpose === purpose);
  return rows.length === 0 ? '' : folded(report, text.purposes[purpose], rows, purpose === 'training');
})}
</section>`;
}

function folded(report: SiteView, heading: string, rows: readonly Row[], open: boolean): Html {
  const mayFetch = rows.filter(({ crawl }) => crawl?.verdict === 'allow').length;
  const fetching = rows.filter(({ crawl }) => crawl !== null).length;
  const refused = rows.filter((row) => row['train-ai'].verdict === 'disallow').length;
  const counts = text.counts({ all: rows.length, fetching, mayFetch, refused });
  return html`<details class="purpose"${open ? raw(' open') : ''}>
<summary>${heading}<span class="kind">${counts}</span></summary>
${table(report, heading, sharedAnswers(rows, report.unnamed))}
</details>`;
}

function table(report: SiteView, heading: string, shared: readonly SharedAnswers<Row>[]): Html {
  const columns = [text.crawler, text.crawl, ...siteUsages.map((usage) => text.usages[usage])];
  return html`<table class="stack matrix" role="table">
<caption class="unseen">${text.caption(heading)}</caption>
<thead role="rowgroup"><tr role="row">${columns.map((name) => html`<th scope="col" role="columnheader">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">${shared.map(
    ({ rows, answers }) => html`<tr role="row"><th scope="row" role="rowheader">${names(rows)}</th>
<td role="cell" data-label="${text.crawl}"><div>${crawlCell(report, answers.crawl)}</div></td>${siteUsages.map(
      (usage) =>
        html`<td role="cell" data-label="${text.usages[usage]}"><div>${usageCell(report, answers[usage])}</div></td>`,
    )}</tr>`,
  )}</tbody>
</table>`;
}

function names(rows: readonly Row[]): Html {
  const shown = rows.length <= namesShownMax + 1 ? rows : rows.slice(0, namesShownMax);
  const rest = rows.slice(shown.length);
  return html`<ul class="names">${shown.map(name)}</ul>${
    rest.length === 0
      ? ''
      : html`<details><summary>${text.more(rest.length)}</summary><ul class="names">${rest.map(name)}</ul></details>`
  }`;
}

function name({ token, operator }: Row): Html {
  return html`<li><strong>${token}</strong>${operator === null ? '' : html` <span class="kind">${operator}</span>`}</li>`;
}

function crawlCell(report: SiteView, crawl: Row['crawl']): Html {
  if (crawl === null) return html`<span class="kind">${text.fetchesNothing}</span>`;
  const why = crawlWhys[crawl.reason];
  const place = crawl.reason === 'rule' && crawl.where !== null ? said(report, crawl) : '';
  return html`${badge(crawl.verdict, text.crawlWords[crawl.verdict])}${place}${
    why === undefined ? '' : html`<p class="kind">${why}</p>`
  }`;
}

const crawlWhys: Record<string, string> = {
  'no-rule': text.noRule,
  'no-group': text.noRule,
  'no-robots-txt': text.noFile,
  unreachable: text.unreachable,
  'not-fetched-yet': text.notFetched,
  'too-complex': text.tooComplex,
};

function usageCell(report: SiteView, cell: Answers['train-ai']): Html {
  const perhaps = cell.possible && cell.verdict !== 'disallow';
  return html`${badge(perhaps ? 'contested' : cell.verdict, perhaps ? text.perhaps : text.words[cell.verdict])}${said(report, cell)}`;
}

function said(report: SiteView, { where, quote }: { where: string | null; quote: string | null }): Html {
  if (where === null) return html``;
  return html`<p class="kind">${shortPlace(report, where)}</p>${quote === null || quote === '' ? '' : html`<p>${quoted(quote)}</p>`}`;
}
