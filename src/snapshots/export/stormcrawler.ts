import { pathPattern } from './path-pattern.ts';
import { headWords, type Rule, type RuleFormat, tailWords } from './rule.ts';

const limits = 'ports are not looked at: a rule on a host holds for all its ports';
const elsewhere = null;

/** A name nobody can have (RFC 6761 §6.4), so that its scope never comes up: JSON has no comments. */
const nowhere = 'host:withhold.invalid';

/**
 * Resource of StormCrawler's `FastURLFilter` (core, filtering/regex/FastURLFilter.java of 3.3): one field, for the
 * filter takes the root for the list when there are more; one entry a scope, for a later one replaces an earlier one.
 */
export const stormcrawlerFormat: RuleFormat = {
  ...{ limits, elsewhere },
  async *write(rules, about, tally) {
    yield `{"rules": [\n${noteEntry(headWords(about, { limits }))}`;
    let scope = '';
    for await (const some of rules) {
      let text = '';
      for (const rule of some) {
        const { type, pattern, isWider } = pathPattern(rule);
        const own = scopeOf(rule);
        const line = JSON.stringify(`${type} ${pattern}`);
        if (own === scope) text += `,\n  ${line}`;
        else {
          if (scope !== '') text += ']}';
          text += `,\n{"scope": ${JSON.stringify(own)}, "patterns": [\n  ${line}`;
        }
        scope = own;
        tally.rules += 1;
        tally.written += 1;
        tally.wider += Number(isWider);
      }
      yield text;
    }
    const end = scope === '' ? '' : ']}';
    yield `${end},\n${noteEntry([tailWords(tally, { elsewhere })])}\n]}\n`;
  },
};

const scopeOf = ({ kind, host }: Rule): string => `${kind === 'domain' ? 'domain' : 'host'}:${host}`;

const noteEntry = (words: readonly string[]): string =>
  `{"scope": ${JSON.stringify(nowhere)}, "patterns": [], "note": ${JSON.stringify(words)}}`;
