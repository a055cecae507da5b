import { AppError } from '../errors.ts';
import { emptyRoot, fullRoot, hashBytes, joinRoots } from './hash.ts';
import { type Count, toCount, treeSizeMax } from './subtrees.ts';
import { hashesAtLevel, tileHeight, tileWidth, widthInTree } from './tile-path.ts';
import { type ReadTile, tileHashes } from './tile-proofs.ts';

/** The right edge of a tree: all that is needed to make it grow. */
export interface Frontier {
  size: bigint;
  /** By level, the hashes of the partial tile at the right edge, one behind the other; empty where there is none. */
  edges: readonly Uint8Array[];
}

/** One tile of hashes to be stored at `tilePath(level, index, width)`. */
export interface Tile {
  level: number;
  index: bigint;
  /** 256 for a full tile. */
  width: number;
  /** `width` hashes of 32 bytes. */
  hashes: Uint8Array<ArrayBuffer>;
}

export interface Appended {
  frontier: Frontier;
  /** Every tile that is new or wider: full ones, and the partial ones of the new size. Lower levels first. */
  tiles: Tile[];
}

export const emptyFrontier: Frontier = { size: 0n, edges: [] };

/** The frontier of a log that is already stored. @throws AppError `invalid` for tiles of another width. */
export async function loadFrontier(size: Count, readTile: ReadTile): Promise<Frontier> {
  const count = toCount(size, 'size');
  const levels: Promise<Uint8Array>[] = [];
  for (let level = 0; hashesAtLevel(count, level) > 0n; level += 1) {
    const index = hashesAtLevel(count, level) / BigInt(tileWidth);
    const width = widthInTree(count, level, index);
    levels.push(
      width === 0 ? Promise.resolve(new Uint8Array()) : tileHashes(readTile, { level, index, width }),
    );
  }
  return { size: count, edges: await Promise.all(levels) };
}

/** Root of the tree with this right edge. */
export function frontierRoot(frontier: Frontier): Uint8Array {
  const roots = frontier.edges.flatMap(edgeRoots);
  return roots.length === 0 ? emptyRoot() : joinRoots(roots.reverse());
}

/** Roots of the full subtrees that a partial tile is made of, right to left. */
function edgeRoots(edge: Uint8Array): Uint8Array[] {
  const roots: Uint8Array[] = [];
  let to = edge.length / hashBytes;
  for (let level = 0; level < tileHeight; level += 1) {
    const width = 1 << level;
    if ((to & width) === 0) continue;
    roots.push(fullRoot(edge.subarray((to - width) * hashBytes, to * hashBytes)));
    to -= width;
  }
  return roots;
}

/**
 * Makes a tree grow. Nothing is read: the frontier holds what is needed, and two ways to split the same leaves into
 * batches end in the same frontier and the same full tiles.
 *
 * @param leafHashes of 32 bytes each, in order.
 * @throws AppError `invalid` for hashes of another length or a frontier that is none.
 */
export function append(frontier: Frontier, leafHashes: readonly Uint8Array[]): Appended {
  requireFrontier(frontier);
  const size = frontier.size + BigInt(leafHashes.length);
  if (size > treeSizeMax) throw new AppError('invalid', 'The log would be larger than any can be.');
  const tiles: Tile[] = [];
  const edges: Uint8Array[] = [];
  let added = joined(leafHashes);
  for (let level = 0; added.length > 0 || level < frontier.edges.length; level += 1) {
    const edge = frontier.edges[level] ?? new Uint8Array();
    if (added.length === 0) {
      edges.push(edge);
      continue;
    }
    const first = hashesAtLevel(frontier.size, level) / BigInt(tileWidth);
    const hashes = new Uint8Array(edge.length + added.length);
    hashes.set(edge);
    hashes.set(added, edge.length);
    const grown = cutTiles(level, first, hashes);
    tiles.push(...grown);
    const full = grown.filter((tile) => tile.width === tileWidth);
    added = joined(full.map((tile) => fullRoot(tile.hashes)));
    edges.push(hashes.slice(full.length * tileWidth * hashBytes));
  }
  return { frontier: { size, edges }, tiles };
}

function cutTiles(level: number, first: bigint, hashes: Uint8Array<ArrayBuffer>): Tile[] {
  const tileBytes = tileWidth * hashBytes;
  const tiles: Tile[] = [];
  for (let at = 0; at < hashes.length; at += tileBytes) {
    const part = hashes.slice(at, at + tileBytes);
    tiles.push({
      level,
      index: first + BigInt(at / tileBytes),
      width: part.length / hashBytes,
      hashes: part,
    });
  }
  return tiles;
}

function joined(hashes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hashes.length * hashBytes);
  for (const [at, hash] of hashes.entries()) {
    if (hash.length !== hashBytes) {
      throw new AppError('invalid', `A leaf hash does not have ${hashBytes} bytes.`);
    }
    bytes.set(hash, at * hashBytes);
  }
  return bytes;
}

function requireFrontier({ size, edges }: Frontier): void {
  const widths = edges.map((_, level) => Number(hashesAtLevel(size, level) % BigInt(tileWidth)));
  const isWhole = hashesAtLevel(size, edges.length) === 0n;
  if (isWhole && edges.every((edge, level) => edge.length === (widths[level] ?? 0) * hashBytes)) return;
  throw new AppError('invalid', `These are not the edges of a log of size ${size}.`);
}
