import { parentPort, workerData } from 'node:worker_threads';
import { popcount32 } from '../../src/images/hash256.ts';

/** Compares every asked form of some pictures with every registered row of all others. */

export interface PairTables {
  /** Eight words per hash, of every form and orientation of every picture. */
  queries: Uint32Array;
  /** First query of each picture, and one past the last at the end. */
  queryStarts: Uint32Array;
  rows: Uint32Array;
  rowStarts: Uint32Array;
  pictures: number;
  /** Meetings at this distance or less are written down. */
  nearMax: number;
}

/** One form, turned in one way, that came near one row. Numbers count from the picture's own first. */
export interface Meeting {
  query: number;
  work: number;
  form: number;
  row: number;
  distance: number;
}

export interface PairFigures {
  /** Ordered pairs by the least distance of any form, orientation and row. */
  histogram: Uint32Array;
  /** The same for the first form as it is, against the first row: one hash against one hash. */
  plain: Uint32Array;
  meetings: Meeting[];
}

function compare(tables: PairTables, from: number, to: number): PairFigures {
  const { queryStarts, rowStarts, pictures, nearMax } = tables;
  const histogram = new Uint32Array(257);
  const plain = new Uint32Array(257);
  const meetings: Meeting[] = [];
  for (let query = from; query < to; query++) {
    for (let work = 0; work < pictures; work++) {
      if (query === work) continue;
      let least = 256;
      for (let form = queryStarts[query] as number; form < (queryStarts[query + 1] as number); form++) {
        for (let row = rowStarts[work] as number; row < (rowStarts[work + 1] as number); row++) {
          const distance = distanceOf(tables, form * 8, row * 8);
          if (distance < least) least = distance;
          if (form === queryStarts[query] && row === rowStarts[work]) count(plain, distance);
          if (distance > nearMax) continue;
          const own = form - (queryStarts[query] as number);
          meetings.push({ query, work, form: own, row: row - (rowStarts[work] as number), distance });
        }
      }
      count(histogram, least);
    }
  }
  return { histogram, plain, meetings };
}

function count(histogram: Uint32Array, distance: number): void {
  histogram[distance] = (histogram[distance] as number) + 1;
}

function distanceOf({ queries: q, rows: r }: PairTables, a: number, b: number): number {
  return (
    popcount32((q[a] as number) ^ (r[b] as number)) +
    popcount32((q[a + 1] as number) ^ (r[b + 1] as number)) +
    popcount32((q[a + 2] as number) ^ (r[b + 2] as number)) +
    popcount32((q[a + 3] as number) ^ (r[b + 3] as number)) +
    popcount32((q[a + 4] as number) ^ (r[b + 4] as number)) +
    popcount32((q[a + 5] as number) ^ (r[b + 5] as number)) +
    popcount32((q[a + 6] as number) ^ (r[b + 6] as number)) +
    popcount32((q[a + 7] as number) ^ (r[b + 7] as number))
  );
}

const port = parentPort;
if (port !== null) {
  const tables = workerData as PairTables;
  port.on('message', ({ from, to }: { from: number; to: number }) => {
    port.postMessage(compare(tables, from, to));
  });
}
