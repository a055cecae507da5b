import { combineStatements, parseUsageStatement, type UsageStatement } from './content-usage.ts';
import type { Usage } from './evidence.ts';
import type { ParsedRobots, RobotsExtension } from './robots-file.ts';
import { type Governing, patternMatches, readings, robotsStepsMax, type Work } from './robots-match.ts';
import { type RulePattern, robotsPath, rulePattern, textToOctets } from './robots-octets.ts';
import type { Slip } from './statement.ts';

/** A Content-Usage rule of robots.txt (draft-ietf-aipref-attach-05, "Content-Usage Rule"). */
export interface UsageRule {
  /** An absent path is `/`. */
  path: RulePattern;
  statement: UsageStatement;
}

/** A rule that decides for one URL, with the User-agent line it stands under. */
export interface DecidingUsageRule {
  agent: string;
  extension: RobotsExtension;
  statement: UsageStatement;
}

/**
 * Reads the value of one Content-Usage line: a path where it begins with "/", then a preference expression.
 * A rule whose expression says nothing is still a rule for its path.
 */
export function parseUsageRule(value: string): UsageRule {
  const [, path = '/', rest = ''] = /^(\/[^ \t]*)?(.*)$/su.exec(value) ?? [];
  const statement = parseUsageStatement(rest.trim());
  // With its path the line is easier to find, and what is proposed can be pasted as it is.
  const slips = statement.slips.map((slip) => withPath(slip, value === rest ? '' : `${path} `));
  if (path !== '/' && rest.trim() === '')
    slips.push({ message: 'after the path a preference is missing, so it says nothing' });
  return { path: rulePattern(textToOctets(path)), statement: { ...statement, slips } };
}

function withPath(slip: Slip, path: string): Slip {
  return slip.fix === undefined
    ? slip
    : { ...slip, fix: slip.fix.replace('`', () => `\`Content-Usage: ${path}`) };
}

/**
 * The Content-Usage rules that decide about one URL for one agent, once per reading of its name: those with the
 * longest matching path, which count together. `null` when reading them was given up.
 *
 * @param agent product token, `*` when none is named.
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function usageRules(
  parsed: ParsedRobots,
  { agent, url }: { agent: string; url: string },
  work: Work = { steps: 0 },
): DecidingUsageRule[][] | null {
  const path = robotsPath(url);
  const deciding = readings(parsed, agent).map((governing) => longest(governing, path, work));
  return work.steps > robotsStepsMax ? null : deciding;
}

function longest(governing: readonly Governing[], path: string, work: Work): DecidingUsageRule[] {
  let best = -1;
  let deciding: DecidingUsageRule[] = [];
  for (const { agent, group } of governing) {
    for (const extension of group.extensions) {
      if (extension.key !== 'content-usage') continue;
      const rule = ruleOf(extension);
      if (rule.path.length < best || !patternMatches(rule.path.path, path, work)) continue;
      if (rule.path.length > best) deciding = [];
      best = rule.path.length;
      deciding.push({ agent: agent.value, extension, statement: rule.statement });
    }
  }
  return deciding;
}

/** @returns the usages that every reading grants: a name that can be read in two ways is granted by neither alone. */
export function grantedByAll(perReading: readonly DecidingUsageRule[][]): Set<Usage> {
  const [first = new Set<Usage>(), ...others] = perReading.map(
    (rules) =>
      new Set(
        [...combineStatements(rules.map(({ statement }) => statement))]
          .filter(([, preference]) => preference === 'allow')
          .map(([usage]) => usage),
      ),
  );
  return others.reduce((granted, other) => granted.intersection(other), first);
}

// One parsed file answers many questions, and a line says the same each time.
const read = new WeakMap<RobotsExtension, UsageRule>();

/** @returns what the Content-Usage line says, read once. */
export function ruleOf(extension: RobotsExtension): UsageRule {
  const known = read.get(extension);
  if (known !== undefined) return known;
  const rule = parseUsageRule(extension.value);
  read.set(extension, rule);
  return rule;
}
