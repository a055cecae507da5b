import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readTileOf } from '../src/actions/sequence.ts';
import { append, emptyFrontier, type Frontier, frontierRoot } from '../src/log/append.ts';
import { hashBytes } from '../src/log/hash.ts';
import { verifyInclusion } from '../src/log/merkle.ts';
import { tilePath } from '../src/log/tile-path.ts';
import { readConsistencyProof, readInclusionProof, readLeafHash } from '../src/log/tile-proofs.ts';
import { directoryFiles } from '../src/log-store/directory.ts';

const leavesPerBatch = 20_480;
const inclusions = 2_000;
const consistencies = 500;

export interface Times {
  p50Ms: number;
  p99Ms: number;
}

export interface ProofFigures {
  leaves: number;
  buildPerSecond: number;
  inclusion: Times;
  consistency: Times;
}

/** Builds a log of that many leaves from hashes alone, in a folder that is deleted after, and proves from its tiles. */
export async function measureProofs(leaves: number): Promise<ProofFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-tiles-'));
  try {
    const from = performance.now();
    const frontier = build(folder, leaves);
    const buildPerSecond = leaves / ((performance.now() - from) / 1_000);
    const readTile = readTileOf({ files: directoryFiles(folder) });
    const root = frontierRoot(frontier);
    const inclusion: number[] = [];
    for (let n = 0; n < inclusions; n += 1) {
      const index = Math.floor(Math.random() * leaves);
      const start = performance.now();
      const proof = await readInclusionProof(index, leaves, readTile);
      inclusion.push(performance.now() - start);
      // A proof that does not hold would be quick to make.
      const leafHash = await readLeafHash(index, leaves, readTile);
      verifyInclusion({ index, size: leaves, leafHash, proof, root });
    }
    const consistency: number[] = [];
    for (let n = 0; n < consistencies; n += 1) {
      const size1 = 1 + Math.floor(Math.random() * (leaves - 1));
      const start = performance.now();
      await readConsistencyProof(size1, leaves, readTile);
      consistency.push(performance.now() - start);
    }
    return { leaves, buildPerSecond, inclusion: timesOf(inclusion), consistency: timesOf(consistency) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function build(folder: string, leaves: number): Frontier {
  let frontier = emptyFrontier;
  const made = new Set<string>();
  while (Number(frontier.size) < leaves) {
    const count = Math.min(leavesPerBatch, leaves - Number(frontier.size));
    const random = randomFillSync(new Uint8Array(count * hashBytes));
    const hashes = Array.from({ length: count }, (_none, at) =>
      random.subarray(at * hashBytes, (at + 1) * hashBytes),
    );
    const grown = append(frontier, hashes);
    for (const { level, index, width, hashes: bytes } of grown.tiles) {
      const path = join(folder, tilePath(level, index, width));
      if (!made.has(dirname(path))) mkdirSync(dirname(path), { recursive: true });
      made.add(dirname(path));
      writeFileSync(path, bytes);
    }
    frontier = grown.frontier;
  }
  return frontier;
}

function timesOf(times: number[]): Times {
  times.sort((a, b) => a - b);
  const quantile = (q: number) => times[Math.floor(q * times.length)] ?? Number.NaN;
  return { p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}
