import { Worker } from 'node:worker_threads';
import { hashBytes, packHash } from '../../src/images/hash256.ts';
import type { Form, Row } from './features.ts';
import type { Meeting, PairFigures, PairTables } from './pair-thread.ts';

/** A picture as it is asked about and as it is registered. */
export interface Subject {
  forms: readonly Form[];
  rows: readonly Row[];
}

const picturesPerTask = 64;

/** Compares every picture with every other, on threads. */
export async function comparePairs(
  subjects: readonly Subject[],
  nearMax: number,
  threads: number,
): Promise<PairFigures> {
  const tables: PairTables = {
    ...tablesOf(subjects),
    pictures: subjects.length,
    nearMax,
  };
  const histogram = new Uint32Array(257);
  const plain = new Uint32Array(257);
  const meetings: Meeting[] = [];
  let next = 0;
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./pair-thread.ts', import.meta.url), { workerData: tables });
      const give = () => {
        if (next >= subjects.length) {
          void worker.terminate().then(() => resolve());
          return;
        }
        const from = next;
        next = Math.min(subjects.length, from + picturesPerTask);
        worker.postMessage({ from, to: next });
      };
      worker.on('message', (figures: PairFigures) => {
        for (let d = 0; d <= 256; d++) {
          histogram[d] = (histogram[d] as number) + (figures.histogram[d] as number);
          plain[d] = (plain[d] as number) + (figures.plain[d] as number);
        }
        for (const meeting of figures.meetings) meetings.push(meeting);
        give();
      });
      worker.on('error', reject);
      give();
    });
  await Promise.all(Array.from({ length: threads }, work));
  return { histogram, plain, meetings };
}

function tablesOf(subjects: readonly Subject[]) {
  const queries = pack(
    subjects.map(({ forms }) =>
      forms.flatMap(({ hashes }) =>
        Array.from({ length: hashes.length / hashBytes }, (_, i) =>
          hashes.subarray(i * hashBytes, (i + 1) * hashBytes),
        ),
      ),
    ),
  );
  const rows = pack(subjects.map(({ rows: own }) => own.map(({ pdq }) => pdq)));
  return { queries: queries.words, queryStarts: queries.starts, rows: rows.words, rowStarts: rows.starts };
}

function pack(groups: readonly (readonly Uint8Array[])[]): { words: Uint32Array; starts: Uint32Array } {
  const count = groups.reduce((sum, group) => sum + group.length, 0);
  const words = new Uint32Array(new SharedArrayBuffer(count * hashBytes));
  const starts = new Uint32Array(new SharedArrayBuffer((groups.length + 1) * 4));
  let at = 0;
  for (const [index, group] of groups.entries()) {
    starts[index] = at;
    for (const hash of group) packHash(hash, words, 8 * at++);
  }
  starts[groups.length] = at;
  return { words, starts };
}
