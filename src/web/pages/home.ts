import { timeOnly } from '../format.ts';
import { field } from '../forms.ts';
import { type Html, html, link, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

export interface HomeModel {
  worksInForce: number;
  domainsInForce: number;
  /** RFC 3339, when that was counted. */
  countedAt: string;
}

/** The first page: two doors, a box to check an address, one sentence, one number. */
export function homePage(ctx: PageContext, model: HomeModel): Html {
  const text = en.home;
  return layout(
    ctx,
    { title: en.site.name, description: text.what, wide: true },
    html`<h1 class="lead">${text.lead.map((sentence) => html`<span>${sentence}</span> `)}</h1>
<p class="intro">${text.what}</p>
<div class="doors">
<section aria-labelledby="makers">
<h2 id="makers">${text.makers.heading}</h2>
<p>${text.makers.body}</p>
<p class="go"><a class="button" href="/opt-out">${text.makers.button}</a></p>
<p><a href="/my">${text.makers.mine}</a><br><a href="/site">${text.makers.site}</a></p>
</section>
<section aria-labelledby="collectors">
<h2 id="collectors">${text.collectors.heading}</h2>
<p>${text.collectors.body}</p>
<p class="go"><a class="button" href="/for-crawlers">${text.collectors.button}</a></p>
<p><a href="/docs">${text.collectors.docs}</a></p>
</section>
</div>
<section class="ask" aria-labelledby="ask">
<h2 id="ask">${text.check.heading}</h2>
<form action="/check" method="get">
${field({ id: 'url', label: text.check.label, type: 'url', code: true })}
<button type="submit">${text.check.button}</button>
</form>
</section>
${figures(model)}`,
  );
}

function figures(model: HomeModel): Html {
  const text = en.home;
  const none = model.worksInForce === 0 && model.domainsInForce === 0;
  const strong = (words: string) => html`<strong>${words}</strong>`;
  return html`<section class="figures">
<p class="number">${
    none
      ? text.none
      : rich(text.number, {
          works: strong(text.works(model.worksInForce)),
          domains: strong(text.domains(model.domainsInForce)),
        })
  }</p>
<p class="hint">${rich(text.counted, { at: timeOnly(model.countedAt), source: link('/transparency', text.source) })}</p>
</section>`;
}
