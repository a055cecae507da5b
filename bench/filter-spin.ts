import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** Turns of a loop that needs nothing but a core: a second or two. */
const turns = 1_500_000_000;

function spin(): number {
  let state = 1;
  for (let turn = 0; turn < turns; turn += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  return state;
}

/** @returns how much more of the same work so many threads do in the same time than one: what this machine gives. */
export async function spinScaling(threads: number): Promise<number> {
  const one = await spinningS(1);
  return (threads * one) / (await spinningS(threads));
}

/** Seconds that threads take which all do the same work. */
async function spinningS(threads: number): Promise<number> {
  const from = performance.now();
  await Promise.all(
    Array.from(
      { length: threads },
      () =>
        new Promise((resolve, reject) => {
          new Worker(new URL(import.meta.url)).once('message', resolve).once('error', reject);
        }),
    ),
  );
  return (performance.now() - from) / 1_000;
}

// What is sent is the result, so that no compiler leaves the work out.
if (!isMainThread) parentPort?.postMessage(spin());
