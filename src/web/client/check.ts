import type { Usage } from '../../consent/evidence.ts';
import { answerSection } from '../pages/answer.ts';
import { check as words } from '../texts/en/check.ts';
import { forms, site } from '../texts/en/site.ts';
import { enableCopying } from './copy.ts';
import { element, need } from './element.ts';
import type { PictureAnswer } from './messages.ts';
import { acceptFiles } from './pictures.ts';
import { startReading } from './reading.ts';

/** The check with JavaScript: the picture is fingerprinted here, only its fingerprint is sent. */

const text = words.picture;
const form = need<HTMLFormElement>(document, '#check-picture');
const state = need(form, '[data-check-state]');
const input = need<HTMLInputElement>(form, 'input[type=file]');
const place = need(document, '[data-answer]');

type Decision = Parameters<typeof answerSection>[2];
type Read = Extract<PictureAnswer, { work: unknown }>;

if (typeof Worker === 'function' && typeof OffscreenCanvas === 'function' && globalThis.isSecureContext)
  takeOver();

function takeOver(): void {
  for (const part of form.querySelectorAll<HTMLElement>('[data-without-script]')) part.hidden = true;
  for (const part of form.querySelectorAll<HTMLElement>('[data-with-script]')) part.hidden = false;
  input.removeAttribute('name');
  const drop = need(form, '.drop');
  drop.classList.add('ready');

  let current: { id: number; name: string; read: Read | null } | null = null;
  let asked = 0;
  let thumbnail: string | undefined;
  const reading = startReading(form.getAttribute('data-worker') ?? '', {
    started: () => {},
    answered: (answer) => {
      if (answer.id !== current?.id) return;
      if ('fault' in answer) return fail(answer.fault ?? text.unreadable);
      current.read = answer;
      if (thumbnail !== undefined) URL.revokeObjectURL(thumbnail);
      thumbnail = answer.thumbnail === null ? undefined : URL.createObjectURL(answer.thumbnail);
      void ask();
    },
  });

  const take = (files: File[]) => {
    const [file] = files;
    if (file === undefined) return;
    reading.stop();
    asked += 1;
    current = { id: asked, name: file.name, read: null };
    clear();
    say(text.reading(file.name));
    reading.add({ id: asked, file });
  };

  const ask = async () => {
    if (current?.read == null) return;
    const { name, read } = current;
    asked += 1;
    const mine = asked;
    current.id = mine;
    clear();
    say(text.asking);
    const { agent, usage } = asking();
    const outcome = await decisionOn(read, agent, usage);
    // Another picture was chosen, or another use, while this one was on its way.
    if (mine !== asked) return;
    if (typeof outcome === 'string') return fail(outcome);
    const { sha256, width, height, fingerprints } = read.work;
    const picture = {
      ...{ name, sha256, width, height, exactOnly: read.exactOnly, wasSent: false },
      pdq: fingerprints[0]?.pdq ?? '',
      ...(thumbnail === undefined ? {} : { thumbnail }),
    };
    show(name, String(answerSection({ now: Date.now() }, { agent, usage, picture }, outcome)));
  };

  acceptFiles(input, drop, take);
  acceptAnywhere(take);
  form.addEventListener('change', (event) => {
    if (event.target !== input) void ask();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (current === null) fail(text.missing);
    else void ask();
  });
}

/** A picture may be dropped beside its field or pasted; the browser would otherwise leave the page for it. */
function acceptAnywhere(take: (files: File[]) => void): void {
  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    take([...(event.dataTransfer?.files ?? [])]);
  });
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    take(files);
  });
}

function asking(): { agent: string; usage: Usage } {
  const data = new FormData(form);
  return {
    agent: String(data.get('picture-agent') ?? '').trim(),
    usage: String(data.get('picture-usage') ?? 'train-ai') as Usage,
  };
}

/** @returns the decision, or in a sentence why there is none. */
async function decisionOn({ work, pixels }: Read, agent: string, usage: Usage): Promise<Decision | string> {
  let response: Response;
  try {
    response = await fetch('/v1/check', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        usage,
        ...(agent === '' ? {} : { agent }),
        items: [{ sha256: work.sha256, pixels }],
      }),
    });
  } catch {
    return text.unreachable;
  }
  const body: unknown = await response.json().catch(() => null);
  if (typeof body !== 'object' || body === null) return text.unexpected;
  if (response.ok && 'decisions' in body && Array.isArray(body.decisions))
    return body.decisions[0] as Decision;
  const { detail, fix } = body as { detail?: unknown; fix?: unknown };
  if (typeof detail !== 'string') return text.unexpected;
  return typeof fix === 'string' ? `${detail} ${fix}` : detail;
}

function say(sentence: string): void {
  state.textContent = sentence;
}

/** @param answer HTML in which everything that came from elsewhere is escaped. */
function show(name: string, answer: string): void {
  place.innerHTML = answer;
  enableCopying(place);
  document.title = site.titled(words.result.title(name));
  say(text.answered);
  const section = need(place, '.answer');
  section.focus({ preventScroll: true });
  section.scrollIntoView({ block: 'start' });
}

function fail(sentence: string): void {
  clear();
  say('');
  place.replaceChildren();
  const field = need(form, '[data-picture]');
  field.classList.add('failed');
  const line = element(
    'p',
    { class: 'error', id: 'picture-error', role: 'alert' },
    element('span', { class: 'unseen' }, `${forms.error} `),
    sentence,
  );
  field.insertBefore(line, need(field, '.drop'));
  input.setAttribute('aria-invalid', 'true');
  input.setAttribute('aria-describedby', 'picture-hint picture-error');
  document.title = site.titledError(words.title);
  input.focus();
}

function clear(): void {
  const field = need(form, '[data-picture]');
  field.classList.remove('failed');
  field.querySelector('#picture-error')?.remove();
  input.removeAttribute('aria-invalid');
  input.setAttribute('aria-describedby', 'picture-hint');
}
