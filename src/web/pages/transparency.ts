import { count, time } from '../format.ts';
import { type Html, html, link, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

export const kinds = ['work', 'url', 'prefix', 'domain', 'name'] as const;
export type Kind = (typeof kinds)[number];

const reports = ['removed', 'licensed', 'disputed'] as const;

export interface TransparencyModel {
  /** RFC 3339, when this was counted. */
  countedAt: string;
  inForce: Record<Kind, number>;
  possible: Record<Kind, number>;
  waiting: number;
  quarantined: number;
  suspended: number;
  withdrawn: number;
  contested: number;
  /** Answers of the last 30 days that rested on a record. */
  hits: number;
  reported: Record<(typeof reports)[number], { datasets: number; copies: number }>;
  /** Entries of the published consent log. */
  logEntries: number;
}

/** What the registry holds, in numbers anybody may check later. */
export function transparencyPage(ctx: PageContext, model: TransparencyModel): Html {
  const text = en.reading.transparency;
  const sum = (numbers: Record<Kind, number>) => kinds.reduce((total, kind) => total + numbers[kind], 0);
  const row = (name: string, inForce: number, possible: number) =>
    html`<tr><th scope="row">${name}</th><td class="count">${count(inForce)}</td><td class="count">${count(possible)}</td></tr>`;
  const links = {
    checkpoint: link('/log/checkpoint', text.log.checkpoint),
    policy: link('/log/policy', text.log.policy),
  };
  const log =
    model.logEntries === 0
      ? rich(text.log.empty, links)
      : rich(text.log.body, { ...links, entries: html`<strong>${count(model.logEntries)}</strong>` });
  const rest = ['waiting', 'quarantined', 'suspended', 'withdrawn', 'contested'] as const;
  return layout(
    ctx,
    { title: text.title },
    html`<h1>${text.title}</h1>
<p class="intro">${rich(text.lead, { at: time(model.countedAt, ctx.now) })}</p>
<div class="table"><table>
<caption>${text.records.caption}</caption>
<thead><tr><th scope="col">${text.records.kind}</th><th scope="col" class="count">${text.records.inForce}</th><th scope="col" class="count">${text.records.possible}</th></tr></thead>
<tbody>${kinds.map((kind) => row(en.records.kinds[kind], model.inForce[kind], model.possible[kind]))}</tbody>
<tfoot>${row(text.records.total, sum(model.inForce), sum(model.possible))}</tfoot>
</table></div>
<h2>${text.rest.heading}</h2>
<dl class="facts counts">${rest.map(
      (name) => html`<div><dt>${text.rest[name]}</dt><dd class="count">${count(model[name])}</dd></div>`,
    )}</dl>
<h2>${text.counting.heading}</h2>
<p>${text.counting.body}</p>
<h2>${text.checks.heading}</h2>
<p>${rich(text.checks.body, { hits: html`<strong>${count(model.hits)}</strong>` })}</p>
<p>${text.checks.kept}</p>
<h2>${text.reported.heading}</h2>
${reported(model)}
<h2>${text.log.heading}</h2>
<p>${log}</p>`,
  );
}

function reported({ reported: said }: TransparencyModel): Html {
  const text = en.reading.transparency.reported;
  if (reports.every((what) => said[what].copies === 0)) return html`<p>${text.none}</p>`;
  const row = (what: (typeof reports)[number]) =>
    html`<tr><th scope="row">${text[what]}</th><td class="count">${count(said[what].datasets)}</td><td class="count">${count(said[what].copies)}</td></tr>`;
  return html`<div class="table"><table>
<caption>${text.caption}</caption>
<thead><tr><th scope="col">${text.what}</th><th scope="col" class="count">${text.datasets}</th><th scope="col" class="count">${text.copies}</th></tr></thead>
<tbody>${reports.map(row)}</tbody>
</table></div>`;
}
