import type { Usage } from '../../consent/evidence.ts';
import { count, shortHash, time } from '../format.ts';
import { copyButton } from '../forms.ts';
import { type Html, html, rich } from '../html.ts';
import { badge, type Tone } from '../marks.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

/** What a filter run counted; the summary `withhold filter --summary-json` writes has these fields. */
export interface ReportModel {
  server: string;
  agent: string | null;
  usage: Usage;
  /** RFC 3339. */
  finished: string;
  inputs: string[];
  out: string;
  rows: number;
  kept: number;
  dropped: number;
  review: number;
  bad: number;
  nothingToCheck: number;
  onReview: 'keep' | 'drop';
  rowsNotFullyChecked: number;
  byVerdict: Record<string, number>;
  byReason: Record<string, number>;
  byReviewReason: Record<string, number>;
  byTrust: Record<string, number>;
  notChecked: Record<string, number>;
  policies: string[];
  asOf: { origin: string; last: { size: number } }[];
  badRows: { file: string; line: number; why: string }[];
}

const text = en.report;

/** What a filter run found, what was not checked first: without it the rest misleads. */
export function reportPage(ctx: PageContext, model: ReportModel): Html {
  return layout(
    ctx,
    { title: text.title, wide: true },
    html`<h1>${text.title}</h1>
<p class="intro">${rich(text.lead, {
      file: html`<bdi class="label">${model.inputs.map(nameOf).join(', ')}</bdi>`,
      rows: count(model.rows),
      agent:
        model.agent === null
          ? text.forNobody
          : rich(text.forAgent, { agent: html`<bdi>${model.agent}</bdi>` }),
      usage: html`<q>${en.records.usages[model.usage].name}</q>`,
      at: time(model.finished, ctx.now),
    })}</p>
${missing(model)}
${acts(model)}
${verdicts(model)}
${reasons(model)}
${broken(model)}
${fine(model)}`,
  );
}

function nameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

interface Line {
  words: string | Html;
  rows: number;
}

/** Rows counted by something, most first as given, each with its share of all rows. */
function table(caption: string, heading: string, lines: readonly Line[], all: number, total?: Line): Html {
  const line = ({ words, rows }: Line) =>
    html`<tr><th scope="row">${words}</th><td class="count">${count(rows)}</td><td class="count">${shareOf(rows, all)}</td></tr>`;
  return html`<div class="table"><table>
<caption>${caption}</caption>
<thead><tr><th scope="col">${heading}</th><th scope="col" class="count">${text.rows}</th><th scope="col" class="count">${text.share}</th></tr></thead>
<tbody>${lines.map(line)}</tbody>
${total === undefined ? '' : html`<tfoot>${line(total)}</tfoot>`}
</table></div>`;
}

const shares = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 1 });

function shareOf(rows: number, all: number): string {
  return shares.format(all === 0 ? 0 : rows / all);
}

function mostFirst(counts: Record<string, number>): [string, number][] {
  return Object.entries(counts).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

function missing({ notChecked, rowsNotFullyChecked, rows }: ReportModel): Html {
  const words = text.missing;
  const lines = mostFirst(notChecked).map(([missed, number]) => ({
    words: missedWords(missed),
    rows: number,
  }));
  if (lines.length === 0) return html`<h2>${words.heading}</h2><p>${words.none}</p>`;
  return html`<h2>${words.heading}</h2>
<p>${rich(words.lead, { rows: html`<strong>${count(rowsNotFullyChecked)}</strong>`, all: count(rows) })}</p>
${table(words.caption, words.signal, lines, rows)}`;
}

/** `robots.txt: unreachable` as the summary has it, in words where we have them. */
function missedWords(missed: string): Html {
  const [source = '', why = ''] = missed.split(/: (.*)/s);
  const sources: Record<string, string> = text.missing.sources;
  const whys: Record<string, string> = text.missing.why;
  return html`${sources[source] ?? source}: <bdi>${whys[why] ?? why}</bdi>`;
}

function acts(model: ReportModel): Html {
  const words = text.acts;
  const lines = [
    { words: words.kept, rows: model.kept },
    { words: words.dropped, rows: model.dropped },
    { words: words.review[model.onReview], rows: model.review },
    { words: words.bad, rows: model.bad },
  ];
  const total = { words: text.total, rows: model.rows };
  return html`<h2>${words.heading}</h2>
${table(words.caption, words.act, lines, model.rows, total)}
${model.nothingToCheck === 0 ? '' : html`<p>${rich(words.nothing, { rows: count(model.nothingToCheck) })}</p>`}`;
}

const tones: Record<string, Tone> = {
  disallow: 'disallow',
  allow: 'allow',
  unknown: 'unknown',
  bad: 'contested',
};

function verdicts({ byVerdict, rows }: ReportModel): Html {
  const words: Record<string, string> = text.verdicts.words;
  const lines = mostFirst(byVerdict).map(([verdict, number]) => ({
    words: badge(tones[verdict] ?? 'unknown', words[verdict] ?? verdict),
    rows: number,
  }));
  return html`${table(text.verdicts.caption, text.verdicts.verdict, lines, rows)}
<p class="hint">${text.verdicts.note}</p>`;
}

function reasons({ byReason, byReviewReason, byTrust, rows }: ReportModel): Html {
  const { heading, caption, review, reason, none, words, doubts } = text.reasons;
  return html`<h2>${heading}</h2>
${Object.keys(byReason).length === 0 ? html`<p>${none}</p>` : table(caption, reason, inWords(byReason, words), rows)}
${Object.keys(byTrust).length === 0 ? '' : table(text.trust.caption, text.trust.trust, inWords(byTrust, text.trust.words), rows)}
${Object.keys(byReviewReason).length === 0 ? '' : table(review, reason, inWords(byReviewReason, doubts), rows)}`;
}

function inWords(counts: Record<string, number>, words: Record<string, string>): Line[] {
  return mostFirst(counts).map(([kind, number]) => ({
    words: words[kind] ?? html`<bdi>${kind}</bdi>`,
    rows: number,
  }));
}

function broken({ badRows }: ReportModel): Html {
  const words = text.broken;
  if (badRows.length === 0) return html``;
  return html`<h2>${words.heading}</h2>
<div class="table"><table>
<caption>${words.caption(badRows.length)}</caption>
<thead><tr><th scope="col" class="count">${words.line}</th><th scope="col">${words.why}</th></tr></thead>
<tbody>${badRows.map(
    ({ line, why }) =>
      html`<tr><th scope="row" class="count">${count(line)}</th><td>${rich(words.sentence, { why: html`<bdi>${why}</bdi>` })}</td></tr>`,
  )}</tbody>
</table></div>`;
}

function fine({ inputs, out, server, policies, asOf }: ReportModel): Html {
  const words = text.fine;
  return html`<h2>${words.heading}</h2>
<dl class="facts">
<div><dt>${words.input}</dt><dd>${inputs.map((path) => html`<p><code>${path}</code></p>`)}</dd></div>
<div><dt>${words.out}</dt><dd><code>${out}</code></dd></div>
<div><dt>${words.server}</dt><dd><code>${server}</code></dd></div>
<div><dt>${words.policy}</dt><dd>${policies.map(
    (digest) =>
      html`<p><span class="copyable"><code title="${digest}">${shortHash(digest)}</code>${copyButton(digest, words.whatPolicy)}</span></p>`,
  )}</dd></div>
<div><dt>${words.asOf}</dt><dd>${asOf.map(({ origin, last }) => html`<p>${words.asOfLine(origin, last.size)}</p>`)}</dd></div>
</dl>`;
}
