import type { ParsedRobots, RobotsAgent, RobotsGroup, RobotsRule } from './robots-file.ts';
import { strictToken } from './robots-line.ts';
import { type Octets, robotsPath } from './robots-octets.ts';

/**
 * Comparison steps spent on one question before it is refused. A 500 KiB file of star rules asked about a
 * 500-octet URL stays below; only files built to be slow reach it.
 */
export const robotsStepsMax = 8_000_000;
/** Rules that also matched and lost, as far as they are listed. */
export const robotsRivalsMax = 10;

const starCode = 0x2a;

/** Counts single comparisons, so that a test can hold the work bounded and a question can be given up. */
export interface Work {
  steps: number;
}

export interface RobotsQuestion {
  /** Product token of the crawler; `*` or empty when none is named. A full User-Agent goes through `resolveAgent`. */
  agent: string;
  /** Absolute URL on the origin the file was read from, or a path there. */
  url: string;
}

export type RuleMention = Pick<RobotsRule, 'kind' | 'raw' | 'line'>;

export interface RobotsAnswer {
  allowed: boolean;
  /**
   * `rule`: one decided. `no-rule`: none matched. `no-group`: no group speaks to this agent. `robots-txt`: the file
   * itself may always be fetched (RFC 9309 §2.2.2). `too-complex`: refused without reading to the end.
   */
  reason: 'rule' | 'no-rule' | 'no-group' | 'robots-txt' | 'too-complex';
  /** The User-agent line that speaks to this agent: the one of the deciding rule's group where there is one. */
  group: { agent: string; line: number } | null;
  rule: RuleMention | null;
  /** Other rules that match, longest first. */
  rivals: RuleMention[];
}

/** One group that applies to an agent, and the line that says so. */
export interface Governing {
  agent: RobotsAgent;
  group: RobotsGroup;
}

/**
 * May this agent fetch this URL (RFC 9309 §2.2)? A name with digits or dots is read as written and as a strict
 * parser would cut it; either reading may refuse.
 *
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function robotsAllows(
  parsed: ParsedRobots,
  question: RobotsQuestion,
  work: Work = { steps: 0 },
): RobotsAnswer {
  const path = robotsPath(question.url);
  if (path === '/robots.txt') return without('robots-txt', true);
  if (parsed.overflow) return without('too-complex', false);
  const answers = readings(parsed, question.agent).map((governing) => answerFor(governing, path, work));
  return answers.find((answer) => !answer.allowed) ?? answers[0] ?? without('no-group', true);
}

function without(reason: RobotsAnswer['reason'], allowed: boolean): RobotsAnswer {
  return { allowed, reason, group: null, rule: null, rivals: [] };
}

/**
 * The groups that apply to an agent, once per reading of its name. All groups that name it count together
 * (§2.2.1); only if none does, those for `*`. A group without rules is still the group (§5.1).
 */
export function readings(parsed: ParsedRobots, agent: string): Governing[][] {
  const name = agent.trim();
  const token = strictToken(name);
  if (name === '' || token === '*') return [governedBy(parsed, (value) => value.token === '*')];
  const strictly = (value: RobotsAgent) => value.token === token;
  if (token.length === name.length) return [namedOrStar(parsed, strictly)];
  const written = productName(name);
  const asWritten = namedOrStar(parsed, (value) => productName(value.value) === written);
  // Another name that merely happens to be cut to the same letters (crawler2 for crawler3) is not this agent.
  const asCut = namedOrStar(
    parsed,
    (value) => productName(value.value) === written || (strictly(value) && !/[\d.]/.test(value.value)),
  );
  return token === '' ? [asWritten] : [asWritten, asCut];
}

/** A version behind a slash is no part of the name: `Foo2/1.0` and `Foo2` are one crawler. */
function productName(value: string): string {
  return (value.split('/', 1)[0] ?? '').trim().toLowerCase();
}

function namedOrStar(parsed: ParsedRobots, isNamed: (agent: RobotsAgent) => boolean): Governing[] {
  const named = governedBy(parsed, isNamed);
  return named.length > 0 ? named : governedBy(parsed, (agent) => agent.token === '*');
}

function governedBy(parsed: ParsedRobots, isNamed: (agent: RobotsAgent) => boolean): Governing[] {
  const governing: Governing[] = [];
  for (const group of parsed.groups) {
    const agent = group.agents.find(isNamed);
    if (agent) governing.push({ agent, group });
  }
  return governing;
}

function answerFor(governing: Governing[], path: Octets, work: Work): RobotsAnswer {
  const first = governing[0];
  if (!first) return without('no-group', true);
  const matching: { rule: RobotsRule; agent: RobotsAgent }[] = [];
  for (const { group, agent } of governing) {
    for (const rule of group.rules) {
      if (patternMatches(rule.path, path, work)) matching.push({ rule, agent });
      if (work.steps > robotsStepsMax)
        return { ...without('too-complex', false), group: spoken(first.agent) };
    }
  }
  matching.sort((a, b) => precedence(a.rule, b.rule));
  const [winner, ...losers] = matching;
  if (!winner) return { ...without('no-rule', true), group: spoken(first.agent) };
  return {
    allowed: winner.rule.kind === 'allow',
    reason: 'rule',
    group: spoken(winner.agent),
    rule: mention(winner.rule),
    rivals: losers.slice(0, robotsRivalsMax).map(({ rule }) => mention(rule)),
  };
}

function spoken(agent: RobotsAgent): { agent: string; line: number } {
  return { agent: agent.value, line: agent.line };
}

function mention({ kind, raw, line }: RobotsRule): RuleMention {
  return { kind, raw, line };
}

/** §2.2.2: most octets first; of two equal ones the Allow; then the one that stands first. */
function precedence(a: RobotsRule, b: RobotsRule): number {
  if (a.length !== b.length) return b.length - a.length;
  if (a.kind !== b.kind) return a.kind === 'allow' ? -1 : 1;
  return a.line - b.line;
}

/**
 * Does a normalised pattern match the beginning of a normalised path (RFC 9309 §2.2.3)? Two pointers, and only the
 * last star is ever taken back: no recursion, no exponential case, at most pattern × path steps.
 */
export function patternMatches(pattern: Octets, path: Octets, work: Work = { steps: 0 }): boolean {
  if (pattern === '') return false;
  const anchored = pattern.endsWith('$');
  const end = anchored ? pattern.length - 1 : pattern.length;
  let at = 0;
  let seen = 0;
  let star = -1;
  let retry = 0;
  for (;;) {
    work.steps++;
    if (at === end && (!anchored || seen === path.length)) return true;
    if (at < end && pattern.charCodeAt(at) === starCode) {
      star = at++;
      retry = seen;
      if (at === end) return true;
    } else if (at < end && seen < path.length && pattern.charCodeAt(at) === path.charCodeAt(seen)) {
      at++;
      seen++;
    } else {
      // Taking the star further leaves less path, so what ran out of path once will run out again.
      if (star < 0 || (at < end && seen === path.length) || work.steps > robotsStepsMax) return false;
      at = star + 1;
      seen = ++retry;
    }
  }
}
