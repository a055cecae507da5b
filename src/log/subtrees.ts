import { AppError } from '../errors.ts';

/**
 * Which parts of a tree a root and its proofs are made of. Sizes and indexes are BigInt inside, since a proof may
 * come from a log larger than 2⁵³; callers may give numbers.
 */

/** A number of leaves or the index of one. */
export type Count = number | bigint;

/** Largest size of a tree: sizes are uint64 (RFC 6962 §3.5). */
export const treeSizeMax = 2n ** 64n - 1n;

/** A full subtree: 2^level leaves, the `index`-th of its level counted from the left. */
export interface Subtree {
  level: number;
  index: bigint;
}

/** A run of leaves whose hash is one part of a proof, as the full subtrees it is made of, left to right. */
export type Part = Subtree[];

/** @throws AppError `invalid` for a number that is negative, broken or no uint64. */
export function toCount(value: Count, name: string): bigint {
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
  const count = isWhole ? BigInt(value) : -1n;
  if (count < 0n || count > treeSizeMax) {
    throw new AppError('invalid', `The ${name} is not a whole number from 0 to 2^64 - 1.`);
  }
  return count;
}

/** How many binary digits a number has; 0 for 0. */
export function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** Largest power of two below `size`, as its exponent: where RFC 6962 splits a tree of at least two leaves. */
function splitLevel(size: bigint): number {
  return bitLength(size - 1n) - 1;
}

/** The full subtrees of leaves `from` up to `to`; `from` lies on a boundary of the largest of them. */
function partOf(from: bigint, to: bigint): Part {
  const part: Part = [];
  let start = from;
  for (let level = bitLength(to - from) - 1; level >= 0; level -= 1) {
    const width = 1n << BigInt(level);
    if (to - start < width) continue;
    part.push({ level, index: start / width });
    start += width;
  }
  return part;
}

/** The full subtrees that make the root of a tree; none for the empty tree. */
export function rootPart(size: bigint): Part {
  return partOf(0n, size);
}

/**
 * The parts of an inclusion proof, from the leaf's sibling up (RFC 6962 §2.1.1).
 *
 * @throws AppError `invalid` when the tree does not hold the index.
 */
export function inclusionParts(index: bigint, size: bigint): Part[] {
  if (index >= size) throw new AppError('invalid', `A log of size ${size} has no leaf ${index}.`);
  const parts: Part[] = [];
  let from = 0n;
  let to = size;
  while (to - from > 1n) {
    const split = from + (1n << BigInt(splitLevel(to - from)));
    if (index < split) {
      parts.push(partOf(split, to));
      to = split;
    } else {
      parts.push(partOf(from, split));
      from = split;
    }
  }
  return parts.reverse();
}

/**
 * The parts of a consistency proof (RFC 6962 §2.1.2); none between equal sizes.
 *
 * @throws AppError `invalid` for an empty first tree, which proves nothing, or a first tree larger than the second.
 */
export function consistencyParts(size1: bigint, size2: bigint): Part[] {
  if (size1 === 0n) throw new AppError('invalid', 'Nothing can be proven from an empty log.');
  if (size1 > size2) throw new AppError('invalid', `A log of size ${size2} has not been of size ${size1}.`);
  const parts: Part[] = [];
  let from = 0n;
  let to = size2;
  while (to > size1) {
    const split = from + (1n << BigInt(splitLevel(to - from)));
    if (size1 <= split) {
      parts.push(partOf(split, to));
      to = split;
    } else {
      parts.push(partOf(from, split));
      from = split;
    }
  }
  // The verifier has the old root itself where the old tree is one full subtree.
  if (from > 0n) parts.push(partOf(from, to));
  return parts.reverse();
}
