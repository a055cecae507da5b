import { type Because, missingWords } from '../../datasets/because.ts';
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
