import { csrfField } from '../forms.ts';
import { type Html, html, link, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

/** A creator's link leads to their opt-outs, an operator's to the administration. */
export type LinkModel = { to: 'link' | 'admin' } & (
  | { state: 'open'; token: string }
  | { state: 'invalid' | 'expired' | 'used' }
);

/** Behind a link that signs in: a button, because mail scanners follow links but press nothing. */
export function linkPage(ctx: PageContext, model: LinkModel): Html {
  const text = en.mine.link;
  const words = text[model.to];
  if (model.state !== 'open') {
    const stale = text.stale[model.state];
    return layout(
      ctx,
      { title: stale.title },
      html`<h1>${stale.title}</h1>
<p>${stale.detail}</p>
<p>${rich(words.next, { again: link('/my', text.again) })}</p>`,
    );
  }
  return layout(
    ctx,
    { title: words.title },
    html`<h1>${words.title}</h1>
<p>${words.body}</p>
<form action="/${model.to}/${encodeURIComponent(model.token)}" method="post">${csrfField(ctx)}
<button type="submit">${words.button}</button></form>`,
  );
}
