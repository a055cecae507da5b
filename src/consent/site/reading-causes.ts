import type { ParsedRobots } from '../robots/file.ts';
import type { RobotsAnswer, RuleMention } from '../robots/match.ts';
import { type Governing, readings } from '../robots/readings.ts';

/** Why crawlers built on robots-parser 3 answer differently from RFC 9309. */
export const differenceCauses = [
  'group-without-rules',
  'line-between-agents',
  'name',
  'spelling',
  'empty-query',
  'encoding',
  'other',
] as const;
export type DifferenceCause = (typeof differenceCauses)[number];

export interface Difference {
  parsed: ParsedRobots;
  /** Of the file, the first at 0. */
  lines: readonly string[];
  agent: string;
  url: string;
  answer: RobotsAnswer;
  other: { allowed: boolean; line: number | null };
}

export interface Explanation {
  cause: DifferenceCause;
  /** The line to change. */
  line: number | null;
  message: string;
  fix?: string;
}

const they = 'crawlers built on robots-parser';

/** @returns the first cause that fits, in the order in which one hides another. */
export function explain(difference: Difference): Explanation {
  const governing = readings(difference.parsed, difference.agent).flat();
  return (
    misspeltAgent(difference, governing) ??
    otherName(difference, governing) ??
    withoutRules(governing) ??
    lineBetween(difference, governing) ??
    misspeltRule(difference, governing) ??
    misspeltBefore(difference, governing) ??
    emptyQuery(difference) ??
    encoding(difference) ??
    unexplained(difference)
  );
}

function named(governing: readonly Governing[]): Governing[] {
  return governing.filter(({ agent }) => agent.token !== '*');
}

/** A group in which nothing is forbidden is forgotten (RFC 9309 §5.1 keeps it), and `*` applies instead. */
function withoutRules(governing: readonly Governing[]): Explanation | null {
  const own = named(governing);
  const [first] = own;
  if (first === undefined || own.some(({ group }) => group.rules.length > 0)) return null;
  const last = lastAgentLine(first);
  return {
    cause: 'group-without-rules',
    line: last,
    message: `the group of ${first.agent.value} on line ${first.agent.line} has no rules: ${they} forget it and follow \`User-agent: *\``,
    fix: `write \`Disallow:\` with nothing behind it below line ${last}`,
  };
}

function lastAgentLine({ group }: Governing): number {
  return group.agents.at(-1)?.line ?? 0;
}

/** Any other line among User-agent lines ends their list for robots-parser (RFC 9309 §2.2.4 forbids that). */
function lineBetween({ parsed, lines }: Difference, governing: readonly Governing[]): Explanation | null {
  const sitemaps = parsed.sitemaps.map(({ line }) => ({ key: 'sitemap', line }));
  for (const one of governing) {
    const last = lastAgentLine(one);
    const between = [...one.group.extensions, ...sitemaps]
      .filter(({ line }) => line > one.agent.line && line < last)
      .sort((a, b) => a.line - b.line);
    if (between.length === 0) continue;
    const numbers = between.map(({ line }) => line);
    const [first = 0] = numbers;
    const many = numbers.length > 1;
    const name = (lines[first - 1] ?? '').split(':', 1)[0]?.trim() ?? '';
    return {
      cause: 'line-between-agents',
      line: first,
      message: many
        ? `lines ${listed(numbers)} stand between User-agent lines: ${they} forget the names above them`
        : `line ${first} (${name}) stands between User-agent lines: ${they} forget the names above it`,
      fix: `move ${many ? 'them' : 'it'} below line ${last}${apart(lines, first, last)}`,
    };
  }
  return null;
}

/** After an empty line the next User-agent line was probably meant to begin a group of its own. */
function apart(lines: readonly string[], from: number, to: number): string {
  const empty = lines.findIndex((text, at) => at >= from && at < to && text.trim() === '');
  return empty < 0 ? '' : `, or, to begin a new group there, write \`Disallow:\` on line ${empty + 1}`;
}

function listed(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 10);
  const more = numbers.length > shown.length ? ` and ${numbers.length - shown.length} more` : '';
  return `${shown.slice(0, -1).join(', ')}${more === '' ? ` and ${shown.at(-1)}` : `, ${shown.at(-1)}${more}`}`;
}

