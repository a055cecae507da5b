import { combineStatements, parseUsageStatement, type UsageStatement } from '../content-usage.ts';
import { contentUsageSlips } from '../content-usage-slips.ts';
import type { Usage } from '../evidence.ts';
import type { Slip } from '../statement.ts';
import type { ParsedRobots, RobotsExtension } from './file.ts';
import { type RulePattern, robotsPath, rulePattern, textToOctets } from './octets.ts';
import { patternMatches, robotsStepsMax, type Work } from './pattern.ts';
import { type Governing, readings } from './readings.ts';

/**
 * Comparison steps spent on the Content-Usage lines of one file for one question, beside those for Allow and
 * Disallow. A 500 KiB file of ordinary paths stays far below.
 */
export const usageStepsMax = 1_000_000;

/**
 * Characters of preference expressions read for one question. When more rules decide together, only the refusals
 * among those that were read count.
 */
export const usageExpressionsLengthMax = 16_384;

/** A Content-Usage rule of robots.txt (draft-ietf-aipref-attach-05, "Content-Usage Rule"). */
export interface UsageRule {
  /** An absent path is `/`. */
  path: RulePattern;
  /** The path as it is written, empty when absent. */
  writtenPath: string;
  /** The preference expression behind it. */
  expression: string;
}

/** A rule that decides for one URL, with the User-agent line it stands under. */
export interface DecidingUsageRule {
  agent: string;
  extension: RobotsExtension;
  statement: UsageStatement;
}

const wholeSite = rulePattern('/');

/**
 * Parts the value of one Content-Usage line: a path where it begins with "/", then a preference expression. A rule
 * whose expression says nothing is still a rule for its path.
 */
export function parseUsageRule(value: string): UsageRule {
  if (!value.startsWith('/')) return { path: wholeSite, writtenPath: '', expression: value.trim() };
  const space = value.search(/[ \t]/);
  const writtenPath = space < 0 ? value : value.slice(0, space);
  const path = rulePattern(textToOctets(writtenPath));
  return { path, writtenPath, expression: value.slice(writtenPath.length).trim() };
}

/** What is wrong with the value of one Content-Usage line, with a line that can be pasted in its place. */
export function usageRuleSlips(value: string): Slip[] {
  const { writtenPath, expression } = parseUsageRule(value);
  if (writtenPath !== '' && expression === '') {
    return [{ message: 'this says nothing: after the path a preference is missing' }];
  }
  const before = writtenPath === '' ? '' : `${writtenPath} `;
  return contentUsageSlips(expression).map((slip) =>
    slip.fix === undefined
      ? slip
      : { ...slip, fix: slip.fix.replace('`', () => `\`Content-Usage: ${before}`) },
  );
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
  work: Work = { steps: 0, stepsMax: usageStepsMax },
): DecidingUsageRule[][] | null {
  const path = robotsPath(url);
  const deciding = readings(parsed, agent).map((governing) => longest(governing, path, work));
  return isSpent(work) ? null : deciding;
}

function isSpent({ steps, stepsMax = robotsStepsMax }: Work): boolean {
  return steps > stepsMax;
}

function longest(governing: readonly Governing[], path: string, work: Work): DecidingUsageRule[] {
  let best = -1;
  let deciding: Omit<DecidingUsageRule, 'statement'>[] = [];
  for (const { agent, group } of governing) {
    for (const extension of group.extensions) {
      if (extension.key !== 'content-usage') continue;
      const rule = ruleOf(extension);
      if (isSpent(work)) return [];
      if (rule.path.length < best || !patternMatches(rule.path.path, path, work)) continue;
      if (rule.path.length > best) deciding = [];
      best = rule.path.length;
      deciding.push({ agent: agent.value, extension });
    }
  }
  return withStatements(deciding);
}

function withStatements(deciding: readonly Omit<DecidingUsageRule, 'statement'>[]): DecidingUsageRule[] {
  const read: DecidingUsageRule[] = [];
  let length = 0;
  for (const rule of deciding) {
    length += rule.extension.value.length;
    if (length > usageExpressionsLengthMax) return read.map(onlyRefusing);
    read.push({ ...rule, statement: statementOf(rule.extension) });
  }
  return read;
}

function onlyRefusing(rule: DecidingUsageRule): DecidingUsageRule {
  const refusing = [...rule.statement.preferences].filter(([, preference]) => preference === 'disallow');
  return { ...rule, statement: { ...rule.statement, preferences: new Map(refusing) } };
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

// One parsed file answers many questions, and a line says the same each time. Most are never asked what they say.
const rules = new WeakMap<RobotsExtension, UsageRule>();
const statements = new WeakMap<RobotsExtension, UsageStatement>();

function ruleOf(extension: RobotsExtension): UsageRule {
  const known = rules.get(extension);
  if (known !== undefined) return known;
  const rule = parseUsageRule(extension.value);
  rules.set(extension, rule);
  return rule;
}

function statementOf(extension: RobotsExtension): UsageStatement {
  const known = statements.get(extension);
  if (known !== undefined) return known;
  const statement = parseUsageStatement(ruleOf(extension).expression);
  statements.set(extension, statement);
  return statement;
}
