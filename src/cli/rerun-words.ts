import type { CheckReceiptVerdict } from '../log/check-receipt.ts';
import type { Explained, Rerun, RerunItem } from '../snapshots/rerun.ts';
import { line, object, page } from './receipt-words.ts';

/** What `withhold verify --rerun` says behind what the receipt proves. */
export function rerunWords({ ok, asOf, snapshot, items }: Rerun, warnings: readonly string[]): string {
  const count = (outcome: RerunItem['outcome']) => items.filter((item) => item.outcome === outcome).length;
  const counts = (['same', 'explained', 'differs'] as const).flatMap((outcome) => {
    const many = count(outcome);
    return many === 0 ? [] : [`${many} ${outcomeWords[outcome]}`];
  });
  return page([
    '',
    ok
      ? 'run again: what the registry said is what its log says'
      : 'run again: this is not what the log says',
    line('log', `${asOf.origin} at ${asOf.size} entries, root ${asOf.root}`),
    line(
      'from',
      `the snapshot of ${snapshot} entries and the feed behind it; other evidence as the receipt has it`,
    ),
    ...warnings.map((warning) => line('warning', warning)),
    line('answers', counts.join(', ')),
    ...items.flatMap((item, index) => itemLines(item, index)),
  ]);
}

const outcomeWords = {
  same: 'the same',
  explained: 'explained by the log',
  differs: 'different',
} satisfies Record<RerunItem['outcome'], string>;

function itemLines({ outcome, explained, differences }: RerunItem, index: number): string[] {
  if (outcome === 'same') return [];
  return [
    ...explained.map((each) => line(`item ${index + 1}`, explainedWords(each))),
    ...differences.map(({ part, receipt, rerun }) =>
      line(`item ${index + 1}`, `${part} was ${JSON.stringify(receipt)}, and is ${JSON.stringify(rerun)}`),
    ),
  ];
}

function explainedWords({ record, why, seq, at }: Explained): string {
  const place = seq === null ? '' : ` (entry ${seq}, ${at})`;
  return why === 'pending'
    ? `record ${record} had changed and was on its way into the log${place}`
    : `record ${record} was erased since${place}: what it said cannot be run again`;
}

/** The same for programs: what `verify --json` gives, and `rerun`. */
export function rerunJson(
  { log, proven, failures }: CheckReceiptVerdict,
  rerun: Rerun,
  warnings: readonly string[],
): string {
  return object({
    ok: rerun.ok,
    kind: 'check-receipt',
    log,
    proven,
    failures,
    rerun: { ...rerun, warnings },
  });
}
