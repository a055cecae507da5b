import { AppError } from '../errors.ts';
import { LogFault } from '../follow/fault.ts';
import type { LogSource } from '../follow/source.ts';
import { emptyState, type LogState, openNext } from '../follow/state.ts';
import { frontierRoot, loadFrontier } from '../log/append.ts';
import type { OpenedCheckpoint } from '../log/checkpoint.ts';
import { sameBytes } from '../log/encoding.ts';
import { leafHash } from '../log/hash.ts';
import { type Leaf, parseLeaf } from '../log/leaf.ts';
import type { LogPolicy } from '../log/log-policy.ts';
import { verifyConsistency, verifyInclusion } from '../log/merkle.ts';
import { parseVerifierKey } from '../log/note-key.ts';
import { formatProof } from '../log/proof.ts';
import { type VerifiedManifest, verifyManifest } from '../log/snapshot-manifest.ts';
import { tileWidth, widthInTree } from '../log/tile-path.ts';
import { type ReadTile, readConsistencyProof, readInclusionProof } from '../log/tile-proofs.ts';

/** A manifest that its log vouches for. */
export interface ProvenSnapshot {
  manifest: VerifiedManifest;
  /** C2SP tlog-proof of its leaf, with the leaf as extra data. */
  proof: string;
  /** Where a copy of the log goes on from: the state the snapshot is of. */
  begin: LogState;
}

/** What is known of a log already. */
export interface KnownLog {
  /** The pinned policy. */
  policy: LogPolicy;
  /** The furthest state that was verified in this folder; null for none. */
  state: LogState | null;
}

/**
 * Holds a manifest to the log: it is signed, the log has its digest as a leaf, and has grown out of the state it is of.
 * @param text of the manifest as it was served.
 * @param seq where the registry says its leaf is.
 * @param note the registry's checkpoint, fetched after the manifest.
 * @throws LogFault naming what is wrong; AppError when the log could not be read.
 */
export async function proveSnapshot(
  source: LogSource,
  { text, seq, note }: { text: string; seq: number; note: string },
  known: KnownLog,
): Promise<ProvenSnapshot> {
  const keys = [...known.policy.logs.map(({ key }) => key.vkey), ...(known.state?.announced ?? [])];
  const current = await openNext(note, known.state ?? emptyState, keys);
  const logs = [...new Set(keys)].map((vkey) => ({ key: parseVerifierKey(vkey), url: null }));
  const manifest = await orFault('the manifest', 'is not one of this log', () =>
    verifyManifest(text, { ...known.policy, logs }),
  );
  const { checkpoint } = manifest;
  if (checkpoint.origin !== current.origin) {
    throw new LogFault('the manifest', `is of the log ${checkpoint.origin}, not of ${current.origin}`);
  }
  const readTile: ReadTile = (level, index, width) => source.hashes({ level, index, width });
  await requireGrowth(readTile, checkpoint, current, 'the snapshot');
  if (known.state !== null && known.state.frontier.size > 0n) {
    const { root, frontier } = known.state;
    await requireGrowth(readTile, { size: frontier.size, root }, current, 'what was verified before');
  }
  const { leaf, hashes, entry } = await provenLeaf(source, readTile, seq, current);
  if (leaf.type !== 'snapshot' || leaf.digest !== manifest.digest) {
    throw new LogFault(`leaf ${seq}`, 'is not that of the snapshot');
  }
  return {
    manifest,
    proof: formatProof({ extra: entry, index: BigInt(seq), hashes, checkpoint: note }),
    begin: await beginAt(source, readTile, checkpoint, known.state),
  };
}

async function requireGrowth(
  readTile: ReadTile,
  from: Pick<OpenedCheckpoint, 'size' | 'root'>,
  to: OpenedCheckpoint,
  whose: string,
): Promise<void> {
  if (from.size > to.size) {
    throw new LogFault('the checkpoint', `has ${to.size} leaves, fewer than the ${from.size} of ${whose}`);
  }
  if (from.size === 0n) return;
  await orFault('the checkpoint', `is of a log that did not grow out of that of ${whose}`, async () => {
    const proof = await readConsistencyProof(from.size, to.size, readTile);
    verifyConsistency({ size1: from.size, size2: to.size, root1: from.root, root2: to.root, proof });
  });
}

/** A leaf that is in the tree of a checkpoint, with its inclusion proof. */
export async function provenLeaf(
  source: LogSource,
  readTile: ReadTile,
  seq: number,
  { size, root }: Pick<OpenedCheckpoint, 'size' | 'root'>,
): Promise<{ leaf: Leaf; entry: Uint8Array; hashes: Uint8Array[] }> {
  if (BigInt(seq) >= size) throw new LogFault(`leaf ${seq}`, `is not in a log of ${size} leaves`);
  const index = BigInt(Math.floor(seq / tileWidth));
  const width = widthInTree(size, 0, index);
  const entries = await source.entries({ level: 'entries', index, width });
  const entry = entries[seq % tileWidth] ?? new Uint8Array();
  return orFault(`leaf ${seq}`, 'is not in the log as its checkpoint says', async () => {
    const hashes = await readInclusionProof(seq, size, readTile);
    verifyInclusion({ index: seq, size, leafHash: leafHash(entry), proof: hashes, root });
    return { leaf: parseLeaf(entry), entry, hashes };
  });
}

/** The verified state of the log at the size of the snapshot, without reading what is before. */
async function beginAt(
  source: LogSource,
  readTile: ReadTile,
  checkpoint: OpenedCheckpoint,
  known: LogState | null,
): Promise<LogState> {
  const { size, root, note, origin } = checkpoint;
  const frontier = await loadFrontier(size, readTile);
  if (!sameBytes(frontierRoot(frontier), root)) {
    throw new LogFault('the tiles', `of the first ${size} leaves do not lead to the root of the snapshot`);
  }
  const last = size === 0n ? null : await provenLeaf(source, readTile, Number(size) - 1, { size, root });
  return { note, origin, frontier, root, lastAt: last?.leaf.at ?? '', announced: known?.announced ?? [] };
}

async function orFault<T>(place: string, words: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    throw new LogFault(place, `${words} (${error.message})`, error);
  }
}
