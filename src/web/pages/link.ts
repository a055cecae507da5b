import { csrfField } from '../forms.ts';
import { type Html, html, link, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

export type LinkModel =
  | { state: 'open'; token: string /** Whose link it is. */; to?: 'admin' }
  | { state: 'invalid' | 'expired' | 'used' };

/** Behind a link that signs in: a button, because mail scanners follow links but press nothing. */
export function linkPage(ctx: PageContext, model: LinkModel): Html {
  const text = en.mine.link;
  if (model.state !== 'open') {
    const stale = text.stale[model.state];
    return layout(
      ctx,
      { title: stale.title },
      html`<h1>${stale.title}</h1>
<p>${stale.detail}</p>
<p>${rich(text.next, { again: link('/my', text.again) })}</p>`,
    );
  }
  return layout(
    ctx,
    { title: text.title },
    html`<h1>${text.title}</h1>
<p>${text.body}</p>
<form action="/${model.to ?? 'link'}/${encodeURIComponent(model.token)}" method="post">${csrfField(ctx)}
<button type="submit">${text.button}</button></form>`,
  );
}
