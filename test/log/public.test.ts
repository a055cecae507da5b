import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { append, emptyFrontier, frontierRoot, loadFrontier } from '../../src/log/append.ts';
import { openCheckpoint, parseCheckpointText } from '../../src/log/checkpoint.ts';
import { fromUtf8, toBase64, toUtf8 } from '../../src/log/encoding.ts';
import { appendEntries, parseBundle } from '../../src/log/entry-bundle.ts';
import { leafHash } from '../../src/log/hash.ts';
import { verifyConsistency, verifyInclusion } from '../../src/log/merkle.ts';
import { openNote } from '../../src/log/note.ts';
import { parseVerifierKey } from '../../src/log/note-key.ts';
import { formatProof, parseProof, verifyProof } from '../../src/log/proof.ts';
import { tilePath } from '../../src/log/tile-path.ts';
import { readConsistencyProof, readInclusionProof, readRoot } from '../../src/log/tile-proofs.ts';
import { resultOf, verifyMerkle } from './log.suite.ts';
import { bytesOf } from './vectors.ts';

const folder = resolve(
  process.env.WITHHOLD_VECTORS ?? resolve(import.meta.dirname, '../../../shared/vectors/public'),
  'log',
);
const isThere = existsSync(resolve(folder, 'merkle.json'));
const mark = isThere ? '' : ' (public vectors not found)';

interface PublicVector {
  id: string;
  // biome-ignore lint/suspicious/noExplicitAny: three suites with fields of their own, read as they are.
  input: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  expect: any;
}

// Sizes and indexes are decimal strings in these files, so that JSON.parse loses nothing of those beyond 2^53.
function vectorsOf(file: string): PublicVector[] {
  return isThere ? JSON.parse(readFileSync(resolve(folder, file), 'utf8')).vectors : [];
}

describe.skipIf(!isThere)(`RFC 6962 proofs of transparency-dev/merkle${mark}`, () => {
  test.for(vectorsOf('merkle.json'))('$id', async ({ input, expect: expected }) => {
    const { leafIdx, treeSize, ...rest } = input;
    const claim = { ...rest, index: leafIdx, size: treeSize, proof: input.proof ?? [] };
    expect(await resultOf(() => verifyMerkle(claim))).toBe(expected);
  });

  test('are all there', () => {
    expect(vectorsOf('merkle.json')).toHaveLength(196);
  });
});

describe.skipIf(!isThere)(`C2SP signed-note and tlog-checkpoint${mark}`, () => {
  test.for(vectorsOf('signed-note.json'))('$id', async ({ input, expect: expected }) => {
    const steps: Record<string, () => unknown> = {
      open: async () => {
        const { text, signedBy } = await openNote(
          input.note ?? bytesOf(input.noteBase64),
          input.verifierKeys.map(parseVerifierKey),
        );
        return { text, verified: signedBy.map(({ name }) => name) };
      },
      verifierKey: () => {
        const key = parseVerifierKey(input.key);
        expect(key.vkey).toBe(input.key);
        return { name: key.name };
      },
      checkpointBody: () => {
        const { origin, size, root } = parseCheckpointText(input.text);
        return { origin, size: size.toString(), root: toBase64(root) };
      },
    };
    const step = steps[input.kind];
    if (step === undefined) throw new Error(`no step for ${input.kind}`);
    const { result, ...fields } = expected;
    expect(await resultOf(step)).toBe(result);
    if (result === 'ok') expect(await step()).toEqual(fields);
  });
});

describe.skipIf(!isThere)(`C2SP tlog-proof${mark}`, () => {
  test.for(vectorsOf('tlog-proof.json'))('$id', async ({ input, expect: expected }) => {
    if (input.kind === 'marshal') {
      const { index, hashes, checkpoint, extra } = input;
      const text = formatProof({
        extra: extra === undefined ? null : bytesOf(extra),
        index: BigInt(index),
        hashes: hashes.map(bytesOf),
        checkpoint,
      });
      expect(text).toBe(expected.text);
      expect(formatProof(parseProof(text))).toBe(text);
      return;
    }
    const logs = input.logKeys.map((vkey: string) => ({ key: parseVerifierKey(vkey), url: null }));
    const verify = () => verifyProof(input.proof, leafHash(toUtf8(input.entry)), { logs });
    expect(await resultOf(verify)).toBe(expected.result);
    if (expected.result === 'error') return;
    const { index, checkpoint, extra } = await verify();
    expect(index).toBe(BigInt(expected.index));
    expect(checkpoint.size).toBe(BigInt(expected.size));
    if (expected.extra !== undefined) expect(extra).toEqual(bytesOf(expected.extra));
  });
});

describe.skipIf(!isThere)(`the log of transparency-dev/tessera${mark}`, () => {
  const log = resolve(folder, 'tessera-log');
  const index = isThere ? JSON.parse(readFileSync(resolve(log, 'index.json'), 'utf8')) : { vectors: [] };
  const read = (path: string) => new Uint8Array(readFileSync(resolve(log, path)));
  const readTile = async (level: number, at: bigint, width: number) => read(tilePath(level, at, width));
  const open = (size: number) =>
    openCheckpoint(read(`checkpoint.${size}`), [parseVerifierKey(index.verifierKey)], index.origin);

  test.for(index.vectors as PublicVector[])('$id', async ({ input, expect: expected }) => {
    const size = Number(expected.size);
    const checkpoint = await open(size);
    expect(checkpoint.size).toBe(BigInt(size));
    expect(toBase64(checkpoint.root)).toBe(expected.root);
    expect(toBase64(await readRoot(size, readTile))).toBe(expected.root);
    expect(toBase64(frontierRoot(await loadFrontier(size, readTile)))).toBe(expected.root);
    const leaves: Uint8Array[] = expected.entries.map((entry: string) => leafHash(toUtf8(entry)));
    const { tiles } = append(emptyFrontier, leaves);
    const bundles = appendEntries(0, new Uint8Array(), expected.entries.map(toUtf8));
    if (size === 0) {
      expect([input.tile, ...tiles, ...bundles]).toEqual([null]);
      return;
    }
    expect(tiles).toEqual([{ level: 0, index: 0n, width: size, hashes: read(input.tile) }]);
    expect(tilePath(0, 0, size)).toBe(input.tile);
    expect(bundles).toEqual([{ index: 0n, width: size, bytes: read(input.entryBundle) }]);
    expect(parseBundle(read(input.entryBundle), size).map(fromUtf8)).toEqual(expected.entries);
    for (const [at, hash] of leaves.entries()) {
      const proof = await readInclusionProof(at, size, readTile);
      verifyInclusion({ index: at, size, leafHash: hash, proof, root: checkpoint.root });
    }
  });

  test('every size is consistent with every later one', async () => {
    const checkpoints = await Promise.all(Array.from({ length: 16 }, (_, size) => open(size)));
    expect((await openCheckpoint(read('checkpoint'), checkpoints[15]?.signedBy ?? [])).size).toBe(15n);
    for (const [size2, later] of checkpoints.entries()) {
      for (const [size1, earlier] of checkpoints.slice(0, size2 + 1).entries()) {
        if (size1 === 0) continue;
        const proof = await readConsistencyProof(size1, size2, readTile);
        verifyConsistency({ size1, size2, root1: earlier.root, root2: later.root, proof });
      }
    }
  });
});
