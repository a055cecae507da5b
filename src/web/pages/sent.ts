import { type Html, html, link, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

export interface SentModel {
  /** Where the letter went; null when only the browser knows, whose script then puts it in. */
  email: string | null;
}

/** After the form: the opt-out is kept, and waits for the link in the letter. */
export function sentPage(ctx: PageContext, model: SentModel): Html {
  const text = en.optOut.sent;
  const address = (words: string) => html`<strong class="address"><bdi data-sent-to>${words}</bdi></strong>`;
  return layout(
    ctx,
    { title: text.title },
    html`<h1>${text.title}</h1>
<p class="intro">${text.lead}</p>
${
  model.email === null
    ? html`<p data-sent-unnamed>${text.letterUnnamed}</p><p data-sent-named hidden>${rich(text.letter, { email: address('') })}</p>`
    : html`<p>${rich(text.letter, { email: address(model.email) })}</p>`
}
<p>${text.valid}</p>
${
  ctx.development
    ? html`<p class="note">${rich(text.outbox, { outbox: link('/outbox', text.outboxLink) })}</p>`
    : ''
}
<h2>${text.nothing.heading}</h2>
<p>${rich(text.nothing.body, { again: link('/opt-out', text.nothing.again) })}</p>`,
  );
}
