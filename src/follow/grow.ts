import { AppError } from '../errors.ts';
import { append, type Frontier, frontierRoot } from '../log/append.ts';
import type { OpenedCheckpoint } from '../log/checkpoint.ts';
import { sameBytes, toHex } from '../log/encoding.ts';
import { formatEntries } from '../log/entry-bundle.ts';
import { hashBytes, leafHash } from '../log/hash.ts';
import { type Leaf, parseLeaf } from '../log/leaf.ts';
import { bundlesOfSize, hashesAtLevel, type TilePlace, tilePath, tileWidth } from '../log/tile-path.ts';
import { LogFault } from './fault.ts';
import { each, type LogSource } from './source.ts';
import type { LogState } from './state.ts';

/** Bundles whose leaves are hashed before their tiles are compared. */
const bundlesPerStep = 64;

/** Told of everything that was verified, to keep it: a path below the log and its bytes. */
export type Keep = (path: string, bytes: Uint8Array) => Promise<void>;

export interface GrowOptions {
  keep?: Keep;
  /** Told how many leaves are read, after each step. */
  onStep?: (leaves: bigint) => void;
}

/**
 * Reads a log from where it was verified to a checkpoint: every entry is a canonical leaf, time never runs back, every
 * tile of hashes is the one the leaves give, and they lead to the root. Since it goes on from the verified edge, that
 * also proves that the log has only grown.
 * @param to size and root to come to.
 * @throws LogFault naming what is wrong; AppError when the log could not be read.
 */
export async function grow(
  source: LogSource,
  state: LogState,
  to: Pick<OpenedCheckpoint, 'size' | 'root'>,
  { keep = async () => {}, onStep = () => {} }: GrowOptions = {},
): Promise<Pick<LogState, 'frontier' | 'root' | 'lastAt' | 'announced'>> {
  let { frontier, lastAt } = state;
  const announced = new Set(state.announced);
  for (const places of steps(bundlesOfSize(to.size, frontier.size))) {
    const hashes: Uint8Array[] = [];
    const bundles = await each(places, (place) => source.entries(place));
    for (const [index, place] of places.entries()) {
      const entries = bundles[index] ?? [];
      const first = place.index * BigInt(tileWidth);
      const known = requireKnown(frontier, first, entries);
      for (const [at, entry] of entries.entries()) {
        if (at < known) continue;
        const leaf = requireLeafAt(entry, first + BigInt(at), lastAt);
        lastAt = leaf.at;
        if (leaf.type === 'key') announced.add(leaf.key);
        hashes.push(leafHash(entry));
      }
    }
    const grown = append(frontier, hashes);
    frontier = grown.frontier;
    const full = grown.tiles.filter(({ width }) => width === tileWidth);
    await each(full, (tile) => requireTile(source, tile, tile.hashes, keep));
    await each(places, (place, index) => keep(pathOf(place), formatEntries(bundles[index] ?? [])));
    onStep(frontier.size);
  }
  await each(edgesOf(frontier), ({ hashes, ...place }) => requireTile(source, place, hashes, keep));
  const root = frontierRoot(frontier);
  if (!sameBytes(root, to.root)) {
    throw new LogFault(
      'the checkpoint',
      `has the root ${toHex(to.root)}, but ${to.size} leaves` +
        `${state.frontier.size > 0n ? `, the first ${state.frontier.size} as they were before,` : ''}` +
        ` lead to ${toHex(root)}`,
    );
  }
  return { frontier, root, lastAt, announced: [...announced] };
}

const pathOf = ({ level, index, width }: TilePlace): string => tilePath(level, index, width);

/** Holds the leaves that were verified before to what they were. @returns how many of a bundle are. */
function requireKnown(frontier: Frontier, first: bigint, entries: readonly Uint8Array[]): number {
  const known = first < frontier.size ? Number(frontier.size - first) : 0;
  const edge = frontier.edges[0] ?? new Uint8Array();
  for (let at = 0; at < known; at += 1) {
    const before = edge.subarray(at * hashBytes, (at + 1) * hashBytes);
    if (sameBytes(leafHash(entries[at] ?? new Uint8Array()), before)) continue;
    throw new LogFault(`leaf ${first + BigInt(at)}`, 'is another than it was before: the log was rewritten');
  }
  return known;
}

function requireLeafAt(entry: Uint8Array, seq: bigint, lastAt: string): Leaf {
  let leaf: Leaf;
  try {
    leaf = parseLeaf(entry);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new LogFault(`leaf ${seq}`, `is none of a consent log (${error.message})`, error);
  }
  if (leaf.at >= lastAt) return leaf;
  throw new LogFault(`leaf ${seq}`, `is of ${leaf.at}, before the leaf in front of it (${lastAt})`);
}

/** Holds a served tile to the hashes that the leaves give. */
async function requireTile(
  source: LogSource,
  { level, index, width }: TilePlace & { level: number },
  hashes: Uint8Array,
  keep: Keep,
): Promise<void> {
  const place = { level, index, width };
  if (!sameBytes(await source.hashes(place), hashes)) {
    throw new LogFault(pathOf(place), 'does not hold the hashes of the leaves below it');
  }
  await keep(pathOf(place), hashes);
}

/** The partial tiles at the right edge of a tree. */
function edgesOf({ size, edges }: Frontier) {
  return edges.flatMap((hashes, level) => {
    const index = hashesAtLevel(size, level) / BigInt(tileWidth);
    return hashes.length === 0 ? [] : [{ level, index, width: hashes.length / hashBytes, hashes }];
  });
}

/** Paths of the partial tiles and the partial bundle of a tree: what a larger one no longer needs. */
export function partialPaths(frontier: Frontier): string[] {
  return edgesOf(frontier).flatMap((place) => {
    const path = pathOf(place);
    return place.level === 0 ? [path, pathOf({ ...place, level: 'entries' })] : [path];
  });
}

function* steps<T>(places: Iterable<T>): Generator<T[]> {
  let step: T[] = [];
  for (const place of places) {
    step.push(place);
    if (step.length < bundlesPerStep) continue;
    yield step;
    step = [];
  }
  if (step.length > 0) yield step;
}
