import { type Crawler, crawlerOf, crawlers, crawlersOf } from '../crawlers.ts';
import type { Evidence, Usage } from '../evidence.ts';
import { policyTokens } from '../policy-tokens.ts';
import { cutQuote, warningSentence } from '../statement.ts';
import { type ParsedRobots, robotsBytesMax } from './file.ts';
import { type RobotsAnswer, robotsAllows } from './match.ts';
import { readings } from './readings.ts';
import { robotsSignalWarnings } from './signal-warnings.ts';
import { robotsSignals } from './signals.ts';
/** Warnings passed on for one answer. */
export const robotsWarningsMax = 10;

/** May the agent fetch the URL at all. Kept apart from every usage (RFC 9309). */
export interface RobotsCrawl {
  verdict: 'allow' | 'disallow';
  reason: RobotsAnswer['reason'];
  /** `https://example.com/robots.txt, line 12`, or the address alone when no line decided. */
  where: string;
  /** The User-agent line and the rule, as they stand: `User-agent: GPTBot / Disallow: /`. Empty when nothing was said. */
  quote: string;
  line: number | null;
}

export interface RobotsEvidence {
  crawl: RobotsCrawl;
  evidence: Evidence[];
  warnings: string[];
}

/** The part of `ResolvedAgent` that is looked at here. */
export interface AskingAgent {
  token: string | null;
  operator: string | null;
}

export interface RobotsContext {
  /** The URL in question, on the origin the file speaks for. */
  url: string;
  /** Null when no agent is named: crawl is then answered for `*`. */
  agent: AskingAgent | null;
  /** Where the file was read, after redirects. */
  robotsUrl: string;
  /** RFC 3339 UTC. */
  observedAt: string;
}

/**
 * What a robots.txt file says about one URL and one agent: crawl, and the preferences it holds. A Disallow for a
 * control token or a policy token refuses usages, never crawl; one for a crawler's own token refuses crawl, and
 * for a crawler that only trains also `train-ai` by its operator. `*` is crawl only: no control token inherits it.
 *
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function robotsEvidence(parsed: ParsedRobots, context: RobotsContext): RobotsEvidence {
  const agent = context.agent?.token ?? '*';
  const asks = crawlingToken(agent);
  const answer = robotsAllows(parsed, { agent: asks, url: context.url });
  return {
    crawl: crawlFrom(answer, context),
    evidence: [
      ...policyRefusals(parsed, context),
      ...operatorRefusals(parsed, context),
      ...signalsFor(parsed, { agent, asks, answer, context }),
    ],
    warnings: warningsFor(parsed, { agent, asks, answer, context }),
  };
}

/** What is said by Content-Usage and Content-Signal lines, to this agent and to the control token that governs it. */
function signalsFor(
  parsed: ParsedRobots,
  {
    agent,
    asks,
    answer,
    context,
  }: { agent: string; asks: string; answer: RobotsAnswer; context: RobotsContext },
): Evidence[] {
  const { url, robotsUrl, observedAt } = context;
  return robotsSignals(parsed, {
    agent: asks,
    controlToken: agent === asks ? (crawlerOf(asks)?.controlToken ?? null) : agent,
    names: [...new Set([agent, asks])],
    url,
    mayCrawl: answer.allowed,
    robotsUrl,
    observedAt,
  });
}

/** A control token fetches nothing itself, so crawl is asked for the crawler it governs. */
function crawlingToken(token: string): string {
  if (crawlerOf(token)?.sendsRequests !== false) return token;
  return (
    crawlers.find((crawler) => crawler.controlToken?.toLowerCase() === token.toLowerCase())?.token ?? '*'
  );
}

function crawlFrom(answer: RobotsAnswer, { robotsUrl }: RobotsContext): RobotsCrawl {
  const line = answer.rule?.line ?? null;
  return {
    verdict: answer.allowed ? 'allow' : 'disallow',
    reason: answer.reason,
    where: line === null ? robotsUrl : `${robotsUrl}, line ${line}`,
    quote: quoteOf(answer),
    line,
  };
}

function quoteOf({ group, rule }: RobotsAnswer): string {
  const lines = [...(group ? [`User-agent: ${group.agent}`] : []), ...(rule ? [rule.raw] : [])];
  return cutQuote(lines.join(' / '));
}

