import { raw, html as template } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

/** A piece of a page, already escaped. */
export type Html = HtmlEscapedString;

/** A template whose values are escaped unless they are Html themselves. Takes no promises: pages read nothing. */
export function html(strings: TemplateStringsArray, ...values: unknown[]): Html {
  return template(strings, ...values) as Html;
}

const marked = /(`[^`]+`|\{\w+\})/;

/**
 * Sets a sentence of `texts/`: `` `code` `` becomes code, `{name}` takes the part of that name, everything else is
 * escaped. A sentence keeps its links and its word order in one place for whoever translates it.
 */
export function rich(sentence: string, parts: Record<string, Html | string | number> = {}): Html {
  return html`${sentence.split(marked).map((piece) => {
    if (piece.startsWith('`') && piece.length > 1) return html`<code>${piece.slice(1, -1)}</code>`;
    if (piece.startsWith('{') && piece.endsWith('}')) return parts[piece.slice(1, -1)] ?? piece;
    return piece;
  })}`;
}

/** A link within a sentence. `href` is ours or has passed `webAddress`. */
export function link(href: string, words: string): Html {
  return html`<a href="${href}">${words}</a>`;
}

/** Text of an operator or a letter: blank lines part paragraphs, single ones break lines. */
export function paragraphs(text: string): Html {
  return html`${text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => html`<p class="as-written" dir="auto">${paragraph}</p>`)}`;
}

/** @returns the text as an address safe to put in `href`, or null: a `javascript:` licence must stay words. */
export function webAddress(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null;
}

export { raw };
