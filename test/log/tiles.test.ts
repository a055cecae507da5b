import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Appended, append, emptyFrontier, frontierRoot, loadFrontier } from '../../src/log/append.ts';
import { toUtf8 } from '../../src/log/encoding.ts';
import { appendEntries, entryBytesMax, formatEntries, parseBundle } from '../../src/log/entry-bundle.ts';
import { leafHash } from '../../src/log/hash.ts';
import { makeConsistencyProof, makeInclusionProof, treeRoot } from '../../src/log/merkle.ts';
import { bundlesOfSize, parseTilePath, tilePath, tilesOfSize } from '../../src/log/tile-path.ts';
import {
  type ReadTile,
  readConsistencyProof,
  readInclusionProof,
  readLeafHash,
  readRoot,
  tilesForConsistency,
  tilesForInclusion,
  tilesForRoot,
} from '../../src/log/tile-proofs.ts';
import { resultOf } from './log.suite.ts';

const leaves = Array.from({ length: 70_000 }, (_, at) => leafHash(toUtf8(`leaf ${at}`)));

type Store = Map<string, Uint8Array>;

function store(into: Store, { tiles }: Appended): void {
  for (const { level, index, width, hashes } of tiles) into.set(tilePath(level, index, width), hashes);
}

function readFrom(tiles: Store): ReadTile {
  return async (level, index, width) => {
    const found = tiles.get(tilePath(level, index, width));
    if (found === undefined) throw new Error(`no ${tilePath(level, index, width)}`);
    return found;
  };
}

const whole: Store = new Map();
const grown = append(emptyFrontier, leaves);
store(whole, grown);

