import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashBytes } from '../src/images/hash256.ts';
import type { Segment } from '../src/images/index/segment.ts';
import type { Planted } from './hash-sets.ts';

interface Measured {
  buildS: number;
  bytes: number;
  singleMs: number;
  batchMs: number;
  /** Queries, of the single ones, that found something. */
  found: number;
}

export interface Faiss {
  version: string;
  multi: Measured;
  flat: Measured;
}

/** Debian installs its modules for its own Python, which another may stand in front of. */
const pythons = ['python3', '/usr/bin/python3'];

/** @returns null where FAISS for Python is not installed (Debian: python3-faiss). */
export function measureFaiss(folder: string, segment: Segment, queries: readonly Planted[]): Faiss | null {
  const python = pythons.find((name) => spawnSync(name, ['-c', 'import faiss']).status === 0);
  if (python === undefined) return null;
  const hashFile = join(folder, 'hashes');
  const queryFile = join(folder, 'queries');
  writeFileSync(
    hashFile,
    new Uint8Array(segment.memory.buffer, segment.layout.words, segment.rows * hashBytes),
  );
  writeFileSync(queryFile, Buffer.concat(queries.map(({ hash }) => hash)));
  const counts = segment.rows > 2_000_000 ? [40, 100, 6, 16] : [200, 500, 40, 100];
  const script = fileURLToPath(new URL('run_faiss.py', import.meta.url));
  const run = spawnSync(python, [script, hashFile, queryFile, ...counts.map(String)], { encoding: 'utf8' });
  rmSync(hashFile);
  if (run.status !== 0) throw new Error(`run_faiss.py failed: ${run.stderr}`);
  const faiss = JSON.parse(run.stdout) as Faiss;
  const planted = queries.slice(0, counts[0]).filter(({ row }) => row !== null).length;
  if (faiss.multi.found < planted) throw new Error(`FAISS found ${faiss.multi.found} of ${planted}`);
  return faiss;
}
