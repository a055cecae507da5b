import { type Html, html, raw, rich } from './html.ts';
import type { PageContext } from './page.ts';
import { forms } from './texts/en/site.ts';

/** A fault in a form: the id of the control and what to do, in one sentence. */
export interface FieldError {
  field: string;
  detail: string;
}

/** All faults on top of the page, each a link to its control. Nothing when there are none. */
export function errorSummary(errors: readonly FieldError[]): Html {
  if (errors.length === 0) return html``;
  return html`<div class="error-summary" role="alert" tabindex="-1" data-focus>
<h2>${forms.problem}</h2>
<ul>${errors.map(({ field, detail }) => html`<li><a href="#${field}">${detail}</a></li>`)}</ul>
</div>`;
}

/** The first fault of one control, to stand between its hint and itself. */
export function errorLine(errors: readonly FieldError[], field: string): Html {
  const error = errors.find((candidate) => candidate.field === field);
  if (error === undefined) return html``;
  return html`<p class="error" id="${field}-error"><span class="unseen">${forms.error} </span>${error.detail}</p>`;
}

export interface Field {
  /** Also the name under which it is sent. */
  id: string;
  label: string;
  hint?: string | Html;
  value?: string;
  type?: 'text' | 'email' | 'url';
  errors?: readonly FieldError[];
  autocomplete?: string;
  optional?: boolean;
  required?: boolean;
  /** Lines of a textarea; without it the control is one line. */
  rows?: number;
  /** Addresses and codes: no spelling help, mono, left to right. */
  code?: boolean;
}

/** A label, its hint, its fault and a control for text. */
export function field(options: Field): Html {
  const { id, label, hint, value = '', errors = [], optional, rows } = options;
  const failed = errors.some((error) => error.field === id);
  const described = [hint === undefined ? '' : `${id}-hint`, failed ? `${id}-error` : '']
    .filter((name) => name !== '')
    .join(' ');
  const attributes = html`id="${id}" name="${id}"${described === '' ? '' : html` aria-describedby="${described}"`}${
    failed ? raw(' aria-invalid="true"') : ''
  }${options.required === true ? raw(' required') : ''}${
    options.autocomplete === undefined ? '' : html` autocomplete="${options.autocomplete}"`
  }${options.code === true ? raw(' class="code" dir="ltr" spellcheck="false" autocapitalize="none"') : raw(' dir="auto"')}`;
  return html`<div class="${failed ? 'field failed' : 'field'}">
<label for="${id}">${label}${optional === true ? html` <span class="optional">${forms.optional}</span>` : ''}</label>
${hint === undefined ? '' : html`<p class="hint" id="${id}-hint">${typeof hint === 'string' ? rich(hint) : hint}</p>`}
${errorLine(errors, id)}
${
  rows === undefined
    ? html`<input ${attributes} type="${options.type === 'url' ? 'text' : (options.type ?? 'text')}"${
        options.type === 'url' ? raw(' inputmode="url"') : ''
      } value="${value}">`
    : html`<textarea ${attributes} rows="${rows}" wrap="${options.code === true ? 'off' : 'soft'}">${raw('\n')}${value}</textarea>`
}
</div>`;
}

export interface Choice {
  value: string;
  label: string | Html;
  hint?: string;
}

export interface Choices {
  /** The name under which the choice is sent; the first control has it as its id. */
  name: string;
  legend: string;
  hint?: string;
  choices: Choice[];
  chosen: string | readonly string[];
  errors?: readonly FieldError[];
  type?: 'radio' | 'checkbox';
  /** Beside each other instead of below. */
  row?: boolean;
}

/** A fieldset of radios or boxes. */
export function choices(options: Choices): Html {
  const { name, legend, hint, chosen, errors = [], type = 'radio' } = options;
  const failed = errors.some((error) => error.field === name);
  const described = [hint === undefined ? '' : `${name}-hint`, failed ? `${name}-error` : '']
    .filter((id) => id !== '')
    .join(' ');
  return html`<fieldset class="${failed ? 'field failed' : 'field'}"${
    described === '' ? '' : html` aria-describedby="${described}"`
  }>
<legend>${legend}</legend>
${hint === undefined ? '' : html`<p class="hint" id="${name}-hint">${rich(hint)}</p>`}
${errorLine(errors, name)}
<div class="${options.row === true ? 'choices row' : 'choices'}">
${options.choices.map((choice, index) => {
  const id = index === 0 ? name : `${name}-${choice.value}`;
  const on = typeof chosen === 'string' ? chosen === choice.value : chosen.includes(choice.value);
  return html`<div class="choice"><input type="${type}" id="${id}" name="${name}" value="${choice.value}"${
    on ? raw(' checked') : ''
  }><label for="${id}">${choice.label}</label></div>`;
})}
</div>
</fieldset>`;
}

/** The hidden token every form that changes something sends back. */
export function csrfField(ctx: PageContext): Html {
  return html`<input type="hidden" name="csrf" value="${ctx.csrf}">`;
}

/** A button that copies; the script shows it, because without script it could do nothing. */
export function copyButton(value: string, what: string): Html {
  return html`<button type="button" class="copy" data-copy="${value}" aria-label="${forms.copyWhat(what)}" hidden>${forms.copy}</button>`;
}

/** A value to be copied as it stands, with its button. */
export function copyable(value: string, what: string): Html {
  return html`<span class="copyable"><code>${value}</code>${copyButton(value, what)}</span>`;
}

/** Lines of code in a frame that scrolls inside itself. */
export function codeBlock(code: string, what: string): Html {
  return html`<div class="code-block"><pre tabindex="0" role="region" aria-label="${what}"><code>${code}</code></pre>${copyButton(code, what)}</div>`;
}
