import { contentSignalKeys, contentSignalLines, contentSignalUsages } from './content-signal.ts';
import type { Evidence, Usage } from './evidence.ts';
import type { ParsedRobots, RobotsExtension } from './robots-file.ts';
import { type Governing, readings } from './robots-match.ts';
import { type DecidingUsageRule, grantedByAll, usageRules } from './robots-usage.ts';
import { evidenceOf } from './statement.ts';

/** What `robotsSignals` needs to know of the question. */
export interface RobotsSignalQuestion {
  /** The crawler that would fetch, `*` when none is named. */
  agent: string;
  /** The control token that is asked about, or that governs what the crawler fetches. */
  controlToken: string | null;
  /** Names under which the asking agent is known, so that what a named group says binds nobody else. */
  names: readonly string[];
  url: string;
  /** Whether that crawler may fetch the URL: Content-Usage says nothing where it may not. */
  mayCrawl: boolean;
  robotsUrl: string;
  observedAt: string;
}

/**
 * What the Content-Usage and Content-Signal lines of a robots.txt file say to one agent about one URL. A line under
 * a named agent binds that agent only.
 *
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function robotsSignals(parsed: ParsedRobots, question: RobotsSignalQuestion): Evidence[] {
  if (!holdsSignals(parsed)) return [];
  const evidence = [...usageEvidence(parsed, question), ...signalEvidence(parsed, question)];
  // What was cut off, or not kept, may hold the refusal.
  return parsed.truncated || parsed.overflow
    ? evidence.filter(({ preference }) => preference === 'disallow')
    : evidence;
}

function holdsSignals({ extensions, groups }: ParsedRobots): boolean {
  return extensions.some(isSignal) || groups.some((group) => group.extensions.some(isSignal));
}

function isSignal({ key }: RobotsExtension): boolean {
  return key === 'content-usage' || key === 'content-signal';
}

function usageEvidence(parsed: ParsedRobots, question: RobotsSignalQuestion): Evidence[] {
  const perReading = question.mayCrawl ? usageRules(parsed, question) : [];
  if (perReading === null) return [];
  const granted = grantedByAll(perReading);
  const rules = new Map(perReading.flat().map((rule) => [rule.extension, rule]));
  const own = [...rules.values()].flatMap((rule) => statementsOf(rule, granted, question));
  return [...own, ...controlUsage(parsed, question, rules)];
}

/** A control token is governed by the group that names it: it never fetches, so what it may crawl does not matter. */
function controlUsage(
  parsed: ParsedRobots,
  question: RobotsSignalQuestion,
  counted: ReadonlyMap<RobotsExtension, DecidingUsageRule>,
): Evidence[] {
  const token = question.controlToken;
  if (token === null || !isNamed(parsed, token)) return [];
  const rules = usageRules(parsed, { agent: token, url: question.url }) ?? [];
  return rules
    .flat()
    .filter(({ extension }) => !counted.has(extension))
    .flatMap((rule) => statementsOf(rule, new Set(), question));
}

function isNamed(parsed: ParsedRobots, token: string): boolean {
  return readings(parsed, token).some((governing) =>
    governing.some(({ agent }) => !agent.value.startsWith('*')),
  );
}

function statementsOf(
  { agent, extension, statement }: DecidingUsageRule,
  granted: ReadonlySet<Usage>,
  question: RobotsSignalQuestion,
): Evidence[] {
  return [...statement.preferences]
    .filter(([usage, preference]) => preference === 'disallow' || granted.has(usage))
    .map(([usage, preference]) =>
      evidenceOf(placeOf(extension, question), {
        source: 'content-usage',
        usage,
        preference,
        quote: `User-agent: ${agent} / Content-Usage: ${extension.value}`,
        ...boundTo(agent, question),
      }),
    );
}

function placeOf({ line }: RobotsExtension, { robotsUrl, observedAt }: RobotsSignalQuestion) {
  return { where: `${robotsUrl}, line ${line}`, observedAt };
}

/** A line under `*` speaks to everybody; under a name, to the agent that found itself there. */
function boundTo(agent: string | null, { names }: RobotsSignalQuestion): { operators?: string[] } {
  return agent === null || agent.startsWith('*') ? {} : { operators: [...names] };
}

interface SignalLine {
  extension: RobotsExtension;
  agent: string | null;
  statements: Map<Usage, 'allow' | 'disallow'>;
}

function signalEvidence(parsed: ParsedRobots, question: RobotsSignalQuestion): Evidence[] {
  const perReading = readings(parsed, question.agent).map(signalLines);
  const own = new Map(perReading.flat().map((line) => [line.extension, line]));
  const grantedEverywhere = (usage: Usage) =>
    perReading.every(
      (lines) =>
        lines.some(({ statements }) => statements.get(usage) === 'allow') &&
        !lines.some(({ statements }) => statements.get(usage) === 'disallow'),
    );
  const evidence = [...own.values()].flatMap((line) => signalStatements(line, question, {}));
  const kept = evidence.filter(
    ({ preference, usage }) => preference === 'disallow' || grantedEverywhere(usage),
  );
  const others = [...controlSignals(parsed, question), ...siteWide(parsed)].filter(
    ({ extension }) => !own.has(extension),
  );
  const spoken = new Set(evidence.map(({ usage }) => usage));
  const further = others.flatMap((line) =>
    signalStatements(
      line,
      question,
      line.agent === null || line.agent.startsWith('*') ? { weight: 'possible' } : {},
    ),
  );
  return [
    ...kept,
    ...further.filter(
      ({ preference, weight, usage }) =>
        preference === 'disallow' && !(weight === 'possible' && spoken.has(usage)),
    ),
  ];
}

function signalLines(governing: readonly Governing[]): SignalLine[] {
  return governing.flatMap(({ agent, group }) => linesIn(group.extensions, agent.value));
}

function linesIn(extensions: readonly RobotsExtension[], agent: string | null): SignalLine[] {
  return contentSignalLines(extensions).map(({ extension, said }) => ({
    extension,
    agent,
    statements: new Map(
      contentSignalKeys.flatMap((key) => {
        const preference = said.preferences.get(key);
        return preference === undefined ? [] : [[contentSignalUsages[key], preference] as const];
      }),
    ),
  }));
}

function controlSignals(parsed: ParsedRobots, { controlToken }: RobotsSignalQuestion): SignalLine[] {
  if (controlToken === null || !isNamed(parsed, controlToken)) return [];
  return readings(parsed, controlToken).flatMap(signalLines);
}

/**
 * Read for the whole file, the lines before any group and those of `*` also speak to an agent with a group of its
 * own. The policy leaves it open, so such a refusal is possible and decides nothing alone.
 */
function siteWide(parsed: ParsedRobots): SignalLine[] {
  return [
    ...linesIn(parsed.extensions, null),
    ...parsed.groups.flatMap(({ agents, extensions }) => {
      const star = agents.find(({ token }) => token === '*');
      return star === undefined ? [] : linesIn(extensions, star.value);
    }),
  ];
}

function signalStatements(
  { agent, extension, statements }: SignalLine,
  question: RobotsSignalQuestion,
  standing: { weight?: 'possible' },
): Evidence[] {
  const line = `Content-Signal: ${extension.value}`;
  return [...statements].map(([usage, preference]) =>
    evidenceOf(placeOf(extension, question), {
      source: 'content-signal',
      usage,
      preference,
      quote: agent === null ? line : `User-agent: ${agent} / ${line}`,
      ...standing,
      ...boundTo(agent, question),
    }),
  );
}
