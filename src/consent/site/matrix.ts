import { type ResolvedAgent, resolveAgent } from '../agent.ts';
import { type Crawler, crawlers, type Purpose } from '../crawlers.ts';
import { decide } from '../decide.ts';
import type { Crawl, Reason, Verdict } from '../decision.ts';
import type { Evidence, Source, Usage } from '../evidence.ts';
import { shippedPolicy } from '../policy.ts';
import type { SiteAnswer, SiteAnswers } from './answers.ts';

/** The usages a site can speak about by signals of its own. */
export const siteUsages = ['train-ai', 'ai-use', 'search'] as const satisfies readonly Usage[];
export type SiteUsage = (typeof siteUsages)[number];

/** What is said about one usage to one crawler, and the words that decide it. */
export interface SiteCell {
  verdict: Verdict;
  /** True when something speaks against it that does not decide alone. */
  possible: boolean;
  source: Source | null;
  where: string | null;
  quote: string | null;
  /** A permission that a refusal overrules. */
  overruled: { where: string; quote: string } | null;
}

export interface SiteCrawlCell {
  verdict: Verdict;
  reason: string;
  where: string | null;
  quote: string | null;
}

/** One crawler, or a token that only robots.txt holds. */
export interface SiteRow extends Record<SiteUsage, SiteCell> {
  token: string;
  operator: string | null;
  purpose: Purpose;
  /** For a control token: what a Disallow refuses. */
  controls: Usage[];
  /** May it fetch the page? Null for control tokens, which fetch nothing. */
  crawl: SiteCrawlCell | null;
}

export interface SiteMatrix {
  /** Every crawler of the table, in its order. */
  rows: SiteRow[];
  /** The answers for a crawler that is named nowhere. */
  unnamed: Omit<SiteRow, 'token'>;
  /** All that was said to anybody, each once for each usage. */
  evidence: Evidence[];
}

/** Asks the texts of a site for every crawler known here, and decides each usage as a check would. */
export function siteMatrix(answers: SiteAnswers): SiteMatrix {
  const evidence = new Map<string, Evidence>();
  const rowFor = (agent: ResolvedAgent | null) => {
    const answer = answers.ask(agent);
    for (const said of answer.evidence) keep(evidence, said);
    return { crawl: crawlCell(answer.crawl), ...cellsOf(answer, agent) };
  };
  const unnamed = {
    ...{ operator: null, purpose: 'unknown' as const, controls: [] },
    ...rowFor(null),
  };
  const rows = crawlers.map((crawler) => rowOf(crawler, rowFor(resolveAgent(crawler.token))));
  return { rows, unnamed, evidence: [...evidence.values()] };
}

type Answers = Pick<SiteRow, 'crawl' | SiteUsage>;

function rowOf({ token, operator, purpose, controls, sendsRequests }: Crawler, answers: Answers): SiteRow {
  return {
    ...{ token, operator, purpose, controls: [...controls] },
    ...answers,
    crawl: sendsRequests ? answers.crawl : null,
  };
}

/** The same words bind several names when they are said to each; then the names are kept together. */
function keep(evidence: Map<string, Evidence>, said: Evidence): void {
  const key = JSON.stringify([said.source, said.usage, said.preference, said.where, said.quote, said.weight]);
  const known = evidence.get(key);
  if (known === undefined) {
    evidence.set(key, said);
    return;
  }
  if (known.operators === undefined) return;
  if (said.operators === undefined) evidence.set(key, said);
  else evidence.set(key, { ...known, operators: [...new Set([...known.operators, ...said.operators])] });
}

function crawlCell({ verdict, reason, where, quote }: Crawl): SiteCrawlCell {
  return { verdict, reason, where: where ?? null, quote: quote ?? null };
}

function cellsOf({ crawl, evidence }: SiteAnswer, agent: ResolvedAgent | null): Record<SiteUsage, SiteCell> {
  const cell = (usage: SiteUsage): SiteCell => {
    const { verdict, reasons } = decide(evidence, { usage, agent, policy: shippedPolicy, crawl });
    const deciding = reasons.find(({ effect }) => effect === 'decides');
    const possible = reasons.find(
      ({ effect, preference }) => effect === 'possible' && preference === 'disallow',
    );
    const shown = deciding ?? possible;
    return {
      verdict,
      possible: possible !== undefined && verdict !== 'disallow',
      source: shown?.source ?? null,
      where: shown?.where ?? null,
      quote: shown?.quote ?? null,
      overruled: overruledIn(reasons),
    };
  };
  return { 'train-ai': cell('train-ai'), 'ai-use': cell('ai-use'), search: cell('search') };
}

function overruledIn(reasons: readonly Reason[]): SiteCell['overruled'] {
  const lost = reasons.find(({ effect, preference }) => effect === 'overruled' && preference === 'allow');
  return lost === undefined ? null : { where: lost.where, quote: lost.quote };
}

/** As much of the answers to a crawler as can be told from others. */
export interface Alike extends Record<SiteUsage, Omit<SiteCell, 'source' | 'overruled'>> {
  crawl: SiteCrawlCell | null;
}

/** Answers that several crawlers get, word for word and for the same reason. */
export interface SharedAnswers<Row> {
  rows: Row[];
  answers: Row;
}

/**
 * Puts crawlers with the same answers together, in order, those that are told what everybody is told last: the
 * others are where an owner looks.
 */
export function sharedAnswers<Row extends Alike>(rows: readonly Row[], unnamed: Alike): SharedAnswers<Row>[] {
  const general = answersKey(unnamed);
  return [...Map.groupBy(rows, answersKey)]
    .sort(([a], [b]) => Number(a === general) - Number(b === general))
    .map(([, same]) => ({ rows: same, answers: same[0] as Row }));
}

function answersKey({ crawl, ...cells }: Alike): string {
  const said = siteUsages.map((usage) => {
    const { verdict, possible, where, quote } = cells[usage];
    return [verdict, possible, where, quote];
  });
  return JSON.stringify([crawl && [crawl.verdict, crawl.reason, crawl.where, crawl.quote], said]);
}
