import { type Html, html, raw } from './html.ts';

/** The tones of a verdict or a state. Each has a mark beside its word, so colour is never alone. */
export type Tone = 'disallow' | 'allow' | 'unknown' | 'contested';

const shapes: Record<Tone, string> = {
  disallow: '<circle cx="10" cy="10" r="8"/><path d="M4.5 15.5l11-11"/>',
  allow: '<circle cx="10" cy="10" r="8"/><path d="M6 10.2l2.8 2.9L14 7.5"/>',
  unknown: '<circle cx="10" cy="10" r="8" stroke-dasharray="3.2 3.1"/>',
  contested: '<path d="M10 2.2l8 14.6H2z M10 7.5v4.5 M10 13.6v1.4"/>',
};

/** The mark of a tone, hidden from screen readers because its word stands beside it. */
export function mark(tone: Tone): Html {
  return raw(
    `<svg class="mark" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" stroke-width="2">${shapes[tone]}</svg>`,
  );
}

/** A word with its mark and tone. */
export function badge(tone: Tone, word: string): Html {
  return html`<span class="badge ${tone}">${mark(tone)}${word}</span>`;
}
