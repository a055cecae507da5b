import { headWords, type Rule, type RuleFormat, tailWords } from './rule.ts';

/** One rule as the lines of a file. */
export interface Said {
  lines: readonly string[];
  /** Whether they refuse more than the rule. */
  isWider: boolean;
  /** Whether they refuse less, the rest being said by another list. */
  isPart?: boolean;
}

/** Lines that say nothing of a rule, which is left to another list. */
export const unsaid: Said = { lines: [], isWider: false, isPart: true };

interface LineFormat extends Pick<RuleFormat, 'limits' | 'elsewhere'> {
  /** Lines between the head and the rules. */
  opening?: (about: Parameters<RuleFormat['write']>[1]) => string[];
  /** @param previous the rule before it. */
  say(rule: Rule, previous: Rule | null): Said;
}

/** A format of lines with `#` comments. */
export function lineFormat({ limits, elsewhere, opening, say }: LineFormat): RuleFormat {
  return {
    ...{ limits, elsewhere },
    async *write(rules, about, tally) {
      const head = headWords(about, { limits }).map((words) => `# ${words}`);
      yield linesText([...head, ...(opening?.(about) ?? [])]);
      let previous: Rule | null = null;
      for await (const some of rules) {
        let text = '';
        for (const rule of some) {
          const { lines, isWider, isPart = false } = say(rule, previous);
          text += linesText(lines);
          tally.rules += 1;
          tally.written += Number(lines.length > 0);
          tally.wider += Number(isWider);
          tally.unsaid += Number(isPart);
          if (lines.length > 0) previous = rule;
        }
        yield text;
      }
      yield `# ${tailWords(tally, { elsewhere })}\n`;
    },
  };
}

const linesText = (lines: readonly string[]): string => (lines.length === 0 ? '' : `${lines.join('\n')}\n`);
