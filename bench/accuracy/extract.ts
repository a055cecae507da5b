import { mkdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Extracted, ExtractReply, ExtractTask } from './extract-thread.ts';

export interface ExtractOptions {
  threads: number;
  /** Where features are kept from run to run. */
  folder: string;
  seed: number;
}

/**
 * Features of many pictures, computed on threads.
 *
 * @param onDone called for each picture that could be read, in no order.
 * @returns the pictures that could not be read, with the reason.
 */
export async function extractAll(
  tasks: readonly Omit<ExtractTask, 'id'>[],
  { threads, folder, seed }: ExtractOptions,
  onDone: (file: string, value: Extracted) => void,
): Promise<{ file: string; fault: string }[]> {
  mkdirSync(folder, { recursive: true });
  const faults: { file: string; fault: string }[] = [];
  let next = 0;
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./extract-thread.ts', import.meta.url), {
        workerData: { folder, seed },
      });
      const give = () => {
        const task = tasks[next];
        if (task === undefined) {
          void worker.terminate().then(() => resolve());
          return;
        }
        worker.postMessage({ id: next++, ...task } satisfies ExtractTask);
      };
      worker.on('message', (reply: ExtractReply) => {
        const { file } = tasks[reply.id] as ExtractTask;
        if ('value' in reply) onDone(file, reply.value);
        else faults.push({ file, fault: reply.fault });
        give();
      });
      worker.on('error', reject);
      give();
    });
  await Promise.all(Array.from({ length: threads }, work));
  return faults;
}
