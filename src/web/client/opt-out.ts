import { type Preference, type Usage, usages } from '../../consent/evidence.ts';
import type { FieldError } from '../forms.ts';
import {
  draftOptOut,
  type OptOutValues,
  omissions,
  placeErrors,
  type SubjectOrigin,
} from '../opt-out-form.ts';
import { client as text } from '../texts/en/client.ts';
import { optOut } from '../texts/en/opt-out.ts';
import { need } from './element.ts';
import { clearErrors, showErrors } from './errors.ts';
import { pictureList } from './pictures.ts';

/** The opt-out form with JavaScript: many pictures, fingerprinted here, sent as JSON. */

const subjectsMax = 5_000;

const form = need<HTMLFormElement>(document, '#opt-out');
const root = need(form, '[data-pictures]');
const submit = need<HTMLButtonElement>(form, '[data-submit]');

if (canFingerprint()) takeOver();

/** Reading pictures off the page needs these; without them the form stays the one that uploads. */
function canFingerprint(): boolean {
  return typeof Worker === 'function' && typeof OffscreenCanvas === 'function' && globalThis.isSecureContext;
}

function takeOver(): void {
  for (const part of form.querySelectorAll<HTMLElement>('[data-without-script]')) part.hidden = true;
  for (const part of form.querySelectorAll<HTMLElement>('[data-with-script]')) part.hidden = false;
  const input = need<HTMLInputElement>(root, 'input[type=file]');
  input.multiple = true;
  input.removeAttribute('name');
  need(root, '.drop').classList.add('ready');
  const pictures = pictureList(root, form.getAttribute('data-worker') ?? '', subjectsMax);
  let sending = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (sending) return;
    if (pictures.isReading()) return showErrors(form, [{ field: 'picture', detail: text.stillReading }]);
    const data = new FormData(form);
    const { draft, origins } = draftOptOut(valuesOf(data), pictures.works(), textOf(data, 'statement'));
    const missing = omissions(draft);
    if (missing.length > 0) return showErrors(form, missing);
    clearErrors(form);
    sending = true;
    busy(true);
    try {
      await send(draft, origins);
    } finally {
      sending = false;
      busy(false);
    }
  });
}

function busy(on: boolean): void {
  submit.setAttribute('aria-disabled', String(on));
  submit.textContent = on ? text.sending : optOut.submit;
}

function textOf(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value : '';
}

function valuesOf(data: FormData): OptOutValues {
  const said = usages.map((usage) => [usage, textOf(data, `usage-${usage}`) as Preference | 'nothing']);
  return {
    urls: textOf(data, 'urls'),
    prefixes: textOf(data, 'prefixes'),
    domains: textOf(data, 'domains'),
    names: textOf(data, 'names'),
    usages: Object.fromEntries(said) as Record<Usage, Preference | 'nothing'>,
    except: textOf(data, 'except'),
    licence: textOf(data, 'licence'),
    contact: textOf(data, 'contact'),
    name: textOf(data, 'name'),
    email: textOf(data, 'email'),
    role: textOf(data, 'role'),
    affirmed: data.get('affirmed') !== null,
  };
}

async function send(draft: { email: string }, origins: SubjectOrigin[]): Promise<void> {
  let response: Response;
  try {
    response = await fetch('/v1/opt-outs', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(draft),
    });
  } catch {
    return showErrors(form, [{ field: 'opt-out', detail: text.unreachable }]);
  }
  if (response.status === 201) {
    sessionStorage.setItem('sent-to', draft.email);
    location.assign('/opt-out/sent');
    return;
  }
  showErrors(form, placeErrors(await faultsOf(response), origins));
}

/** The faults of an RFC 9457 problem: each of its list, or the one it is. */
async function faultsOf(response: Response): Promise<FieldError[]> {
  const problem: unknown = await response.json().catch(() => null);
  if (!isProblem(problem)) return [{ field: '', detail: text.unexpected }];
  if (problem.errors !== undefined && problem.errors.length > 0) return problem.errors;
  const detail = problem.fix === undefined ? problem.detail : `${problem.detail} ${problem.fix}`;
  return [{ field: problem.field ?? '', detail }];
}

interface SaidProblem {
  detail: string;
  field?: string;
  fix?: string;
  errors?: FieldError[];
}

function isProblem(value: unknown): value is SaidProblem {
  return typeof value === 'object' && value !== null && 'detail' in value && typeof value.detail === 'string';
}
