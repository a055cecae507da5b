import { check } from '../actions/check.ts';
import { resolveAgent } from '../consent/agent.ts';
import type { Usage } from '../consent/evidence.ts';
import { createFingerprintThreads } from '../fingerprint-threads.ts';
import type { CheckItem, DecisionView } from '../http/schemas.ts';
import { toHex } from '../log/encoding.ts';
import { snapshotDeps, snapshotWarnings } from '../snapshots/answering.ts';
import { type OpenOptions, type OpenSnapshot, openSnapshot } from '../snapshots/open.ts';
import { type OpenSignals, openSignals } from '../snapshots/open-signals.ts';
import { requireFresh } from '../snapshots/pull.ts';
import type { SnapshotWish } from './arguments.ts';
import { type Io, say } from './io.ts';

export interface OpenedForAnswers {
  snapshot: OpenSnapshot;
  /** What sites were found to say; null where that is not asked. */
  signals: OpenSignals | null;
  close(): Promise<void>;
}

/** What is opened; `sizeMax` and `works` as in `openSnapshot`. */
type Wish = Omit<SnapshotWish, 'signals'> &
  Partial<Pick<SnapshotWish, 'signals'>> &
  Pick<OpenOptions, 'sizeMax' | 'works'>;

/**
 * Opens the snapshot in a folder with threads of its own, and what was gathered of sites.
 * @throws AppError as `openSnapshot` and `openSignals` do; `unavailable` past its time, unless `allowStale`, and then
 * that is said.
 */
export async function openForAnswers(wish: Wish, io: Io): Promise<OpenedForAnswers> {
  const { folder, allowStale, signals: gathered, ...options } = wish;
  const threads = createFingerprintThreads();
  let signals: OpenSignals | null = null;
  try {
    const snapshot = await openSnapshot(folder, { ...options, threads });
    if (!allowStale) requireFresh(snapshot.manifest.content, folder, Date.now());
    for (const warning of snapshotWarnings(snapshot, Date.now())) say(io, warning);
    if (gathered !== undefined) signals = await openSignals(gathered.folder, gathered);
    const close = async () => {
      signals?.close();
      await threads.close();
    };
    return { snapshot, signals, close };
  } catch (error) {
    await threads.close();
    throw error;
  }
}

/** Says once, for people, what all answers rest on. */
export function sayAsOf(io: Io, { snapshot, signals }: OpenedForAnswers): void {
  const { origin, size, root } = snapshot.asOf();
  const sites =
    signals === null
      ? 'sites were not asked'
      : `what ${signals.manifest.origins} sites say was gathered until ${signals.manifest.finished}`;
  say(io, `answers are those of ${origin} at ${size} entries, root ${toHex(root)}; ${sites}`);
}

/** Answers as `POST /v1/check` of a registry does, from a snapshot and what was gathered of sites. */
export async function askSnapshot(
  { snapshot, signals }: OpenedForAnswers,
  items: readonly CheckItem[],
  { agent, usage }: { agent: string | undefined; usage: Usage },
): Promise<DecisionView[]> {
  const question = {
    ...{ items, usage, signals: 'cached' as const, consumer: '' },
    agent: agent === undefined ? null : resolveAgent(agent),
  };
  return check(snapshotDeps(snapshot, { clock: Date.now, signals: signals?.cache ?? null }), question);
}
