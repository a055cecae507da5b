import type { ReportContent } from '../../datasets/report/content.ts';
import { type Outcome, outcomes } from '../../datasets/tally/tally.ts';
import { count, timeOnly } from '../../web/format.ts';
import { type Html, html, raw, rich } from '../../web/html.ts';
import { foundation } from './page-foundation.ts';
import { columns, domains, files, reasons, reserved, trusts } from './page-groups.ts';
import { words } from './page-words.ts';
import { bar, scrolling, shareOf, stack } from './plots.ts';
import { style } from './style.ts';

/** What the page is made of: a report that was made or verified. */
export interface ReportPage {
  content: ReportContent;
  /** `sha256:` of report.json. */
  digest: string;
}

/**
 * The report as one page that needs nothing else: no script, no picture, no font, no network. What it says is what
 * report.json says; names of others are shown as text and lead nowhere.
 *
 * @returns the text of report.html.
 */
export function reportPage(report: ReportPage): string {
  const { content } = report;
  const title = words.title(content.dataset);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
<main>
${signals(content)}
<h1>${title}</h1>
${lead(report)}
${whatBecame(content)}
${reasons(content)}
${trusts(content)}
${domains(content)}
${files(content)}
${columns(content)}
${reserved(content)}
${notChecked(content)}
${held(content)}
${broken(content)}
${foundation(report)}
<h2>${words.not.heading}</h2>
<ul>${words.not.list.map((each) => html`<li>${each}</li>`)}</ul>
</main>
</body>
</html>
`;
  return String(page);
}

/** The first line: without it everything below misleads. */
function signals({ signals: gathered, source }: ReportContent): Html {
  const text = words.signals;
  const stale = source.kind === 'snapshot' && source.stale ? html` ${words.stale}` : '';
  if (gathered !== null) {
    const at = { at: timeOnly(gathered.at) };
    return html`<p class="signals"><strong>${rich(text.gathered(count(gathered.origins)), at)}</strong>${stale}</p>`;
  }
  if (source.kind === 'server') {
    return html`<p class="signals"><strong>${text.server}</strong> ${text.serverWhy}</p>`;
  }
  return html`<p class="signals none"><strong>${text.none}</strong> ${text.noneWhy}${stale}</p>`;
}

function lead({ content }: ReportPage): Html {
  const { tally, builder, finished } = content;
  const [name = ''] = builder.split('+');
  return html`<p>${rich(words.lead, {
    rows: html`<strong>${count(tally.rows)}</strong>`,
    dropped: html`<strong>${count(tally.outcomes.dropped ?? 0)}</strong>`,
    at: timeOnly(finished),
  })}</p>
<p>${rich(words.signedBy, { name: html`<strong><bdi>${name}</bdi></strong>` })} ${words.verify}</p>
<code class="command">withhold verify report.json --builder-key ${builder}</code>`;
}

function whatBecame({ tally, onReview }: ReportContent): Html {
  const text = words.outcomes;
  const rowsOf = (outcome: Outcome) => tally.outcomes[outcome] ?? 0;
  const shown = outcomes.filter((outcome) => rowsOf(outcome) > 0);
  const line = (outcome: Outcome) =>
    html`<tr><th scope="row"><span class="swatch ${outcome}"></span>${text.words[outcome]}</th><td class="n">${count(rowsOf(outcome))}</td><td class="n">${shareOf(rowsOf(outcome), tally.rows)}</td></tr>`;
  return html`<h2>${text.heading}</h2>
${shown.length === 0 ? '' : stack(shown.map((outcome) => ({ className: outcome, rows: rowsOf(outcome) })))}
${scrolling(
  text.heading,
  html`<table>
<caption>${text.caption}</caption>
<thead><tr><th scope="col">${text.column}</th><th scope="col" class="n">${words.plots.rows}</th><th scope="col" class="n">${words.plots.shareOfAll}</th></tr></thead>
<tbody>${shown.map(line)}</tbody>
</table>`,
)}
<p class="soft">${text.note}${(tally.outcomes.review ?? 0) > 0 ? html` ${text.review[onReview]}` : ''}</p>`;
}

function notChecked({ tally }: ReportContent): Html {
  const text = words.notChecked;
  const { signals: missing, rows, complete } = tally.notChecked;
  if (missing.length === 0) return html`<h2>${text.heading}</h2><p>${text.none}</p>`;
  const most = missing[0]?.rows ?? 0;
  return html`<h2>${text.heading}</h2>
<p>${text.lead(count(rows))}</p>
${scrolling(
  text.heading,
  html`<table class="bars-all">
<thead><tr><th scope="col">${text.column}</th><td class="plot"></td><th scope="col" class="n">${words.plots.rows}</th></tr></thead>
<tbody>${missing.map(
    ({ name, rows: some }) =>
      html`<tr><th scope="row"><bdi>${name}</bdi></th><td class="plot">${bar(some / most)}</td><td class="n">${count(some)}</td></tr>`,
  )}</tbody>
</table>`,
)}${complete ? '' : html`<p class="soft">${words.plots.incomplete}</p>`}`;
}

const heldShownFirst = 10;
const heldShownMax = 200;

function held({ tally }: ReportContent): Html {
  const text = words.held;
  if (tally.held.length === 0) return html`<h2>${text.heading}</h2><p>${text.none}</p>`;
  const rest = tally.held.slice(heldShownFirst, heldShownMax);
  const beyond = tally.held.length - heldShownMax;
  return html`<h2>${text.heading}</h2>
<p>${text.lead}</p>
${heldTable(tally.held.slice(0, heldShownFirst))}
${rest.length === 0 ? '' : html`<details><summary>${words.plots.more(count(rest.length))}</summary>${heldTable(rest)}</details>`}
${beyond > 0 ? html`<p class="soft">${words.plots.moreElsewhere(count(beyond))}</p>` : ''}`;
}

function heldTable(records: ReportContent['tally']['held']): Html {
  const text = words.held;
  const hosts = ({ hosts: some, hostsAre }: (typeof records)[number]) =>
    hostsAre === 'exact' ? count(some) : text[hostsAre](count(some));
  return scrolling(
    text.heading,
    html`<table>
<thead><tr><th scope="col">${text.record}</th>${outcomesOfRecords.map((outcome) => html`<th scope="col" class="n">${words.outcomes.short[outcome]}</th>`)}<th scope="col" class="n">${text.hosts}</th></tr></thead>
<tbody>${records.map(
      (record) =>
        html`<tr><th scope="row"><code>${record.record}</code></th>${outcomesOfRecords.map((outcome) => html`<td class="n">${count(record.rows[outcome] ?? 0)}</td>`)}<td class="n">${hosts(record)}</td></tr>`,
    )}</tbody>
</table>`,
  );
}

const outcomesOfRecords = ['dropped', 'disputed', 'licensed'] as const;

function broken({ tally }: ReportContent): Html {
  const text = words.bad;
  const { badRows, outcomes: all } = tally;
  if (badRows.length === 0) return html``;
  return html`<h2>${text.heading}</h2>
<p>${text.lead(count(all.bad ?? badRows.length), count(badRows.length))}</p>
${scrolling(
  text.heading,
  html`<table>
<thead><tr><th scope="col" class="n">${text.row}</th><th scope="col">${text.place}</th><th scope="col">${text.why}</th></tr></thead>
<tbody>${badRows.map(
    ({ row, file, line, why }) =>
      html`<tr><th scope="row" class="n">${count(row)}</th><td>${rich(text.line, { file: html`<bdi>${file}</bdi>`, line: count(line) })}</td><td><bdi>${why}</bdi></td></tr>`,
  )}</tbody>
</table>`,
)}`;
}
