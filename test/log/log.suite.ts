import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { append, emptyFrontier, frontierRoot } from '../../src/log/append.ts';
import { makeCheckReceipt, verifyCheckReceipt } from '../../src/log/check-receipt.ts';
import { formatCheckpointText, openCheckpoint, parseCheckpointText } from '../../src/log/checkpoint.ts';
import { toBase64, toUtf8 } from '../../src/log/encoding.ts';
import { leafHash } from '../../src/log/hash.ts';
import { treeRoot, verifyConsistency, verifyInclusion } from '../../src/log/merkle.ts';
import { openNote, signNote } from '../../src/log/note.ts';
import { newSigningKey, parseSigningKey } from '../../src/log/note-key.ts';
import { formatProof, parseProof, verifyProof } from '../../src/log/proof.ts';
import { verifyReceipt } from '../../src/log/receipt.ts';
import { formatReceipt, formatReceiptArchive } from '../../src/log/receipt-file.ts';
import { nothingFound, sampleLog } from './sample-log.ts';
import {
  archiveText,
  bytesOf,
  checkpointVectors,
  checkText,
  entries,
  keyVectors,
  knownKeys,
  type MerkleInput,
  merkleVectors,
  noteText,
  noteVectors,
  proofVectors,
  receiptText,
  roots,
} from './vectors.ts';

/** Whether a step accepts; anything it throws but an AppError fails the test. */
export async function resultOf(step: () => unknown): Promise<'ok' | 'error'> {
  try {
    await step();
    return 'ok';
  } catch (error) {
    if (error instanceof AppError) return 'error';
    throw error;
  }
}

export function verifyMerkle(input: MerkleInput): void {
  const proof = input.proof.map(bytesOf);
  if (input.kind === 'inclusion') {
    const { index, size, leafHash: leaf, root } = input;
    verifyInclusion({
      index: BigInt(index ?? ''),
      size: BigInt(size ?? ''),
      leafHash: bytesOf(leaf),
      root: bytesOf(root),
      proof,
    });
    return;
  }
  const { size1, size2, root1, root2 } = input;
  verifyConsistency({
    size1: BigInt(size1 ?? ''),
    size2: BigInt(size2 ?? ''),
    root1: bytesOf(root1),
    root2: bytesOf(root2),
    proof,
  });
}

/** The formats of the log against our own vectors, in whatever runtime calls it. */
export function logSuite(): void {
  describe('Merkle tree', () => {
    test.each(merkleVectors)('$id', async ({ input, expect: expected }) => {
      expect(await resultOf(() => verifyMerkle(input))).toBe(expected);
    });

    test.each(roots)('root of $size leaves', ({ size, root }) => {
      const hashes = entries.slice(0, size).map((entry) => leafHash(toUtf8(entry)));
      expect(toBase64(treeRoot(hashes))).toBe(root);
      expect(toBase64(frontierRoot(append(emptyFrontier, hashes).frontier))).toBe(root);
    });
  });

  describe('signed notes', () => {
    test.each(noteVectors)('$id', async ({ input, expect: expected }) => {
      const keys = knownKeys(input.known);
      const open = () => openNote(input.note, keys);
      expect(await resultOf(open)).toBe(expected.result);
      if (expected.result === 'error') return;
      const opened = await open();
      expect(opened.text).toBe(expected.text);
      expect(opened.signedBy).toEqual(knownKeys(expected.signedBy ?? []));
      expect(await openNote(toUtf8(input.note), keys)).toEqual(opened);
    });

    test.each(Object.values(keyVectors))('key $name', async ({ name, vkey, secret, seed }) => {
      const bytes = Uint8Array.from(seed.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
      expect(await newSigningKey(name, bytes)).toBe(secret);
      expect((await parseSigningKey(`${secret}\n`)).key.vkey).toBe(vkey);
    });

    test('signatures are those of another implementation', async () => {
      const signers = [
        await parseSigningKey(keyVectors.log.secret),
        await parseSigningKey(keyVectors.next.secret),
      ];
      const overlap = noteVectors.find(({ id }) => id === 'overlap');
      expect(await signNote(noteText, signers)).toBe(overlap?.input.note);
    });
  });

  describe('checkpoints', () => {
    test.each(checkpointVectors)('$id', async ({ input, expect: expected }) => {
      expect(await resultOf(() => parseCheckpointText(input.text))).toBe(expected.result);
      if (expected.result === 'error') return;
      const read = parseCheckpointText(input.text);
      const { result, ...fields } = expected;
      expect({ ...read, size: read.size.toString(), root: toBase64(read.root) }).toEqual(fields);
      expect(formatCheckpointText(read)).toBe(input.text);
    });

    test('a log is believed in its own name only', async () => {
      const log = proofVectors.find(({ id }) => id === '6-of-7');
      const { checkpoint } = parseProof(log?.input.proof ?? '');
      const opened = await openCheckpoint(checkpoint, knownKeys(['log']), 'registry.example/log');
      expect(opened.size).toBe(7n);
      const asOther = () => openCheckpoint(checkpoint, knownKeys(['log']), 'other.example/log');
      expect(await resultOf(asOther)).toBe('error');
    });
  });

  describe('proofs', () => {
    test.each(proofVectors)('$id', async ({ input, expect: expected }) => {
      const logs = knownKeys(input.known).map((key) => ({ key, url: null }));
      const verify = () => verifyProof(input.proof, leafHash(toUtf8(input.entry)), { logs });
      expect(await resultOf(verify)).toBe(expected.result);
      if (expected.result === 'error') return;
      const { index, extra, checkpoint } = await verify();
      expect(index.toString()).toBe(expected.index);
      expect(checkpoint.size.toString()).toBe(expected.size);
      expect(extra === null ? null : toBase64(extra)).toBe(expected.extra);
      expect(formatProof(parseProof(input.proof))).toBe(input.proof);
    });
  });
  describe('receipts', () => {
    test('are the very texts that were given out before, and verify', async () => {
      const log = await sampleLog();
      const { proof, opening } = log.receiptOf(2);
      expect(formatReceipt(proof, opening)).toBe(receiptText);
      expect(formatReceiptArchive(log.checkpoint, log.entries())).toBe(archiveText);
      expect(await makeCheckReceipt(nothingFound, log.checkpoint, log.policy, log.checkSigner)).toBe(
        checkText,
      );
      expect((await verifyReceipt(receiptText, log.policy)).records).toHaveLength(1);
      expect((await verifyReceipt(archiveText, log.policy)).records).toHaveLength(5);
      expect((await verifyCheckReceipt(checkText, log.policy)).proven).toEqual(nothingFound);
    });

    test('are refused by whoever believes another log', async () => {
      const logs = knownKeys(['next']).map((key) => ({ key, url: null }));
      const policy = { logs, checkKeys: knownKeys(['check']) };
      expect((await verifyReceipt(receiptText, policy)).ok).toBe(false);
      expect((await verifyReceipt(archiveText, policy)).ok).toBe(false);
      expect((await verifyCheckReceipt(checkText, policy)).ok).toBe(false);
    });
  });
}
