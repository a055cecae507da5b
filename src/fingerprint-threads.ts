import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { oneThread } from './actions/fingerprint-index.ts';
import type { FingerprintThreads } from './deps.ts';
import type {
  CompileReply,
  CompileTask,
  SearchReply,
  SearchTask,
  SharedSegment,
} from './fingerprint-thread.ts';
import { describeHits, type FingerprintSet, isMostlyDead, type SetHit } from './images/fingerprint-set.ts';
import { planFor } from './images/index/bands.ts';
import {
  abandonCompaction,
  beginCompaction,
  finishCompaction,
  type IndexOptions,
  segmentsOf,
} from './images/index/hash-index.ts';
import { adoptWasm, allocateWasm } from './images/index/kernel-wasm.ts';
import { type Segment, searchersMax, segmentOver } from './images/index/segment.ts';

export interface FingerprintThreadsOptions {
  /** How many search beside the thread that answers. */
  threads?: number;
  /** The delta is compiled when it has so many rows. */
  deltaRowsMax?: number;
  /** Fewer rows than this are scanned rather than filed. */
  filedRowsMin?: number;
  /** So many hashes or fewer are looked up at once, by the thread that answers. */
  hashesAtOnceMax?: number;
}

const defaults: Required<FingerprintThreadsOptions> = {
  threads: Math.min(availableParallelism(), searchersMax - 1),
  deltaRowsMax: 32_768,
  filedRowsMin: 16_384,
  hashesAtOnceMax: 8,
};

/** Hashes handed to a thread at once. */
const hashesPerTask = 64;

/** Tasks a thread has at once, so that it need not wait for the next. */
const tasksPerThread = 2;

// The published build is plain JavaScript, with the thread beside it.
const threadUrl = new URL(
  `./fingerprint-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`,
  import.meta.url,
);

interface Job {
  task: SearchTask;
  resolve(reply: SearchReply): void;
  reject(error: unknown): void;
}

interface Searcher {
  worker: Worker;
  room: number;
  jobs: Map<number, Job>;
}

interface Pool {
  options: Required<FingerprintThreadsOptions>;
  searchers: Searcher[];
  queue: Job[];
  nextId: number;
  compiling: Worker | null;
  /** After a compilation that failed, the delta grows to this before the next. */
  deltaRowsNext: number;
  isClosed: boolean;
}

/**
 * The index on Node: shared memory, searched by threads and compiled in one of its own. Threads start when they are
 * needed and do not keep the process alive.
 */
export function createFingerprintThreads(over: FingerprintThreadsOptions = {}): FingerprintThreads {
  const options = { ...defaults, ...over };
  const pool: Pool = {
    options,
    searchers: [],
    queue: [],
    nextId: 1,
    compiling: null,
    deltaRowsNext: options.deltaRowsMax,
    isClosed: false,
  };
  const indexOptions: IndexOptions = {
    allocate: allocateWasm,
    planOf: (rows) => (rows < options.filedRowsMin ? null : planFor(rows)),
  };
  return {
    options: indexOptions,
    search: (set, hashes, distanceMax) => search(pool, set, hashes, distanceMax),
    tend: (set) => tend(pool, set),
    close: () => close(pool),
  };
}

async function search(
  pool: Pool,
  set: FingerprintSet,
  hashes: readonly Uint8Array[],
  distanceMax: number,
): Promise<SetHit[][]> {
  if (hashes.length <= pool.options.hashesAtOnceMax || pool.options.threads === 0 || pool.isClosed) {
    return oneThread.search(set, hashes, distanceMax);
  }
  const segments = segmentsOf(set.index).filter(({ rows }) => rows > 0);
  if (segments.length === 0) return hashes.map(() => []);
  const shared = segments.map(share);
  const parts: Promise<SearchReply>[] = [];
  for (let from = 0; from < hashes.length; from += hashesPerTask) {
    parts.push(hand(pool, shared, hashes.slice(from, from + hashesPerTask), distanceMax));
  }
  try {
    const replies = await Promise.all(parts);
    return replies.flatMap((reply) => described(set, segments, reply));
  } catch {
    // A thread that did not live takes no answer with it.
    return oneThread.search(set, hashes, distanceMax);
  }
}

/** Hits of one task, hash by hash. Ids and removals are looked up now: what was removed meanwhile is left out. */
function described(set: FingerprintSet, segments: readonly Segment[], reply: SearchReply): SetHit[][] {
  const hashes = reply.segments[0]?.counts.length ?? 0;
  const starts = segments.map(() => 0);
  return Array.from({ length: hashes }, (_none, hash) =>
    segments.flatMap((segment, at) => {
      const { counts, rows, distances } = reply.segments[at] as SearchReply['segments'][number];
      const from = starts[at] as number;
      const to = from + (counts[hash] as number);
      starts[at] = to;
      if (from === to) return [];
      const hits = { rows: rows.subarray(from, to), distances: distances.subarray(from, to) };
      return describeHits(set, segment, hits);
    }),
  );
}