describe('tile paths', () => {
  // C2SP tlog-tiles, Merkle Tree
  test.each([
    [0, 0n, 256, 'tile/0/000'],
    [0, 0n, 1, 'tile/0/000.p/1'],
    [3, 1_234_067n, 256, 'tile/3/x001/x234/067'],
    [63, 1000n, 255, 'tile/63/x001/000.p/255'],
    ['entries', 999n, 16, 'tile/entries/999.p/16'],
    [0, 2n ** 64n - 1n, 256, 'tile/0/x018/x446/x744/x073/x709/x551/615'],
  ] as const)('level %s, index %s, width %s', (level, index, width, path) => {
    expect(tilePath(level, index, width)).toBe(path);
    expect(parseTilePath(path)).toEqual({ level, index, width });
  });

  test.each([
    'tile/0',
    'tile/0/0',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/x000/000',
    'tile/0/001/002',
    'tile/0/x001/x002',
    'tile/0/1000',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/000.p/',
    'tile/0/000/',
    '/tile/0/000',
    'tile/entries/0',
    'tile/data/000',
    'tile/0/../000',
    'tile/0/000\n',
    'tile/0/x018/x446/x744/x073/x709/x551/616',
    'tile/0/x001/x018/x446/x744/x073/x709/x551/615',
  ])('%j names no tile', (path) => {
    expect(parseTilePath(path)).toBeNull();
  });

  test('what is written is read, and what is read is written so', () => {
    const level = fc.oneof(fc.constant('entries' as const), fc.nat({ max: 63 }));
    const index = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(level, index, fc.integer({ min: 1, max: 256 }), (l, i, width) => {
        expect(parseTilePath(tilePath(l, i, width))).toEqual({ level: l, index: i, width });
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^tile\/[0-9e]{1,2}\/[x0-9/]{1,12}(\.p\/[0-9]{1,3})?$/), (path) => {
        const read = parseTilePath(path);
        if (read !== null) expect(tilePath(read.level, read.index, read.width)).toBe(path);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    [-1, 0n, 1],
    [64, 0n, 1],
    [0.5, 0n, 1],
    [0, -1n, 1],
    [0, 0n, 0],
    [0, 0n, 257],
  ])('level %s, index %s, width %s has no path', async (level, index, width) => {
    expect(await resultOf(() => tilePath(level, index, width))).toBe('error');
  });
});

describe('the tiles of a tree', () => {
  test('of 70,000 leaves, as the standard counts them', () => {
    const tiles = [...tilesOfSize(70_000)];
    const count = (level: number, isFull: boolean) =>
      tiles.filter((tile) => tile.level === level && (tile.width === 256) === isFull).length;
    expect([count(0, true), count(0, false), count(1, true), count(1, false), count(2, false)]).toEqual([
      273, 1, 1, 1, 1,
    ]);
    expect(tiles.filter(({ width }) => width < 256).map(({ width }) => width)).toEqual([112, 17, 1]);
    expect(tiles).toHaveLength(277);
    expect([...whole.keys()].sort()).toEqual(
      tiles.map((tile) => tilePath(tile.level, tile.index, tile.width)).sort(),
    );
  });

  test.each([
    [0, []],
    [1, ['tile/0/000.p/1']],
    [256, ['tile/0/000', 'tile/1/000.p/1']],
    [257, ['tile/0/000', 'tile/0/001.p/1', 'tile/1/000.p/1']],
  ])('of %s leaves', (size, paths) => {
    expect([...tilesOfSize(size)].map(({ level, index, width }) => tilePath(level, index, width))).toEqual(
      paths,
    );
  });

  test('gained since a smaller size are those that appending gives', () => {
    const sizes = fc.tuple(fc.nat({ max: 70_000 }), fc.nat({ max: 3000 }));
    fc.assert(
      fc.property(sizes, ([from, more]) => {
        const to = Math.min(leaves.length, from + more);
        const { frontier } = append(emptyFrontier, leaves.slice(0, from));
        const { tiles } = append(frontier, leaves.slice(from, to));
        expect(tiles.map(({ level, index, width }) => ({ level, index, width }))).toEqual([
          ...tilesOfSize(to, from),
        ]);
        const bundles = [...bundlesOfSize(to, from)].map(({ index, width }) => ({ index, width }));
        expect(bundles).toEqual(
          tiles.filter(({ level }) => level === 0).map(({ index, width }) => ({ index, width })),
        );
      }),
      { numRuns: 15 },
    );
  });
});

describe('appending', () => {
  test('in any batches ends in the tree made at once', async () => {
    const sizes = fc.array(fc.oneof(fc.nat({ max: 700 }), fc.constantFrom(0, 1, 255, 256, 257)), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(sizes, async (batches) => {
        const tiles: Store = new Map();
        let frontier = emptyFrontier;
        for (const batch of batches) {
          const from = Number(frontier.size);
          const step = append(frontier, leaves.slice(from, from + batch));
          store(tiles, step);
          ({ frontier } = step);
          const size = Number(frontier.size);
          expect(frontierRoot(frontier)).toEqual(treeRoot(leaves.slice(0, size)));
          expect(await readRoot(size, readFrom(tiles))).toEqual(frontierRoot(frontier));
          expect(await loadFrontier(size, readFrom(tiles))).toEqual(frontier);
        }
        const once = append(emptyFrontier, leaves.slice(0, Number(frontier.size)));
        expect(frontier).toEqual(once.frontier);
        for (const { level, index, width, hashes } of once.tiles) {
          expect(tiles.get(tilePath(level, index, width))).toEqual(hashes);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('crosses the second level of tiles', async () => {
    const half = append(emptyFrontier, leaves.slice(0, 65_500));
    const full = append(half.frontier, leaves.slice(65_500));
    expect(full.frontier).toEqual(grown.frontier);
    expect(frontierRoot(full.frontier)).toEqual(treeRoot(leaves));
    expect(await readRoot(leaves.length, readFrom(whole))).toEqual(treeRoot(leaves));
  });

  test('refuses hashes and edges that are none', async () => {
    expect(await resultOf(() => append(emptyFrontier, [new Uint8Array(31)]))).toBe('error');
    expect(await resultOf(() => append({ size: 2n, edges: [new Uint8Array(32)] }, []))).toBe('error');
    expect(await resultOf(() => append({ size: 256n, edges: [new Uint8Array()] }, []))).toBe('error');
    expect(await resultOf(() => loadFrontier(3, async () => new Uint8Array(64)))).toBe('error');
  });
});

describe('proofs from tiles', () => {
  const sizeAndIndex = fc
    .integer({ min: 1, max: 2000 })
    .chain((size) => fc.tuple(fc.constant(size), fc.nat({ max: size - 1 })));

  test('are those from all leaves, and read no other tiles than named', async () => {
    await fc.assert(
      fc.asyncProperty(sizeAndIndex, async ([size, index]) => {
        const tree = leaves.slice(0, size);
        const tiles: Store = new Map();
        store(tiles, append(emptyFrontier, tree));
        const read = new Set<string>();
        const readTile: ReadTile = (level, at, width) => {
          read.add(tilePath(level, at, width));
          return readFrom(tiles)(level, at, width);
        };
        const named = (list: ReturnType<typeof tilesForRoot>) =>
          new Set(list.map((tile) => tilePath(tile.level, tile.index, tile.width)));
        expect(await readInclusionProof(index, size, readTile)).toEqual(makeInclusionProof(tree, index));
        expect(read).toEqual(named(tilesForInclusion(index, size)));
        read.clear();
        expect(await readConsistencyProof(index + 1, size, readTile)).toEqual(
          makeConsistencyProof(tree, index + 1),
        );
        expect(read).toEqual(named(tilesForConsistency(index + 1, size)));
        read.clear();
        expect(await readRoot(size, readTile)).toEqual(treeRoot(tree));
        expect(read).toEqual(named(tilesForRoot(size)));
        expect(await readLeafHash(index, size, readTile)).toEqual(tree[index]);
      }),
      { numRuns: 100 },
    );
  });

  test('at a smaller size come from the tiles of the larger log where the partial ones are gone', async () => {
    const fullOnly: ReadTile = (level, index, width) =>
      readFrom(whole)(level, index, whole.has(tilePath(level, index)) ? 256 : width);
    expect(await readInclusionProof(17, 300, fullOnly)).toEqual(makeInclusionProof(leaves.slice(0, 300), 17));
  });

  test('across levels, at 70,000 leaves', async () => {
    for (const index of [0, 65_535, 65_536, 69_999]) {
      expect(await readInclusionProof(index, 70_000, readFrom(whole))).toEqual(
        makeInclusionProof(leaves, index),
      );
    }
    for (const size1 of [1, 256, 65_536, 65_537, 69_888, 70_000]) {
      expect(await readConsistencyProof(size1, 70_000, readFrom(whole))).toEqual(
        makeConsistencyProof(leaves, size1),
      );
    }
  });

  test('are refused for leaves that are not there and tiles of another width', async () => {
    const readTile = readFrom(whole);
    const short: ReadTile = async () => new Uint8Array(31);
    expect(await resultOf(() => readInclusionProof(5, 5, readTile))).toBe('error');
    expect(await resultOf(() => readLeafHash(5, 5, readTile))).toBe('error');
    expect(await resultOf(() => readConsistencyProof(0, 5, readTile))).toBe('error');
    expect(await resultOf(() => readConsistencyProof(6, 5, readTile))).toBe('error');
    expect(await resultOf(() => readRoot(5, short))).toBe('error');
  });
});

describe('entry bundles', () => {
  const someEntries = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 600 });

  test('hold what was written, in any batches', () => {
    fc.assert(
      fc.property(someEntries, fc.nat({ max: 600 }), (entries, cut) => {
        const once = appendEntries(0, new Uint8Array(), entries);
        const first = appendEntries(0, new Uint8Array(), entries.slice(0, cut));
        const edge = first.find(({ width }) => width < 256)?.bytes ?? new Uint8Array();
        const second = appendEntries(Math.min(cut, entries.length), edge, entries.slice(cut));
        const stored = new Map([...first, ...second].map((bundle) => [bundle.index, bundle]));
        expect([...stored.values()]).toEqual(once);
        expect(once.flatMap(({ bytes, width }) => parseBundle(bytes, width))).toEqual(entries);
      }),
      { numRuns: 60 },
    );
  });

  test('are refused when cut, continued or of another width', async () => {
    const bytes = formatEntries([toUtf8('one'), new Uint8Array(), toUtf8('two')]);
    expect(bytes).toEqual(toUtf8('\0\x03one\0\0\0\x03two'));
    expect(await resultOf(() => parseBundle(bytes, 2))).toBe('error');
    expect(await resultOf(() => parseBundle(bytes, 4))).toBe('error');
    for (let length = 0; length < bytes.length; length += 1) {
      expect(await resultOf(() => parseBundle(bytes.subarray(0, length), 3))).toBe('error');
    }
    expect(await resultOf(() => parseBundle(new Uint8Array([...bytes, 0]), 3))).toBe('error');
  });

  test('take the longest entry and none longer', async () => {
    const longest = new Uint8Array(entryBytesMax).fill(7);
    expect(parseBundle(formatEntries([longest]), 1)).toEqual([longest]);
    expect(await resultOf(() => formatEntries([new Uint8Array(entryBytesMax + 1)]))).toBe('error');
  });
});
