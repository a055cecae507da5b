import { AppError } from '../errors.ts';
import { sameBytes } from './encoding.ts';
import { emptyRoot, fullRoot, hashBytes, joinRoots, nodeHash } from './hash.ts';
import { type Count, consistencyParts, inclusionParts, type Part, rootPart, toCount } from './subtrees.ts';

function partHash(part: Part, leafHashes: readonly Uint8Array[]): Uint8Array {
  return joinRoots(
    part.map(({ level, index }) => {
      const from = Number(index) * 2 ** level;
      const joined = new Uint8Array(2 ** level * hashBytes);
      for (const [at, hash] of leafHashes.slice(from, from + 2 ** level).entries())
        joined.set(hash, at * hashBytes);
      return fullRoot(joined);
    }),
  );
}

/** Root of a tree, by its leaf hashes (RFC 6962 §2.1). */
export function treeRoot(leafHashes: readonly Uint8Array[]): Uint8Array {
  return leafHashes.length === 0 ? emptyRoot() : partHash(rootPart(BigInt(leafHashes.length)), leafHashes);
}

/**
 * Proof that a tree holds a leaf at an index, from the leaf's sibling up (RFC 6962 §2.1.1).
 *
 * @throws AppError `invalid` when the tree does not hold the index.
 */
export function makeInclusionProof(leafHashes: readonly Uint8Array[], index: Count): Uint8Array[] {
  const parts = inclusionParts(toCount(index, 'index'), BigInt(leafHashes.length));
  return parts.map((part) => partHash(part, leafHashes));
}

/**
 * Proof that a tree has grown out of its first `size1` leaves (RFC 6962 §2.1.2).
 *
 * @throws AppError `invalid` unless 0 < `size1` ≤ the number of leaves.
 */
export function makeConsistencyProof(leafHashes: readonly Uint8Array[], size1: Count): Uint8Array[] {
  const parts = consistencyParts(toCount(size1, 'first size'), BigInt(leafHashes.length));
  return parts.map((part) => partHash(part, leafHashes));
}

function requireHashes(hashes: readonly Uint8Array[]): void {
  if (hashes.some((hash) => hash.length !== hashBytes)) {
    throw new AppError('invalid', `A hash of the proof does not have ${hashBytes} bytes.`);
  }
}

export interface InclusionClaim {
  index: Count;
  size: Count;
  leafHash: Uint8Array;
  proof: readonly Uint8Array[];
  root: Uint8Array;
}

/**
 * Holds an inclusion proof to its root (RFC 9162 §2.1.3.2). The size must come from a signed checkpoint: two sizes
 * between which the path of a leaf keeps its form cannot be told apart by the hashes.
 *
 * @throws AppError `invalid` when the proof does not lead to the root.
 */
export function verifyInclusion(claim: InclusionClaim): void {
  const index = toCount(claim.index, 'index');
  const size = toCount(claim.size, 'size');
  if (index >= size) throw new AppError('invalid', `A log of size ${size} has no leaf ${index}.`);
  requireHashes([claim.leafHash, ...claim.proof]);
  let node = index;
  let last = size - 1n;
  let hash = claim.leafHash;
  for (const sibling of claim.proof) {
    if (last === 0n) throw new AppError('invalid', 'The inclusion proof has hashes too many.');
    if (node % 2n === 1n || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2n === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) throw new AppError('invalid', 'The inclusion proof has hashes too few.');
  if (!sameBytes(hash, claim.root)) {
    throw new AppError('invalid', 'The inclusion proof does not lead to the root.');
  }
}

export interface ConsistencyClaim {
  size1: Count;
  size2: Count;
  root1: Uint8Array;
  root2: Uint8Array;
  proof: readonly Uint8Array[];
}

/**
 * Holds a consistency proof to both roots (RFC 9162 §2.1.4.2). From an empty log nothing can be proven, so a first
 * size of 0 is refused.
 *
 * @throws AppError `invalid` when the proof does not lead to both roots.
 */
export function verifyConsistency(claim: ConsistencyClaim): void {
  const size1 = toCount(claim.size1, 'first size');
  const size2 = toCount(claim.size2, 'second size');
  if (size1 === 0n) throw new AppError('invalid', 'Nothing can be proven from an empty log.');
  if (size1 > size2) throw new AppError('invalid', `A log of size ${size2} has not been of size ${size1}.`);
  if (size1 === size2) {
    if (claim.proof.length > 0) throw new AppError('invalid', 'The consistency proof has hashes too many.');
    if (!sameBytes(claim.root1, claim.root2)) {
      throw new AppError('invalid', `Two different roots are claimed for the log of size ${size1}.`);
    }
    return;
  }
  requireHashes([claim.root1, claim.root2, ...claim.proof]);
  const isFull = (size1 & (size1 - 1n)) === 0n;
  const [first, ...siblings] = isFull ? [claim.root1, ...claim.proof] : claim.proof;
  if (first === undefined || claim.proof.length === 0) {
    throw new AppError('invalid', 'The consistency proof has hashes too few.');
  }
  const { old, now, isWhole } = climb(size1, size2, first, siblings);
  if (!isWhole) throw new AppError('invalid', 'The consistency proof does not have the length of its sizes.');
  if (!sameBytes(old, claim.root1)) {
    throw new AppError('invalid', 'The consistency proof does not lead to the first root.');
  }
  if (!sameBytes(now, claim.root2)) {
    throw new AppError('invalid', 'The consistency proof does not lead to the second root.');
  }
}

function climb(size1: bigint, size2: bigint, first: Uint8Array, siblings: readonly Uint8Array[]) {
  let node = size1 - 1n;
  let last = size2 - 1n;
  while (node % 2n === 1n) {
    node >>= 1n;
    last >>= 1n;
  }
  let old = first;
  let now = first;
  for (const sibling of siblings) {
    if (last === 0n) return { old, now, isWhole: false };
    if (node % 2n === 1n || node === last) {
      old = nodeHash(sibling, old);
      now = nodeHash(sibling, now);
      while (node % 2n === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      now = nodeHash(now, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  return { old, now, isWhole: last === 0n };
}
