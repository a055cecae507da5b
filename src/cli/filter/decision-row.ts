import { shippedPolicy } from '../../consent/policy.ts';
import type { DecisionView } from '../../http/schemas.ts';
import type { Entry } from './entries.ts';

/** The columns of the decisions file, in order. The names and their order are a contract. */
export const decisionColumns = [
  'row',
  'id',
  'url',
  'verdict',
  'act',
  'reason',
  'source',
  'record',
  'trust',
  'since',
  'column',
  'not_checked',
] as const;

export type DecisionRow = Record<(typeof decisionColumns)[number], string | number>;

type Reason = DecisionView['reasons'][number];

const reasonLengthMax = 300;

/** What decided, in a few words that repeat from row to row, so that rows can be counted by it. */
export interface Because {
  kind: string;
  reason: Reason | undefined;
  words: string;
}

/** @returns the line of the decisions file for one row. */
export function decisionRow(entry: Entry, decision: DecisionView | undefined, because: Because): DecisionRow {
  const base = { row: entry.row, id: entry.id, url: entry.url };
  const none = { source: '', record: '', trust: '', since: '', column: '', not_checked: '' };
  if (entry.bad !== undefined) return { ...base, verdict: 'bad', act: '', reason: entry.bad, ...none };
  if (decision === undefined) {
    return { ...base, verdict: 'unknown', act: 'proceed', reason: 'nothing to check', ...none };
  }
  const { reason } = because;
  return {
    ...base,
    verdict: decision.verdict,
    act: decision.act,
    reason: because.words,
    source: reason?.source ?? '',
    record: reason?.record ?? '',
    trust: reason?.trust ?? '',
    since: reason?.since ?? '',
    column: reason?.on ?? '',
    not_checked: decision.notChecked.map(missingWords).join('; '),
  };
}

export function missingWords({ source, why }: DecisionView['notChecked'][number]): string {
  return `${source}: ${why}`;
}

/** Finds what a decision rests on: for stop a refusal, for review what is possible or was not checked. */
export function becauseOf(decision: DecisionView): Because {
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

function fromReason(reason: Reason, verb: string): Because {
  const kind =
    reason.match === undefined ? plainKind(reason) : `${reason.source}, ${matchWords(reason.match)}`;
  const place = reason.source === 'registry' ? undefined : reason.where;
  const quote = reason.source === 'registry' ? undefined : reason.quote;
  return { kind, reason, words: words(`${kind} ${verb} ${reason.usage}`, place, quote) };
}

function plainKind({ source }: Reason): string {
  return source === 'registry' ? 'registry, address' : source;
}

function matchWords({ kind }: NonNullable<Reason['match']>): string {
  if (kind === 'exact') return 'same file';
  return kind === 'match' ? 'same picture' : 'similar picture';
}

function words(what: string, where: string | undefined, quote: string | undefined): string {
  const text = [what, where && ` (${where})`, quote && `: ${quote}`].filter(Boolean).join('');
  const line = text.replace(/\s+/g, ' ');
  return line.length > reasonLengthMax ? `${line.slice(0, reasonLengthMax - 1)}…` : line;
}
