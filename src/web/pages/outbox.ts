import { time } from '../format.ts';
import { type Html, html } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

export interface Letter {
  id: string;
  to: string;
  subject: string;
  text: string;
  /** RFC 3339. */
  createdAt: string;
}

/** The letters of a development installation, with the links in them to follow. */
export function outboxPage(ctx: PageContext, model: { letters: Letter[] }): Html {
  const text = en.admin.outbox;
  return layout(
    ctx,
    { title: text.title },
    html`<h1>${text.title}</h1>
<p class="intro">${text.lead}</p>
${model.letters.length === 0 ? html`<p>${text.none}</p>` : model.letters.map((letter) => letterArticle(ctx, letter))}`,
  );
}

function letterArticle(ctx: PageContext, letter: Letter): Html {
  const text = en.admin.outbox;
  const title = `letter-${letter.id}`;
  return html`<article class="letter" aria-labelledby="${title}">
<h2 id="${title}"><bdi>${letter.subject}</bdi></h2>
<dl class="facts">
<div><dt>${text.to}</dt><dd><bdi class="address">${letter.to}</bdi></dd></div>
<div><dt>${text.at}</dt><dd>${time(letter.createdAt, ctx.now)}</dd></div>
</dl>
<div class="letter-text" dir="auto">${linked(letter.text, ctx.origin)}</div>
</article>`;
}

/** Only links to ourselves become links; what a creator typed into a letter stays words. */
function linked(text: string, origin: string): Html {
  const pieces = text.split(/(https?:\/\/[^\s<>"']+)/);
  return html`${pieces.map((piece) =>
    piece.startsWith(`${origin}/`) ? html`<a href="${piece}">${piece}</a>` : piece,
  )}`;
}
