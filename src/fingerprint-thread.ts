import { parentPort } from 'node:worker_threads';
import { type Plan, planFor } from './images/index/bands.ts';
import { compile } from './images/index/build.ts';
import { adoptWasm, allocateWasm } from './images/index/kernel-wasm.ts';
import { searchMany } from './images/index/search.ts';
import { type Segment, segmentOver } from './images/index/segment.ts';

/** A segment as another thread can take it: its memory is the same, not a copy. */
export interface SharedSegment {
  /** Tells segments apart for as long as the thread lives. */
  key: number;
  memory: WebAssembly.Memory;
  rows: number;
  capacity: number;
  plan: Plan | null;
}

export interface SearchTask {
  verb: 'search';
  id: number;
  /** Which of the rooms for searchers is this thread's. */
  room: number;
  segments: SharedSegment[];
  /** 32 bytes each. */
  hashes: Uint8Array;
  radius: number;
}

/** Per segment of the task: how many hits each hash has, and these, hash by hash. */
export interface SearchReply {
  id: number;
  segments: { counts: Uint32Array; rows: Uint32Array; distances: Uint32Array }[];
}

export interface CompileTask {
  verb: 'compile';
  segments: SharedSegment[];
  dead: Uint8Array;
  /** Fewer rows than this are not filed, but scanned. */
  filedRowsMin: number;
}

export type CompileReply = Omit<SharedSegment, 'key'>;

const hashBytes = 32;
const known = new Map<number, Segment>();

if (parentPort === null) throw new Error('fingerprint-thread.ts only runs as a worker thread');
const port = parentPort;
port.on('message', (task: SearchTask | CompileTask) => {
  port.postMessage(task.verb === 'search' ? search(task) : compileAll(task));
});

function search({ id, room, segments, hashes, radius }: SearchTask): SearchReply {
  const wanted = new Set(segments.map(({ key }) => key));
  for (const key of known.keys()) if (!wanted.has(key)) known.delete(key);
  return { id, segments: segments.map((shared) => searchOne(segmentOf(shared), hashes, radius, room)) };
}

function searchOne(
  segment: Segment,
  hashes: Uint8Array,
  radius: number,
  room: number,
): SearchReply['segments'][number] {
  const counts = new Uint32Array(hashes.length / hashBytes);
  const queries = Array.from(counts, (_none, at) => hashes.subarray(at * hashBytes, (at + 1) * hashBytes));
  const rows: number[] = [];
  const distances: number[] = [];
  for (const [at, hits] of searchMany(segment, queries, radius, room).entries()) {
    counts[at] = hits.rows.length;
    for (const row of hits.rows) rows.push(row);
    for (const distance of hits.distances) distances.push(distance);
  }
  return { counts, rows: Uint32Array.from(rows), distances: Uint32Array.from(distances) };
}

function segmentOf({ key, memory, rows, capacity, plan }: SharedSegment): Segment {
  let segment = known.get(key);
  if (segment === undefined) {
    segment = segmentOver(adoptWasm(memory), rows, capacity, plan);
    known.set(key, segment);
  }
  // The delta grows from one task to the next.
  segment.rows = rows;
  return segment;
}

function compileAll({ segments, dead, filedRowsMin }: CompileTask): CompileReply {
  const planOf = (rows: number) => (rows < filedRowsMin ? null : planFor(rows));
  const made = compile(allocateWasm, segments.map(segmentOf), dead, planOf);
  const { rows, capacity, plan } = made;
  return { memory: made.memory.shared as WebAssembly.Memory, rows, capacity, plan };
}
