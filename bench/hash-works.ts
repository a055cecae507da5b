import { setImmediate } from 'node:timers/promises';
import { createFingerprintThreads } from '../src/fingerprint-threads.ts';
import { possibleMax } from '../src/images/find.ts';
import {
  addFingerprint,
  createFingerprintSet,
  type FingerprintSet,
  removeFingerprints,
  searchFingerprints,
  searchForAll,
} from '../src/images/fingerprint-set.ts';
import { segmentsOf } from '../src/images/index/hash-index.ts';
import { uuidv7 } from '../src/opt-outs/record.ts';
import { best, median } from './hash-index.ts';
import { randomFrom } from './hash-sets.ts';

const variantsPerWork = 5;
/** Full and trimmed, each in eight orientations. */
const formsOfPicture = 16;
const pictures = 40;
const removals = 1_000;

export interface WorkFigures {
  works: number;
  rows: number;
  bytes: number;
  addedPerS: number;
  removedPerS: number;
  hashMs: number;
  pictureMs: number;
  /** Single queries while as many rows are compiled, against before. */
  idle: { p50Ms: number; p99Ms: number };
  during: { p50Ms: number; p99Ms: number };
  compileS: number;
}

/** What so many works with five variants each cost, through the set the service keeps them in. */
export async function measureWorks(works: number): Promise<WorkFigures> {
  const threads = createFingerprintThreads({ deltaRowsMax: Number.POSITIVE_INFINITY });
  const compiling = createFingerprintThreads({ deltaRowsMax: 0 });
  try {
    const random = randomFrom(11);
    const set = createFingerprintSet(threads.options);
    const ids: string[] = [];
    const from = performance.now();
    for (let work = 0; work < works; work += 1) {
      const id = uuidv7(work, hashFrom(random).subarray(0, 16));
      if (work % (works / removals) === 0) ids.push(id);
      for (let variant = 0; variant < variantsPerWork; variant += 1) {
        addFingerprint(set, id, { variant: 'full', pdq: hashFrom(random), quality: 90 });
      }
    }
    const addedPerS = (works * variantsPerWork) / ((performance.now() - from) / 1_000);
    const compileS = await compiled(compiling, set);
    // Rows enough to merge with all the rest.
    for (let work = 0; work < works / 7; work += 1) {
      const id = uuidv7(works + work, hashFrom(random).subarray(0, 16));
      for (let variant = 0; variant < variantsPerWork; variant += 1) {
        addFingerprint(set, id, { variant: 'full', pdq: hashFrom(random), quality: 90 });
      }
    }
    const query = () => {
      const at = performance.now();
      searchFingerprints(set, hashFrom(random), possibleMax);
      return performance.now() - at;
    };
    const idle = quantiles(Array.from({ length: 200 }, query));
    const during = await queriesWhile(compiling, set, query);
    if (set.index.compiled.length !== 1) throw new Error('not all was compiled together');
    const hashMs = best(5, () => median(Array.from({ length: 100 }, query)));
    const pictureMs = best(3, () => {
      const at = performance.now();
      for (let picture = 0; picture < pictures; picture += 1) {
        const forms = Array.from({ length: formsOfPicture }, () => hashFrom(random));
        searchForAll(set, forms, possibleMax);
      }
      return (performance.now() - at) / pictures;
    });
    const removedPerS = removeEach(set, ids);
    const rows = set.index.rows;
    return {
      ...{ works: rows / variantsPerWork, rows, bytes: bytesOf(set), addedPerS, removedPerS },
      ...{ hashMs, pictureMs, idle, during, compileS },
    };
  } finally {
    await Promise.all([threads.close(), compiling.close()]);
  }
}

async function compiled(
  threads: ReturnType<typeof createFingerprintThreads>,
  set: FingerprintSet,
): Promise<number> {
  const from = performance.now();
  threads.tend(set);
  while (set.index.sealed.length > 0) await setImmediate();
  return (performance.now() - from) / 1_000;
}

async function queriesWhile(
  threads: ReturnType<typeof createFingerprintThreads>,
  set: FingerprintSet,
  query: () => number,
): Promise<{ p50Ms: number; p99Ms: number }> {
  const times: number[] = [];
  // The thread of the last compilation may still be ending; it then looks for work itself.
  threads.tend(set);
  while (set.index.sealed.length === 0) await setImmediate();
  while (set.index.sealed.length > 0) {
    times.push(query());
    await setImmediate();
  }
  return quantiles(times);
}

/** Every removal must act on the very next query. */
function removeEach(set: FingerprintSet, ids: readonly string[]): number {
  const from = performance.now();
  for (const id of ids)
    if (removeFingerprints(set, id) !== variantsPerWork) throw new Error(`${id} was not there`);
  const perS = ids.length / ((performance.now() - from) / 1_000);
  const gone = new Set(ids);
  for (const segment of segmentsOf(set.index).slice(0, 1)) {
    for (let row = 0; row < 50; row += 1) {
      const hash = new Uint8Array(segment.words.slice(row * 8, row * 8 + 8).buffer);
      const found = searchFingerprints(set, hash, 0);
      if (found.some(({ id }) => gone.has(id))) throw new Error('a removed work was found');
    }
  }
  return perS;
}

function bytesOf({ index, ids, rowCounts }: FingerprintSet): number {
  const tables = [index.dead, ids.bytes, ids.ends, ids.slots, rowCounts];
  const segments = segmentsOf(index).reduce((sum, { layout }) => sum + layout.totalBytes, 0);
  return segments + tables.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function hashFrom(random: () => number): Uint8Array {
  return new Uint8Array(Uint32Array.of(...Array.from({ length: 8 }, random)).buffer);
}

function quantiles(times: number[]): { p50Ms: number; p99Ms: number } {
  times.sort((a, b) => a - b);
  const at = (q: number) => times[Math.min(times.length - 1, Math.floor(q * times.length))] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
