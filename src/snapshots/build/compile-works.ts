import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { readLines } from '../../datasets/lines.ts';
import { descriptorBytes } from '../../images/descriptor.ts';
import {
  addFingerprint,
  compactFingerprints,
  createFingerprintSet,
  livingWork,
} from '../../images/fingerprint-set.ts';
import { hashFromHex } from '../../images/hash256.ts';
import { planFor, rowsPerSegmentMax } from '../../images/index/bands.ts';
import { grown } from '../../images/index/ids.ts';
import { allocateWasm } from '../../images/index/kernel-wasm.ts';
import type { VariantName } from '../../images/variants.ts';
import { saveFingerprints } from '../fingerprint-file.ts';

const lineBytesMax = 1_024;

/** Fewer rows than this are scanned rather than filed, as the service does. */
const filedRowsMin = 16_384;

/**
 * Compiles the fingerprint index of a snapshot, and beside it the second descriptor of each work by its number there.
 *
 * @param linesPath lines `rid, variant, quality, PDQ, descriptor or nothing`, those of one record together.
 * @returns how many rows the index has.
 */
export async function compileWorks(
  linesPath: string,
  { indexPath, descriptorsPath }: { indexPath: string; descriptorsPath: string },
): Promise<number> {
  const planOf = (rows: number) => (rows < filedRowsMin ? null : planFor(rows));
  const set = createFingerprintSet({ allocate: allocateWasm, planOf });
  let descriptors = new Uint8Array(64 * descriptorBytes);
  let rows = 0;
  for await (const { raw } of readLines(createReadStream(linesPath), lineBytesMax)) {
    const [rid = '', variant, quality, hex = '', descriptor = ''] = String(raw).trimEnd().split('\t');
    const pdq = hashFromHex(hex);
    if (pdq === null) throw new RangeError(`line ${rows} of the fingerprints is not of their form`);
    addFingerprint(set, rid, { variant: variant as VariantName, pdq, quality: Number(quality) });
    rows += 1;
    const at = (livingWork(set, rid) as number) * descriptorBytes;
    if (at >= descriptors.length) descriptors = grown(descriptors, descriptors.length * 2);
    if (descriptor.length === 2 * descriptorBytes) descriptors.set(Buffer.from(descriptor, 'hex'), at);
    if (set.index.delta.rows === rowsPerSegmentMax) compactFingerprints(set);
  }
  compactFingerprints(set);
  saveFingerprints(indexPath, set);
  await writeWhole(descriptorsPath, descriptors.subarray(0, set.ids.count * descriptorBytes));
  return rows;
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600, flush: true });
  file.end(bytes);
  await once(file, 'close');
}
