import { shippedPolicy } from '../consent/policy.ts';

/** What is looked at of a decision, whoever made it. */
export interface DecisionFacts<R extends ReasonFacts = ReasonFacts> {
  act: string;
  crawl: { verdict: string; reason: string; where?: string | undefined; quote?: string | undefined };
  reasons: readonly R[];
  notChecked: readonly { source: string; why: string }[];
}

export interface ReasonFacts {
  source: string;
  usage: string;
  preference: string;
  effect: string;
  where: string;
  quote: string;
  on?: string | undefined;
  record?: string | undefined;
  trust?: string | undefined;
  since?: string | undefined;
  match?: { kind: string } | undefined;
}

const reasonLengthMax = 300;

/** What decided, in a few words that repeat from row to row, so that rows can be counted by it. */
export interface Because<R extends ReasonFacts = ReasonFacts> {
  kind: string;
  reason: R | undefined;
  words: string;
}

export function missingWords({ source, why }: { source: string; why: string }): string {
  return `${source}: ${why}`;
}

/** Finds what a decision rests on: for stop a refusal, for review what is possible or was not checked. */
export function becauseOf<R extends ReasonFacts>(decision: DecisionFacts<R>): Because<R> {
  const decides = (preference: string) =>
    decision.reasons.find((reason) => reason.effect === 'decides' && reason.preference === preference);
  const refusal = decides('disallow');
  if (decision.act !== 'review' && refusal !== undefined) return fromReason(refusal, 'refuses');
  if (decision.act === 'stop' && decision.crawl.verdict === 'disallow') {
    const { reason, where, quote } = decision.crawl;
    return {
      // Nobody refused: RFC 9309 forbids crawling until the site answers again.
      kind: reason === 'unreachable' ? 'site unreachable' : 'crawl refused',
      reason: undefined,
      words: words(`crawl refused: ${reason}`, where, quote),
    };
  }
  if (decision.act === 'review') {
    const possible = decision.reasons.find((reason) => reason.effect === 'possible') ?? refusal;
    if (possible !== undefined) return fromReason(possible, 'may refuse');
    const missing =
      decision.notChecked.find(({ source }) => shippedPolicy.required.includes(source)) ??
      decision.notChecked[0];
    if (missing !== undefined) {
      return { kind: `${missing.source} not checked`, reason: undefined, words: missingWords(missing) };
    }
  }
  const consent = decides('allow');
  if (consent !== undefined) return fromReason(consent, 'allows');
  return { kind: 'no reason given', reason: undefined, words: '' };
}

function fromReason<R extends ReasonFacts>(reason: R, verb: string): Because<R> {
  const kind =
    reason.match === undefined ? plainKind(reason) : `${reason.source}, ${matchWords(reason.match)}`;
  const place = reason.source === 'registry' ? undefined : reason.where;
  const quote = reason.source === 'registry' ? undefined : reason.quote;
  return { kind, reason, words: words(`${kind} ${verb} ${reason.usage}`, place, quote) };
}

function plainKind({ source }: ReasonFacts): string {
  return source === 'registry' ? 'registry, address' : source;
}

function matchWords({ kind }: { kind: string }): string {
  if (kind === 'exact') return 'same file';
  return kind === 'match' ? 'same picture' : 'similar picture';
}

function words(what: string, where: string | undefined, quote: string | undefined): string {
  const text = [what, where && ` (${where})`, quote && `: ${quote}`].filter(Boolean).join('');
  const line = text.replace(/\s+/g, ' ');
  return line.length > reasonLengthMax ? `${line.slice(0, reasonLengthMax - 1)}…` : line;
}
