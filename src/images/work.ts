import type { Fingerprint } from './fingerprint.ts';
import type { LowInformation } from './gate.ts';
import { bytesToHex, hashToHex } from './hash256.ts';
import type { hasher } from './pdq.ts';
import { type PixelQuery, pixelQueryOf } from './pixel-query.ts';
import type { VariantName } from './variants.ts';

/** What is known of one picture: all that an opt-out sends of it. Hashes are lower-case hex. */
export interface Work {
  sha256: string;
  md5?: string | undefined;
  width: number;
  height: number;
  blockhash?: string | undefined;
  /** `descriptor/1`, 126 digits; a work without one is matched by its hashes alone. */
  descriptor?: string | undefined;
  hasher: typeof hasher;
  fingerprints: { variant: VariantName; pdq: string; quality: number; unsureBits?: number | undefined }[];
}

/** @returns a fingerprinted file as a work, why it can be matched by its file alone, or null, and how to ask about it. */
export function workOf(
  fingerprint: Fingerprint,
  digests: { sha256: string; md5?: string },
): { work: Work; exactOnly: LowInformation | null; pixels: PixelQuery } {
  const { width, height, blockhash, hasher, variants, lowInformation } = fingerprint;
  const descriptor = bytesToHex(fingerprint.descriptor);
  const fingerprints = variants.map(({ variant, pdq, quality, unsureBits }) => ({
    variant,
    pdq: hashToHex(pdq),
    quality,
    unsureBits,
  }));
  const work = { ...digests, width, height, blockhash, descriptor, hasher, fingerprints };
  return { work, exactOnly: lowInformation, pixels: pixelQueryOf(fingerprint) };
}
