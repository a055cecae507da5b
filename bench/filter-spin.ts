import { isMainThread, parentPort, Worker } from 'node:worker_threads';

/** Turns of a loop that needs nothing but a core: a second or two. */
const turns = 1_000_000_000;
const rounds = 3;

function spin(): number {
  let state = 1;
  for (let turn = 0; turn < turns; turn += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  return state;
}

/** @returns how much more of the same work so many threads do in the same time than one: what this machine gives. */
export async function spinScaling(threads: number): Promise<number> {
  let one = Number.POSITIVE_INFINITY;
  let all = Number.POSITIVE_INFINITY;
  // Turn about, and the least of each, as other work on the machine only ever adds.
  for (let round = 0; round < rounds; round += 1) {
    one = Math.min(one, await spinningS(1));
    all = Math.min(all, await spinningS(threads));
  }
  return (threads * one) / all;
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
