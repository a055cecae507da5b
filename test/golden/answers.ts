import { becauseOf } from '../../src/datasets/because.ts';
import type { DecisionField } from '../../src/datasets/decisions.ts';
import { urlFault } from '../../src/datasets/url-fault.ts';
import { CheckItem, type DecisionView, urlLengthMax } from '../../src/http/schemas.ts';
import type { GoldenRow } from './rows.ts';
import { textOf } from './write.ts';

/** The columns that every engine must answer alike. */
export const answerColumns = [
  'row',
  'id',
  'verdict',
  'act',
  'reason',
  'source',
  'record',
  'trust',
  'reserved_since',
  'column',
] as const satisfies DecisionField[];
export type Answer = Record<(typeof answerColumns)[number], string>;

/** Answers by the number of their row; rows for which nothing was found are not among them. */
export type Answers = Map<number, Answer>;

/** Who asks, and what for. */
export const asked = { agent: 'GPTBot', usage: 'train-ai' } as const;

/** Answers many items, as `POST /v1/check` does. */
export type Ask = (items: CheckItem[]) => Promise<DecisionView[]>;

const itemsPerCall = 5_000;

/** What a row asks, or why it is bad; null where it names nothing. */
function questionOf(row: GoldenRow): { item: CheckItem } | { bad: string } | null {
  const named: Record<string, string> = {};
  let bad: string | undefined;
  for (const field of ['url', 'page_url', 'sha256', 'md5', 'pdq'] as const) {
    const value = textOf(row[field])?.trim() ?? '';
    if (value === '') continue;
    named[field] = value;
    if (field === 'url' || field === 'page_url') bad ??= urlFault(field, value, urlLengthMax);
  }
  if (bad !== undefined) return { bad };
  if (Object.keys(named).length === 0) return null;
  const parsed = CheckItem.safeParse(named);
  if (parsed.success) return { item: parsed.data };
  const issue = parsed.error.issues[0];
  return { bad: `has an unusable ${String(issue?.path[0])}: ${issue?.message}` };
}

/**
 * The answers to all rows.
 * @param ask answers as a registry does; what it says of sites is left out.
 */
export async function answersOf(rows: Iterable<GoldenRow>, ask: Ask): Promise<Answers> {
  const answers: Answers = new Map();
  let batch: { row: number; id: string; item: CheckItem }[] = [];
  const settle = async () => {
    const decisions = await ask(batch.map(({ item }) => item));
    for (const [at, { row, id }] of batch.entries()) {
      const answer = answerOf(row, id, decisions[at] as DecisionView);
      if (answer !== null) answers.set(row, answer);
    }
    batch = [];
  };
  let number = 0;
  for (const row of rows) {
    number += 1;
    const question = questionOf(row);
    if (question === null) continue;
    if ('bad' in question)
      answers.set(number, { ...nothing(number, row.id), verdict: 'bad', reason: question.bad });
    else batch.push({ row: number, id: row.id, item: question.item });
    if (batch.length === itemsPerCall) await settle();
  }
  await settle();
  return new Map([...answers].sort(([a], [b]) => a - b));
}

const nothing = (row: number, id: string): Answer => ({
  ...(Object.fromEntries(answerColumns.map((column) => [column, ''])) as Answer),
  ...{ row: String(row), id },
});

/** @returns null where nothing was found and nothing is left open. */
export function answerOf(row: number, id: string, decision: DecisionView): Answer | null {
  const alone = withoutSites(decision);
  if (alone.reasons.length === 0 && alone.act === 'proceed') return null;
  const { reason, words } = becauseOf(alone);
  return {
    ...nothing(row, id),
    ...{ verdict: alone.verdict, act: alone.act, reason: words, source: reason?.source ?? '' },
    ...{ record: reason?.record ?? '', trust: reason?.trust ?? '' },
    ...{ reserved_since: reason?.since ?? '', column: reason?.on ?? '' },
  };
}

/** The decision by the registry alone, where sites are not asked and nobody waits for what they say. */
function withoutSites(decision: DecisionView): DecisionView {
  const reasons = decision.reasons.filter(({ source }) => source === 'registry');
  if (reasons.length !== decision.reasons.length) throw new Error('a site was asked');
  const notChecked = decision.notChecked.filter(({ source }) => source === 'registry');
  const isOpen = notChecked.length > 0 || reasons.some(({ effect }) => effect === 'possible');
  const act = decision.verdict === 'disallow' ? 'stop' : isOpen ? 'review' : 'proceed';
  return { ...decision, act, notChecked, crawl: { verdict: 'unknown', reason: 'not-checked' } };
}

const shownMax = 10;

/**
 * Where two engines differ, for people: the first rows of which they do not say the same, and how many there are.
 * @returns an empty text when they agree.
 */
export function differences(
  expected: ReadonlyMap<number, Answer>,
  given: ReadonlyMap<number, Answer>,
  describe: (row: number) => string = () => '',
): string {
  const rows = [...new Set([...expected.keys(), ...given.keys()])].sort((a, b) => a - b);
  const said = (answer: Answer | undefined) =>
    answer === undefined ? 'nothing' : answerColumns.map((column) => answer[column]).join(' | ');
  const differing = rows.filter((row) => said(expected.get(row)) !== said(given.get(row)));
  if (differing.length === 0) return '';
  const shown = differing
    .slice(0, shownMax)
    .map((row) =>
      [
        `row ${row} ${describe(row)}`,
        `  expected ${said(expected.get(row))}`,
        `  given    ${said(given.get(row))}`,
      ].join('\n'),
    );
  return [`${differing.length} rows differ`, ...shown].join('\n');
}
