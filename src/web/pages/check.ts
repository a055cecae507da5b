import { type Usage, usages } from '../../consent/evidence.ts';
import { type DecisionView, uploadBytesMax } from '../../http/schemas.ts';
import { pictureFormats } from '../../images/format.ts';
import { choices, csrfField, errorLine, errorSummary, type FieldError, field } from '../forms.ts';
import { type Html, html, link, raw, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';
import { answerSection } from './answer.ts';
import type { PictureAsked } from './answer-picture.ts';

interface Values {
  url: string;
  agent: string;
  usage: Usage;
}

export interface CheckModel {
  /** Which form was sent; the other one stands as at first. */
  form: 'address' | 'picture';
  values: Values;
  errors: FieldError[];
  /** The picture that was sent, where it was one; else the address was asked about. */
  picture?: PictureAsked;
  /** The answer, once asked. */
  decision?: DecisionView;
}

/** What stands in the forms at first. */
export const blankCheck: Values = { url: '', agent: '', usage: 'train-ai' };

const pictureTypes = pictureFormats.map((format) => `image/${format}`).join(',');

/** The forms that ask about one picture and about one address, and above them the answer. */
export function checkPage(ctx: PageContext, model: CheckModel): Html {
  const text = en.check;
  const { values, errors, decision, picture } = model;
  const title = decision === undefined ? text.title : text.result.title(picture?.name ?? values.url);
  const asked = picture === undefined ? values : { agent: values.agent, usage: values.usage, picture };
  return layout(
    ctx,
    { title, description: en.home.what, failed: errors.length > 0, scripts: ['check.js'] },
    html`${errorSummary(errors)}
<h1>${text.title}</h1>
<p class="intro">${rich(text.lead, { api: link('/for-crawlers', text.api) })}</p>
<div data-answer>${decision === undefined ? '' : answerSection(ctx, asked, decision)}</div>
${pictureForm(ctx, model)}
${addressForm(model)}`,
  );
}

function pictureForm(ctx: PageContext, { errors, form, values }: CheckModel): Html {
  const text = en.check.picture;
  const { agent, usage } = form === 'picture' ? values : blankCheck;
  const isOpen = agent !== '' || usage !== blankCheck.usage;
  const failed = errors.some((error) => error.field === 'picture');
  return html`<form id="check-picture" class="check-part" action="/check" method="post" enctype="multipart/form-data" data-worker="${ctx.assets['fingerprint-worker.js']}" novalidate>
${csrfField(ctx)}
<h2>${text.heading}</h2>
<div class="${failed ? 'field failed' : 'field'}" data-picture>
<label for="picture">${text.label}</label>
<div class="hint" id="picture-hint"><p>${text.hint}</p>
<p data-without-script>${text.hintUpload(uploadBytesMax / 1_048_576)}</p>
<p data-with-script hidden>${text.hintClient}</p></div>
${errorLine(errors, 'picture')}
<div class="drop"><span class="drop-words" data-with-script hidden>${text.drop}</span>
<input type="file" id="picture" name="picture" accept="${pictureTypes}" aria-describedby="picture-hint${failed ? ' picture-error' : ''}"${failed ? raw(' aria-invalid="true"') : ''}></div>
<p class="reading-state" data-check-state role="status"></p>
</div>
<details${isOpen ? raw(' open') : ''}>
<summary>${text.more} <span class="optional">${en.forms.optional}</span></summary>
${choices({
  name: 'picture-usage',
  legend: en.check.usage.legend,
  chosen: usage,
  // Style concerns names, and no picture has one.
  choices: usages
    .filter((usage) => usage !== 'style-imitation')
    .map((usage) => ({ value: usage, label: en.records.usages[usage].name })),
})}
${field({ id: 'picture-agent', label: en.check.agent.label, hint: en.check.agent.hint, value: agent, optional: true, code: true })}
</details>
<button type="submit" data-without-script>${text.button}</button>
</form>`;
}

function addressForm({ errors, decision, form, ...model }: CheckModel): Html {
  const text = en.check;
  const values = form === 'address' ? model.values : blankCheck;
  const isAgain = decision !== undefined && form === 'address';
  return html`<form action="/check" method="get" class="check-part" novalidate>
<h2>${isAgain ? text.result.again : text.address.heading}</h2>
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
</form>`;
}
