import { client as text } from '../texts/en/client.ts';

/** On every page: buttons that copy, the focus where the eye must go, and the address a letter was sent to. */

const copiedShownMs = 2_000;

for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
  if (navigator.clipboard === undefined) break;
  const words = button.textContent;
  const label = button.getAttribute('aria-label');
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.getAttribute('data-copy') ?? '');
    button.textContent = text.copied;
    button.setAttribute('aria-label', text.copied);
    setTimeout(() => {
      button.textContent = words;
      if (label !== null) button.setAttribute('aria-label', label);
    }, copiedShownMs);
  });
}

document.querySelector<HTMLElement>('[data-focus]')?.focus();

const named = document.querySelector<HTMLElement>('[data-sent-named]');
const sentTo = sessionStorage.getItem('sent-to');
if (named !== null && sentTo !== null) {
  const place = named.querySelector('[data-sent-to]');
  if (place !== null) place.textContent = sentTo;
  named.hidden = false;
  document.querySelector<HTMLElement>('[data-sent-unnamed]')?.remove();
}
