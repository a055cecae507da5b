import { client as text } from '../texts/en/client.ts';

const copiedShownMs = 2_000;

/** Shows the buttons that copy, and makes them do so. */
export function enableCopying(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
    if (navigator.clipboard === undefined) return;
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
}
