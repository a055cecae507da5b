import type { ResolvedAgent } from '../consent/agent.ts';
import type { Usage } from '../consent/evidence.ts';
import type { OpenSignals } from '../snapshots/open-signals.ts';
import { openSignals } from '../snapshots/open-signals.ts';
import type { SharedRecords } from '../snapshots/shared-records.ts';
import { createSignalsViews } from '../snapshots/signals-views.ts';
import { type LicenceList, licencesOf } from './licences.ts';
import { createRecordFinder } from './record-finder.ts';
import type { RunDeps } from './unit.ts';

/** What a run answers by, as plain data that threads can be given. */
export interface RunSetup {
  records: SharedRecords;
  usage: Usage;
  agent: ResolvedAgent | null;
  /** Origin of the registry. */
  registry: string;
  /** What was gathered of sites; `now` is the Unix ms at which all rows are answered. */
  signals: { folder: string; maxAgeDays: number; now: number } | null;
  licences: LicenceList | null;
  held: readonly string[];
  listsAll: boolean;
  keepsRows: boolean;
}

/** @param likes how pictures and their hashes are looked up. */
export async function openRunDeps(
  setup: RunSetup,
  likes: Pick<RunDeps, 'likes' | 'likePictures'>,
): Promise<RunDeps & { close(): void }> {
  const { signals } = setup;
  const opened: OpenSignals | null =
    signals === null
      ? null
      : await openSignals(signals.folder, { maxAgeDays: signals.maxAgeDays, verify: false });
  const views = opened === null ? null : createSignalsViews(opened, { now: () => signals?.now ?? 0 });
  return {
    ...likes,
    usage: setup.usage,
    agent: setup.agent,
    registry: setup.registry,
    finder: createRecordFinder(setup.records),
    viewOf: views === null ? null : views.viewOf,
    licences: setup.licences === null ? null : licencesOf(setup.licences),
    held: new Set(setup.held),
    listsAll: setup.listsAll,
    keepsRows: setup.keepsRows,
    close: () => opened?.close(),
  };
}
