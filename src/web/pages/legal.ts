import { type Html, html, link, paragraphs, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

const items = (sentences: readonly string[]) =>
  html`<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>`;

/** Who runs this registry. */
export function imprintPage(ctx: PageContext, model: { imprint: string | undefined }): Html {
  const text = en.legal.imprint;
  return layout(
    ctx,
    { title: text.title },
    html`<h1>${text.title}</h1>
<p>${rich(text.operator, { operator: html`<bdi>${ctx.operator}</bdi>` })}</p>
${model.imprint === undefined ? html`<p>${rich(text.none)}</p>` : paragraphs(model.imprint)}`,
  );
}

/** What is known about people, why, and who sees it. */
export function privacyPage(ctx: PageContext, model: { contact: string | undefined }): Html {
  const text = en.legal.privacy;
  const { rights } = text;
  return layout(
    ctx,
    { title: text.title, description: text.lead },
    html`<h1>${text.title}</h1>
<p class="intro">${text.lead}</p>
<h2>${text.creators.heading}</h2>
${items(text.creators.items)}
<h2>${text.askers.heading}</h2>
${items(text.askers.items)}
<h2>${text.cookies.heading}</h2>
<p>${text.cookies.body}</p>
<h2>${rights.heading}</h2>
<p>${rights.body}</p>
<p>${rich(rights.mine, { mine: link('/my', rights.mineLink) })} ${
      model.contact === undefined
        ? rich(rights.writeOperator, {
            operator: html`<bdi>${ctx.operator}</bdi>`,
            imprint: link('/imprint', rights.imprintLink),
          })
        : rich(rights.write, { contact: html`<bdi>${model.contact}</bdi>` })
    }</p>`,
  );
}

/** What may be expected, and what is. The operator's own terms come last, as written. */
export function termsPage(ctx: PageContext, model: { terms: string | undefined }): Html {
  const text = en.legal.terms;
  return layout(
    ctx,
    { title: text.title, description: text.lead },
    html`<h1>${text.title}</h1>
<p class="intro">${text.lead}</p>
<h2>${text.creators.heading}</h2>
${items(text.creators.items)}
<h2>${text.askers.heading}</h2>
${items(text.askers.items)}
${model.terms === undefined ? '' : html`<h2>${text.additional}</h2>${paragraphs(model.terms)}`}`,
  );
}
