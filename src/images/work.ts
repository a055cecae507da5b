import type { Fingerprint, VariantName } from './fingerprint.ts';
import type { LowInformation } from './gate.ts';
import { hashToHex } from './hash256.ts';
import type { hasher } from './pdq.ts';
import { type PixelQuery, pixelQueryOf } from './pixel-query.ts';

/** What is known of one picture: all that an opt-out sends of it. Hashes are lower-case hex. */
export interface Work {
  sha256: string;
  md5?: string | undefined;
  width: number;
  height: number;
  blockhash?: string | undefined;
  hasher: typeof hasher;
  fingerprints: { variant: VariantName; pdq: string; quality: number }[];
}

/** @returns a fingerprinted file as a work, why it can be matched by its file alone, or null, and how to ask about it. */
export function workOf(
  fingerprint: Fingerprint,
  digests: { sha256: string; md5?: string },
): { work: Work; exactOnly: LowInformation | null; pixels: PixelQuery } {
  const { width, height, blockhash, hasher, variants, lowInformation } = fingerprint;
  const fingerprints = variants.map(({ variant, pdq, quality }) => ({
    variant,
    pdq: hashToHex(pdq),
    quality,
  }));
  return {
    work: { ...digests, width, height, blockhash, hasher, fingerprints },
    exactOnly: lowInformation,
    pixels: pixelQueryOf(fingerprint),
  };
}
