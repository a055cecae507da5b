/** What the owner of a robots.txt is told about a slip: how it is read, and what to write instead. */
export interface Slip {
  message: string;
  fix?: string;
}

const quotedLengthMax = 80;

const properNames = new Map([
  ['user-agent', 'User-agent'],
  ['disallow', 'Disallow'],
  ['allow', 'Allow'],
  ['sitemap', 'Sitemap'],
]);

/** Spellings that are near enough to tell what was meant, and that are not read all the same. */
const unread = new Map([
  ['alow', 'allow'],
  ['allows', 'allow'],
  ['allowed', 'allow'],
  ['dis-allow', 'disallow'],
  ['disslow', 'disallow'],
  ['dissallaw', 'disallow'],
  ['deny', 'disallow'],
  ['user_agent', 'user-agent'],
  ['user-agnet', 'user-agent'],
  ['user-aget', 'user-agent'],
]);

/** A key that is accepted although it is misspelt. */
export function readAs(written: string, key: string, value: string): Slip {
  return { message: `"${quoted(written)}" is read as "${key}"`, fix: write(key, value) };
}

/** A line with a key nobody reads that looks like one of ours; null for lines of others. */
export function brokenKey(key: string, value: () => string): Slip | null {
  const meant = unread.get(key);
  if (meant !== undefined)
    return { message: `"${key}" is no known key, so it is not read`, fix: write(meant, value()) };
  if (key.charCodeAt(0) !== 0xfeff && key.charCodeAt(0) !== 0xef) return null;
  const bare = key.replace(/^(?:\ufeff|\u00ef\u00bb\u00bf)/, '');
  if (bare === key || !properNames.has(bare)) return null;
  return {
    message: 'a byte order mark stands before the key, so the line is not read',
    fix: write(bare, value()),
  };
}

/** A line without a colon that begins with one of our keys; null for any other. */
export function missingColon(text: string): Slip | null {
  if (/^<(?:!doctype|html|head|body)\b/i.test(text)) {
    return { message: 'this looks like a web page, not a robots.txt', fix: 'serve plain text here' };
  }
  const start = text.slice(0, 2 * quotedLengthMax);
  const found = /^(user-?agent|user agent|(?:dis)?allow|diss?all?ow|sitemap)(?=\s|$)\s*(.*)/is.exec(start);
  if (found === null) return null;
  const [, key = '', value = ''] = found;
  const proper = /^u/i.test(key)
    ? 'user-agent'
    : /^s/i.test(key)
      ? 'sitemap'
      : /^a/i.test(key)
        ? 'allow'
        : 'disallow';
  return {
    message: `"${quoted(text)}" has no colon after "${key}", so it is not read`,
    fix: write(proper, value),
  };
}

/** @param read the part of the name a strict parser reads. */
export function misreadAgent(value: string, read: string): Slip {
  const nameRead = read === '' ? 'nothing' : `"${quoted(read)}"`;
  const message = `"${quoted(value)}" is not a product token; a strict parser reads ${nameRead}`;
  const fix = agentFix(value, read);
  return fix === undefined ? { message } : { message, fix };
}

function agentFix(value: string, read: string): string | undefined {
  if (/[,;]/.test(value)) return 'give each crawler a User-agent line of its own';
  if (/^\*\S/.test(value)) return 'write the whole name; "*" stands for all crawlers only when alone';
  const [, name = ''] = /^([A-Za-z_-]+)\s*\/\s*[\d.]*$/.exec(value) ?? [];
  if (name !== '') return write('user-agent', name);
  // A name with digits may be the crawler's own, and then there is nothing better to write.
  if (/^[\w.-]+$/.test(value)) return undefined;
  return read === '' ? 'write the product token the crawler documents' : write('user-agent', read);
}

export function namesNobody(): Slip {
  return {
    message: 'this User-agent line names nobody',
    fix: 'write "User-agent: *" to speak to all crawlers',
  };
}

export function beforeAnyGroup(raw: string): Slip {
  return {
    message: 'this rule stands before any User-agent line and applies to nobody',
    fix: `write "User-agent: *" on a line above "${quoted(raw)}"`,
  };
}

/** A rule whose value is no path. */
export function outOfPath(kind: string, value: string): Slip {
  const path = /^[a-z][a-z0-9+.-]*:\/\/[^/]*(.*)$/is.exec(value)?.[1] ?? `/${value}`;
  return {
    message: `"${quoted(value)}" does not begin with "/" or "*", so it matches nothing`,
    fix: write(kind, path === '' ? '/' : path),
  };
}

export function overlongLine(octetsMax: number): Slip {
  return {
    message: `the line is longer than ${octetsMax} octets; the rest of it is not read`,
    fix: 'write shorter rules, one a line',
  };
}

function write(key: string, value: string): string {
  return `write "${quoted(`${properNames.get(key) ?? key}: ${value}`.trimEnd())}"`;
}

function quoted(text: string): string {
  return text.length > quotedLengthMax ? `${text.slice(0, quotedLengthMax)}…` : text;
}
