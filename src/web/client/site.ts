import { enableCopying } from './copy.ts';

/** On every page: buttons that copy, the focus where the eye must go, and the address a letter was sent to. */

enableCopying(document);

document.querySelector<HTMLElement>('[data-focus]')?.focus();

const named = document.querySelector<HTMLElement>('[data-sent-named]');
const sentTo = sessionStorage.getItem('sent-to');
if (named !== null && sentTo !== null) {
  const place = named.querySelector('[data-sent-to]');
  if (place !== null) place.textContent = sentTo;
  named.hidden = false;
  document.querySelector<HTMLElement>('[data-sent-unnamed]')?.remove();
}
