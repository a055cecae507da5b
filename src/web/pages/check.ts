import { type Usage, usages } from '../../consent/evidence.ts';
import type { DecisionView } from '../../http/schemas.ts';
import { choices, errorSummary, type FieldError, field } from '../forms.ts';
import { type Html, html, link, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';
import { answerSection } from './answer.ts';

export interface CheckModel {
  values: { url: string; agent: string; usage: Usage };
  errors: FieldError[];
  /** The answer, once asked. */
  decision?: DecisionView;
}

/** The form that asks about one address, and below it the answer. */
export function checkPage(ctx: PageContext, model: CheckModel): Html {
  const text = en.check;
  const { values, errors, decision } = model;
  const title = decision === undefined ? text.title : text.result.title(values.url);
  return layout(
    ctx,
    { title, description: en.home.what, failed: errors.length > 0 },
    html`${errorSummary(errors)}
<h1>${text.title}</h1>
<p class="intro">${rich(text.lead, { api: link('/for-crawlers', text.api) })}</p>
${decision === undefined ? '' : answerSection(ctx, values, decision)}
<form action="/check" method="get" class="${decision === undefined ? '' : 'after'}" novalidate>
${decision === undefined ? '' : html`<h2>${text.result.again}</h2>`}
${field({
  id: 'url',
  label: text.url.label,
  hint: rich(text.url.hint, { example: html`<code>https://example.com/gallery/dusk.jpg</code>` }),
  type: 'url',
  value: values.url,
  errors,
  code: true,
  required: true,
})}
${choices({
  name: 'usage',
  legend: text.usage.legend,
  chosen: values.usage,
  errors,
  choices: usages.map((usage) => ({ value: usage, label: en.records.usages[usage].name })),
})}
${field({ id: 'agent', label: text.agent.label, hint: text.agent.hint, value: values.agent, errors, optional: true, code: true })}
<button type="submit">${text.button}</button>
</form>`,
  );
}
