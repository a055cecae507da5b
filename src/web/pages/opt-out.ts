import { usages } from '../../consent/evidence.ts';
import { choices, csrfField, errorLine, errorSummary, type FieldError, field } from '../forms.ts';
import { type Html, html, raw, rich } from '../html.ts';
import { addressAreas, type OptOutValues } from '../opt-out-form.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

export interface OptOutModel {
  /** The words in force, which differ for who owns and who acts for an owner. */
  statement: { version: string; text: Readonly<Record<'owner' | 'agent', string>> };
  values: OptOutValues;
  errors: FieldError[];
  /** Most bytes of the one picture sent without JavaScript. */
  uploadBytesMax: number;
}

/** What the file chooser offers; the bytes decide, not the name. */
const pictureTypes = 'image/png,image/jpeg,image/webp,image/gif,image/avif';

/** The opt-out form. It posts itself without JavaScript; with it, `client/opt-out.ts` takes over. */
export function optOutPage(ctx: PageContext, model: OptOutModel): Html {
  const text = en.optOut;
  return layout(
    ctx,
    { title: text.title, description: text.lead, failed: model.errors.length > 0, scripts: ['opt-out.js'] },
    html`<div data-errors>${errorSummary(model.errors)}</div>
<h1>${text.title}</h1>
<p class="intro">${text.lead}</p>
<form id="opt-out" class="long" action="/opt-out" method="post" enctype="multipart/form-data" novalidate
 data-worker="${ctx.assets['fingerprint-worker.js']}">
${csrfField(ctx)}
<input type="hidden" name="statement" value="${model.statement.version}">
${subjects(model)}
${preferences(model)}
${person(model)}
${published()}
${statement(model)}
</form>`,
  );
}

function subjects({ values, errors, uploadBytesMax }: OptOutModel): Html {
  const text = en.optOut;
  const failed = errors.some((error) => error.field === 'picture');
  return html`<section aria-labelledby="what">
<h2 id="what">${text.steps.what}</h2>
<div class="${failed ? 'field failed' : 'field'}" data-pictures>
<label for="picture"><span data-without-script>${text.pictures.one}</span><span data-with-script hidden>${text.pictures.label}</span></label>
<div class="hint" id="picture-hint"><p>${text.pictures.hint}</p>
<p data-without-script>${text.pictures.hintUpload(uploadBytesMax / 1_048_576)}</p>
<p data-with-script hidden>${text.pictures.hintClient}</p></div>
${errorLine(errors, 'picture')}
<div class="drop"><span class="drop-words" data-with-script hidden>${text.pictures.drop}</span>
<input type="file" id="picture" name="picture" accept="${pictureTypes}" aria-describedby="picture-hint${failed ? ' picture-error' : ''}"></div>
<div class="reading" data-reading hidden>
<p class="reading-state" data-reading-state role="status"></p>
<progress data-reading-progress value="0" max="1" aria-label="${text.pictures.label}"></progress>
<button type="button" class="quiet" data-reading-stop></button>
</div>
<ul class="pictures" data-picture-list aria-label="${text.pictures.list}" hidden></ul>
</div>
${addressAreas.map(({ field: id, example }) => {
  const { label, hint } = text.addresses[id];
  return field({
    id,
    label,
    hint:
      example === ''
        ? hint
        : html`${hint} ${rich(text.addresses.urlsExample, { example: html`<code>${example}</code>` })}`,
    value: values[id],
    errors,
    rows: 2,
    code: id !== 'names',
  });
})}
</section>`;
}

function preferences({ values, errors }: OptOutModel): Html {
  const text = en.optOut;
  const words = text.usageChoices;
  const more = [values.except, values.licence, values.contact].some((value) => value !== '');
  const failed = errors.some((error) => ['except', 'licence', 'contact'].includes(error.field));
  return html`<section aria-labelledby="preferences">
<h2 id="preferences">${text.steps.preferences}</h2>
<p>${text.preferencesHint}</p>
${usages.map((usage) =>
  choices({
    name: `usage-${usage}`,
    legend: en.records.usages[usage].name,
    hint: en.records.usages[usage].hint,
    chosen: values.usages[usage],
    errors,
    row: true,
    choices: [
      { value: 'disallow', label: words.disallow },
      { value: 'allow', label: words.allow },
      { value: 'nothing', label: words.nothing },
    ],
  }),
)}
<details${more || failed ? raw(' open') : ''}>
<summary>${text.steps.details} <span class="optional">${en.forms.optional}</span></summary>
${field({ id: 'except', ...text.except, value: values.except, errors, rows: 2 })}
${field({ id: 'licence', ...text.licence, value: values.licence, errors, type: 'url', code: true })}
${field({ id: 'contact', ...text.contact, value: values.contact, errors })}
</details>
</section>`;
}

function person({ values, errors }: OptOutModel): Html {
  const text = en.optOut;
  return html`<section aria-labelledby="person">
<h2 id="person">${text.steps.person}</h2>
${field({ id: 'name', ...text.name, value: values.name, errors, autocomplete: 'name', required: true })}
${field({ id: 'email', ...text.email, value: values.email, errors, type: 'email', autocomplete: 'email', required: true })}
${choices({
  name: 'role',
  legend: text.role.legend,
  chosen: values.role,
  errors,
  choices: [
    { value: 'owner', label: text.role.owner },
    { value: 'agent', label: text.role.agent },
  ],
})}
</section>`;
}

function published(): Html {
  const text = en.optOut.published;
  return html`<section aria-labelledby="published">
<h2 id="published">${text.heading}</h2>
<ul>${text.items.map((item) => html`<li>${item}</li>`)}</ul>
<p>${text.not}</p>
</section>`;
}

function statement({ statement: { version, text: words }, values, errors }: OptOutModel): Html {
  const text = en.optOut;
  const failed = errors.some((error) => error.field === 'affirmed');
  return html`<section aria-labelledby="statement">
<h2 id="statement">${text.steps.statement}</h2>
${(['owner', 'agent'] as const).map(
  (role) => html`<div class="statement-for ${role}"><h3>${text.statementFor[role]}</h3>
<blockquote class="statement"><p>${words[role]}</p></blockquote></div>`,
)}
<p class="hint">${text.statementVersion(version)}</p>
<div class="${failed ? 'field failed' : 'field'}">
${errorLine(errors, 'affirmed')}
<div class="choice"><input type="checkbox" id="affirmed" name="affirmed" value="yes" required${
    values.affirmed ? raw(' checked') : ''
  }${failed ? raw(' aria-invalid="true" aria-describedby="affirmed-error"') : ''}><label for="affirmed">${text.affirm}</label></div>
</div>
<button type="submit" data-submit>${text.submit}</button>
</section>`;
}
