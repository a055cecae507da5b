import type { ParsedRobots } from '../../consent/robots/file.ts';
import type { RobotsAnswer } from '../../consent/robots/match.ts';
import { printable } from '../io.ts';

/** What `robotsAllows` can say, and what holds where there is no file. */
export type Answer = Omit<RobotsAnswer, 'reason'> & {
  reason: RobotsAnswer['reason'] | 'no-robots-txt' | 'unreachable';
};

/** One answer as `--json` and `--ndjson` give it. This shape is stable: keys are added, never changed. */
export interface AnswerView {
  url: string;
  /** The product token that was looked for. */
  agent: string;
  allowed: boolean;
  reason: Answer['reason'];
  /** Line of the rule that decided, and the rule as it stands there. */
  line: number | null;
  rule: string | null;
  /** The User-agent value that speaks to this agent, and its line. */
  group: string | null;
  groupLine: number | null;
  /** Other rules that match, longest first. */
  rivals: { line: number; rule: string }[];
}

export function answerView(url: string, agent: string, answer: Answer): AnswerView {
  const { allowed, reason, group, rule, rivals } = answer;
  return {
    url,
    agent,
    allowed,
    reason,
    line: rule?.line ?? null,
    rule: rule?.raw ?? null,
    group: group?.agent ?? null,
    groupLine: group?.line ?? null,
    rivals: rivals.map(({ line, raw }) => ({ line, rule: raw })),
  };
}

export function answerLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** One answer for a person. */
export function answerWords(url: string, agent: string, answer: Answer): string {
  const lines: [label: string, words: string][] = [
    ['allowed', `${answer.allowed ? 'yes' : 'no'}, for ${agent === '*' ? 'any crawler' : agent}`],
    ['because', becauseWords(answer)],
  ];
  if (answer.group) lines.push(['group', `User-agent: ${answer.group.agent}, line ${answer.group.line}`]);
  for (const { raw, line } of answer.rivals) lines.push(['outranked', `${raw}, line ${line}`]);
  return shown(url, lines);
}

function becauseWords({ reason, rule, allowed }: Answer): string {
  if (reason === 'rule') return `${rule?.raw}, line ${rule?.line}`;
  const words = {
    'no-rule': 'no rule of the group matches',
    'no-group': 'no group speaks to this crawler, and none to all',
    'robots-txt': 'robots.txt itself may always be fetched',
    'too-complex': 'the file is too complex to read to the end',
    'no-robots-txt': 'the site has no robots.txt',
    unreachable: 'robots.txt cannot be read now, so nothing may be fetched (RFC 9309 §2.3.1.4)',
  } as const;
  return words[reason] ?? (allowed ? 'allowed' : 'refused');
}

/** What the owner of the file should know. */
export function slipWords(name: string, { diagnostics, truncated, overflow }: ParsedRobots): string {
  const lines: [string, string][] = diagnostics.map(({ line, message, fix }) => [
    `line ${line}`,
    fix === undefined ? message : `${message}; ${fix}`,
  ]);
  if (truncated) lines.push(['length', 'the file is longer than is read']);
  if (overflow) lines.push(['size', 'the file holds more lines than are read, so everything is refused']);
  return lines.length === 0 ? '' : shown(name, lines);
}

function shown(head: string, lines: readonly [string, string][]): string {
  return [head, ...lines.map(([label, words]) => `  ${label.padEnd(11)}  ${words}`)]
    .map((line) => `${printable(line)}\n`)
    .join('');
}
