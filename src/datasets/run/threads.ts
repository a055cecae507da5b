import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../errors.ts';
import type { PlainFault, ThreadData, ThreadOrder, ThreadReport } from '../../filter-thread.ts';
import type { PixelQuery } from '../../images/pixel-query.ts';
import type { Like } from './unit.ts';
import type { FilterTask } from './work.ts';

// The published build is plain JavaScript, all in one folder.
const threadUrl = import.meta.url.endsWith('.ts')
  ? new URL('../../filter-thread.ts', import.meta.url)
  : new URL('./filter-thread.js', import.meta.url);

/** Tasks a thread has at once, so that reading the next does not wait for the last to be written. */
const tasksPerThread = 1;

export interface FilterThreads extends ThreadData {
  threads: number;
  /** Looks up hashes, or pictures, where the fingerprints are. */
  likes(hashes: readonly Uint8Array[]): Promise<Like[][]>;
  likePictures(pictures: readonly PixelQuery[]): Promise<Like[][]>;
  onPart(part: { rows: number; dropped: number; bytes: number }): void;
  signal: AbortSignal;
}

/**
 * Does tasks on threads of their own, in any order.
 * @throws AppError naming the file of the first task that failed; tasks under way then leave nothing half-done.
 */
export async function runTasks(run: FilterThreads, tasks: Iterable<FilterTask>): Promise<void> {
  const queue = tasks[Symbol.iterator]();
  const first: FilterTask[] = [];
  for (let thread = 0; thread < run.threads; thread += 1) {
    const next = queue.next();
    if (!next.done) first.push(next.value);
  }
  const workers: Worker[] = [];
  try {
    await Promise.all(first.map((task) => runThread(run, task, queue, workers)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function runThread(
  run: FilterThreads,
  first: FilterTask,
  queue: Iterator<FilterTask>,
  workers: Worker[],
): Promise<void> {
  const { setup, env, signal } = run;
  const worker = new Worker(threadUrl, { workerData: { setup, env } satisfies ThreadData });
  workers.push(worker);
  const order = (what: ThreadOrder) => worker.postMessage(what);
  return new Promise((resolve, reject) => {
    let underWay = 0;
    let nextId = 1;
    const hand = (task: FilterTask) => {
      underWay += 1;
      order({ verb: 'do', id: nextId, task });
      nextId += 1;
    };
    const more = () => {
      while (underWay < tasksPerThread) {
        const next = signal.aborted ? undefined : queue.next();
        if (next === undefined || next.done) break;
        hand(next.value);
      }
      if (underWay > 0) return;
      void once(worker, 'exit').then(() => resolve());
      order({ verb: 'close' });
    };
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    worker.on('error', reject);
    worker.on('message', (report: ThreadReport) => {
      if (report.verb === 'ready') hand(first);
      else if (report.verb === 'fault') reject(faultOf(report.fault, report.name));
      else if (report.verb === 'part') {
        run.onPart(report);
        if (!report.last) return;
        underWay -= 1;
        more();
      } else {
        const found =
          report.hashes === null ? run.likePictures(report.pictures ?? []) : run.likes(report.hashes);
        found.then((likes) => order({ verb: 'likes', id: report.id, likes }), reject);
      }
    });
  });
}

/** Puts the input's name before a reader's clause. */
export function faultOf(fault: PlainFault, name: string): Error {
  if (fault.kind === 'refusal') {
    const { code, message, fix } = fault;
    const words = message.startsWith(name) ? message : `${name} ${message}`;
    return new AppError(code, words, fix === undefined ? {} : { fix });
  }
  if (fault.code === 'ENOSPC')
    return new AppError('unavailable', 'decisions cannot be written: the disk is full');
  return Object.assign(new Error(fault.message), { stack: fault.stack });
}
