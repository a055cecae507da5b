import type { CheckAnswer } from '../../src/log/check-receipt.ts';
import { signCheckpoint } from '../../src/log/checkpoint.ts';
import { leafHash } from '../../src/log/hash.ts';
import { leafBytes, type RecordLeaf } from '../../src/log/leaf.ts';
import type { LogPolicy } from '../../src/log/log-policy.ts';
import { makeInclusionProof, treeRoot } from '../../src/log/merkle.ts';
import { type NoteSigner, parseSigningKey } from '../../src/log/note-key.ts';
import type { TlogProof } from '../../src/log/proof.ts';
import type { Opening, ReceiptEntry } from '../../src/log/receipt-file.ts';
import { canonicalRecordBytes, commitment, type OptOutRecord } from '../../src/opt-outs/record.ts';
import { sampleRecord, sampleWork } from '../opt-outs/sample-record.ts';
import { keyVectors } from './vectors.ts';

export const origin = 'registry.example/log';
export const at = '2026-11-23T14:02:00.000Z';

/** A check that found nothing. */
export const nothingFound: CheckAnswer = {
  query: { url: 'https://example.com/a.jpg', usage: 'train-ai', agent: null },
  answer: { verdict: 'unknown', reasons: [], notChecked: [] },
  evidence: [],
  policy: `sha256:${'12'.repeat(32)}`,
  at,
};

export interface SampleLog {
  signer: NoteSigner;
  checkSigner: NoteSigner;
  policy: LogPolicy;
  openings: Opening[];
  hashes: Uint8Array[];
  checkpoint: string;
  /** Proof and opening of one record. */
  receiptOf(index: number): { proof: TlogProof; opening: Opening };
  entries(): ReceiptEntry[];
}

export async function openingOf(record: OptOutRecord, leaf: Partial<RecordLeaf> = {}): Promise<Opening> {
  const bytes = canonicalRecordBytes(record);
  return {
    leaf: {
      v: 1,
      type: 'reserved',
      rid: record.rid,
      ver: record.version,
      commit: await commitment(record.salt, bytes),
      at,
      ...leaf,
    },
    salt: record.salt,
    record: new TextDecoder().decode(bytes),
  };
}

/** A signed log of a few records, each of them opened. */
export async function sampleLog(records = 5): Promise<SampleLog> {
  const signer = await parseSigningKey(keyVectors.log.secret);
  const checkSigner = await parseSigningKey(keyVectors.check.secret);
  const openings = await Promise.all(
    Array.from({ length: records }, (_, index) => {
      const salt = (index + 1).toString(16).padStart(64, '0');
      const rid = `0190a0b1-c2d3-7e4f-8a5b-6c7d8e9f${index.toString(16).padStart(4, '0')}`;
      return openingOf(index % 2 === 0 ? sampleRecord({ rid, salt }) : sampleWork({ rid, salt, version: 2 }));
    }),
  );
  const hashes = openings.map(({ leaf }) => leafHash(leafBytes(leaf)));
  const checkpoint = await signCheckpoint(
    { origin, size: BigInt(records), root: treeRoot(hashes), extensions: [] },
    [signer],
  );
  const opened = (index: number): Opening => {
    const opening = openings[index];
    if (opening === undefined) throw new RangeError('no such record');
    return opening;
  };
  return {
    signer,
    checkSigner,
    policy: { logs: [{ key: signer.key, url: null }], checkKeys: [checkSigner.key] },
    openings,
    hashes,
    checkpoint,
    receiptOf: (index) => ({
      proof: { extra: null, index: BigInt(index), hashes: makeInclusionProof(hashes, index), checkpoint },
      opening: opened(index),
    }),
    entries: () =>
      openings.map((opening, index) => ({
        ...opening,
        index: BigInt(index),
        hashes: makeInclusionProof(hashes, index),
      })),
  };
}
