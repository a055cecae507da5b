import type { PixelQuery } from '../images/pixel-query.ts';
import type { RunSetup } from './run-deps.ts';
import type { Like } from './unit.ts';
import type { FilterTask } from './work.ts';

/** What tasks are done with. */
export interface TaskRun {
  setup: RunSetup;
  /** Settings of sources that are not files. */
  env: Readonly<Record<string, string | undefined>>;
  threads: number;
  /** Looks up hashes, or pictures, where the fingerprints are. */
  likes(hashes: readonly Uint8Array[]): Promise<Like[][]>;
  likePictures(pictures: readonly PixelQuery[]): Promise<Like[][]>;
  onPart(part: { rows: number; dropped: number; bytes: number }): void;
  signal: AbortSignal;
}

/**
 * Does tasks, on threads of their own, in any order.
 * @throws AppError naming the file of the first task that failed; tasks under way then leave nothing half-done.
 */
export type RunTasks = (run: TaskRun, tasks: Iterable<FilterTask>) => Promise<void>;
