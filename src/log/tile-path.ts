import { AppError } from '../errors.ts';
import { fromDecimal } from './encoding.ts';
import { type Count, toCount } from './subtrees.ts';

/** Hashes in a full tile, and entries in a full bundle (C2SP tlog-tiles). */
export const tileWidth = 256;
/** Levels of the tree that one tile spans. */
export const tileHeight = 8;
/** Highest level a path may name (C2SP tlog-tiles). */
export const tileLevelMax = 63;

/** One tile of hashes, or one bundle of entries where `level` is `entries`. */
export interface TilePlace {
  level: number | 'entries';
  /** Counted from the left within the level. */
  index: bigint;
  /** 256 for a full one, else 1 to 255. */
  width: number;
}

/**
 * The path of a tile below the log's prefix: `tile/0/x001/x234/067.p/8` (C2SP tlog-tiles).
 *
 * @param width 1 to 256; 256 is a full tile and has no suffix.
 * @throws AppError `invalid` for a level, index or width that no tile has.
 */
export function tilePath(level: number | 'entries', index: Count, width: number = tileWidth): string {
  const isLevel = level === 'entries' || (Number.isInteger(level) && level >= 0 && level <= tileLevelMax);
  if (!isLevel) throw new AppError('invalid', `Tiles have levels from 0 to ${tileLevelMax}.`);
  if (!Number.isInteger(width) || width < 1 || width > tileWidth) {
    throw new AppError('invalid', `Tiles are from 1 to ${tileWidth} wide.`);
  }
  const digits = toCount(index, 'tile index').toString();
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/.{3}/g) ?? [];
  const coded = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${coded}${width < tileWidth ? `.p/${width}` : ''}`;
}

const pathPattern =
  /^tile\/(entries|0|[1-9][0-9]?)\/((?:x[0-9]{3}\/){0,6}[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;

/**
 * Reads such a path.
 *
 * @returns null when it names no tile, or not in the one way it is written.
 */
export function parseTilePath(path: string): TilePlace | null {
  const match = pathPattern.exec(path);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  const level = match[1] === 'entries' ? 'entries' : Number(match[1]);
  const index = fromDecimal(match[2].replaceAll(/[x/]/g, '').replace(/^0+(?=.)/, ''));
  const width = match[3] === undefined ? tileWidth : Number(match[3]);
  if (index === null || (level !== 'entries' && level > tileLevelMax)) return null;
  if (match[3] !== undefined && width >= tileWidth) return null;
  return tilePath(level, index, width) === path ? { level, index, width } : null;
}

/** How many hashes level `level` has in a tree of that size. */
export function hashesAtLevel(size: bigint, level: number): bigint {
  return size >> BigInt(tileHeight * level);
}

/** The width a tile has in a tree of that size, 0 where there is none. */
export function widthInTree(size: bigint, level: number, index: bigint): number {
  const left = hashesAtLevel(size, level) - index * BigInt(tileWidth);
  if (left <= 0n) return 0;
  return left >= BigInt(tileWidth) ? tileWidth : Number(left);
}

/**
 * The tiles of hashes a tree has, or those it has gained since it was smaller (a partial tile that has grown is
 * gained, at its new width). Level by level from the leaves, left to right.
 *
 * @param since the smaller size; 0 gives every tile.
 */
export function* tilesOfSize(size: Count, since: Count = 0): Generator<TilePlace & { level: number }> {
  const to = toCount(size, 'size');
  const from = toCount(since, 'smaller size');
  for (let level = 0; hashesAtLevel(to, level) > 0n; level += 1) {
    const before = hashesAtLevel(from, level);
    if (before >= hashesAtLevel(to, level)) return;
    for (let index = before / BigInt(tileWidth); ; index += 1n) {
      const width = widthInTree(to, level, index);
      if (width === 0) break;
      yield { level, index, width };
    }
  }
}

/** The entry bundles a tree has, or those it has gained since it was smaller, left to right. */
export function* bundlesOfSize(size: Count, since: Count = 0): Generator<TilePlace & { level: 'entries' }> {
  for (const { level, index, width } of tilesOfSize(size, since)) {
    if (level > 0) return;
    yield { level: 'entries', index, width };
  }
}
