import { type Html, html } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

export interface ProblemModel {
  title: string;
  detail: string;
  /** What to do next, one sentence. */
  fix?: string | undefined;
  requestId: string;
}

/** What went wrong, what to do next, and the number to name. */
export function problemPage(ctx: PageContext, model: ProblemModel): Html {
  const text = en.problems;
  return layout(
    ctx,
    { title: model.title },
    html`<h1>${model.title}</h1>
<p>${model.detail}</p>
${model.fix === undefined ? '' : html`<h2>${text.next}</h2><p>${model.fix}</p>`}
<p><a href="/">${text.home}</a></p>
<dl class="facts"><div><dt>${text.request}</dt><dd><code>${model.requestId}</code><p class="hint">${text.requestHint}</p></dd></div></dl>`,
  );
}
