import { check } from '../actions/check.ts';
import { resolveAgent } from '../consent/agent.ts';
import type { Usage } from '../consent/evidence.ts';
import { createFingerprintThreads } from '../fingerprint-threads.ts';
import type { CheckItem, DecisionView } from '../http/schemas.ts';
import { toHex } from '../log/encoding.ts';
import { snapshotDeps, snapshotWarnings } from '../snapshots/answering.ts';
import { type OpenOptions, type OpenSnapshot, openSnapshot } from '../snapshots/open.ts';
import { requireFresh } from '../snapshots/pull.ts';
import { type Io, say } from './io.ts';

export interface OpenedForAnswers {
  snapshot: OpenSnapshot;
  close(): Promise<void>;
}

/**
 * Opens the snapshot in a folder with threads of its own.
 * @throws AppError as `openSnapshot` does; `unavailable` past its time, unless `allowStale`, and then that is said.
 */
export async function openForAnswers(
  folder: string,
  io: Io,
  { allowStale, ...options }: { allowStale: boolean } & Omit<OpenOptions, 'threads'>,
): Promise<OpenedForAnswers> {
  const threads = createFingerprintThreads();
  try {
    const snapshot = await openSnapshot(folder, { ...options, threads });
    if (!allowStale) requireFresh(snapshot.manifest.content, folder, Date.now());
    for (const warning of snapshotWarnings(snapshot, Date.now())) say(io, warning);
    return { snapshot, close: () => threads.close() };
  } catch (error) {
    await threads.close();
    throw error;
  }
}

/** Says once, for people, what all answers rest on. */
export function sayAsOf(io: Io, snapshot: OpenSnapshot): void {
  const { origin, size, root } = snapshot.asOf();
  say(io, `answers are those of ${origin} at ${size} entries, root ${toHex(root)}; sites were not asked`);
}

/** Answers as `POST /v1/check` of a registry does, from a snapshot and without what sites say. */
export async function askSnapshot(
  snapshot: OpenSnapshot,
  items: readonly CheckItem[],
  { agent, usage }: { agent: string | undefined; usage: Usage },
): Promise<DecisionView[]> {
  const question = {
    ...{ items, usage, signals: 'cached' as const, consumer: '' },
    agent: agent === undefined ? null : resolveAgent(agent),
  };
  return check(snapshotDeps(snapshot, { clock: Date.now }), question);
}
