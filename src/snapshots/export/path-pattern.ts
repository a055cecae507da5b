import type { Rule } from './rule.ts';

/** What a filter of regular expressions is told of one rule on its host. */
export interface PathPattern {
  /** `DenyPath` looks at the path alone, `DenyPathQuery` at path, `?` and query. */
  type: 'DenyPath' | 'DenyPathQuery';
  /** To be found, in the grammar that Java and JavaScript have in common. */
  pattern: string;
  /** Whether it refuses more than the rule. */
  isWider: boolean;
}

/** Characters that a key has raw, and that Nutch or StormCrawler write as triplets: then the two cannot be told apart. */
const rawOrTriplet = /[|[\]\\^`{}]/;
/** Triplets of characters that one of them leaves raw: of the path, and of the query, where a key has `'` encoded. */
const leftRaw = { path: /^%(?:22|3C|3E|5E|60|7B|7D)$/, query: /^%(?:22|3C|3E|27)$/ };

/**
 * The path of a rule for the filters of Nutch and StormCrawler, which look at the URL after their own normalisers
 * (urlnormalizer-basic and BasicURLNormalizer): those encode fewer characters than the URL Standard, or more.
 */
export function pathPattern({ kind, path, query, port }: Rule): PathPattern {
  if (kind === 'domain' || (kind === 'prefix' && path === '/')) {
    return { type: 'DenyPath', pattern: '.*', isWider: port !== '' };
  }
  const isWider = port !== '' || rawOrTriplet.test(path) || (query !== null && rawOrTriplet.test(query));
  const start = `^${anySpelling(path, 'path')}`;
  if (kind === 'prefix') {
    // A prefix ends at the end of a segment.
    return { type: 'DenyPath', pattern: path.endsWith('/') ? start : `${start}(?:/|$)`, isWider };
  }
  const end = query === null ? '$' : `\\?${anySpelling(query, 'query')}$`;
  return { type: 'DenyPathQuery', pattern: `${start}${end}`, isWider };
}

function anySpelling(text: string, part: 'path' | 'query'): string {
  return text.replace(/%[0-9A-F]{2}|[^A-Za-z0-9_~/%&=,;:@!'-]/g, (found) => {
    if (found.length === 3) {
      const raw = String.fromCharCode(Number.parseInt(found.slice(1), 16));
      return leftRaw[part].test(found) ? `(?:${found}|${escaped(raw)})` : found;
    }
    if (!rawOrTriplet.test(found)) return escaped(found);
    return `(?:${escaped(found)}|%${found.charCodeAt(0).toString(16).toUpperCase()})`;
  });
}

const escaped = (character: string): string =>
  /[\\^$.*+?()[\]{}|]/.test(character) ? `\\${character}` : character;
