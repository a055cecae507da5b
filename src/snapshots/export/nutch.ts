import { lineFormat } from './lines.ts';
import { pathPattern } from './path-pattern.ts';
import type { Rule } from './rule.ts';

/**
 * Rules of Nutch's `urlfilter-fast` (src/plugin/urlfilter-fast, FastURLFilter.java of 1.23): a `Host` or `Domain`, then
 * what is refused there; `Domain` holds for all names below it. A `#` ends a line wherever it stands, and blanks end a
 * pattern: no key has either.
 */
export const nutchFormat = lineFormat({
  limits: 'ports are not looked at: a rule on a host holds for all its ports',
  elsewhere: null,
  say(rule, previous) {
    const { type, pattern, isWider } = pathPattern(rule);
    const scope = scopeOf(rule);
    const head = previous !== null && scopeOf(previous) === scope ? [] : [scope];
    return { lines: [...head, `  ${type} ${pattern}`], isWider };
  },
});

const scopeOf = ({ kind, host }: Rule): string => `${kind === 'domain' ? 'Domain' : 'Host'} ${host}`;