const keys = new WeakMap<Segment, number>();
let lastKey = 0;

function share(segment: Segment): SharedSegment {
  let key = keys.get(segment);
  if (key === undefined) {
    key = ++lastKey;
    keys.set(segment, key);
  }
  const { memory, rows, capacity, plan } = segment;
  if (memory.shared === undefined) throw new TypeError('this segment lies in memory that is not shared');
  return { key, memory: memory.shared, rows, capacity, plan };
}

function hand(
  pool: Pool,
  segments: SharedSegment[],
  hashes: readonly Uint8Array[],
  radius: number,
): Promise<SearchReply> {
  const packed = new Uint8Array(hashes.length * 32);
  for (const [at, hash] of hashes.entries()) packed.set(hash, at * 32);
  return new Promise((resolve, reject) => {
    const task: SearchTask = { verb: 'search', id: pool.nextId++, room: 0, segments, hashes: packed, radius };
    pool.queue.push({ task, resolve, reject });
    pump(pool);
  });
}

function pump(pool: Pool): void {
  while (pool.queue.length > 0) {
    const idle = pool.searchers.find(({ jobs }) => jobs.size === 0) ?? startSearcher(pool);
    const next = idle ?? pool.searchers.find(({ jobs }) => jobs.size < tasksPerThread);
    if (next === undefined) return;
    const job = pool.queue.shift() as Job;
    next.jobs.set(job.task.id, job);
    next.worker.ref();
    next.worker.postMessage({ ...job.task, room: next.room });
  }
}

function startSearcher(pool: Pool): Searcher | null {
  if (pool.searchers.length >= pool.options.threads) return null;
  // Room 0 is the answering thread's.
  const taken = new Set(pool.searchers.map(({ room }) => room));
  let room = 1;
  while (taken.has(room)) room += 1;
  const worker = new Worker(threadUrl, { execArgv: [] });
  const searcher: Searcher = { worker, room, jobs: new Map() };
  pool.searchers.push(searcher);
  worker.on('message', (reply: SearchReply) => {
    const job = searcher.jobs.get(reply.id);
    searcher.jobs.delete(reply.id);
    if (searcher.jobs.size === 0) worker.unref();
    job?.resolve(reply);
    pump(pool);
  });
  let cause: unknown = new Error('the search was stopped');
  worker.on('error', (error) => {
    cause = error;
  });
  worker.on('exit', () => {
    pool.searchers = pool.searchers.filter((other) => other !== searcher);
    for (const job of searcher.jobs.values()) job.reject(cause);
    if (!pool.isClosed) pump(pool);
  });
  return searcher;
}

function tend(pool: Pool, set: FingerprintSet): void {
  if (pool.compiling !== null || pool.isClosed) return;
  if (set.index.delta.rows < pool.deltaRowsNext && !isMostlyDead(set)) return;
  const compaction = beginCompaction(set.index);
  if (compaction === null) return;
  const worker = new Worker(threadUrl, { execArgv: [] });
  pool.compiling = worker;
  worker.unref();
  const task: CompileTask = {
    verb: 'compile',
    segments: compaction.sources.map(share),
    dead: compaction.dead,
    filedRowsMin: pool.options.filedRowsMin,
  };
  worker.postMessage(task);
  void once(worker, 'message')
    .then(([reply]: CompileReply[]) => {
      const { memory, rows, capacity, plan } = reply as CompileReply;
      finishCompaction(set.index, compaction, segmentOver(adoptWasm(memory), rows, capacity, plan));
      pool.deltaRowsNext = pool.options.deltaRowsMax;
    })
    .catch(() => {
      abandonCompaction(set.index);
      pool.deltaRowsNext = set.index.delta.rows * 2;
    })
    // What it was made of is given back to the system only when no thread holds it any more.
    .then(() => Promise.all([worker.terminate(), ...retireIdle(pool)]))
    .then(() => {
      pool.compiling = null;
      if (!pool.isClosed) tend(pool, set);
    });
}

function retireIdle(pool: Pool): Promise<unknown>[] {
  const idle = pool.searchers.filter(({ jobs }) => jobs.size === 0);
  // Taken from the pool first, so that no task is handed to a thread that is ending.
  pool.searchers = pool.searchers.filter(({ jobs }) => jobs.size > 0);
  return idle.map(({ worker }) => worker.terminate());
}

async function close(pool: Pool): Promise<void> {
  pool.isClosed = true;
  for (const job of pool.queue.splice(0)) job.reject(new Error('the service is stopping'));
  const workers = pool.searchers.map(({ worker }) => worker);
  if (pool.compiling !== null) workers.push(pool.compiling);
  await Promise.all(workers.map((worker) => worker.terminate()));
}
