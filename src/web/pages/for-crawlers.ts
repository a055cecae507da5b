import { askMany, askOne, filterFile, spawning } from '../examples.ts';
import { codeBlock } from '../forms.ts';
import { type Html, html, link, rich } from '../html.ts';
import { badge, type Tone } from '../marks.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

/** How a crawler or a dataset builder asks. */
export function forCrawlersPage(ctx: PageContext): Html {
  const text = en.reading.crawlers;
  return layout(
    ctx,
    { title: text.title, description: text.lead },
    html`<h1>${text.title}</h1>
<p class="intro">${text.lead}</p>
<h2>${text.one.heading}</h2>
<p>${rich(text.one.body)}</p>
${codeBlock(askOne(ctx.origin), text.one.heading)}
<p>${rich(text.one.answer)}</p>
<h2>${text.verdicts.heading}</h2>
<div class="table"><table>
<caption class="unseen">${text.verdicts.caption}</caption>
<thead><tr><th scope="col">${text.verdicts.verdict}</th><th scope="col">${text.verdicts.meaning}</th></tr></thead>
<tbody>${text.verdicts.rows.map(
      ([verdict = '', meaning]) =>
        html`<tr><th scope="row">${badge(verdict as Tone, verdict)}</th><td>${meaning}</td></tr>`,
    )}</tbody>
</table></div>
<p>${rich(text.verdicts.notChecked)}</p>
<p>${rich(text.site, { check: link('/site', text.siteCheck) })}</p>
<h2>${text.many.heading}</h2>
<p>${rich(text.many.body)}</p>
${codeBlock(askMany(ctx.origin), text.many.heading)}
<h2>${text.filter.heading}</h2>
<p>${text.filter.body}</p>
${codeBlock(filterFile(ctx.origin), text.filter.heading)}
<p>${text.filter.exits}</p>
<h2>${text.spawning.heading}</h2>
<p>${text.spawning.body}</p>
${codeBlock(spawning(ctx.origin), text.spawning.heading)}
<h2>${text.key.heading}</h2>
<p>${rich(text.key.body, { operator: html`<bdi>${ctx.operator}</bdi>`, imprint: link('/imprint', text.key.imprint) })}</p>
<p>${rich(text.more, { docs: link('/docs', text.docs) })}</p>`,
  );
}