function policyRefusals(parsed: ParsedRobots, context: RobotsContext): Evidence[] {
  return policyTokens.flatMap(({ token, usages }) => refusals(parsed, context, { token, usages }));
}

/** What the file says to the other names of the operator that asks: its control tokens, its training crawlers. */
function operatorRefusals(parsed: ParsedRobots, context: RobotsContext): Evidence[] {
  const operator = context.agent?.operator;
  if (!operator) return [];
  return crawlersOf(operator).flatMap((crawler) =>
    refusals(parsed, context, {
      token: crawler.token,
      usages: refusedUsages(crawler),
      operators: [operator],
    }),
  );
}

function refusedUsages(crawler: Crawler): readonly Usage[] {
  return crawler.purpose === 'training' ? ['train-ai'] : crawler.controls;
}

function refusals(
  parsed: ParsedRobots,
  context: RobotsContext,
  said: { token: string; usages: readonly Usage[]; operators?: string[] },
): Evidence[] {
  if (said.usages.length === 0) return [];
  const named = (line: string) => !line.startsWith('*');
  // Most files name few tokens, and comparing rules is the costly part.
  if (!readings(parsed, said.token).some((governing) => governing.some(({ agent }) => named(agent.value))))
    return [];
  const answer = robotsAllows(parsed, { agent: said.token, url: context.url });
  if (answer.allowed || answer.rule === null || answer.group === null || !named(answer.group.agent))
    return [];
  const { where, quote } = crawlFrom(answer, context);
  return said.usages.map((usage) => ({
    source: 'robots.txt',
    usage,
    preference: 'disallow',
    where,
    quote,
    observedAt: context.observedAt,
    ...(said.operators ? { operators: said.operators } : {}),
  }));
}

function warningsFor(
  parsed: ParsedRobots,
  asked: { agent: string; asks: string; answer: RobotsAnswer; context: RobotsContext },
): string[] {
  const { robotsUrl } = asked.context;
  const warnings: string[] = [];
  if (asked.asks !== asked.agent) {
    warnings.push(`${asked.agent} sends no requests; crawl is answered for ${asked.asks}.`);
  }
  if (asked.answer.reason === 'too-complex') {
    warnings.push(`${robotsUrl} is too complex to read to the end, so crawl is answered with a refusal.`);
  }
  if (parsed.truncated)
    warnings.push(`${robotsUrl} is longer than ${robotsBytesMax} bytes; the rest is not read.`);
  const slips = [
    ...parsed.diagnostics.map(({ line, message, fix }) => ({
      line,
      text: `${robotsUrl}, line ${line}: ${message}${fix ? `; ${fix}` : ''}.`,
    })),
    ...robotsSignalWarnings(parsed, robotsUrl).map(({ line, warning }) => ({
      line,
      text: warningSentence(warning),
    })),
  ];
  if (slips.length > 0) {
    const concerns = concernedLines(parsed, asked.asks);
    warnings.push(...slips.filter(({ line }) => concerns(line)).map(({ text }) => text));
  }
  return warnings.slice(0, robotsWarningsMax);
}

/**
 * Which lines bear on this agent: those before the first group, and those of its groups up to the next one, except
 * the User-agent lines of others. A slip in somebody else's group is for the site check, not for this answer.
 */
function concernedLines(parsed: ParsedRobots, agent: string): (line: number) => boolean {
  const starts = parsed.groups.map((group) => group.agents[0]?.line ?? 0);
  // A file can hold thousands of groups for one name, so their places are not looked for one by one.
  const places = new Map(parsed.groups.map((group, at) => [group, at]));
  const spans = readings(parsed, agent)
    .flat()
    .map((governing) => {
      const at = places.get(governing.group) ?? 0;
      const others = governing.group.agents.filter((other) => other.line !== governing.agent.line);
      return {
        from: starts[at] ?? 0,
        to: starts[at + 1] ?? Infinity,
        others: new Set(others.map(({ line }) => line)),
      };
    });
  return (line) =>
    line < (starts[0] ?? Infinity) ||
    spans.some(({ from, to, others }) => line >= from && line < to && !others.has(line));
}
