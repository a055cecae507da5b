import type { ResolvedAgent } from './agent.ts';
import type { Act, Crawl, DecisionPart, Effect, NotChecked, Reason, Verdict } from './decision.ts';
import { effects } from './decision.ts';
import { type Evidence, trustLevels, type Usage } from './evidence.ts';
import type { Policy } from './policy.ts';

export interface Question {
  usage: Usage;
  /** Null when the caller named nobody: statements that bind or except operators then do neither. */
  agent: ResolvedAgent | null;
  policy: Policy;
  /** Default: not checked. */
  crawl?: Crawl;
  notChecked?: readonly NotChecked[];
  warnings?: readonly string[];
}

/**
 * The verdict on one usage by one agent: any refusal in force decides, else any permission, else nobody said
 * anything (AIPREF vocabulary §5). Pure and total; the order of the evidence does not matter, and adding a refusal
 * never opens anything. Usages are independent: `search` says nothing about `train-ai`, nor the other way round.
 *
 * @param evidence what was said, with claims already resolved (trust by kind of subject, contests ruled on).
 */
export function decide(evidence: readonly Evidence[], question: Question): DecisionPart {
  const spoken = evidence.filter((said) => said.usage === question.usage);
  const standing = spoken.map((said) => ({ said, effect: effectAlone(said, question) }));
  const verdict = verdictOf(standing.filter(({ effect }) => effect === 'decides').map(({ said }) => said));
  const reasons = standing.map(({ said, effect }): Reason => {
    const overruled = effect === 'decides' && said.preference !== verdict;
    return { ...said, effect: overruled ? 'overruled' : effect };
  });
  reasons.sort(byStrength);
  const crawl = question.crawl ?? { verdict: 'unknown', reason: 'not-checked' };
  const notChecked = sortedByText(question.notChecked ?? []);
  return {
    verdict,
    crawl,
    act: actOn({ verdict, crawl, reasons, notChecked, policy: question.policy }),
    usage: question.usage,
    agent: question.agent,
    reasons,
    warnings: [...new Set(question.warnings ?? [])],
    notChecked,
    ...recordFacts(reasons),
    contested: reasons.some((reason) => bears(reason) && reason.contested === true),
  };
}

/** What a statement does before it meets the others. */
function effectAlone(said: Evidence, { agent, policy }: Question): Effect {
  if (said.operators && !names(said.operators, agent)) return 'not-this-operator';
  if (said.preference === 'disallow' && said.except && names(said.except, agent)) return 'excepted';
  if (said.weight === 'possible') return 'possible';
  if (said.source === 'registry' && trustRank(said) < trustLevels.indexOf(policy.trust[said.preference])) {
    return 'below-trust';
  }
  return 'decides';
}

function names(list: readonly string[], agent: ResolvedAgent | null): boolean {
  const asking = [agent?.operator, agent?.token].filter((name) => typeof name === 'string');
  return list.some((name) => asking.some((own) => own.toLowerCase() === name.toLowerCase()));
}

/** A record that carries no trust has proven no more than an email address. */
function trustRank(said: Evidence): number {
  return trustLevels.indexOf(said.trust ?? 'email');
}

function verdictOf(deciding: readonly Evidence[]): Verdict {
  if (deciding.some((said) => said.preference === 'disallow')) return 'disallow';
  return deciding.length > 0 ? 'allow' : 'unknown';
}

function actOn(
  found: Pick<DecisionPart, 'verdict' | 'crawl' | 'reasons' | 'notChecked'> & { policy: Policy },
): Act {
  const { verdict, crawl, reasons, notChecked, policy } = found;
  if (verdict === 'disallow' || crawl.verdict === 'disallow') return 'stop';
  if (verdict === 'unknown' && policy.unknown === 'stop') return 'stop';
  if (reasons.some(needsReview)) return 'review';
  if (notChecked.some(({ source }) => policy.required.includes(source))) return 'review';
  return 'proceed';
}

/** Not enough to decide, too much to pass over. A permission below the policy's trust is simply none. */
function needsReview({ effect, preference }: Reason): boolean {
  return effect === 'possible' || (effect === 'below-trust' && preference === 'disallow');
}

/** Does this reason bear on what the caller should do? */
function bears(reason: Reason): boolean {
  return reason.effect === 'decides' || needsReview(reason);
}

function recordFacts(reasons: readonly Reason[]): Pick<DecisionPart, 'match' | 'trust' | 'since'> {
  const record = reasons.find((reason) => reason.source === 'registry' && bears(reason));
  if (!record) return {};
  const { match, trust, since } = record;
  return { ...(match && { match }), ...(trust && { trust }), ...(since && { since }) };
}

const matchKinds = ['exact', 'match', 'possible'];

/** Deciding first, then refusals, then the better proven, the nearer match, and at last by their own words. */
function byStrength(a: Reason, b: Reason): number {
  return (
    effects.indexOf(a.effect) - effects.indexOf(b.effect) ||
    Number(a.preference === 'allow') - Number(b.preference === 'allow') ||
    trustRank(b) - trustRank(a) ||
    matchRank(a) - matchRank(b) ||
    compareText(a.source, b.source) ||
    compareText(a.where, b.where) ||
    compareText(textOf(a), textOf(b))
  );
}

function matchRank({ match }: Reason): number {
  return match ? matchKinds.indexOf(match.kind) : matchKinds.length;
}

function sortedByText<T>(items: readonly T[]): T[] {
  if (items.length < 2) return [...items];
  return items
    .map((item) => ({ item, text: textOf(item) }))
    .sort((a, b) => compareText(a.text, b.text))
    .map(({ item }) => item);
}

/** The same text for the same content, whatever the order of keys. Never throws, as canonical JSON would on U+D800. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => compareText(a, b)))
      : inner,
  );
}

/** By code unit, not by locale: the same order in every runtime. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
