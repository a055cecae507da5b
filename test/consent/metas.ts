import { readHtml } from '../../src/consent/html.ts';

/** The meta elements of a vector's page. */
export function metasOf(html: string): { name: string; content: string }[] {
  return readHtml(html, 'https://example.com/').metas;
}
