import type { ParsedRobots, RobotsAgent, RobotsGroup, RobotsRule } from './file.ts';
import { type Octets, robotsPath } from './octets.ts';
import { patternMatches, robotsStepsMax, type Work } from './pattern.ts';
import { type Governing, readings } from './readings.ts';

/** Rules that also matched and lost, as far as they are listed. */
export const robotsRivalsMax = 10;

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
  return answerFor(parsed, question.agent, robotsPath(question.url), { work, best: null });
}

/**
 * The answers to many agents about one URL, as `robotsAllows` gives them. The rules of each group are compared once,
 * however many agents it governs; the whole of it has the budget of one question, and what is left when that is
 * spent is answered with `too-complex`.
 *
 * @param url as in `RobotsQuestion`.
 * @param agents product tokens.
 * @returns one answer per agent, in order.
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function robotsAllowsEach(
  parsed: ParsedRobots,
  url: string,
  agents: readonly string[],
  work: Work = { steps: 0 },
): RobotsAnswer[] {
  const path = robotsPath(url);
  const asking: Asking = { work, best: new Map() };
  return agents.map((agent) => answerFor(parsed, agent, path, asking));
}

interface Asking {
  work: Work;
  /** What was found in each group so far, where it may be asked for again. */
  best: Map<RobotsGroup, readonly RobotsRule[]> | null;
}

function answerFor(parsed: ParsedRobots, agent: string, path: Octets, asking: Asking): RobotsAnswer {
  if (path === '/robots.txt') return without('robots-txt', true);
  if (parsed.overflow) return without('too-complex', false);
  let first: RobotsAnswer | undefined;
  for (const governing of readings(parsed, agent)) {
    const answer = answerOf(governing, path, asking);
    if (!answer.allowed) return answer;
    first ??= answer;
  }
  return first ?? without('no-group', true);
}

function without(reason: RobotsAnswer['reason'], allowed: boolean): RobotsAnswer {
  return { allowed, reason, group: null, rule: null, rivals: [] };
}

function answerOf(governing: readonly Governing[], path: Octets, asking: Asking): RobotsAnswer {
  const first = governing[0];
  if (first === undefined) return without('no-group', true);
  const best: RobotsRule[] = [];
  let speaker = first.agent;
  for (const { agent, group } of governing) {
    asking.work.steps++;
    const found = bestOf(group, path, asking);
    if (found === null) return { ...without('too-complex', false), group: spoken(first.agent) };
    const before = best[0];
    for (const rule of found) keep(best, rule);
    if (best[0] !== before) speaker = agent;
  }
  const [winner] = best;
  if (winner === undefined) return { ...without('no-rule', true), group: spoken(first.agent) };
  return {
    allowed: winner.kind === 'allow',
    reason: 'rule',
    group: spoken(speaker),
    rule: mention(winner),
    rivals: best.slice(1).map(mention),
  };
}

/** The matching rules of one group that can matter, first the one that wins; null when the budget is spent. */
function bestOf(group: RobotsGroup, path: Octets, { work, best }: Asking): readonly RobotsRule[] | null {
  const known = best?.get(group);
  if (known !== undefined) return known;
  const stepsMax = work.stepsMax ?? robotsStepsMax;
  const found: RobotsRule[] = [];
  for (const rule of group.rules) {
    const matches = patternMatches(rule.path, path, work);
    if (work.steps > stepsMax) return null;
    if (matches) keep(found, rule);
  }
  best?.set(group, found);
  return found;
}

/** Keeps the list in order of precedence, and no longer than what an answer tells. */
function keep(found: RobotsRule[], rule: RobotsRule): void {
  let at = found.length;
  while (at > 0 && precedence(rule, found[at - 1] as RobotsRule) < 0) at--;
  if (at > robotsRivalsMax) return;
  found.splice(at, 0, rule);
  if (found.length > robotsRivalsMax + 1) found.pop();
}

/** §2.2.2: most octets first; of two equal ones the Allow; then the one that stands first. */
function precedence(a: RobotsRule, b: RobotsRule): number {
  if (a.length !== b.length) return b.length - a.length;
  if (a.kind !== b.kind) return a.kind === 'allow' ? -1 : 1;
  return a.line - b.line;
}

function spoken(agent: RobotsAgent): { agent: string; line: number } {
  return { agent: agent.value, line: agent.line };
}

function mention({ kind, raw, line }: RobotsRule): RuleMention {
  return { kind, raw, line };
}
