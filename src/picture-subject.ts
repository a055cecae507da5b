import type { WorkSubject } from './actions/submit.ts';
import type { PictureFile } from './decode-thread.ts';
import { hashToHex } from './images/hash256.ts';

/** What the decoder found in a file, as the subject an opt-out takes. */
export function workOf(file: PictureFile): { work: Omit<WorkSubject, 'kind'>; exactOnly: string | null } {
  const { fingerprint } = file;
  return {
    work: {
      sha256: file.sha256,
      md5: file.md5,
      width: fingerprint.width,
      height: fingerprint.height,
      blockhash: fingerprint.blockhash,
      hasher: fingerprint.hasher,
      fingerprints: fingerprint.variants.map(({ variant, pdq, quality }) => ({
        variant,
        pdq: hashToHex(pdq),
        quality,
      })),
    },
    exactOnly: fingerprint.lowInformation,
  };
}
