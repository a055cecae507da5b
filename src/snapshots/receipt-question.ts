import { z } from 'zod';
import { receiptItemsMax } from '../actions/check-receipt.ts';
import type { Item } from '../actions/check-records.ts';
import type { Evidence, Usage as UsageLabel } from '../consent/evidence.ts';
import { AppError } from '../errors.ts';
import { Agent, CheckItem, DecisionView, ReasonView, Usage } from '../http/schemas.ts';
import type { CheckAnswer } from '../log/check-receipt.ts';

/** The question of a check receipt, and what it was answered from, item by item. */
export interface AskedAgain {
  items: Item[];
  usage: UsageLabel;
  /** As it was sent; null when nobody was named. */
  agent: string | null;
  answers: DecisionView[];
  /** What the registry's records said, per item. */
  registry: Evidence[][];
  /** What everything else said, per item. */
  others: Evidence[][];
}

const Said = ReasonView.omit({ effect: true })
  .extend({ item: z.number().int().min(0) })
  .loose();
const Question = z.object({ usage: Usage, agent: Agent.nullable() });
const Items = z.array(CheckItem).min(1).max(receiptItemsMax);

/** @throws AppError `invalid` for a receipt of another form: one of a newer version, perhaps. */
export function readAsked({ query, answer, evidence }: CheckAnswer): AskedAgain {
  const { items: many, usage: _usage, agent: _agent, ...one } = query;
  const question = Question.safeParse(query);
  const items = Items.safeParse(many ?? [one]);
  const answers = z
    .array(DecisionView)
    .safeParse(Array.isArray(answer.decisions) ? answer.decisions : [answer]);
  const said = z.array(Said).safeParse(evidence);
  const isWhole =
    question.success &&
    items.success &&
    answers.success &&
    said.success &&
    answers.data.length === items.data.length;
  if (!isWhole) {
    throw new AppError(
      'invalid',
      'the receipt holds a question or an answer this version does not understand',
      {
        fix: 'run it with a newer version of withhold',
      },
    );
  }
  const byItem = Map.groupBy(said.data, ({ item }) => item);
  const saidOf = (index: number, isRegistry: boolean): Evidence[] =>
    (byItem.get(index) ?? [])
      .filter(({ source }) => (source === 'registry') === isRegistry)
      .map(({ item: _item, ...each }) => each as Evidence);
  return {
    items: items.data,
    ...question.data,
    answers: answers.data,
    registry: items.data.map((_, index) => saidOf(index, true)),
    others: items.data.map((_, index) => saidOf(index, false)),
  };
}
