import { botAgent, botToken, stopBot } from '../examples.ts';
import { codeBlock, copyable } from '../forms.ts';
import { type Html, html, link, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

/** What our own crawler fetches, how to know it, how to stop it. Its User-Agent leads here. */
export function botPage(ctx: PageContext): Html {
  const text = en.reading.bot;
  const items = (sentences: readonly string[]) =>
    html`<ul>${sentences.map((item) => html`<li>${rich(item, { site: link('/site', text.site) })}</li>`)}</ul>`;
  return layout(
    ctx,
    { title: text.title, description: text.lead },
    html`<h1>${text.title}</h1>
<p class="intro">${text.lead}</p>
<h2>${text.identity}</h2>
<dl class="facts">
<div><dt>${text.userAgent}</dt><dd>${copyable(botAgent(ctx.origin), text.whatUserAgent)}</dd></div>
<div><dt>${text.token}</dt><dd><code>${botToken}</code></dd></div>
</dl>
<h2>${text.fetches.heading}</h2>
${items(text.fetches.items)}
<p>${text.fetches.not}</p>
<h2>${text.rules.heading}</h2>
${items(text.rules.items)}
<h2>${text.stop.heading}</h2>
<p>${text.stop.body}</p>
${codeBlock(stopBot, text.stop.heading)}
<p>${rich(text.contact, { operator: html`<bdi>${ctx.operator}</bdi>`, imprint: link('/imprint', text.imprint) })}</p>`,
  );
}
