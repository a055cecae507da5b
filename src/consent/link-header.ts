/** Longest field value that is read, in characters. */
export const linkHeaderLengthMax = 65_536;
/** Links of one field value that are read. */
export const linkHeaderLinksMax = 200;
/** Parameters of one link that are read. */
export const linkHeaderParametersMax = 50;

export interface HeaderLink {
  /** As it stands between `<` and `>`. */
  target: string;
  /** Names in lower case; of a name said twice the first value counts, as §3 says for `rel` and `type`. */
  parameters: ReadonlyMap<string, string>;
  quote: string;
}

interface Cursor {
  text: string;
  at: number;
}

/**
 * Reads a Link field value by the algorithm of RFC 8288 appendix B.2. Never throws: where a link cannot be read, the
 * links before it are what was said.
 */
export function parseLinkHeader(value: string): HeaderLink[] {
  const cursor: Cursor = { text: value.slice(0, linkHeaderLengthMax), at: 0 };
  const links: HeaderLink[] = [];
  while (links.length < linkHeaderLinksMax) {
    skip(cursor, /[\s,]/);
    const start = cursor.at;
    if (cursor.text[cursor.at] !== '<') break;
    const end = cursor.text.indexOf('>', cursor.at);
    if (end < 0) break;
    const target = cursor.text.slice(cursor.at + 1, end);
    cursor.at = end + 1;
    const parameters = parametersOf(cursor);
    links.push({ target, parameters, quote: cursor.text.slice(start, cursor.at).trim() });
    if (cursor.text[cursor.at] !== ',') break;
  }
  return links;
}

/** RFC 8288 appendix B.3; stops at the comma that begins the next link. */
function parametersOf(cursor: Cursor): Map<string, string> {
  const parameters = new Map<string, string>();
  for (;;) {
    skip(cursor, /\s/);
    if (cursor.text[cursor.at] !== ';') return parameters;
    cursor.at++;
    skip(cursor, /\s/);
    const name = take(cursor, /[^\s=;,]/).toLowerCase();
    skip(cursor, /\s/);
    let value = '';
    if (cursor.text[cursor.at] === '=') {
      cursor.at++;
      skip(cursor, /\s/);
      value = cursor.text[cursor.at] === '"' ? quoted(cursor) : take(cursor, /[^;,]/).trim();
    }
    if (name !== '' && !parameters.has(name) && parameters.size < linkHeaderParametersMax) {
      parameters.set(name, value);
    }
  }
}

/** RFC 8288 appendix B.4. */
function quoted(cursor: Cursor): string {
  let value = '';
  for (cursor.at++; cursor.at < cursor.text.length; cursor.at++) {
    const character = cursor.text[cursor.at];
    if (character === '"') {
      cursor.at++;
      return value;
    }
    if (character === '\\') cursor.at++;
    value += cursor.text[cursor.at] ?? '';
  }
  return value;
}

function skip(cursor: Cursor, what: RegExp): void {
  while (cursor.at < cursor.text.length && what.test(cursor.text[cursor.at] ?? '')) cursor.at++;
}

function take(cursor: Cursor, what: RegExp): string {
  const start = cursor.at;
  skip(cursor, what);
  return cursor.text.slice(start, cursor.at);
}
