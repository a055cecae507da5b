import { policyDigest, shippedPolicy } from '../consent/policy.ts';
import type { ReportContent } from '../datasets/report/content.ts';
import { summarise } from '../datasets/tally/summary.ts';
import { toHex } from '../log/encoding.ts';
import { hashKeyOf } from '../opt-outs/table/table.ts';
import type { Counted } from './counted.ts';
import type { FilterRunWishes, Run } from './filter-run.ts';
import type { RunInput } from './inputs.ts';
import type { RecordFinder } from './record-finder.ts';
import { digestPath, readDigest } from './tasks.ts';

/** Everything the report of a run says. @param outputs what was written. */
export async function contentOf(
  { deps, wishes, inputs, folder, finder }: Run,
  { tally, records, rowsOfInputs }: Counted,
  outputs: ReportContent['outputs'],
): Promise<Omit<ReportContent, 'builder'>> {
  const { snapshot, signals } = deps;
  const { origin, size, root } = snapshot.asOf();
  const { content: manifest } = snapshot.manifest;
  const held = new Set(folder.file.held);
  const ridOf = (record: number) => finder.recordAt(record).rid;
  const numbers = [...heldNumbers(finder, held)];
  return {
    dataset: wishes.dataset,
    started: folder.file.started,
    finished: new Date(deps.clock()).toISOString(),
    versions: deps.versions,
    options: optionsOf(wishes, inputs),
    inputs: inputs.map(({ name, size: bytes }, at) => ({
      ...{ name, bytes, rows: rowsOfInputs[at] ?? 0 },
      sha256: readDigest(digestPath(folder.parts, at)),
    })),
    outputs,
    source: {
      kind: 'snapshot',
      ...{
        origin,
        size,
        root: toHex(root),
        snapshotSize: manifest.size,
        manifest: `sha256:${snapshot.manifest.digest}`,
      },
      ...{ at: manifest.at, notAfter: manifest.notAfter, stale: snapshot.isStale(deps.clock()) },
    },
    signals:
      signals === null ? null : { at: signals.finished, digest: signals.digest, origins: signals.origins },
    policies: [await policyDigest(shippedPolicy)],
    licences:
      wishes.licences === null
        ? null
        : { name: wishes.licences.name, sha256: wishes.licences.sha256, entries: wishes.licences.entries },
    onReview: wishes.onReview,
    tally: summarise(tally, { tally: records, ridOf }, numbers),
  };
}

function* heldNumbers(finder: RecordFinder, held: ReadonlySet<string>): Generator<number> {
  for (const rid of held) {
    const count = finder.hash(hashKeyOf('rid', rid.replaceAll('-', '')));
    if (count > 0) yield finder.found()[0] as number;
  }
}

function optionsOf(wishes: FilterRunWishes, inputs: readonly RunInput[]): ReportContent['options'] {
  const { agent = null, usage, columns, hitsMax = null, write = null, lists, listsAll, decisions } = wishes;
  const used = new Map<string, Set<string>>();
  for (const input of inputs) {
    for (const [use, name] of Object.entries(input.columns)) {
      used.set(use, (used.get(use) ?? new Set()).add(name));
    }
  }
  return {
    ...{ agent, usage, write, decisions, listsAll, pixels: columns.pixels, maxHitsPerRecord: hitsMax },
    ...(lists.length === 0 ? {} : { lists: [...lists] }),
    ...Object.fromEntries([...used].map(([use, names]) => [`${use} column`, [...names].slice(0, 100)])),
  };
}
