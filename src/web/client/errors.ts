import type { FieldError } from '../forms.ts';
import { optOut } from '../texts/en/opt-out.ts';
import { forms, site } from '../texts/en/site.ts';
import { element, need } from './element.ts';

/** Shows faults as the server would: a summary on top that takes the focus, and a line at each control. */
export function showErrors(form: HTMLFormElement, errors: FieldError[]): void {
  clearErrors(form);
  if (errors.length === 0) return;
  const placed = inOrder(form, errors);
  const summary = element(
    'div',
    { class: 'error-summary', role: 'alert', tabindex: '-1' },
    element('h2', {}, forms.problem),
    element('ul', {}, ...placed.map(({ field, detail }) => element('li', {}, summaryLink(field, detail)))),
  );
  need(document, '[data-errors]').replaceChildren(summary);
  for (const error of placed) markField(form, error);
  document.title = site.titledError(optOut.title);
  summary.focus();
}

export function clearErrors(form: HTMLFormElement): void {
  need(document, '[data-errors]').replaceChildren();
  for (const line of form.querySelectorAll('p.error')) line.remove();
  for (const box of form.querySelectorAll('.failed')) box.classList.remove('failed');
  for (const control of form.querySelectorAll('[aria-invalid]')) control.removeAttribute('aria-invalid');
  document.title = site.titled(optOut.title);
}

function summaryLink(field: string, detail: string): HTMLAnchorElement {
  const link = element('a', { href: `#${field}` }, detail);
  link.addEventListener('click', (event) => {
    event.preventDefault();
    const control = document.getElementById(field);
    const closed = control?.closest('details');
    if (closed) closed.open = true;
    control?.scrollIntoView({ block: 'center' });
    control?.focus();
  });
  return link;
}

function inOrder(form: HTMLFormElement, errors: FieldError[]): FieldError[] {
  const place = (field: string) => {
    const at = [...form.elements].findIndex((control) => control.id === field);
    return at === -1 ? -1 : at;
  };
  return errors.toSorted((a, b) => place(a.field) - place(b.field));
}

function markField(form: HTMLFormElement, { field, detail }: FieldError): void {
  const control = document.getElementById(field);
  const box = control?.closest('.field');
  if (!control || !box || !form.contains(control)) return;
  control.setAttribute('aria-invalid', 'true');
  if (box.classList.contains('failed')) return;
  box.classList.add('failed');
  const id = `${field}-error`;
  const line = element(
    'p',
    { class: 'error', id },
    element('span', { class: 'unseen' }, `${forms.error} `),
    detail,
  );
  const below = box.querySelector(':scope > :is(.choices, .choice, .drop, input, textarea)');
  box.insertBefore(line, below);
  const described = new Set((control.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean));
  control.setAttribute('aria-describedby', [...described.add(id)].join(' '));
}
