import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFingerprintThreads } from '../src/fingerprint-threads.ts';
import { createFingerprintSet } from '../src/images/fingerprint-set.ts';
import { compile } from '../src/images/index/build.ts';
import { allocateWasm } from '../src/images/index/kernel-wasm.ts';
import { searchMany, searchSegment } from '../src/images/index/search.ts';
import type { Segment } from '../src/images/index/segment.ts';
import { loadFingerprints, saveFingerprints } from '../src/snapshots/fingerprint-file.ts';
import { readerOf } from './bandwidth.ts';
import { type Faiss, measureFaiss } from './faiss.ts';
import { hashAt, hashesOf, type Planted, queriesFor, type Shape } from './hash-sets.ts';

/** What PDQ recommends, and what FAISS is asked for too. */
const radius = 31;
/** What the service looks up, likenesses that are only possible included. */
const possible = 45;
/** Queries one after another, and in one batch. Skewed hashes take longer, and fewer of them say as much. */
const asked = { random: { singles: 2_000, batch: 4_096 }, skewed: { singles: 256, batch: 512 } };
const scans = 20;
const readBytes = 64;

export interface SearchFigures {
  shape: Shape;
  rows: number;
  load: number;
  buildS: number;
  bytes: number;
  loadMs: number;
  readMs: number;
  /** µs a query, one after another. */
  singleUs: number;
  possibleUs: number;
  /** µs a query in one batch, by so many threads. */
  oneThreadUs: number;
  twoThreadsUs: number;
  /** Eight queries at once against eight times one. */
  eight: number;
  /** The slowest single query, µs: on skewed hashes one that a hundredth of all rows equals. */
  worstUs: number;
  scanGBs: number;
  readGBs: number;
  faiss: Faiss | null;
}

/** Measures one index of so many hashes; throws when it misses a planted neighbour. */
export async function measureIndex(rows: number, shape: Shape): Promise<SearchFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-index-'));
  try {
    const source = hashesOf(allocateWasm, rows, shape);
    const { singles, batch } = asked[shape];
    const queries = queriesFor(source, batch);
    const faiss = shape === 'random' ? measureFaiss(folder, source, queries) : null;
    const from = performance.now();
    const segment = compile(allocateWasm, [source], new Uint8Array(0));
    const buildS = (performance.now() - from) / 1_000;
    const warm = queries.slice(0, singles);
    timed(segment, warm, radius);
    const figures = {
      ...{ shape, rows, load: loadavg()[0] ?? 0, buildS, bytes: segment.layout.dataBytes, faiss },
      singleUs: best(3, () => timed(segment, warm, radius)),
      possibleUs: best(2, () => timed(segment, warm.slice(0, singles / 4), possible)),
      eight: eightAtOnce(segment, warm),
      worstUs: worst(segment, source),
      ...(await threaded(segment, queries)),
      ...(await scanned(source, queries)),
      ...files(folder, segment),
    };
    process.stderr.write(`${shape} ${rows}: ${JSON.stringify({ ...figures, faiss: faiss?.multi })}\n`);
    return figures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The best of several, as other work on the machine only ever adds. */
export function best(times: number, measure: () => number): number {
  return Math.min(...Array.from({ length: times }, measure));
}

function timed(segment: Segment, queries: readonly Planted[], within: number): number {
  const from = performance.now();
  const found = queries.map(({ hash }) => searchSegment(segment, hash, within));
  const us = ((performance.now() - from) * 1_000) / queries.length;
  for (const [at, { row, distance }] of queries.entries()) {
    const hit = row === null ? 0 : (found[at]?.rows.indexOf(row) ?? -1);
    if (hit < 0 || (row !== null && found[at]?.distances[hit] !== distance)) {
      throw new Error(`row ${row} was not found at ${distance} bits`);
    }
  }
  return us;
}

/** Eight hashes together, as of one picture turned in all ways, against one of them alone. */
function eightAtOnce(segment: Segment, queries: readonly Planted[]): number {
  const hashes = queries.map(({ hash }) => hash);
  const together = () => {
    const from = performance.now();
    for (let at = 0; at < hashes.length; at += 8) searchMany(segment, hashes.slice(at, at + 8), radius);
    return performance.now() - from;
  };
  const alone = () => {
    const from = performance.now();
    for (const hash of hashes) searchSegment(segment, hash, radius);
    return performance.now() - from;
  };
  return (8 * best(4, together)) / best(4, alone);
}

function worst(segment: Segment, source: Segment): number {
  const common = hashAt(source, 7);
  return best(3, () => {
    const from = performance.now();
    const { rows } = searchSegment(segment, common, radius);
    if (rows.indexOf(7) === -1) throw new Error('the commonest hash was not found');
    return (performance.now() - from) * 1_000;
  });
}

async function threaded(
  segment: Segment,
  queries: readonly Planted[],
): Promise<{ oneThreadUs: number; twoThreadsUs: number }> {
  const hashes = queries.map(({ hash }) => hash);
  const us: number[] = [];
  for (const threads of [1, 2]) {
    const pool = createFingerprintThreads({ threads, hashesAtOnceMax: 0 });
    const set = createFingerprintSet(pool.options);
    set.index.compiled = [segment];
    await pool.search(set, hashes.slice(0, 256), radius);
    let fastest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round += 1) {
      const from = performance.now();
      await pool.search(set, hashes, radius);
      fastest = Math.min(fastest, ((performance.now() - from) * 1_000) / hashes.length);
    }
    us.push(fastest);
    await pool.close();
  }
  return { oneThreadUs: us[0] ?? Number.NaN, twoThreadsUs: us[1] ?? Number.NaN };
}

async function scanned(
  source: Segment,
  queries: readonly Planted[],
): Promise<{ scanGBs: number; readGBs: number }> {
  const bytes = source.rows * 32;
  const read = await readerOf(source.memory.shared as WebAssembly.Memory);
  let scanMs = Number.POSITIVE_INFINITY;
  let readMs = Number.POSITIVE_INFINITY;
  // Turn about, so that both meet the same other work.
  for (let at = 0; at < scans; at += 1) {
    let from = performance.now();
    read(source.layout.words, bytes - (bytes % readBytes));
    readMs = Math.min(readMs, performance.now() - from);
    from = performance.now();
    searchSegment(source, queries[at]?.hash as Uint8Array, radius);
    scanMs = Math.min(scanMs, performance.now() - from);
  }
  return { scanGBs: bytes / scanMs / 1e6, readGBs: bytes / readMs / 1e6 };
}

function files(folder: string, segment: Segment): { loadMs: number; readMs: number } {
  const { options } = createFingerprintThreads();
  const set = createFingerprintSet(options);
  set.index.compiled = [segment];
  set.index.rows = segment.rows;
  const path = join(folder, 'index');
  saveFingerprints(path, set);
  const loads: number[] = [];
  const reads: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    let from = performance.now();
    readWhole(path);
    reads.push(performance.now() - from);
    from = performance.now();
    loadFingerprints(path, options);
    loads.push(performance.now() - from);
  }
  return { loadMs: Math.min(...loads), readMs: Math.min(...reads) };
}

/** As many bytes read into new memory, and nothing done with them. */
function readWhole(path: string): void {
  const file = openSync(path, 'r');
  const into = Buffer.allocUnsafeSlow(fstatSync(file).size);
  for (let done = 0; done < into.length; ) {
    done += readSync(file, into, done, Math.min(256 * 1024 * 1024, into.length - done), done);
  }
  closeSync(file);
}

export function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >>> 1] ?? Number.NaN;
}
