import { readPublished, readTileOf } from '../../src/actions/sequence.ts';
import type { ConsentLog } from '../../src/deps.ts';
import { append, emptyFrontier, type Frontier, frontierRoot } from '../../src/log/append.ts';
import { openCheckpoint } from '../../src/log/checkpoint.ts';
import { sameBytes } from '../../src/log/encoding.ts';
import { parseBundle } from '../../src/log/entry-bundle.ts';
import { fullRoot, leafHash } from '../../src/log/hash.ts';
import { isAboutRecord, type Leaf, parseLeaf, type RecordLeaf } from '../../src/log/leaf.ts';
import { verifyConsistency } from '../../src/log/merkle.ts';
import { bundlesOfSize, tilePath, tilesOfSize, tileWidth } from '../../src/log/tile-path.ts';
import { readConsistencyProof } from '../../src/log/tile-proofs.ts';

export type AuditedLog = Pick<ConsentLog, 'files' | 'keys' | 'origin'>;

export interface Audited {
  size: number;
  leaves: Leaf[];
}

/**
 * Reads the whole published log: every entry, every tile, the signed root, times that never run back, no record
 * version twice, and that every checkpoint anybody ever saw is its beginning, by root and by consistency proof.
 * @param seen checkpoints that were published at some time.
 * @returns its leaves; none before the first checkpoint.
 * @throws when anything does not hold.
 */
export async function audit(log: AuditedLog, seen: Iterable<string> = []): Promise<Audited> {
  const published = await readPublished(log as ConsentLog);
  const earlier = await openAll(log, seen);
  if (published === null) {
    if (earlier.length > 0) throw new Error('a published checkpoint is gone');
    return { size: 0, leaves: [] };
  }
  const entries = await readEntries(log, published.size);
  const hashes = entries.map(leafHash);
  let frontier: Frontier = emptyFrontier;
  for (const { size, root } of [...earlier, published]) {
    if (size > published.size) throw new Error(`the log shrank from ${size} to ${published.size}`);
    frontier = append(frontier, hashes.slice(Number(frontier.size), Number(size))).frontier;
    if (!sameBytes(frontierRoot(frontier), root)) throw new Error(`another history up to ${size}`);
    const proof = await readConsistencyProof(size, published.size, readTileOf(log));
    verifyConsistency({ size1: size, size2: published.size, root1: root, root2: published.root, proof });
  }
  await requireTiles(log, published.size, hashes);
  const leaves = entries.map(parseLeaf);
  requireOrder(leaves);
  return { size: Number(published.size), leaves };
}

/** Checkpoints by size, each signature verified. */
async function openAll(log: AuditedLog, notes: Iterable<string>) {
  const opened = await Promise.all([...notes].map((note) => openCheckpoint(note, log.keys, log.origin)));
  return opened.sort((a, b) => Number(a.size - b.size));
}

async function mustRead(log: AuditedLog, path: string): Promise<Uint8Array> {
  const bytes = await log.files.read(path);
  if (bytes === null) throw new Error(`${path} is not there`);
  return bytes;
}

async function readEntries(log: AuditedLog, size: bigint): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  for (const { level, index, width } of bundlesOfSize(size)) {
    for (const entry of parseBundle(await mustRead(log, tilePath(level, index, width)), width))
      entries.push(entry);
  }
  return entries;
}

/** Every tile holds exactly the hashes that follow from the entries. */
async function requireTiles(log: AuditedLog, size: bigint, leafHashes: readonly Uint8Array[]): Promise<void> {
  const levels: (readonly Uint8Array[])[] = [leafHashes];
  for (const { level, index, width } of tilesOfSize(size)) {
    levels[level] ??= rootsOf(levels[level - 1] ?? []);
    const from = Number(index) * tileWidth;
    const expected = Buffer.concat((levels[level] ?? []).slice(from, from + width));
    const path = tilePath(level, index, width);
    if (!sameBytes(await mustRead(log, path), expected)) throw new Error(`${path} holds other hashes`);
  }
}

function rootsOf(below: readonly Uint8Array[]): Uint8Array[] {
  const full = Math.floor(below.length / tileWidth);
  return Array.from({ length: full }, (_none, at) =>
    fullRoot(Buffer.concat(below.slice(at * tileWidth, (at + 1) * tileWidth))),
  );
}

function requireOrder(leaves: readonly Leaf[]): void {
  const versions = new Set<string>();
  let last = '';
  for (const leaf of leaves) {
    if (leaf.at < last) throw new Error(`time runs back at ${leaf.at}`);
    last = leaf.at;
    if (!isAboutRecord(leaf)) continue;
    const version = `${leaf.rid} ${leaf.ver}`;
    if (versions.has(version)) throw new Error(`${version} is logged twice`);
    versions.add(version);
  }
}

/** Leaves about records, by record. */
export function leavesByRecord(leaves: readonly Leaf[]): Map<string, RecordLeaf[]> {
  return Map.groupBy(leaves.filter(isAboutRecord), ({ rid }) => rid);
}
