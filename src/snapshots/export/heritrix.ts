import { lineFormat } from './lines.ts';
import type { Rule } from './rule.ts';

/**
 * Source of SURT prefixes for Heritrix's `SurtPrefixedDecideRule` (`surtsSource`; SurtPrefixSet.java and SURT.java of
 * webarchive-commons 3.0.1). A `+` and a `(` make a line a prefix as it stands; https is folded to http, and letters
 * to lower case. What a prefix cannot end where the rule does ends before.
 */
export const heritrixFormat = lineFormat({
  limits: 'letter case is not looked at',
  elsewhere: null,
  say(rule) {
    const { kind, path, query } = rule;
    if (kind === 'domain') return { lines: [`+http://(${rule.hostSurt},`], isWider: false };
    const place = query === null ? path : `${path}?${query}`;
    const sure = sureStart(path, query);
    const isExact = kind === 'prefix' && sure === place && path.endsWith('/');
    return { lines: [`+http://(${authorityOf(rule)})${sure}`.toLowerCase()], isWider: !isExact };
  },
});

function authorityOf({ hostSurt, isIp, port }: Rule): string {
  // Only addresses of four numbers go without the comma at the end of a name.
  const name = isIp && !hostSurt.startsWith('[') ? hostSurt : `${hostSurt},`;
  return port === '' ? name : `${name}:${port}`;
}

/**
 * The part of path and query that Heritrix spells as a key does (UsableURIFactory.java, LaxURLCodec.java): brackets of
 * a path, backslashes and backquotes of a query are raw in a key and encoded there; `'` of a query is the other way
 * round; an empty query is dropped.
 */
function sureStart(path: string, query: string | null): string {
  const inPath = path.search(/[[\]]/);
  if (inPath !== -1) return path.slice(0, inPath);
  if (query === null || query === '') return path;
  const inQuery = query.search(/[\\`]|%27/);
  return `${path}?${inQuery === -1 ? query : query.slice(0, inQuery)}`;
}
