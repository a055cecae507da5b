import { AppError } from '../errors.ts';
import { emptyRoot, fullRoot, hashBytes, joinRoots } from './hash.ts';
import {
  type Count,
  consistencyParts,
  inclusionParts,
  type Part,
  rootPart,
  type Subtree,
  toCount,
} from './subtrees.ts';
import { hashesAtLevel, tileHeight, tileWidth, widthInTree } from './tile-path.ts';

/**
 * Where tiles come from: storage, a folder, or HTTP.
 *
 * @returns the hashes of that tile; in place of a partial tile, the full one is as good.
 */
export type ReadTile = (level: number, index: bigint, width: number) => Promise<Uint8Array>;

export interface TileRead {
  level: number;
  index: bigint;
  width: number;
}

/** Reads a tile and holds it to its width. @throws AppError `invalid` for another length. */
export async function tileHashes(readTile: ReadTile, { level, index, width }: TileRead): Promise<Uint8Array> {
  const bytes = await readTile(level, index, width);
  if (bytes.length === width * hashBytes || bytes.length === tileWidth * hashBytes) {
    return bytes.subarray(0, width * hashBytes);
  }
  throw new AppError('invalid', `Tile ${index} of level ${level} does not have ${width} hashes.`);
}

/** The tile a full subtree lies in, and where in it. */
function placeOf(subtree: Subtree, size: bigint): TileRead & { from: number; to: number } {
  const level = Math.floor(subtree.level / tileHeight);
  const width = 1 << (subtree.level % tileHeight);
  const first = subtree.index * BigInt(width);
  const index = first / BigInt(tileWidth);
  const from = Number(first % BigInt(tileWidth));
  return { level, index, width: widthInTree(size, level, index), from, to: from + width };
}

function tilesOf(parts: readonly Part[], size: bigint): TileRead[] {
  const tiles = new Map<string, TileRead>();
  for (const subtree of parts.flat()) {
    const { level, index, width } = placeOf(subtree, size);
    tiles.set(`${level}/${index}`, { level, index, width });
  }
  return [...tiles.values()];
}

async function partHashes(parts: readonly Part[], size: bigint, readTile: ReadTile): Promise<Uint8Array[]> {
  const tiles = new Map<string, Uint8Array>();
  await Promise.all(
    tilesOf(parts, size).map(async (tile) => {
      tiles.set(`${tile.level}/${tile.index}`, await tileHashes(readTile, tile));
    }),
  );
  const subtreeRoot = (subtree: Subtree): Uint8Array => {
    const { level, index, from, to } = placeOf(subtree, size);
    const hashes = tiles.get(`${level}/${index}`) ?? new Uint8Array();
    return fullRoot(hashes.subarray(from * hashBytes, to * hashBytes));
  };
  return parts.map((part) => joinRoots(part.map(subtreeRoot)));
}

/** The tiles from which the root of a tree is made. */
export function tilesForRoot(size: Count): TileRead[] {
  const count = toCount(size, 'size');
  return tilesOf([rootPart(count)], count);
}

/** Root of the tree at a size, from its tiles. @throws AppError `invalid` for a tile of another width. */
export async function readRoot(size: Count, readTile: ReadTile): Promise<Uint8Array> {
  const count = toCount(size, 'size');
  if (count === 0n) return emptyRoot();
  const [root] = await partHashes([rootPart(count)], count, readTile);
  return root ?? emptyRoot();
}

/** The tiles from which an inclusion proof is made. @throws AppError `invalid` unless `index` < `size`. */
export function tilesForInclusion(index: Count, size: Count): TileRead[] {
  const count = toCount(size, 'size');
  return tilesOf(inclusionParts(toCount(index, 'index'), count), count);
}

/**
 * Inclusion proof of a leaf in the tree at a size, from its tiles.
 *
 * @throws AppError `invalid` unless `index` < `size`, or for a tile of another width.
 */
export async function readInclusionProof(
  index: Count,
  size: Count,
  readTile: ReadTile,
): Promise<Uint8Array[]> {
  const count = toCount(size, 'size');
  return partHashes(inclusionParts(toCount(index, 'index'), count), count, readTile);
}

/** The tiles from which a consistency proof is made. @throws AppError `invalid` unless 0 < `size1` ≤ `size2`. */
export function tilesForConsistency(size1: Count, size2: Count): TileRead[] {
  const count = toCount(size2, 'second size');
  return tilesOf(consistencyParts(toCount(size1, 'first size'), count), count);
}

/**
 * Consistency proof between two sizes, from the tiles of the larger tree.
 *
 * @throws AppError `invalid` unless 0 < `size1` ≤ `size2`, or for a tile of another width.
 */
export async function readConsistencyProof(
  size1: Count,
  size2: Count,
  readTile: ReadTile,
): Promise<Uint8Array[]> {
  const count = toCount(size2, 'second size');
  return partHashes(consistencyParts(toCount(size1, 'first size'), count), count, readTile);
}

/** The hash of one leaf, from its tile. @throws AppError `invalid` unless `index` < `size`. */
export async function readLeafHash(index: Count, size: Count, readTile: ReadTile): Promise<Uint8Array> {
  const at = toCount(index, 'index');
  const count = toCount(size, 'size');
  if (at >= hashesAtLevel(count, 0))
    throw new AppError('invalid', `A log of size ${count} has no leaf ${at}.`);
  const [hash] = await partHashes([[{ level: 0, index: at }]], count, readTile);
  return hash ?? emptyRoot();
}