/** What stands behind the name is part of it for robots-parser, but for a version after a slash. */
function otherName({ agent }: Difference, governing: readonly Governing[]): Explanation | null {
  const wrong = named(governing).find(({ agent: line }) => formatted(line.value) !== formatted(agent));
  if (wrong === undefined) return null;
  return {
    cause: 'name',
    line: wrong.agent.line,
    message: `line ${wrong.agent.line} names "${wrong.agent.value}", which ${they} do not take for ${agent}`,
    fix: `write \`User-agent: ${agent}\``,
  };
}

/** As robots-parser does it. */
function formatted(name: string): string {
  return (name.toLowerCase().split('/', 1)[0] ?? '').trim();
}

function misspeltAgent({ lines }: Difference, governing: readonly Governing[]): Explanation | null {
  // One that stands among others loses them too.
  const wrong = governing
    .flatMap(({ agent, group }) => group.agents.filter(({ line }) => line >= agent.line))
    .find(({ line }) => !agentLine.test(lines[line - 1] ?? ''));
  return wrong === undefined ? null : misspelt(wrong.line, 'User-agent', wrong.value);
}

const agentLine = /^[\s\ufeff]*user-agent\s*:/i;
const ruleLine = /^[\s\ufeff]*(?:dis)?allow\s*:/i;

function misspelt(line: number, name: string, value: string): Explanation {
  return {
    cause: 'spelling',
    line,
    message: `line ${line} is not written as ${name === 'User-agent' ? 'a User-agent line' : 'a rule'}, so ${they} do not read it`,
    fix: `write \`${name}: ${value}\``,
  };
}

function misspeltRule({ lines, answer }: Difference, governing: readonly Governing[]): Explanation | null {
  const isRead = ({ line }: RuleMention) => ruleLine.test(lines[line - 1] ?? '');
  if (answer.rule !== null && !isRead(answer.rule)) return misspeltAsRule(answer.rule);
  // A group of which they read no rule is none to them.
  const own = named(governing).flatMap(({ group }) => group.rules);
  const [first] = own;
  return first === undefined || own.some(isRead) ? null : misspeltAsRule(first);
}

function misspeltAsRule({ kind, raw, line }: RuleMention): Explanation {
  const value = /^\s*[a-z-]+\s*:?\s*(.*)$/is.exec(raw)?.[1] ?? '';
  return misspelt(line, kind === 'allow' ? 'Allow' : 'Disallow', value);
}

/** They follow a rule of a group that to us is another one: a line that parts the two is misspelt. */
function misspeltBefore(difference: Difference, governing: readonly Governing[]): Explanation | null {
  const { parsed, lines, other } = difference;
  const at = other.line;
  if (at === null || governing.some(({ group }) => group.rules.some(({ line }) => line === at))) return null;
  let last: Explanation | null = null;
  for (const { agents, rules } of parsed.groups) {
    for (const { line, value } of agents) {
      if (line < at && !agentLine.test(lines[line - 1] ?? '')) last = misspelt(line, 'User-agent', value);
    }
    for (const rule of rules) {
      if (rule.line < at && !ruleLine.test(lines[rule.line - 1] ?? '')) last = misspeltAsRule(rule);
    }
  }
  return last;
}

function emptyQuery({ url, answer }: Difference): Explanation | null {
  const { rule } = answer;
  if (rule === null || !url.includes('?') || new URL(url).search !== '') return null;
  return {
    cause: 'empty-query',
    line: rule.line,
    message: `line ${rule.line} ends in "?": ${they} drop a "?" with nothing behind it from addresses, so it never matches`,
  };
}

function encoding({ lines, answer, other }: Difference): Explanation | null {
  const numbers = [answer.rule?.line, ...answer.rivals.map(({ line }) => line), other.line];
  // What encodeURI escapes, what it leaves alone, and what was escaped already.
  const line = numbers.find(
    (at) => at != null && /[^\x21-\x7e\s]|%|[|^`{}"<>\\[\]]/.test(lines[at - 1] ?? ''),
  );
  if (line == null) return null;
  return {
    cause: 'encoding',
    line,
    message: `line ${line} holds characters that ${they} compare as they are written, not as what they stand for`,
    fix: 'add a second line with the path as it stands in the address bar once copied',
  };
}

function unexplained({ answer, other }: Difference): Explanation {
  const ours = answer.rule?.line ?? answer.group?.line ?? null;
  const line = ours ?? other.line;
  const theirs = other.line === null ? 'no line' : `line ${other.line}`;
  return {
    cause: 'other',
    line,
    message: `${they} follow ${theirs}, where RFC 9309 follows ${ours === null ? 'none' : `line ${ours}`}`,
  };
}
