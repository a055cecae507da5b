import type { PictureFile } from '../../decode-thread.ts';
import { bytesToHex, hashToHex } from '../../images/hash256.ts';
import { printable } from '../io.ts';
import type { Stamp } from './walk.ts';

/** One picture as `--json` and `--out` give it. Hashes are lower-case hex. */
export interface PictureLine {
  /** The path as it was found. */
  file: string;
  sha256: string;
  md5: string;
  /** Of the full picture; the same as the first of `variants`. */
  pdq: string;
  /** 0 to 100. */
  quality: number;
  blockhash: string;
  /** The second descriptor, 126 digits. */
  descriptor: string;
  /** Size upright, in pixels. */
  width: number;
  height: number;
  variants: { variant: string; pdq: string; quality: number }[];
  /** Why the picture can be matched by its file alone, or null. */
  exactOnly: string | null;
  hasher: string;
  /** Size and time of the file when it was read, by which the next run knows it again. */
  bytes: number;
  mtimeMs: number;
}

/** @returns a file that was read, as one line. */
export function pictureLine(
  file: string,
  { fingerprint, sha256, md5 }: PictureFile,
  stamp: Stamp,
): PictureLine {
  const { pdq, quality, blockhash, width, height, variants, lowInformation, hasher } = fingerprint;
  return {
    file,
    sha256,
    md5,
    pdq: hashToHex(pdq),
    quality,
    blockhash,
    descriptor: bytesToHex(fingerprint.descriptor),
    width,
    height,
    variants: variants.map((each) => ({
      variant: each.variant,
      pdq: hashToHex(each.pdq),
      quality: each.quality,
    })),
    exactOnly: lowInformation,
    hasher,
    ...stamp,
  };
}

/** Above the rows for people. */
export const tableHead = `${'PDQ'.padEnd(64)}  quality  ${'size'.padStart(11)}  picture\n`;

/** One picture as a row for people. */
export function tableRow({ pdq, quality, width, height, exactOnly, file }: PictureLine): string {
  const size = `${width}x${height}`;
  const note = exactOnly === null ? '' : `  (exact copies only: ${exactOnly})`;
  return `${pdq}  ${String(quality).padStart(7)}  ${size.padStart(11)}  ${printable(file)}${note}\n`;
}
