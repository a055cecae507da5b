import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toUtf8 } from '../../src/log/encoding.ts';
import { emptyRoot, leafHash, nodeHash } from '../../src/log/hash.ts';
import {
  makeConsistencyProof,
  makeInclusionProof,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../src/log/merkle.ts';
import { resultOf } from './log.suite.ts';

/** RFC 6962 §2.1 as it is written there, to judge the implementation by. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length < 2) return hashes[0] ?? emptyRoot();
  const split = splitOf(hashes.length);
  return nodeHash(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

function pathOf(index: number, hashes: readonly Uint8Array[]): Uint8Array[] {
  if (hashes.length === 1) return [];
  const split = splitOf(hashes.length);
  const [left, right] = [hashes.slice(0, split), hashes.slice(split)];
  return index < split
    ? [...pathOf(index, left), rootOf(right)]
    : [...pathOf(index - split, right), rootOf(left)];
}

/** Whether the leaf is to the left or right on each step of its path: all that an inclusion proof knows of a size. */
function turnsOf(index: number, size: number): string {
  if (size === 1) return '';
  const split = splitOf(size);
  return index < split ? `${turnsOf(index, split)}L` : `${turnsOf(index - split, size - split)}R`;
}

function subproofOf(size1: number, hashes: readonly Uint8Array[], isWhole: boolean): Uint8Array[] {
  if (size1 === hashes.length) return isWhole ? [] : [rootOf(hashes)];
  const split = splitOf(hashes.length);
  const [left, right] = [hashes.slice(0, split), hashes.slice(split)];
  return size1 <= split
    ? [...subproofOf(size1, left, isWhole), rootOf(right)]
    : [...subproofOf(size1 - split, right, false), rootOf(left)];
}

const leaves = Array.from({ length: 600 }, (_, at) => leafHash(toUtf8(`leaf ${at}`)));

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice();
  const at = Math.floor(bit / 8) % bytes.length;
  changed[at] = (changed[at] ?? 0) ^ (1 << (bit % 8));
  return changed;
}

function flippedAt(hashes: readonly Uint8Array[], place: number, bit: number): Uint8Array[] {
  return hashes.map((hash, at) => (at === place % hashes.length ? flipped(hash, bit) : hash));
}

const treeWithIndex = fc
  .integer({ min: 1, max: leaves.length })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat({ max: size - 1 }) }));
const treeWithOlder = fc
  .integer({ min: 1, max: leaves.length })
  .chain((size2) => fc.record({ size2: fc.constant(size2), size1: fc.integer({ min: 1, max: size2 }) }));
const bit = fc.nat({ max: 255 });
const place = fc.nat({ max: 63 });

describe('inclusion', () => {
  test('proofs are those of the recursion, and verify', () => {
    fc.assert(
      fc.property(treeWithIndex, ({ size, index }) => {
        const tree = leaves.slice(0, size);
        const proof = makeInclusionProof(tree, index);
        expect(proof).toEqual(pathOf(index, tree));
        expect(treeRoot(tree)).toEqual(rootOf(tree));
        verifyInclusion({
          index,
          size,
          leafHash: tree[index] ?? emptyRoot(),
          proof,
          root: treeRoot(tree),
        });
      }),
      { numRuns: 200 },
    );
  });

  test('any flipped bit of proof, leaf, root or index is refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        treeWithIndex,
        bit,
        place,
        fc.nat({ max: 63 }),
        async ({ size, index }, at, which, b) => {
          const tree = leaves.slice(0, size);
          const leaf = tree[index] ?? emptyRoot();
          const claim = {
            index,
            size,
            leafHash: leaf,
            proof: makeInclusionProof(tree, index),
            root: treeRoot(tree),
          };
          const changes = [
            { leafHash: flipped(leaf, at) },
            { root: flipped(claim.root, at) },
            { index: BigInt(index) ^ (1n << BigInt(b)) },
            { proof: [...claim.proof, leaf] },
            ...(size > 1
              ? [{ proof: flippedAt(claim.proof, which, at) }, { proof: claim.proof.slice(1) }]
              : []),
          ];
          for (const change of changes) {
            expect(await resultOf(() => verifyInclusion({ ...claim, ...change }))).toBe('error');
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('another size is refused unless the path has the same turns in it, which is why sizes are signed', async () => {
    await fc.assert(
      fc.asyncProperty(
        treeWithIndex,
        fc.integer({ min: 1, max: 1200 }),
        async ({ size, index }, otherSize) => {
          const tree = leaves.slice(0, size);
          const claim = {
            index,
            size: otherSize,
            leafHash: tree[index] ?? emptyRoot(),
            proof: makeInclusionProof(tree, index),
            root: treeRoot(tree),
          };
          const isSamePath = index < otherSize && turnsOf(index, otherSize) === turnsOf(index, size);
          expect(await resultOf(() => verifyInclusion(claim))).toBe(isSamePath ? 'ok' : 'error');
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 53, -1n, 2n ** 64n])('%s is no index', async (index) => {
    expect(await resultOf(() => makeInclusionProof(leaves.slice(0, 3), index))).toBe('error');
  });
});

describe('consistency', () => {
  test('proofs are those of the recursion, and verify', () => {
    fc.assert(
      fc.property(treeWithOlder, ({ size1, size2 }) => {
        const tree = leaves.slice(0, size2);
        const proof = makeConsistencyProof(tree, size1);
        expect(proof).toEqual(subproofOf(size1, tree, true));
        verifyConsistency({
          size1,
          size2,
          root1: treeRoot(tree.slice(0, size1)),
          root2: treeRoot(tree),
          proof,
        });
      }),
      { numRuns: 200 },
    );
  });

  test('any flipped bit of proof, roots or first size is refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        treeWithOlder,
        bit,
        place,
        fc.nat({ max: 9 }),
        async ({ size1, size2 }, at, which, b) => {
          const tree = leaves.slice(0, size2);
          const root1 = treeRoot(tree.slice(0, size1));
          const claim = {
            size1,
            size2,
            root1,
            root2: treeRoot(tree),
            proof: makeConsistencyProof(tree, size1),
          };
          const changes = [
            { root1: flipped(root1, at) },
            { root2: flipped(claim.root2, at) },
            { proof: [...claim.proof, root1] },
            { size1: size2 + 1 },
            { size1: 0 },
            ...(size1 < size2
              ? [
                  { proof: flippedAt(claim.proof, which, at) },
                  { proof: claim.proof.slice(1) },
                  { size1: size2, root1: claim.root2 },
                  { size1: size1 ^ (1 << b) },
                ]
              : []),
          ];
          for (const change of changes) {
            expect(await resultOf(() => verifyConsistency({ ...claim, ...change }))).toBe('error');
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a log that was rewritten is never consistent', async () => {
    await fc.assert(
      fc.asyncProperty(treeWithOlder, fc.nat(), async ({ size1, size2 }, changed) => {
        const tree = leaves.slice(0, size2);
        const rewritten = tree.with(changed % size1, leafHash(toUtf8('another')));
        const claim = {
          size1,
          size2,
          root1: treeRoot(tree.slice(0, size1)),
          root2: treeRoot(rewritten),
          proof: makeConsistencyProof(rewritten, size1),
        };
        expect(await resultOf(() => verifyConsistency(claim))).toBe('error');
      }),
      { numRuns: 200 },
    );
  });
});
